"""Entering through the services, as the people of the trial do, one unit of work at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edc.permissions import Role
from edc.services import queries, settling
from edc.services.casebooks import open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.enrolment import record_not_enrolled, register_subject, rescreen_subject
from edc.services.randomize import arm_of, randomise_subject
from edc.services.schedule import next_unscheduled
from edc.services.signing import Meaning, sign_entry
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from edc.models import Query
    from edc.randomization.sealing import SealingKey
    from edc.services.casebooks import Place
    from edc.services.queries import Act, Target
    from edc.services.unit_of_work import Database, UnitOfWork

Values = dict[str, Any]


@dataclass
class Desk:
    """Where CRFs are entered; it remembers the version at which each page was left.

    :param saves: how many units of work were done.
    """

    database: Database
    key: SealingKey
    versions: dict[tuple[int, Place], int] = field(default_factory=lambda: defaultdict(int))
    saves: int = 0

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
            typed={(code, 1): _typed(value) for code, value in values.items()},
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
        return saved

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

    def randomise(self, who: Actor, subject_id: int, *, stratum: str) -> str | None:
        """Randomise a participant; return the arm, which those who treat are told."""
        with self._open(who, "subject.randomise") as uow:
            randomise_subject(
                uow, subject_id=subject_id, confirmed=stratum, key=self.key, purpose="test"
            )
        with self.database.reading() as session:
            return arm_of(session, subject_id, role=Role.INVESTIGATOR, key=self.key)

    def unscheduled(self, who: Actor, subject_id: int, *, why: str, forms: list[str]) -> str:
        """Enter CRF UNS, which puts an unscheduled visit on the schedule; return its code."""
        with self.database.reading() as session:
            code = next_unscheduled(open_casebook(session, subject_id, queries=False))
        if code is None:
            message = "the participant has as many unscheduled visits as there can be"
            raise ValueError(message)
        self.save(who, subject_id, (code, "UNS", 1), {"UNSREAS": why, "UNSFORM": forms})
        return code


def _typed(value: object) -> str | list[str]:
    """Return a value as a page posts it."""
    return [str(one) for one in value] if isinstance(value, list) else str(value)
