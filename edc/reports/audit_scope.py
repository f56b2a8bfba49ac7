"""Who may read which part of the trail, and where it may tell an arm.

What stands at a site is read by those who hold the permission at that site. What stands at none
(sign-in, accounts, allocation lists, exports) is read by those who hold it at every site.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_, true

from edc.models import AuditEntry
from edc.permissions import Permission, grants
from edc.protocol import STUDY
from edc.randomization.masking import may_see_arm
from edc.reports.masked import known_to, tells_no_arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

    from edc.permissions import Role
    from edc.services.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which part of the trail somebody may read, and whether arms may be told there.

    :param sites: for each readable site that has a rule of its own, whether arms may be told.
    :param refused: sites that may not be read although the rest may.
    :param rest: the same for every other site and for what stands at none; None reads none of it.
    """

    sites: Mapping[int, bool] = field(default_factory=dict)
    refused: frozenset[int] = frozenset()
    rest: bool | None = None

    def condition(self, *, by_site: bool = True) -> ColumnElement[bool]:
        """Return the condition that an entry is in scope.

        :param by_site: whether the site may lead the search. A site holds a great part of the
            trail, so where another index leads, SQLite must not be tempted: a sum has no index.
        """
        site = AuditEntry.site_id if by_site else AuditEntry.site_id + 0
        parts: list[ColumnElement[bool]] = []
        for arms in (True, False):
            held = [key for key, may_tell in self.sites.items() if may_tell is arms]
            if held:
                parts.append(and_(site.in_(held), _visible(arms=arms)))
        if self.rest is not None:
            own = [*self.sites, *self.refused]
            others = or_(site.is_(None), site.not_in(own)) if own else true()
            parts.append(and_(others, _visible(arms=self.rest)))
        return or_(*parts) if parts else false()

    def masked(self, site: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
        """Return the condition that an entry stands at a *site* where arms may not be told."""
        held = [key for key, may_tell in self.sites.items() if not may_tell]
        parts: list[ColumnElement[bool]] = [site.in_(held)]
        if self.rest is False:
            own = [*self.sites, *self.refused]
            parts.append(or_(site.is_(None), site.not_in(own)) if own else true())
        return or_(*parts)

    @property
    def tells_every_arm(self) -> bool:
        """Tell whether no arm is hidden from the reader anywhere."""
        return self.rest is not False and all(self.sites.values())

    def facts(self) -> dict[str, object]:
        """Return the scope as the record of an export states it."""
        sites = "all" if self.rest is not None else sorted(self.sites)
        masked = not (self.rest is True or any(self.sites.values()))
        return {"sites": sites, "masked": masked}


WHOLE = Scope(rest=True)
WHOLE_MASKED = Scope(rest=False)


def scope_of(viewer: Viewer, permission: Permission = Permission.AUDIT_READ) -> Scope:
    """Return the part of the trail that *viewer* may read by *permission*."""
    own = {site: role for site, role in viewer.roles.items() if site is not None}
    everywhere = viewer.roles.get(None)
    return Scope(
        sites={s: may_see_arm(role) for s, role in own.items() if grants(role, permission)},
        refused=frozenset(s for s, role in own.items() if not grants(role, permission)),
        rest=may_see_arm(everywhere) if everywhere and grants(everywhere, permission) else None,
    )


def visible_to(role: Role) -> ColumnElement[bool]:
    """Return the condition that *role* may know of an entry, of whatever participant it tells."""
    return known_to(
        role, form=AuditEntry.form, item=AuditEntry.item, row=AuditEntry.row,
        check_id=AuditEntry.rule,
    )  # fmt: skip


def _visible(*, arms: bool) -> ColumnElement[bool]:
    """Return the condition that an entry would not tell an arm; all are visible with *arms*."""
    if arms:
        return true()
    return and_(
        tells_no_arm(AuditEntry.form, AuditEntry.item, AuditEntry.row),
        # That a check fired which reads the arm tells it wherever it is shown.
        AuditEntry.rule.not_in(sorted(STUDY.restricted_checks)),
    )
