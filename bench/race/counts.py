"""What a race left in the database, counted: every count but the allocations is to be 0."""

from __future__ import annotations

import json
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import (
    AuditEntry,
    AuditTransaction,
    CrfEntry,
    DataPoint,
    Slot,
    StratumRow,
    Subject,
    SubjectVisit,
)
from edc.models.audit import ENTRY_BITS
from edc.services.readiness import RAND_PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

ACTION = "subject.randomise"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request was answered with.

    :param number: empty where the answer was not read as far as the number.
    """

    subject_id: int
    number: str
    milliseconds: float


@dataclass(slots=True)
class Race:
    """What the clients saw.

    :param asked: the participants asked for, each several times.
    :param lost: requests whose worker was killed before it answered; each was sent again.
    :param refused: answers that nobody should have got, in words.
    """

    asked: frozenset[int]
    answers: list[Answer] = field(default_factory=list)
    lost: int = 0
    kills: int = 0
    seconds: float = 0.0
    refused: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""
        return len(self.answers) + self.lost + len(self.refused)

    def note(self, answer: Answer | str | None) -> None:
        """Take down an answer, a refusal in words, or None for a request that was lost."""
        if isinstance(answer, Answer):
            self.answers.append(answer)
        elif answer is None:
            self.lost += 1
        else:
            self.refused.append(answer)

    def latency(self) -> tuple[float, float]:
        """Return the median and the 95th percentile of an answered request, in milliseconds."""
        times = [answer.milliseconds for answer in self.answers]
        return statistics.median(times), statistics.quantiles(times, n=20)[-1]


@dataclass(frozen=True, slots=True)
class Given:
    """A slot that is taken."""

    stratum: str
    sequence: int
    number: str
    subject_id: int
    at: float
    entry_id: int


def find_given(session: Session) -> list[Given]:
    """Return every taken slot, by stratum and sequence."""
    rows = session.execute(
        select(Slot, StratumRow.stratum)
        .join(StratumRow, StratumRow.id == Slot.stratum_id)
        .where(Slot.subject_id.is_not(None))
        .order_by(StratumRow.stratum, Slot.sequence)
    )
    return [
        Given(
            stratum, slot.sequence, slot.randomisation_number or "", slot.subject_id or 0,
            slot.allocated_at.timestamp() if slot.allocated_at else 0.0, slot.audit_id,
        )
        for slot, stratum in rows
    ]  # fmt: skip


def count(session: Session, race: Race, *, is_whole: bool) -> dict[str, int]:
    """Return each thing that must not be with how often it is.

    :param is_whole: the whole act was asked for, with the CRF RAND and the visits from D0.
    """
    given = find_given(session)
    held = {one.subject_id: one.number for one in given}
    told = defaultdict(set)
    for answer in race.answers:
        if answer.number:
            told[answer.number].add(answer.subject_id)
    found = {
        "slots used twice": _doubled(one.number for one in given)
        + sum(len(people) > 1 for people in told.values()),
        "participants with two slots": _doubled(one.subject_id for one in given),
        "gaps in a stratum or in the numbers": _gaps(given),
        "out of order in time": _disorder(given),
        "answers without a row": sum(
            answer.subject_id not in held or answer.number not in {"", held[answer.subject_id]}
            for answer in race.answers
        ),
        "rows without a trail entry": _unrecorded(session, given),
        "entries of the trail without a row": _unbacked(session, given),
        "asked for and not randomised": len(race.asked - held.keys()),
        "randomised and not asked for": len(held.keys() - race.asked),
        "refused wrongly": len(race.refused),
    }
    if is_whole:
        found["allocations without CRF RAND or visits"] = _halves(session, given)
    return found


def _doubled(values: Iterable[object]) -> int:
    return sum(number - 1 for number in Counter(values).values())


def _gaps(given: Sequence[Given]) -> int:
    """Return how many places are missing in the strata, and in the numbers through the trial."""
    last: Counter[str] = Counter()
    for one in given:
        last[one.stratum] = max(last[one.stratum], one.sequence)
    numbers = {int(one.number.removeprefix("R")) for one in given}
    return sum(last.values()) - len(given) + max(numbers, default=0) - len(numbers)


def _disorder(given: Sequence[Given]) -> int:
    """Return how many neighbours run backwards, in their stratum or through the trial."""
    by_stratum: dict[str, list[Given]] = defaultdict(list)
    for one in given:
        by_stratum[one.stratum].append(one)
    lines = [
        *by_stratum.values(),
        sorted(given, key=lambda one: int(one.number.removeprefix("R"))),
    ]
    return sum(
        after.at < before.at
        or int(after.number.removeprefix("R")) <= int(before.number.removeprefix("R"))
        for line in lines
        for before, after in pairwise(line)
    )


def _entries(session: Session) -> list[tuple[AuditEntry, str]]:
    rows = session.execute(
        select(AuditEntry, AuditTransaction.action)
        .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
        .where(AuditTransaction.action == ACTION)
        .where(AuditEntry.table.in_(("slot", "")))
    )
    return [(row[0], row[1]) for row in rows]


def _unrecorded(session: Session, given: Sequence[Given]) -> int:
    """Return how many taken slots lack their change or their act in the trail, in one deed."""
    changes: dict[int, str] = {}
    acts: set[tuple[int, str]] = set()
    for entry, _ in _entries(session):
        number = json.loads(entry.new).get("randomisation_number", "")
        if entry.table:
            changes[entry.id] = number
        else:
            acts.add((entry.id >> ENTRY_BITS, number))
    return sum(
        changes.get(one.entry_id) != one.number
        or (one.entry_id >> ENTRY_BITS, one.number) not in acts
        for one in given
    )


def _unbacked(session: Session, given: Sequence[Given]) -> int:
    """Return how many allocations the trail tells of that are not the state of a slot."""
    last = {one.entry_id for one in given}
    return sum(bool(entry.table) and entry.id not in last for entry, _ in _entries(session))


def _halves(session: Session, given: Sequence[Given]) -> int:
    """Return how many have a slot but not all that is written with it, or that without a slot."""
    visit, form, row = RAND_PLACE
    on_crf = dict(
        session.execute(
            select(CrfEntry.subject_id, DataPoint.value)
            .join(DataPoint, DataPoint.entry_id == CrfEntry.id)
            .where(CrfEntry.visit == visit, CrfEntry.form == form, CrfEntry.row == row)
            .where(DataPoint.item == "RDNUM")
        )
        .tuples()
        .all()
    )
    dated = set(session.scalars(select(Subject.id).where(Subject.randomised_on.is_not(None))))
    visits: Counter[int] = Counter(session.scalars(select(SubjectVisit.subject_id)))
    whole = max(visits.values(), default=0)
    held = {one.subject_id: one.number for one in given}
    return sum(
        on_crf.get(subject_id) != number or subject_id not in dated or visits[subject_id] != whole
        for subject_id, number in held.items()
    ) + len((on_crf.keys() | dated) - held.keys())
