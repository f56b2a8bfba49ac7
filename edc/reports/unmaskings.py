"""The register of unmaskings: all three kinds, who learned and by whose leave; never which arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from edc import clock
from edc.models import CrfEntry, DataPoint, Subject, Unmasking, UnmaskingState, User
from edc.permissions import Permission
from edc.services.unmasking import VALID
from edc.services.unmasking_marks import FORMS, KNOWS, UNAWARE

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ScalarSelect
    from sqlalchemy.orm import Session

    from edc.services.viewer import Viewer

MOST_LISTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An unmasking with the names of those it is about.

    :param marked: the assessments by the person from the day on that are marked N; *unmarked* those
        of that time that are not, made before it was on record.
    """

    row: Unmasking
    person: str
    decided_by: str
    impact_by: str
    marked: int
    unmarked: int


def find_register(
    session: Session, sites: Collection[int] | None, *, subject_id: int | None = None
) -> list[Listed]:
    """Return the unmaskings at *sites* (None is every site), the latest first; three statements.

    A planned one is of every site.
    """
    statement = (
        select(Unmasking).options(joinedload(Unmasking.subject)).order_by(Unmasking.id.desc())
    )
    if subject_id is not None:
        statement = statement.where(Unmasking.subject_id == subject_id)
    elif sites is not None:
        own = select(Subject.id).where(Subject.site_id.in_(sites))
        statement = statement.where(
            or_(Unmasking.subject_id.is_(None), Unmasking.subject_id.in_(own))
        )
    rows = session.scalars(statement.limit(MOST_LISTED)).all()
    people = {name for row in rows for name in (row.person, row.decided_by, row.impact_by) if name}
    names = _names(session, people)
    counted = _assessments(session, rows)
    return [
        Listed(
            row=row,
            person=names.get(row.person, row.person),
            decided_by=names.get(row.decided_by or "", row.decided_by or ""),
            impact_by=names.get(row.impact_by or "", row.impact_by or ""),
            marked=counted.get((row.id, True), 0),
            unmarked=counted.get((row.id, False), 0),
        )
        for row in rows
    ]


def _names(session: Session, people: Collection[str]) -> dict[str, str]:
    if not people:
        return {}
    found = session.execute(select(User.username, User.full_name).where(User.username.in_(people)))
    return {row[0]: row[1] for row in found}


def _assessments(session: Session, rows: Collection[Unmasking]) -> dict[tuple[int, bool], int]:
    """Count each person's assessments of the participant from the day on which they knew."""
    known = [row.id for row in rows if row.known_on is not None and row.subject_id is not None]
    if not known:
        return {}
    assessor, mask, day = aliased(DataPoint), aliased(DataPoint), aliased(DataPoint)
    items = or_(
        *(
            and_(
                CrfEntry.form == form, assessor.item == f"{form}EVAL",
                mask.item == UNAWARE[form], day.item == f"{form}DAT",
            )
            for form in FORMS
        )
    )  # fmt: skip
    is_marked = mask.value == KNOWS
    found = session.execute(
        select(Unmasking.id, is_marked, func.count())
        .select_from(Unmasking)
        .join(CrfEntry, CrfEntry.subject_id == Unmasking.subject_id)
        .join(assessor, assessor.entry_id == CrfEntry.id)
        .join(mask, mask.entry_id == CrfEntry.id)
        .join(day, day.entry_id == CrfEntry.id)
        .where(
            Unmasking.id.in_(known), items, CrfEntry.in_error.is_(False),
            assessor.value == Unmasking.person, mask.value.is_not(None),
            day.value >= _as_text(session, Unmasking.known_on),
        )
        .group_by(Unmasking.id, is_marked)
    )  # fmt: skip
    return {(number, bool(marked)): count for number, marked, count in found}


def _as_text(session: Session, day: Any) -> Any:  # noqa: ANN401 - a column, as SQL compares it
    """Return a day as the ISO text in which CRFs hold days."""
    if session.get_bind().dialect.name == "postgresql":
        return func.to_char(day, "YYYY-MM-DD")
    return day


def waiting(viewer: Viewer) -> ScalarSelect[int]:
    """Return the count of requests that wait for the person's approval, as part of a statement."""
    sites = viewer.sites_with(Permission.UNMASK_APPROVE)
    statement = (
        select(func.count(Unmasking.id))
        .join(Subject, Subject.id == Unmasking.subject_id)
        .where(
            Unmasking.state == UnmaskingState.ASKED,
            Unmasking.asked_at > clock.now() - VALID,
            Unmasking.person != viewer.username,
        )
    )
    if sites is not None:
        statement = statement.where(Subject.site_id.in_(sites))
    return statement.scalar_subquery()
