"""Entering through the services, as the people of the trial do, one unit of work at a time."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from edc.errors import InvalidValues, NotReady, Refused
from edc.models import CrfEntry
from edc.permissions import Role
from edc.protocol import DESIGN, STUDY
from edc.services import (
    deviations,
    doses,
    entries,
    linking,
    night,
    notices,
    queries,
    rules,
    safety_reports,
    settling,
    unmasking,
)
from edc.services.casebooks import open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.enrolment import record_not_enrolled, register_subject, rescreen_subject
from edc.services.randomize import allocate, arm_of, randomise_subject
from edc.services.schedule import next_unscheduled
from edc.services.signing import Meaning, sign_entry
from edc.services.submissions import Submission, drafted
from edc.services.unit_of_work import Actor, system_actor
from edc.study.casebook import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from edc.models import DeviationProposal, Query
    from edc.randomization.sealing import SealingKey
    from edc.services.casebooks import Opened, Place
    from edc.services.queries import Act, Target
    from edc.services.unit_of_work import Database, UnitOfWork

Values = dict[str, Any]
_CHECK = re.compile("[A-Z]+-[0-9]+")


@dataclass
class Desk:
    """Where CRFs are entered; it remembers the version at which each page was left.

    :param saves: how many units of work were done.
    :param fired: what warned on the page or refused an act, by the id of the rule: queries and
        notices are kept in the database, these are not.
    """

    database: Database
    key: SealingKey
    versions: dict[tuple[int, Place], int] = field(default_factory=lambda: defaultdict(int))
    saves: int = 0
    fired: Counter[str] = field(default_factory=Counter)

    def _open(
        self, who: Actor, action: str, *, reason: str | None = None
    ) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work as a request of its own, numbered so that a seed repeats it."""
        self.saves += 1
        actor = Actor(
            username=who.username,
            role=who.role,
            user_id=who.user_id,
            full_name=who.full_name,
            request_id=f"demo-{self.saves:08d}",
            address=who.address,
        )
        return self.database.unit_of_work(actor, action, reason=reason)

    def screen(self, who: Actor, *, site_id: int) -> int:
        """Enter a person in the screening log; return the participant's id."""
        with self._open(who, "subject.screen") as uow:
            return register_subject(uow, site_id=site_id).id

    def screen_again(self, who: Actor, *, subject_id: int) -> int:
        """Screen a screen failure once more; return the new participant's id."""
        with self._open(who, "subject.rescreen") as uow:
            return rescreen_subject(uow, subject_id=subject_id).id

    def not_enrolled(self, who: Actor, *, subject_id: int, reason: str, note: str) -> None:
        """Say in the screening log why a person never consented."""
        with self._open(who, "subject.not_enrolled") as uow:
            record_not_enrolled(uow, subject_id=subject_id, reason=reason, note=note)

    def unmask(
        self, who: Actor, *, approves: Actor, subject_id: int, why: str, explanation: str
    ) -> None:
        """Let somebody be told an arm, once, with another person's leave."""
        with self._open(who, "unmasking.ask") as uow:
            number = unmasking.ask(
                uow, subject_id=subject_id, why=why, explanation=explanation,
                password_checked=True,
            )  # fmt: skip
        for actor, action in ((approves, "unmasking.approve"), (who, "unmasking.show")):
            act = unmasking.approve if actor is approves else unmasking.show
            with self._open(actor, action) as uow:
                act(
                    uow, subject_id=subject_id, unmasking_id=number, key=self.key,
                    password_checked=True,
                )  # fmt: skip

    def save(
        self,
        who: Actor,
        subject_id: int,
        place: Place,
        values: Mapping[str, Any],
        *,
        reason: str = "",
    ) -> Saved:
        """Save a CRF with what was typed."""
        visit, form, row = place
        submission = Submission(
            typed={_address(code): _typed(value) for code, value in values.items()},
            version=self.versions[subject_id, place],
            reason=reason,
        )
        with self._open(who, "crf.save", reason=reason or None) as uow:
            saved = save_crf(
                uow,
                subject_id=subject_id,
                visit=visit,
                form=form,
                row=row,
                submission=submission,
                key=self.key,
            )
        self.versions[subject_id, place] = saved.version
        self.fired.update(finding.id for finding in saved.warnings)
        return saved

    def attempt(self, act: Callable[[], object]) -> set[str]:
        """Do what is to be refused; return the ids of the rules that refused it, if any did."""
        try:
            act()
        except InvalidValues as refusal:
            refused = {rule for found in refusal.problems.values() for rule, _ in found}
        except NotReady as refusal:
            # What is missing is said in words; a check among it by its id.
            said = (label.en.partition(":")[0] for label in refusal.missing)
            refused = {refusal.rule, *(one for one in said if _CHECK.fullmatch(one))}
        except Refused as refusal:
            refused = {refusal.rule}
        else:
            refused = set()
        self.fired.update(refused)
        return refused

    def send(self, who: Actor, subject_id: int, place: Place) -> None:
        """Send a safety report as it was last saved."""
        _, form, row = place
        version = self.versions[subject_id, place]
        with self._open(who, "safety.send") as uow:
            safety_reports.send(
                uow, subject_id=subject_id, form=form, row=row, version=version, key=self.key
            )
        self.versions[subject_id, place] = self._read_version(subject_id, place)

    def see(self, who: Actor, subject_id: int, notice_ids: list[int]) -> None:
        """Mark notices of a participant as seen."""
        with self._open(who, "notice.seen") as uow:
            notices.mark_seen(uow, subject_id=subject_id, notice_ids=notice_ids)

    def accept(self, who: Actor, proposal: DeviationProposal, values: Mapping[str, Any]) -> None:
        """Accept a proposed deviation by entering its row of DV."""
        subject_id = proposal.subject_id
        with self.look(subject_id) as opened:
            first = deviations.first_row(proposal)
            place = ("", deviations.FORM, opened.next_row(deviations.FORM, like=first))
            consented = opened.book.consent_date()
        typed = dict(values)
        # What deviates may lie before the consent, such as an injury; the deviation cannot.
        if consented and typed["DVDAT"] < consented:
            typed["DVDAT"] = typed["DVKNOW"]
        submission = Submission(
            typed={_address(code): _typed(value) for code, value in typed.items()},
            proposal=proposal.id,
        )
        with self._open(who, "crf.save") as uow:
            saved = save_crf(
                uow, subject_id=subject_id, visit="", form=place[1], row=place[2],
                submission=submission, key=self.key,
            )  # fmt: skip
        self.versions[subject_id, place] = saved.version

    def refuse(self, who: Actor, subject_id: int, proposal_id: int, reason: str) -> None:
        """Decide that what a check proposes is no deviation."""
        with self._open(who, "deviation.refuse", reason=reason) as uow:
            deviations.refuse(uow, subject_id=subject_id, proposal_id=proposal_id, reason=reason)

    def link(self, who: Actor, *, void: int, counted: int, reason: str) -> int:
        """Report that a person was registered twice; return the proposal's id."""
        numbers = []
        for subject_id in (void, counted):
            with self.look(subject_id) as opened:
                numbers.append(opened.subject.number)
        with self._open(who, "linking.propose", reason=reason) as uow:
            return linking.propose(
                uow, void=numbers[0], counted=numbers[1], reason=reason, sites=None
            )

    def confirm_link(self, who: Actor, proposal_id: int) -> None:
        """Confirm it as the second person."""
        with self._open(who, "linking.confirm") as uow:
            linking.confirm(uow, proposal_id=proposal_id, key=self.key, password_checked=True)

    def withdraw_row(self, who: Actor, subject_id: int, place: Place, reason: str) -> None:
        """Mark a row of a log as entered in error."""
        version = self.versions[subject_id, place]
        with self._open(who, "crf.in_error", reason=reason) as uow:
            entries.mark_in_error(
                uow, subject_id=subject_id, place=place, version=version, reason=reason,
                key=self.key,
            )  # fmt: skip

    def check_dose(self, who: Actor, subject_id: int, row: int) -> None:
        """Confirm a dose as the second person."""
        place = ("", "EX", row)
        with self._open(who, "dose.check") as uow:
            doses.check_dose(
                uow, subject_id=subject_id, row=row, version=self.versions[subject_id, place],
                key=self.key,
            )  # fmt: skip
        self.versions[subject_id, place] = self._read_version(subject_id, place)

    def night(self, subject_id: int) -> None:
        """Do for one participant what the night does for all."""
        self.saves += 1
        with self.database.unit_of_work(system_actor(), night.ACTION) as uow:
            night.refresh_subject(uow, subject_id=subject_id, key=self.key)

    def warns_manager(self, subject_id: int, place: Place) -> None:
        """Let the data manager open a CRF: some warnings are for that role alone."""
        with self.look(subject_id) as opened:
            found = rules.standing_warnings(
                opened.book, opened.book.records[place], role=Role.DATA_MANAGER
            )
        self.fired.update(finding.id for finding in found)

    def _read_version(self, subject_id: int, place: Place) -> int:
        visit, form, row = place
        with self.database.reading() as session:
            return session.scalars(
                select(CrfEntry.version).where(
                    CrfEntry.subject_id == subject_id, CrfEntry.visit == visit,
                    CrfEntry.form == form, CrfEntry.row == row,
                )
            ).one()  # fmt: skip

    @contextmanager
    def look(self, subject_id: int) -> Iterator[Opened]:
        """Open a participant's casebook to read in it."""
        with self.database.reading() as session:
            yield open_casebook(session, subject_id, queries=False)

    def sign(self, who: Actor, subject_id: int, place: Place, meaning: Meaning) -> None:
        """Sign a CRF as it was last saved."""
        with self._open(who, "crf.sign") as uow:
            sign_entry(
                uow,
                subject_id=subject_id,
                place=place,
                version=self.versions[subject_id, place],
                meaning=meaning,
                password_checked=True,
            )

    def ask(self, who: Actor, subject_id: int, target: Target, text: str) -> None:
        """Raise a query."""
        with self._open(who, "query.raise") as uow:
            queries.raise_query(uow, subject_id=subject_id, target=target, text=text)

    def act_on_query(self, who: Actor, query: Query, act: Act, text: str) -> None:
        """Answer, close or reopen a query as it was read."""
        with self._open(who, f"query.{act}") as uow:
            queries.act_on(
                uow, subject_id=query.subject_id, query_id=query.id, act=act, text=text,
                seen=query.audit_id,
            )  # fmt: skip

    def is_settled(self, subject_id: int) -> bool:
        """Tell whether nothing stands in the way of the signature of the whole casebook."""
        with self.database.reading() as session:
            opened = open_casebook(session, subject_id)
            return not settling.unsettled(opened, role=None)

    def allocate_again(self, who: Actor, subject_id: int, *, stratum: str) -> None:
        """Ask for a second allocation, in another stratum."""
        with self._open(who, "subject.randomise") as uow:
            allocate(
                uow, subject_id=subject_id, stratum=stratum, design=DESIGN, key=self.key,
                target=STUDY.target, purpose="test",
            )  # fmt: skip

    def randomise(self, who: Actor, subject_id: int, *, stratum: str) -> str | None:
        """Randomise a participant; return the arm, which those who treat are told."""
        with self._open(who, "subject.randomise") as uow:
            randomise_subject(
                uow, subject_id=subject_id, confirmed=stratum, key=self.key, purpose="test"
            )
        with self.database.reading() as session:
            return arm_of(session, subject_id, role=Role.INVESTIGATOR, key=self.key)

    def next_visit(self, subject_id: int) -> str:
        """Return the code of the next unscheduled visit, which CRF UNS puts on the schedule."""
        with self.look(subject_id) as opened:
            code = next_unscheduled(opened)
        if code is None:
            message = "the participant has as many unscheduled visits as there can be"
            raise ValueError(message)
        return code

    def preview(self, subject_id: int, place: Place, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a CRF would hold if this were saved, as the page shows it before."""
        typed = {_address(code): _typed(value) for code, value in values.items()}
        with self.look(subject_id) as opened:
            draft = drafted(opened, place, Submission(typed=typed), role=Role.INVESTIGATOR)
        return {code: cell.value for (code, _), cell in draft.record.cells.items()}

    def fact(self, subject_id: int, name: str) -> str | None:
        """Return what a rule works out of a participant's CRFs."""
        with self.look(subject_id) as opened:
            found = opened.book.scope(Record("ENG", "V28", 1)).fact(name)
        return found if isinstance(found, str) else None

    def visits_after_recurrence(self, subject_id: int) -> list[tuple[str, date]]:
        """Return the visits that a recurrence put on the schedule, with their days."""
        with self.look(subject_id) as opened:
            return [
                (code, date.fromisoformat(planned.target))
                for code, planned in opened.book.visits.items()
                if code.startswith("DR") and planned.target
            ]


def _address(code: str) -> tuple[str, int]:
    """Return item and repeat of ``ITEM`` or ``ITEM.2``."""
    item, _, repeat = code.partition(".")
    return item, int(repeat or 1)


def _typed(value: object) -> str | list[str]:
    """Return a value as a page posts it."""
    return [str(one) for one in value] if isinstance(value, list) else str(value)
