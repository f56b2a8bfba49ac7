"""Reports and re-consents with their clocks, over the participants of a person's sites."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from edc import clock
from edc.forms.clocks import ClockKind, ClockState, clocks_of
from edc.models import RegisterRow, Subject
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.randomization.masking import is_visible
from edc.services.many_casebooks import read_records
from edc.services.safety_versions import sent_reports
from edc.study.casebook import Casebook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from edc.forms.clocks import Clock, SentReport
    from edc.permissions import Role
    from edc.services.viewer import Viewer

_READ: Final = ("IC", "IE", "SV", "EOT", "EOS", "DTH", "SAE", "PREG")
"""The CRFs with a clock, and those that say whether somebody is still in the study."""
_TOLD_BY: Final = {
    ClockKind.SAE: ("SAE", "SAESUBDTM"),
    ClockKind.SUSAR: ("SAE", "SUSAR"),
    ClockKind.SUSFUP: ("SAE", "SUSFUP"),
    ClockKind.PREG: ("PREG", "PGSUBDTM"),
    ClockKind.RECONSENT: ("IC", "ICVER"),
}
_PRESSING: Final = (
    ClockState.LATE, ClockState.DUE_SOON, ClockState.RUNNING, ClockState.MET_LATE, ClockState.MET,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A clock of a participant.

    :param name: the number of the report, or the version of the consent form.
    """

    subject_id: int
    number: str
    clock: Clock
    name: str


def known_clocks(
    casebook: Casebook, *, role: Role, sent: Iterable[SentReport] = ()
) -> list[tuple[Clock, str]]:
    """Return the clocks of a participant of which *role* may know, each with its name."""
    now = clock.local(clock.now())
    return [
        (one, _name(casebook, one))
        for one in clocks_of(casebook, now, sent=sent)
        if may_know_kind(one.kind, role=role)
    ]


def may_know_kind(kind: ClockKind, *, role: Role) -> bool:
    """Tell whether *role* may know of clocks of this kind: that one runs can tell an arm."""
    form, item = _TOLD_BY[kind]
    return is_visible(role, form=form, item=item)


def _name(casebook: Casebook, one: Clock) -> str:
    if one.about:
        return one.about
    record = casebook.records[one.place]
    return casebook.scope(record).text("SAENO") or f"{record.form} {record.row}"


def find_deadlines(session: Session, viewer: Viewer) -> list[Deadline]:
    """Return every clock of which the person may know, the most pressing first.

    The number of statements does not grow with the participants.
    """
    people = select(Subject)
    sites = viewer.sites_with(Permission.SAFETY_READ)
    if sites is not None:
        people = people.where(Subject.site_id.in_(sites))
    subjects = {subject.id: subject for subject in session.scalars(people)}
    books = _casebooks(session, subjects)
    sent = sent_reports(session, books)
    found = [
        Deadline(subject_id=key, number=subjects[key].number, clock=one, name=name)
        for key, book in books.items()
        if (role := viewer.role_at(subjects[key].site_id)) is not None
        for one, name in known_clocks(book, role=role, sent=sent.get(key, ()))
    ]
    return sorted(found, key=_rank)


def _rank(one: Deadline) -> tuple[int, bool, str, int]:
    """Return what puts the most pressing first: what is late, and of it reports before consents."""
    found = one.clock
    is_consent = found.kind is ClockKind.RECONSENT
    return _PRESSING.index(found.state), is_consent, found.due.isoformat(), one.subject_id


def _casebooks(session: Session, subjects: dict[int, Subject]) -> dict[int, Casebook]:
    """Return as much of each casebook as its clocks read."""
    versions: dict[int, dict[str, dict[str, str]]] = {}
    for row in session.scalars(select(RegisterRow).where(RegisterRow.register == "ICF")):
        versions.setdefault(row.site_id, {})[row.row_key] = json.loads(row.content)
    books: dict[int, Casebook] = {}
    for key, subject in subjects.items():
        book = Casebook(study=STUDY, facts={"randomised": "Y"} if subject.randomised_on else {})
        book.registers["ICF"] = versions.get(subject.site_id, {})
        books[key] = book
    read_records(session, books, forms=_READ)
    return books
