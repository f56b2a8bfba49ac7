"""Two worlds that are equal but for one arm are the same to every masked role, byte for byte.

In one world the participant is given the product, and in the other is not; what only one arm has
is done there alone: doses, their check, queries, deviations, a row entered in error. Everything
else is done in both at the same moments. Whatever then differs on any page, in any file or in the
answer to any request would tell the arm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from edc import clock
from edc.models import DeviationProposal, Notice, Query, QueryState, RegisterRow, User
from edc.permissions import Role
from edc.protocol import DESIGN
from edc.randomization.lists import generate
from edc.services import doses, entries, notices, queries
from edc.services.allocation_lists import load_list
from edc.services.casebooks import Place, open_casebook
from edc.services.data_entry import Submission, save_crf
from edc.services.night import run_night
from edc.services.randomize import arm_of, randomise_subject
from edc.services.safety_reports import send
from edc.services.unit_of_work import Actor, Database, system_actor
from tests.factories import (
    create_user,
    database_of,
    make_app,
    open_database,
    signed_in_client,
)
from tests.house.test_masking import MASKED, crawl
from tests.randomization.support import SEED
from tests.services.casebook_support import BATCH_ENTRY, KEY, Ward, dose, enter, ready_subject
from tests.support.world import ROLES_EVERYWHERE, adverse_event, diary, open_site

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.conftest import TemplateFinder

OTHER_ARM = {"SOC": "MSC", "MSC": "SOC"}
START = datetime(2026, 3, 2, tzinfo=clock.STUDY_ZONE)
HIDDEN_PLACES = ("-/EX/1", "-/EX/4", "-/EX/9", "-/DV/1001", "-/DV/1002")
OPEN_PLACES = ("-/AE/1", "-/AE/2", "-/SAE/2", "-/EOT/1", "BL/PRO/1", "BL/RAND/1")


@dataclass
class Moment:
    """The time of both worlds."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def turn_to(self, day: int, hour: int) -> None:
        self.at = START + timedelta(days=day, hours=hour)


class Trial:
    """A site with one participant, whose arm is the list's or the other."""

    def __init__(self, url: str, time: Moment, *, is_mirrored: bool) -> None:
        self.url, self.time = url, time
        self.database: Database = open_database(url)
        time.turn_to(0, 9)
        self.ward: Ward = open_site(self.database, "01")
        for role in Role:
            if role not in {Role.RESEARCH_NURSE, Role.INVESTIGATOR}:
                at = None if role in ROLES_EVERYWHERE else self.ward.site
                create_user(self.database, role=role, site=at, username=str(role))
        second = create_user(self.database, site=self.ward.site, username="second")
        self.second = Actor(username="second", role=Role.RESEARCH_NURSE, user_id=second.id)
        made = generate(DESIGN, seed=SEED, purpose="test")
        if is_mirrored:
            mirrored = tuple(replace(slot, arm=OTHER_ARM[slot.arm]) for slot in made.slots)
            made = replace(made, slots=mirrored)
        with self.database.unit_of_work(system_actor(), "randomisation.load") as uow:
            load_list(
                uow, made.write(), design=DESIGN, key=KEY, purpose="test", brought_by="statistician"
            )
        self.who = ready_subject(self.ward)
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            randomise_subject(
                uow, subject_id=self.who, confirmed="ORAL/AUTO", key=KEY, purpose="test"
            )
        with self.database.reading() as session:
            self.arm = arm_of(session, self.who, role=Role.INVESTIGATOR, key=KEY)
        self._play()
        self.database.engine.dispose()

    @property
    def is_given(self) -> bool:
        return self.arm == "MSC"

    def save(self, place: Place, values: dict[str, Any], *, reason: str = "") -> int:
        return enter(self.ward, self.who, place, values, reason=reason).version

    def _play(self) -> None:
        """Play the course; day by day time alone makes due what a save would tell of."""
        self._first_day()
        for day, act in (
            (1, self._dose), (2, self._check), (9, self._mistake), (10, self._answer),
            (11, self._deviation),
        ):  # fmt: skip
            self.time.turn_to(day, 9)
            if self.is_given:
                act()
        self.time.turn_to(12, 9)
        self._recall()
        self.time.turn_to(13, 9)
        action, why = (
            ("DOSE REDUCED", "Less was given")
            if self.is_given
            else ("NOT APPLICABLE", "No product is given")
        )
        self.save(("", "AE", 1), {"AEACN": action, "AETOXGR": "3"}, reason=why)
        self.time.turn_to(14, 9)
        self.save(("", "EOT", 1), {"EOTDAT": self._day(6), "EOTREAS": "HEAL"})
        self.time.turn_to(15, 1)
        assert not run_night(self.database, key=KEY).failed
        self.time.turn_to(15, 9)
        self._read_and_ask()
        self.time.turn_to(16, 9)

    def _first_day(self) -> None:
        related = "POSS" if self.is_given else "NA"
        today = self._day(0)
        # An unscheduled visit waits, until tomorrow's planned one does; a deviation is to be
        # reported within five working days.
        for visit in ("SCR", "BL"):
            self.save((visit, "SV", 1), {"SVSTAT": "DONE", "SVSTDAT": today})
        self.save(("UNS01", "UNS", 1), {"UNSREAS": "AE", "UNSFORM": ["VS"]})
        deviation = {"DVDAT": today, "DVKNOW": today, "DVCAT": "VISIT", "DVSEV": "MAJ"}
        self.save(("", "DV", 1), deviation | {"DVTERM": "Not done", "DVCAUSE": "Forgotten"})
        self.save(("", "AE", 1), adverse_event(related=related))
        serious = adverse_event(related=related) | {
            "AETERM": "Sepsis", "AECTCID": "CTC5-0336", "AETOXGR": "4", "AESER": "Y",
            "AESDTH": "N", "AESLIFE": "Y", "AESHOSP": "N", "AESDISAB": "N", "AESCONG": "N",
            "AESMIE": "N", "AESERDAT": today,
        }  # fmt: skip
        self.save(("", "AE", 2), serious)
        self.time.turn_to(0, 10)
        if self.is_given:
            self.save(("", "EX", 1), dose())
            # One that is asked about: no event begins on the day of its reaction.
            self.save(("", "EX", 2), dose(EXKIT="K0402", EXREACT="Y", EXDOSE="30"))
        self.time.turn_to(0, 11)
        report = {
            "SAETYPE": "INIT", "SAEAWDTM": f"{today}T11:00+08:00", "SAEREP": "1",
            "SAEDX": "Sepsis", "SAEACN": "4", "SAERELI": related,
            "SAENARR": ("The product was given. " if self.is_given else "Not given any. ") * 12,
        }  # fmt: skip
        version = self.save(("", "SAE", 2), report)
        with self.ward.work(self.ward.investigator, Role.INVESTIGATOR) as uow:
            send(uow, subject_id=self.who, form="SAE", row=2, version=version, key=KEY)
        self.save(("BL", "PRO", 1), diary())

    def _dose(self) -> None:
        """Give a dose that was too warm; answer what one arm alone is asked."""
        self.save(("", "EX", 3), dose(EXKIT="K0402", EXTEMPS="20"))
        self.save(("BL", "PRO", 1), {"PRO10": "Y"})

    def _check(self) -> None:
        with self.database.reading() as session:
            version = open_casebook(session, self.who).versions["", "EX", 2]
        with self.database.unit_of_work(self.second, "dose.check") as uow:
            doses.check_dose(uow, subject_id=self.who, row=2, version=version, key=KEY)

    def _mistake(self) -> None:
        self.save(("", "EX", 4), dose(EXKIT="K0500"))
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE, reason="Twice") as uow:
            entries.mark_in_error(
                uow, subject_id=self.who, place=("", "EX", 4), version=1, reason="Twice", key=KEY
            )

    def _answer(self) -> None:
        with self.database.reading() as session:
            asked = session.scalars(
                select(Query).where(Query.form == "EX", Query.state == QueryState.OPEN)
            ).first()
        assert asked is not None
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            queries.act_on(
                uow, subject_id=self.who, query_id=asked.id, act=queries.Act.ANSWER,
                text="It was so.", seen=asked.audit_id,
            )  # fmt: skip

    def _deviation(self) -> None:
        with self.database.reading() as session:
            proposal = session.scalars(
                select(DeviationProposal).where(DeviationProposal.form == "EX")
            ).first()
        assert proposal is not None
        values = {
            "DVDAT": self._day(1), "DVKNOW": self._day(11), "DVCAT": "PROD", "DVSEV": "MAJ",
            "DVTERM": "Too warm", "DVCAUSE": "Box left open", "DVCAPA": "Alarm",
        }  # fmt: skip
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            save_crf(
                uow, subject_id=self.who, visit="", form="DV", row=1001, key=KEY,
                submission=Submission(
                    typed={(code, 1): value for code, value in values.items()},
                    proposal=proposal.id,
                ),
            )  # fmt: skip

    def _recall(self) -> None:
        """Let the pharmacist recall the batch: whoever was given it is judged anew."""
        app = make_app(self.url)
        with database_of(app).reading() as session:
            of_batch = RegisterRow.register == "BATCH"
            batch = session.scalars(select(RegisterRow).where(of_batch)).one()
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

    def _read_and_ask(self) -> None:
        with self.ward.work(self.ward.nurse, Role.RESEARCH_NURSE) as uow:
            told = [
                notice.id
                for notice in uow.session.scalars(select(Notice))
                if notices.is_told(Role.RESEARCH_NURSE, notice)
            ]
            notices.mark_seen(uow, subject_id=self.who, notice_ids=told)
        monitor = Actor(username="monitor", role=Role.MONITOR, full_name="Person monitor")
        target = queries.Target(("SCR", "DM", 1), "SUBJINIT")
        with self.database.unit_of_work(monitor, "query.raise") as uow:
            queries.raise_query(uow, subject_id=self.who, target=target, text="Checked?")

    def _day(self, day: int) -> str:
        return (START + timedelta(days=day)).date().isoformat()


@pytest.fixture(scope="module")
def time() -> Moment:
    return Moment()


@pytest.fixture(scope="module")
def trials(sqlite_templates: TemplateFinder, time: Moment) -> Iterator[list[Trial]]:
    """Give the two worlds; a test only reads them."""
    template = sqlite_templates("migrated")
    urls = [template.create(), template.create()]
    with clock.replaced(time):
        made = [Trial(url, time, is_mirrored=n > 0) for n, url in enumerate(urls)]
    yield made
    for url in urls:
        template.drop(url)


def plain(answer: TestResponse) -> str:
    """Return an answer without its tokens, and without numbers that are drawn at random."""
    text = f"{answer.status_code}\n{answer.headers}\n{answer.get_data(as_text=True)}"
    text = text.replace(answer.headers.get("X-Request-Id", "-"), "REQUEST")
    text = re.sub(r"(?m)^(Set-Cookie|Content-Length): .*$", "", text)
    tokens = r'csrf[-_]token"[^>]*|value="[\w.-]{60,}"|data-(warn|end)-after="\d+"'
    text = re.sub(tokens, "", text)
    return re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{16}|\d{14}(?!\d))", "RANDOM", text)


def addresses(base: str) -> list[str]:
    found = [
        "/", base, f"{base}/log/DV", f"{base}/log/EX", f"{base}/reports/SAE/2/1",
        f"{base}/allocation", f"{base}/visits", f"{base}/visits/sheet",
        f"{base}/visits/calendar.ics", "/queries?state=all", "/deviations?state=all",
        "/notices?show=all", "/deadlines?shown=all", "/reports/endpoints",
        "/reports/reconciliation", "/product", "/linking", "/enrolment", "/registers",
        "/audit?text=given", "/audit?text=product", "/audit?form=EX", "/audit?form=DV",
        f"{base}/queries/ask?visit=-&form=DV", f"{base}/queries/ask?visit=-&form=EX",
    ]  # fmt: skip
    found += [f"{base}/crf/{place}" for place in (*HIDDEN_PLACES, *OPEN_PLACES)]
    found += [f"{base}/queries/ask?at={place}/X/1" for place in HIDDEN_PLACES]
    items = ("EXLOT", "DVTERM", "AEREL", "AEACN", "AETOXGR", "PRO10", "EOTDAT", "SAERELI")
    found += [
        f"{base}/history/{place}/{item}/1"
        for place in (*HIDDEN_PLACES, *OPEN_PLACES)
        for item in items
    ]
    return [*found, *(f"{base}/{kind}/{n}" for kind in ("queries", "deviations") for n in range(9))]


def seen(trial: Trial, role: Role) -> dict[str, str]:
    """Return whatever the role is answered, by what it asked."""
    app = make_app(trial.url)
    with database_of(app).reading() as session:
        user = session.scalars(select(User).where(User.username == str(role))).one()
    browser = signed_in_client(app, user)
    base = f"/subjects/{trial.who}"
    pages = crawl(browser, *addresses(base), apart={trial.who}, most=600)
    # Of addresses of a kind the crawl opens one; of those named here each is opened.
    pages |= {address: browser.get(address) for address in addresses(base)}
    found = {
        re.sub(r"\b(\d{14}|[0-9a-f]{16})\b", "RANDOM", address): plain(answer)
        for address, answer in pages.items()
    }
    for kind in ("csv", "jsonl"):
        found[f"trail as {kind}"] = plain(browser.post("/audit/export", {"format": kind}))
    sent = {"format": "csv", "state": "all"}
    found["queries as csv"] = plain(browser.post("/queries/export", sent))
    typed = {"_version": "1", "_reason": "x", "reason": "x", "AEREL": "NA", "PRO10": "Y"}
    for place in (*HIDDEN_PLACES, *OPEN_PLACES):
        acts = (f"crf/{place}", f"crf/{place}/preview", f"crf/{place}/draft", f"sign/{place}")
        row = place.removeprefix("-/")
        for act in (*acts, f"log/{row}/error", f"dose/{row[-1]}/check", f"reports/{row}/send"):
            found[f"POST {act}"] = plain(browser.post(f"{base}/{act}", typed))
    database_of(app).engine.dispose()
    return found


@pytest.mark.parametrize("role", MASKED)
def test_whatever_a_masked_role_asks_the_answer_is_the_same_in_both_arms(
    trials: list[Trial], time: Moment, role: Role
) -> None:
    assert {trial.arm for trial in trials} == {"SOC", "MSC"}
    with clock.replaced(time):
        one, other = (seen(trial, role) for trial in trials)
    assert sorted(one) == sorted(other)
    for asked, answer in one.items():
        if "/randomisation" in asked:  # names the list, of which there are two
            continue
        assert other[asked].splitlines() == answer.splitlines(), asked
    assert len(one) > 100


@pytest.mark.parametrize("role", [Role.RESEARCH_NURSE, Role.INVESTIGATOR])
def test_the_worlds_differ_to_those_who_treat(
    trials: list[Trial], time: Moment, role: Role
) -> None:
    with clock.replaced(time):
        one, other = (seen(trial, role) for trial in trials)
    assert set(one) != set(other)
