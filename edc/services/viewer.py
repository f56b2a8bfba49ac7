"""Viewer: a signed-in person and the roles they hold, as every page and verb asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edc.permissions import Permission, Role, grants
from edc.randomization.masking import may_see_arm
from edc.services.unit_of_work import Actor

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A signed-in person.

    :param roles: the role held at each site; the key None is every site.
    """

    user_id: int
    username: str
    full_name: str
    roles: Mapping[int | None, Role] = field(default_factory=dict)
    must_change_password: bool = False
    session_key: str = ""

    def role_at(self, site_id: int | None) -> Role | None:
        """Return the role held at the site, its own before the one for every site."""
        return self.roles.get(site_id) or self.roles.get(None)

    def may(self, permission: Permission, *, site_id: int) -> bool:
        """Tell whether the person holds the permission at the site."""
        role = self.role_at(site_id)
        return role is not None and grants(role, permission)

    def may_see_arm(self, site_id: int) -> bool:
        """Tell whether the person sees the arms of the site's participants."""
        role = self.role_at(site_id)
        return role is not None and may_see_arm(role)

    def may_somewhere(self, permission: Permission) -> bool:
        """Tell whether the person holds the permission at any site."""
        return any(grants(role, permission) for role in self.roles.values())

    def sites_with(self, permission: Permission) -> frozenset[int] | None:
        """Return the sites where the permission is held; None is every site.

        A role for every site is overruled at a site where another role is held, so such a person
        is given the sites one by one by the caller's own list.
        """
        everywhere = self.roles.get(None)
        own = {site: role for site, role in self.roles.items() if site is not None}
        if everywhere and grants(everywhere, permission):
            refused = [site for site, role in own.items() if not grants(role, permission)]
            if not refused:
                return None
        return frozenset(site for site, role in own.items() if grants(role, permission))

    def role_for(self, permission: Permission) -> Role | None:
        """Return the role by which the person holds the permission, where no site is concerned."""
        return next((role for role in self.roles.values() if grants(role, permission)), None)

    def actor(self, role: Role | None, *, request_id: str, address: str) -> Actor:
        """Return the person as the actor of a unit of work, in *role*."""
        return Actor(
            user_id=self.user_id,
            username=self.username,
            full_name=self.full_name,
            role=role,
            request_id=request_id,
            address=address,
        )
