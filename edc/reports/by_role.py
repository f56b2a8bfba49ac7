"""Conditions on rows of participants that depend on the role a person holds at each site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_, true

from edc.models import Subject
from edc.reports.masked import known_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from edc.models import DeviationProposal, Notice, Query
    from edc.permissions import Role
    from edc.services.viewer import Viewer


def by_role(
    viewer: Viewer, condition: Callable[[Role], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Return a condition on rows joined with their participant, by the role held at the site.

    A site's own role comes before one for every site.
    """
    own = {site: role for site, role in viewer.roles.items() if site is not None}
    parts = [and_(Subject.site_id == site, condition(role)) for site, role in own.items()]
    everywhere = viewer.roles.get(None)
    if everywhere is not None:
        others = Subject.site_id.not_in(sorted(own)) if own else true()
        parts.append(and_(others, condition(everywhere)))
    return or_(*parts) if parts else false()


def may_be_known(
    table: type[Notice | DeviationProposal | Query], role: Role
) -> ColumnElement[bool]:
    """Return the condition that *role* may know of a query, a notice or a proposal."""
    return known_to(role, form=table.form, item=table.item, row=table.row, check_id=table.check_id)


def of_participant(words: str) -> ColumnElement[bool]:
    """Return the condition that a number of the participant begins with *words*."""
    literal = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return or_(
        Subject.screening_number.like(f"{literal}%", escape="\\"),
        Subject.subject_number.like(f"{literal}%", escape="\\"),
    )
