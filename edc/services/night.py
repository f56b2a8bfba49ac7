"""The nightly run: every rule on every participant, and all that follows from it.

What a save decides it decides then and there. The night adds what only time brings about (a term
that has run out, a visit that has become late), what a register's correction changes, and what a
masked person's save could not judge because it reads the arm. Each participant is one unit of work
of the actor "system"; one who fails is reported, and the others go on. A second run changes
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select

from edc.models import CrfEntry, DataLock, ProposalState, Subject
from edc.services import derivation, follow_ups, projection, query_sync, rules, schedule
from edc.services.allocation_lists import find_arm
from edc.services.casebooks import open_casebook
from edc.services.data_points import write_points
from edc.services.unit_of_work import system_actor
from edc.services.visible import tells_arm

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.randomization.sealing import SealingKey
    from edc.services.casebooks import Opened, Place
    from edc.services.data_points import CellKey
    from edc.services.unit_of_work import Database, UnitOfWork

ACTION = "night.run"
_MAX_ROUNDS = 5


@dataclass(slots=True)
class Work:
    """What the night did for one participant, or for all.

    :param derived: items computed anew.
    """

    opened: int = 0
    closed: int = 0
    raised: int = 0
    ended: int = 0
    proposed: int = 0
    derived: int = 0
    visits: int = 0

    def add(self, other: Work) -> None:
        """Add what was done for another participant."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Night:
    """A run over the study.

    :param failed: the numbers of the participants for whom it failed, each with the fault
        and the line it came from.
    """

    participants: int = 0
    work: Work = field(default_factory=Work)
    failed: list[tuple[str, str]] = field(default_factory=list)


def run_night(
    database: Database, *, key: SealingKey, report: Callable[[int, int], None] | None = None
) -> Night:
    """Run every rule on every participant.

    :param key: opens the arms, for the rules that read them.
    :param report: called after each participant with how many are done and how many there are.
    """
    night = Night()
    with database.reading() as session:
        # What is locked stays as it is: of a locked study or casebook the night decides nothing.
        locked = exists().where(
            DataLock.unlocked_at.is_(None),
            DataLock.form == "",
            or_(DataLock.subject_id.is_(None), DataLock.subject_id == Subject.id),
        )
        subjects = session.execute(
            select(Subject.id, Subject.screening_number)
            .where(~locked)
            # Left to the database the order tells which rows were changed last, hidden acts too.
            .order_by(Subject.id)
        ).all()
    for subject_id, number in subjects:
        try:
            with database.unit_of_work(system_actor(), ACTION) as uow:
                work = refresh_subject(uow, subject_id=subject_id, key=key)
        except Exception as fault:  # noqa: BLE001 - one casebook must not keep the others waiting
            night.failed.append((number, _told(fault)))
        else:
            night.work.add(work)
        night.participants += 1
        if report is not None:
            report(night.participants, len(subjects))
    return night


def _told(fault: Exception) -> str:
    """Return a fault's kind and the line it came from; its own words may hold data."""
    lines = extract_tb(fault.__traceback__)
    where = f" ({Path(lines[-1].filename).name}:{lines[-1].lineno})" if lines else ""
    return f"{type(fault).__name__}{where}"


def refresh_subject(
    uow: UnitOfWork, *, subject_id: int, key: SealingKey, hidden_only: bool = False
) -> Work:
    """Bring one participant to what the rules say now.

    :param hidden_only: as :func:`refresh_opened` has it.
    """
    opened = open_casebook(uow.session, subject_id, lock=True)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    return refresh_opened(uow, opened, key=key, hidden_only=hidden_only)


def refresh_opened(
    uow: UnitOfWork, opened: Opened, *, key: SealingKey, hidden_only: bool = False
) -> Work:
    """Bring a participant whose casebook is open and held to what the rules say now.

    :param hidden_only: only in what tells an arm. Of an act on a row that masked roles do not know,
        they must not read by what else the hour has brought about.
    """
    if opened.slot is not None:
        arm = find_arm(uow.session, opened.subject.id, key=key)
        if arm is not None:
            opened.book.facts["arm"] = arm
    with uow.session.no_autoflush:
        derived = _derive(opened)
        if hidden_only:
            derived = _hidden(derived)
        elif derived:
            _complete(uow, opened)
        findings = rules.all_findings(opened.book)
        if hidden_only:
            findings = findings.only(_tells_arm)
        visits = [] if hidden_only else schedule.refresh(uow, opened)
        if not hidden_only:
            projection.refresh(uow, opened)
        # Last, after every lock: entries of the trail are numbered from here on.
        queries_opened, queries_closed = query_sync.sync(uow, opened, findings)
        followed = follow_ups.settle(uow, opened, findings)
        for where, keys in derived.items():
            cells = {one: opened.book.records[where].cells[one] for one in keys}
            write_points(uow.session, opened, where, cells=cells)
        uow.session.flush()
    return Work(
        opened=len(queries_opened),
        closed=len(queries_closed),
        raised=len(followed.raised),
        ended=len(followed.ended),
        proposed=sum(one.state == ProposalState.PROPOSED for one in followed.proposed),
        derived=sum(map(len, derived.values())),
        visits=len(visits),
    )


def _tells_arm(place: Place, rule: str) -> bool:
    return tells_arm(form=place[1], rule=rule, row=place[2])


def _hidden(derived: dict[Place, list[CellKey]]) -> dict[Place, list[CellKey]]:
    """Return those of the derived items that tell an arm."""
    found = {
        place: [key for key in keys if tells_arm(form=place[1], item=key[0], row=place[2])]
        for place, keys in derived.items()
    }
    return {place: keys for place, keys in found.items() if keys}


def _derive(opened: Opened) -> dict[Place, list[CellKey]]:
    """Compute every derived item; return those that are no longer what was stored."""
    found: dict[Place, list[CellKey]] = defaultdict(list)
    for _ in range(_MAX_ROUNDS):
        changed = False
        for record in list(opened.book.records.values()):
            for one in derivation.derive(opened.book, record):
                changed = True
                if one not in found[record.place]:
                    found[record.place].append(one)
        if not changed:
            break
    return found


def _complete(uow: UnitOfWork, opened: Opened) -> None:
    """Judge anew whether each CRF is complete: what is asked may rest on what was computed."""
    for record in opened.book.records.values():
        is_complete = rules.is_complete(opened.book, record)
        if is_complete != record.is_complete:
            record.is_complete = is_complete
            entry = uow.session.get_one(CrfEntry, opened.stored[record.place].entry_id)
            entry.is_complete = is_complete
