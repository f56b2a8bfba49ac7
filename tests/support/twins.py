"""Two worlds that are equal but for the arms: what one arm alone has is done there alone.

In the one the allocation list is as it was generated, in the other each slot holds the other arm.
Everything else is done in both at the same moments, with the same words: screening, visits,
assessments, events, reports, deaths, questions and answers. Doses, their checks, queries and
deviations, the answers that tell an arm and what is corrected about them follow the arm.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from edc import clock
from edc.models import DeviationProposal, Notice, Query, QueryState, RegisterRow, User
from edc.permissions import Permission, Role, grants
from edc.protocol import DESIGN
from edc.randomization.lists import generate
from edc.services import doses, drafts, entries, notices, queries
from edc.services.allocation_lists import load_list
from edc.services.casebooks import Place, open_casebook
from edc.services.data_entry import save_crf
from edc.services.night import run_night
from edc.services.randomize import arm_of, randomise_subject
from edc.services.safety_reports import send
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor, Database, system_actor
from tests.factories import create_user, database_of, make_app, open_database, signed_in_client
from tests.randomization.support import SEED
from tests.services.casebook_support import (
    BATCH_ENTRY,
    KEY,
    OMAS,
    Ward,
    dose,
    enter,
    ready_subject,
)
from tests.support.world import adverse_event, diary, open_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Act = Callable[[], object]
    Timeline = list[tuple[int, int, Act]]  # day, hour, what is done

OTHER_ARM = {"SOC": "MSC", "MSC": "SOC"}
START = datetime(2026, 3, 2, tzinfo=clock.STUDY_ZONE)
FIRST_OF_PRODUCT = 1001  # of DV
AT_A_SITE = frozenset({Role.OUTCOME_ASSESSOR, Role.PHARMACIST})
"""All others hold their role everywhere, and read what stands at no site, as sign-ins."""


@dataclass
class Moment:
    """The time of both worlds."""

    at: datetime = START

    def __call__(self) -> datetime:
        """Return the time."""
        return self.at

    def turn_to(self, day: int, hour: int) -> None:
        """Let so many days and hours have passed."""
        self.at = START + timedelta(days=day, hours=hour)


def day_of(day: int) -> str:
    """Return a day of the worlds as it is stored."""
    return (START + timedelta(days=day)).date().isoformat()


class Twin:
    """One of the two worlds: a site or two, their people, and participants that come one by one."""

    def __init__(
        self, url: str, time: Moment, *, is_mirrored: bool, participants: int = 1, weeks: int = 2
    ) -> None:
        """Play the whole course in the database at *url*.

        :param weeks: how long the first participant is followed.
        """
        self.url, self.time = url, time
        self.database: Database = open_database(url)
        time.turn_to(0, 8)
        self.wards = [open_site(self.database, code) for code in ("01", "02")]
        for role in Role:
            if role not in {Role.RESEARCH_NURSE, Role.INVESTIGATOR}:
                at = self.wards[0].site if role in AT_A_SITE else None
                create_user(self.database, role=role, site=at, username=str(role))
        create_user(
            self.database, role=Role.OUTCOME_ASSESSOR, site=self.wards[1].site, username="assessor2"
        )
        self.second = [
            create_user(self.database, site=ward.site, username=f"second{number}")
            for number, ward in enumerate(self.wards)
        ]
        with self.database.unit_of_work(system_actor(), "account.create") as uow:
            for user in uow.session.scalars(select(User)):
                user.email = f"{user.username}@hospital.example"
        self._load_list(is_mirrored=is_mirrored)
        self.courses: list[Course] = []
        last = weeks * 7 + 2
        timeline: Timeline = []
        for number in range(participants):
            # Of many most come to the first site, and every second day somebody.
            ward = 1 if number % 4 == 3 else 0
            starts = 2 * number % max(1, last - 16)
            course = Course(self, number, ward=ward, starts=starts)
            self.courses.append(course)
            timeline += course.acts(until=last)
        timeline.append((12, 8, self._recall))
        timeline += [(day, 1, self._night) for day in range(1, last + 1)]
        for day, hour, act in sorted(timeline, key=lambda one: one[:2]):
            time.turn_to(day, hour)
            act()
        time.turn_to(last, 12)
        self.database.engine.dispose()

    @property
    def arms(self) -> list[str]:
        """Return the arm of each participant."""
        return [course.arm for course in self.courses]

    def _load_list(self, *, is_mirrored: bool) -> None:
        made = generate(DESIGN, seed=SEED, purpose="test")
        if is_mirrored:
            mirrored = tuple(replace(slot, arm=OTHER_ARM[slot.arm]) for slot in made.slots)
            made = replace(made, slots=mirrored)
        with self.database.unit_of_work(system_actor(), "randomisation.load") as uow:
            load_list(
                uow, made.write(), design=DESIGN, key=KEY, purpose="test", brought_by="statistician"
            )

    def _night(self) -> None:
        assert not run_night(self.database, key=KEY).failed

    def _recall(self) -> None:
        """Let the pharmacist recall the batch: whoever was given it is judged anew."""
        app = make_app(self.url)
        with database_of(app).reading() as session:
            of_batch = RegisterRow.register == "BATCH"
            at_first = RegisterRow.site_id == self.wards[0].site.id
            batch = session.scalars(select(RegisterRow).where(of_batch, at_first)).one()
            user = session.scalars(select(User).where(User.username == "pharmacist")).one()
        typed = dict(BATCH_ENTRY)
        for code in ("BTMFG", "BTEXP", "BTREL"):
            parts = zip(("year", "month", "day"), typed.pop(code).split("-"), strict=True)
            typed |= {f"{code}.{part}": digits for part, digits in parts}
        answer = signed_in_client(app, user).post(
            f"/registers/rows/{batch.id}", typed | {"BTST": "RECALL", "_reason": "Recalled"}
        )
        assert answer.status_code == 303
        database_of(app).engine.dispose()

    def person(self, role: Role) -> Actor:
        """Return the person of that role, as they act."""
        with self.database.reading() as session:
            user = session.scalars(select(User).where(User.username == str(role))).one()
        return Actor(username=user.username, role=role, user_id=user.id, full_name=user.full_name)


class Course:
    """One participant from screening on."""

    def __init__(self, twin: Twin, number: int, *, ward: int, starts: int) -> None:
        """Know whose course it is.

        :param starts: the day on which the participant is screened and randomised.
        """
        self.twin, self.number, self.starts = twin, number, starts
        self.ward: Ward = twin.wards[ward]
        self.nurse_beside: User = twin.second[ward]
        self.who = 0
        self.arm = ""

    @property
    def is_given(self) -> bool:
        """Tell whether the participant is given the product."""
        return self.arm == "MSC"

    def day(self, day: int) -> str:
        """Return a day of the course as it is stored."""
        return day_of(self.starts + day)

    def acts(self, *, until: int) -> Timeline:
        """Return what is done, by day and hour: time alone makes things due."""
        own = [
            (0, 9, self._begin), (0, 10, self._given(self._first_doses)), (0, 11, self._report),
            (1, 9, self._given(self._warm_dose)), (2, 9, self._given(self._check)),
            *((day, 10, self._visit(day)) for day in (1, 3, 7, 14, 21, 28)),
            *((day, 15, self._given(self._dose)) for day in (3, 4, 5, 6)),
            (4, 16, self._given(self._ask_about_dose)), (5, 16, self._pregnancy),
            (6, 14, self._follow_up), (7, 16, self._keep_drafts),
            (9, 9, self._given(self._mistake)), (10, 9, self._given(self._answer)),
            (11, 9, self._given(self._deviation)), (11, 14, self._given(self._refuse)),
            (12, 15, self._wrongly_given), (13, 9, self._action), (14, 9, self._end_of_treatment),
            (15, 9, self._read_and_ask), (16, 9, self._given(self._late_dose)),
            (17, 9, self._answer_in_public), (20, 9, self._death),
        ]  # fmt: skip
        return [
            (self.starts + day, hour, act)
            for day, hour, act in own
            if self.starts + day <= until - 1 or (self.starts + day == until and hour < 11)
        ]

    def _given(self, act: Act) -> Act:
        """Return the act as it is done: to those who are given the product, and to no other."""
        return lambda: act() if self.is_given else None

    def _work(self, user: User, role: Role) -> Actor:
        return Actor(username=user.username, role=role, user_id=user.id, full_name=user.full_name)

    def _save(
        self,
        place: Place,
        values: dict[str, Any],
        *,
        reason: str = "",
        role: Role = Role.RESEARCH_NURSE,
    ) -> int:
        return enter(self.ward, self.who, place, values, reason=reason, role=role).version

    def _next_row(self, form: str) -> int:
        with self.twin.database.reading() as session:
            return open_casebook(session, self.who).next_row(form)

    # --- what is done in both arms -----------------------------------------------------------

    def _begin(self) -> None:
        self.who = ready_subject(self.ward)
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            randomise_subject(
                uow, subject_id=self.who, confirmed="ORAL/AUTO", key=KEY, purpose="test"
            )
        with self.twin.database.reading() as session:
            self.arm = arm_of(session, self.who, role=Role.INVESTIGATOR, key=KEY) or ""
        today = self.day(0)
        # An unscheduled visit waits, until tomorrow's planned one does; a deviation is to be
        # reported within five working days.
        for visit in ("SCR", "BL"):
            self._save((visit, "SV", 1), {"SVSTAT": "DONE", "SVSTDAT": today})
        self._save(("UNS01", "UNS", 1), {"UNSREAS": "AE", "UNSFORM": ["VS"]})
        deviation = {"DVDAT": today, "DVKNOW": today, "DVCAT": "VISIT", "DVSEV": "MAJ"}
        self._save(("", "DV", 1), deviation | {"DVTERM": "Not done", "DVCAUSE": "Forgotten"})
        related = "POSS" if self.is_given else "NA"
        self._save(("", "AE", 1), adverse_event(related=related))
        serious = adverse_event(related=related) | {
            "AETERM": "Sepsis", "AECTCID": "CTC5-0336", "AETOXGR": "4", "AESER": "Y",
            "AESDTH": "N", "AESLIFE": "Y", "AESHOSP": "N", "AESDISAB": "N", "AESCONG": "N",
            "AESMIE": "N", "AESERDAT": today,
        }  # fmt: skip
        self._save(("", "AE", 2), serious)

    def _report(self) -> None:
        told = "The product was given. " if self.is_given else "Not given any. "
        report = {
            "SAETYPE": "INIT", "SAEAWDTM": f"{self.day(0)}T11:00+08:00", "SAEREP": "1",
            "SAEDX": "Sepsis", "SAEACN": "4", "SAERELI": "POSS" if self.is_given else "NA",
            "SAENARR": told * 12,
        }  # fmt: skip
        self._send(self._save(("", "SAE", 2), report))
        self._save(("BL", "PRO", 1), diary())

    def _send(self, version: int) -> None:
        with self.ward.work(self.ward.investigator, Role.INVESTIGATOR) as uow:
            send(uow, subject_id=self.who, form="SAE", row=2, version=version, key=KEY)

    def _visit(self, day: int) -> Act:
        """Return a visit: attended, the mouth seen by the masked assessor, the diary asked for."""
        code = f"V{day}" if day in (21, 28) else f"{'DA' if day <= 14 else 'DB'}{day:02}"

        def held() -> None:
            today = self.day(day)
            if not self._is_there():
                return
            self._save((code, "SV", 1), {"SVSTAT": "DONE", "SVSTDAT": today, "SVLOC": "IPD"})
            grade = "0" if day > 7 else "2"
            sites = {f"OM{where}{kind}": min(grade, "1") for where in OMAS for kind in "EU"}
            seen: dict[str, Sequence[str] | str] = sites | {
                "OMPERF": "Y", "OMDAT": today, "OMLOC": "IPD", "OMMASK": "Y", "OMWHO": grade,
                "OMCTC": grade, "OMDIET": "SOFT", "OMDIETRS": ["OM"], "OMPNRST": grade,
                "OMPNSWL": grade, "OMOPI": "N", "OMTOPAN": "N", "OMTPN": "N", "OMENT": "N",
                "OMBLEED": "0", "OMINF": "N",
            }  # fmt: skip
            with self.twin.database.unit_of_work(
                self.twin.person(Role.OUTCOME_ASSESSOR), "crf.save"
            ) as uow:
                save_crf(
                    uow, subject_id=self.who, visit=code, form="OM", row=1, key=KEY,
                    submission=Submission(typed={(c, 1): v for c, v in seen.items()}, version=0),
                )  # fmt: skip
            if day <= 14:
                asked = {"PRO10": "Y"} if self.is_given else {}
                self._save((code, "PRO", 1), diary() | asked)

        return held

    def _is_there(self) -> bool:
        with self.twin.database.reading() as session:
            return not open_casebook(session, self.who).book.of_form("DTH")

    def _pregnancy(self) -> None:
        """Report the pregnancy of a partner: whether the product was given is worked out."""
        if self.number % 2 == 0:
            return
        told = {"PGWHO": "Y", "PGAWDTM": f"{self.day(5)}T15:00+08:00", "PGLMP": "2026-02"}
        self._save(("", "PREG", 1), told | {"PGOUT": "ONGO"})

    def _follow_up(self) -> None:
        more = {"SAETYPE": "FUP", "SAERECH": "Y" if self.is_given else "U"}
        self._send(self._save(("", "SAE", 2), more, reason="More is known"))

    def _keep_drafts(self) -> None:
        """Let the nurse leave something unsaved: on a dose, and on an event."""
        places: list[Place] = [("", "AE", 1)]
        if self.is_given:
            places.append(("", "EX", self._next_row("EX")))
        with self.twin.database.housekeeping() as session:
            for place in places:
                drafts.save_draft(
                    session, user_id=self.ward.nurse.id, subject_id=self.who, place=place,
                    version=1, fields={"EXDOSE" if place[1] == "EX" else "AETERM": ["15"]},
                )  # fmt: skip

    def _wrongly_given(self) -> None:
        """Give one dose whatever the arm: in one of the worlds it is against the allocation."""
        if self.number % 3 == 1:
            self._save(("", "EX", self._next_row("EX")), dose(EXKIT=f"K9{self.number:03}"))

    def _action(self) -> None:
        action, why = (
            ("DOSE REDUCED", "Less was given")
            if self.is_given
            else ("NOT APPLICABLE", "No product is given")
        )
        self._save(("", "AE", 1), {"AEACN": action, "AETOXGR": "3"}, reason=why)

    def _end_of_treatment(self) -> None:
        ended, reason = (self.day(6), "AE") if self.is_given else (self.day(14), "COMP")
        event = {"EOTAE": "1"} if self.is_given else {}
        self._save(("", "EOT", 1), {"EOTDAT": ended, "EOTREAS": reason} | event)

    def _read_and_ask(self) -> None:
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            told = [
                notice.id
                for notice in uow.session.scalars(
                    select(Notice).where(Notice.subject_id == self.who)
                )
                if notices.is_told(Role.RESEARCH_NURSE, notice)
            ]
            notices.mark_seen(uow, subject_id=self.who, notice_ids=told)
        target = queries.Target(("SCR", "DM", 1), "SUBJINIT")
        with self.twin.database.unit_of_work(self.twin.person(Role.MONITOR), "query.raise") as uow:
            queries.raise_query(uow, subject_id=self.who, target=target, text="Checked?")

    def _answer_in_public(self) -> None:
        """Answer the monitor's question, and the first question of a check that all may read."""
        with self.twin.database.reading() as session:
            asked = session.scalars(
                select(Query)
                .where(Query.subject_id == self.who, Query.state == QueryState.OPEN)
                .order_by(Query.opened_at, Query.form, Query.item)
            ).all()
        open_to_all = [one for one in asked if queries.knows(Role.OUTCOME_ASSESSOR, one)]
        for query in open_to_all[:2]:
            self._act(query, queries.Act.ANSWER, "It was so.")

    def _death(self) -> None:
        """Let every fourth die: of the product, or of an infection."""
        if self.number % 4 != 2:
            return
        fatal = {"AESER": "Y", "AESDTH": "Y", "AEOUT": "FATAL", "AEONGO": "N"}
        self._save(("", "AE", 2), fatal | {"AEENDAT": self.day(20)}, reason="Died")
        cause = "PROD" if self.is_given else "INF"
        died = {"DTHDAT": self.day(20), "DTHCAUS": cause, "DTHCTX": f"Of {cause}", "DTHAUT": "N"}
        self._save(("", "DTH", 1), died | {"DTHAE": "2"})

    # --- what is done to those who are given the product -------------------------------------

    def _first_doses(self) -> None:
        self._save(("", "EX", 1), dose())
        # One that is asked about: no event begins on the day of its reaction.
        self._save(("", "EX", 2), dose(EXKIT="K0402", EXREACT="Y", EXDOSE="30"))

    def _dose(self) -> None:
        row = self._next_row("EX")
        self._save(("", "EX", row), dose(EXKIT=f"K{self.number}{row:03}"))

    def _warm_dose(self) -> None:
        """Give a dose that was too warm; answer what one arm alone is asked."""
        self._save(("", "EX", 3), dose(EXKIT="K0402", EXTEMPS="20"))
        self._save(("BL", "PRO", 1), {"PRO10": "Y"})

    def _check(self) -> None:
        with self.twin.database.reading() as session:
            version = open_casebook(session, self.who).versions["", "EX", 2]
        beside = self._work(self.nurse_beside, Role.RESEARCH_NURSE)
        with self.twin.database.unit_of_work(beside, "dose.check") as uow:
            doses.check_dose(uow, subject_id=self.who, row=2, version=version, key=KEY)

    def _ask_about_dose(self) -> None:
        """Let the unmasked monitor ask about a dose and about causality, and close the one."""
        person = self.twin.person(Role.UNMASKED_MONITOR)
        asked = []
        for place, item in ((("", "EX", 1), "EXDOSE"), (("", "AE", 1), "AEREL")):
            with self.twin.database.unit_of_work(person, "query.raise") as uow:
                target = queries.Target(place, item)
                asked.append(
                    queries.raise_query(uow, subject_id=self.who, target=target, text="Sure?")
                )
        with self.twin.database.unit_of_work(person, "query.close") as uow:
            queries.act_on(
                uow, subject_id=self.who, query_id=asked[0].id, act=queries.Act.CLOSE,
                seen=asked[0].audit_id,
            )  # fmt: skip

    def _mistake(self) -> None:
        row = self._next_row("EX")
        self._save(("", "EX", row), dose(EXKIT="K0500"))
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE, reason="Twice") as uow:
            entries.mark_in_error(
                uow, subject_id=self.who, place=("", "EX", row), version=1, reason="Twice", key=KEY
            )

    def _answer(self) -> None:
        with self.twin.database.reading() as session:
            asked = session.scalars(
                select(Query).where(
                    Query.subject_id == self.who, Query.form == "EX",
                    Query.state == QueryState.OPEN,
                )
            ).first()  # fmt: skip
        assert asked is not None
        self._act(asked, queries.Act.ANSWER, "It was so.")

    def _act(self, query: Query, act: queries.Act, text: str) -> None:
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            queries.act_on(
                uow, subject_id=self.who, query_id=query.id, act=act, text=text,
                seen=query.audit_id,
            )  # fmt: skip

    def _proposals(self) -> Iterator[DeviationProposal]:
        with self.twin.database.reading() as session:
            yield from session.scalars(
                select(DeviationProposal)
                .where(
                    DeviationProposal.subject_id == self.who, DeviationProposal.form == "EX",
                    DeviationProposal.state == "proposed",
                )
                .order_by(DeviationProposal.proposed_at, DeviationProposal.check_id)
            ).all()  # fmt: skip

    def _deviation(self) -> None:
        proposal = next(self._proposals())
        values = {
            "DVDAT": self.day(1), "DVKNOW": self.day(11), "DVCAT": "PROD", "DVSEV": "MAJ",
            "DVTERM": "Too warm", "DVCAUSE": "Box left open", "DVCAPA": "Alarm",
        }  # fmt: skip
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            save_crf(
                uow, subject_id=self.who, visit="", form="DV", row=FIRST_OF_PRODUCT, key=KEY,
                submission=Submission(
                    typed={(code, 1): value for code, value in values.items()},
                    proposal=proposal.id,
                ),
            )  # fmt: skip

    def _refuse(self) -> None:
        from edc.services.deviations import refuse

        for proposal in self._proposals():
            with self.ward.work(self.ward.investigator, Role.INVESTIGATOR) as uow:
                refuse(uow, subject_id=self.who, proposal_id=proposal.id, reason="The same box")
            return

    def _late_dose(self) -> None:
        """Give a dose after the end of treatment, and correct the end."""
        self._dose()
        self._save(("", "EOT", 1), {"EOTDAT": self.day(16)}, reason="Given once more")


def exports(role: Role) -> list[tuple[str, dict[str, str]]]:
    """Return every file that the role may ask for, as address and fields."""
    found = []
    if grants(role, Permission.AUDIT_EXPORT):
        found += [("/audit/export", {"format": kind}) for kind in ("csv", "jsonl", "xlsx", "zip")]
    if grants(role, Permission.QUERY_EXPORT):
        found += [("/queries/export", {"format": kind, "state": "all"}) for kind in ("csv", "xlsx")]
    return found


def mails(twin: Twin, role: Role) -> list[str]:
    """Return what has been written to the people of that role, in both languages."""
    from edc.models.mail import OutgoingMail
    from edc.services.mail_words import MailKind, body, subject_line

    with twin.database.reading() as session:
        rows = session.scalars(
            select(OutgoingMail)
            .where(OutgoingMail.username == str(role))
            .order_by(OutgoingMail.queued_at, OutgoingMail.id)
        ).all()
    twin.database.engine.dispose()
    return [
        "\n".join(
            (
                mail.queued_at.isoformat(),
                subject_line(MailKind(mail.kind), json.loads(mail.facts), mark=""),
                body(MailKind(mail.kind), json.loads(mail.facts), address="https://edc.example"),
            )
        )
        for mail in rows
    ]
