"""A site's own numbers: taken while the site is held, so that none is given twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.errors import NotFound
from edc.models import Site

if TYPE_CHECKING:
    from edc.services.unit_of_work import UnitOfWork


def lock_site(uow: UnitOfWork, site_id: int) -> Site:
    """Return the site, held until the transaction ends, so that its numbers follow one another.

    :raises NotFound: when there is no such site.
    """
    site = uow.session.scalars(
        select(Site)
        .where(Site.id == site_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if site is None:
        raise NotFound
    return site
