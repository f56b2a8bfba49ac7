"""Opening a participant's casebook: what the database holds, as the rules of the study read it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from edc import clock
from edc.errors import NotFound
from edc.models import (
    CrfEntry,
    DataLock,
    DataPoint,
    Query,
    QueryState,
    RegisterRow,
    Signature,
    Slot,
    Subject,
    SubjectVisit,
    Unmasking,
)  # fmt: skip
from edc.models.audit import ENTRY_BITS
from edc.protocol import STUDY
from edc.randomization.masking import FIRST_RESTRICTED_ROW, is_restricted_row
from edc.services.data_points import POINTS, StoredCrf, StoredRecord
from edc.services.people import names_at
from edc.services.subjects import find_subject, lock_subject
from edc.services.visible import may_know
from edc.study.casebook import Casebook, PlannedVisit
from edc.study.items import Reference

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, CompoundSelect
    from sqlalchemy.orm import Session

    from edc.models import DeviationProposal
    from edc.permissions import Role
    from edc.study.casebook import Record
    from edc.study.crf import Crf


Place = tuple[str, str, int]  # visit, form, row

STUDY_LOCK: Place = ("*", "", 0)
CASEBOOK_LOCK: Place = ("", "", 0)
_LOCKED, _UNMASKED = "-locked", "-unmasked"  # beside the codes of registers


@dataclass(slots=True)
class Opened:
    """A participant's casebook with what the rules do not read: versions, queries, signatures.

    :param versions: how often each place was saved.
    :param stored: the rows behind each place, those entered in error too.
    :param in_error: the places entered in error, each with the reason.
    :param queries: the queries of the participant, loaded only if asked for.
    :param accepts: the proposed deviation that the row of DV being saved accepts.
    :param unmasked: who came to know the participant's arm, each with the day from which on.
    :param locks: what is locked, by (visit, form, row); without form the whole casebook, and
        ``STUDY_LOCK`` the study.
    """

    subject: Subject
    book: Casebook
    slot: Slot | None
    versions: dict[Place, int] = field(default_factory=dict)
    stored: dict[Place, StoredCrf] = field(default_factory=dict)
    in_error: dict[Place, str] = field(default_factory=dict)
    queries: list[Query] = field(default_factory=list)
    accepts: DeviationProposal | None = None
    unmasked: dict[str, str] = field(default_factory=dict)
    locks: set[Place] = field(default_factory=set)

    def error_record(self, place: Place) -> Record | None:
        """Return the row entered in error that stands at *place*, as it was; no rule reads it."""
        if place not in self.in_error:
            return None
        record = StoredRecord(place, self.stored[place], allocated=None)
        record.is_complete = record.is_signed = False
        return record

    @property
    def open_queries(self) -> list[Query]:
        """Return the queries that are open."""
        return [query for query in self.queries if query.state == QueryState.OPEN]

    def open_queries_for(self, role: Role) -> list[Query]:
        """Return the open queries of which *role* may know: that one exists can tell an arm."""
        return [
            query
            for query in self.open_queries
            if may_know(role, form=query.form, item=query.item, rule=query.check_id, row=query.row)
        ]

    @staticmethod
    def first_row(form: str, *, tells_arm: bool = False) -> int:
        """Return the number of a log's first row; those that tell the arm start elsewhere."""
        return FIRST_RESTRICTED_ROW.get(form, 1) if tells_arm else 1

    def next_row(self, form: str, *, like: int = 1) -> int:
        """Return the number of a log's next row, among those that *like* stands among."""
        tells_arm = is_restricted_row(form, like)
        taken = [
            row
            for _, code, row in self.versions
            if code == form and is_restricted_row(form, row) == tells_arm
        ]
        return max(taken, default=self.first_row(form, tells_arm=tells_arm) - 1) + 1


def open_casebook(
    session: Session, subject_id: int, *, lock: bool = False, queries: bool = True
) -> Opened:
    """Read a participant's casebook, in a number of statements that does not grow with it.

    :param lock: hold the participant until the transaction ends, so that saves follow one another.
    :raises NotFound: when there is no such participant.
    """
    subject = lock_subject(session, subject_id) if lock else find_subject(session, subject_id)
    if subject is None:
        raise NotFound
    slot = subject.slot
    book = Casebook(study=STUDY, facts=_facts(slot))
    opened = Opened(subject=subject, book=book, slot=slot)
    _read_records(session, opened)
    _read_around(session, opened)
    book.others = partial(find_elsewhere, session, subject)
    if queries:
        opened.queries = list(session.scalars(_QUERIES, {"subject": subject_id}))
    return opened


def _facts(slot: Slot | None) -> dict[str, str]:
    now = clock.local(clock.now())
    facts = {"today": now.date().isoformat(), "now": now.isoformat(timespec="seconds")}
    if slot is not None and slot.allocated_at is not None:
        facts["randomised"] = "Y"
        facts["randomisation_date"] = clock.local(slot.allocated_at).date().isoformat()
    return facts


_SUBJECT: BindParameter[int] = bindparam("subject")
_own = aliased(CrfEntry)
# Asked once for the participant; asked for each CRF it would be asked for each data point.
_signed = CrfEntry.id.in_(
    select(Signature.entry_id)
    .join(_own, _own.id == Signature.entry_id)
    .where(_own.subject_id == _SUBJECT, Signature.voided_at.is_(None))
)
_RECORDS = select(
    CrfEntry.id, CrfEntry.visit, CrfEntry.form, CrfEntry.row, CrfEntry.version,
    CrfEntry.is_complete, CrfEntry.in_error, CrfEntry.error_reason, _signed, POINTS,
).where(CrfEntry.subject_id == _SUBJECT)  # fmt: skip
# The schedule, the site's registers, what is locked and who knows the arm, read together: a
# visit's row has no register.
_AROUND: CompoundSelect[Any] = union_all(
    select(
        literal(""),
        SubjectVisit.code,
        *(
            cast(day, String)
            for day in (SubjectVisit.target, SubjectVisit.window_start, SubjectVisit.window_end)
        ),
    ).where(SubjectVisit.subject_id == _SUBJECT),
    select(
        RegisterRow.register, RegisterRow.row_key, cast(RegisterRow.content, String), null(), null()
    ).where(RegisterRow.site_id == bindparam("site")),
    select(
        literal(_UNMASKED), Unmasking.person, cast(Unmasking.known_on, String), null(), null()
    ).where(Unmasking.subject_id == _SUBJECT, Unmasking.known_on.is_not(None)),
    select(
        literal(_LOCKED), DataLock.visit, DataLock.form, cast(DataLock.row, String),
        cast(DataLock.subject_id, String),
    ).where(
        DataLock.unlocked_at.is_(None),
        or_(DataLock.subject_id.is_(None), DataLock.subject_id == _SUBJECT),
    ),
)  # fmt: skip
_QUERIES = select(Query).where(Query.subject_id == _SUBJECT).order_by(Query.id)


def _read_records(session: Session, opened: Opened) -> None:
    """Read every CRF with its data points and whether a signature holds, in one statement."""
    allocated = opened.slot.audit_id >> ENTRY_BITS if opened.slot else None
    rows = session.connection().execute(_RECORDS, {"subject": opened.subject.id}).all()
    for entry_id, visit, form, row, version, complete, in_error, why, is_signed, points in rows:
        place = (visit, form, row)
        opened.versions[place] = version
        stored = opened.stored[place] = StoredCrf(entry_id, points or "[]")
        if in_error:  # it is kept, and no rule reads it
            opened.in_error[place] = why or ""
            continue
        record = opened.book.records[place] = StoredRecord(place, stored, allocated=allocated)
        record.is_complete, record.is_signed = complete, bool(is_signed)


def _read_around(session: Session, opened: Opened) -> None:
    """Read the planned visits, in their order, and what else the rules or a save ask for."""
    asked = {"subject": opened.subject.id, "site": opened.subject.site_id}
    planned: dict[str, PlannedVisit] = {}
    for register, key, held, start, end in session.connection().execute(_AROUND, asked):
        if register == _UNMASKED:
            opened.unmasked[key] = min(held, opened.unmasked.get(key, held))
        elif register == _LOCKED:
            opened.locks.add((key, held, int(start)) if end else STUDY_LOCK)
        elif register:
            opened.book.registers.setdefault(register, {})[key] = json.loads(held)
        else:
            planned[key] = PlannedVisit(key, held, start, end)
    order = opened.book.visit_order
    opened.book.visits = dict(sorted(planned.items(), key=lambda pair: (order(pair[0]), pair[0])))


def find_elsewhere(
    session: Session, subject: Subject, form: str, item: str, values: frozenset[str]
) -> list[dict[str, str]]:
    """Return records of the site's other participants in which *item* holds one of *values*.

    A record entered in error is none.
    """
    named = (
        select(DataPoint.entry_id)
        .join(CrfEntry, CrfEntry.id == DataPoint.entry_id)
        .join(Subject, Subject.id == CrfEntry.subject_id)
        .where(
            Subject.site_id == subject.site_id,
            Subject.id != subject.id,
            CrfEntry.form == form,
            CrfEntry.in_error.is_(False),
            DataPoint.item == item,
            DataPoint.value.in_(values),
        )
    )
    rows = session.execute(
        select(DataPoint.entry_id, DataPoint.item, DataPoint.value).where(
            DataPoint.entry_id.in_(named), DataPoint.value.is_not(None)
        )
    )
    found: dict[int, dict[str, str]] = {}
    for entry_id, code, value in rows:
        found.setdefault(entry_id, {})[code] = value or ""
    return list(found.values())


def load_references(session: Session, opened: Opened, crf: Crf) -> None:
    """Give the casebook the people and participants that the CRF's references may name."""
    references = {item.code: item.to for item in crf.items if isinstance(item, Reference)}
    targets = set(references.values())
    registers = opened.book.registers
    if "USER" in targets:
        named = {
            cell.value
            for record in opened.book.of_form(crf.code)
            for (code, _), cell in record.cells.items()
            if references.get(code) == "USER" and cell.value is not None
        }
        names = names_at(session, opened.subject.site_id, named=named)
        registers["USER"] = {username: {"NAME": name} for username, name in names.items()}
    if "SUBJECT" in targets:
        others = session.execute(
            select(Subject.subject_number, Subject.screening_number)
            .where(
                Subject.site_id == opened.subject.site_id,
                Subject.id != opened.subject.id,
                Subject.randomised_on.is_not(None),
            )
            .order_by(Subject.id)
        )
        registers["SUBJECT"] = {number or screening: {} for number, screening in others}


def possible_duplicate(session: Session, subject: Subject, identity_key: str | None) -> bool:
    """Tell whether another participant, not linked to this one, looks like the same person.

    Two are linked by re-screening, or because a person is known to be registered twice.
    """
    if not identity_key:
        return False
    own = {subject.id, subject.rescreen_of_id, subject.counted_as_id} - {None}
    others = session.execute(
        select(Subject.id, Subject.rescreen_of_id, Subject.counted_as_id).where(
            Subject.identity_key == identity_key, Subject.id != subject.id
        )
    )
    return any(own.isdisjoint({one for one in other if one is not None}) for other in others)
