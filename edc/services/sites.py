"""The hospitals of the study."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.errors import Refused
from edc.label import Label
from edc.models import Site

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.services.unit_of_work import UnitOfWork

_CODE = re.compile(r"[0-9A-Z]{1,8}")
LONGEST_NAME = 200


def create_site(uow: UnitOfWork, *, code: str, name: Label) -> Site:
    """Open a site; its code stands in every number that it hands out and never changes.

    :raises Refused: when the code cannot be one, or is taken.
    """
    if not _CODE.fullmatch(code):
        raise Refused(
            Label(
                en="A site's code is 1 to 8 figures or capital letters.",
                zh="中心编号由1至8位数字或大写字母组成。",
            ),
            rule="SITE-CODE",
        )
    if len(name.en) > LONGEST_NAME or len(name.zh) > LONGEST_NAME:
        raise Refused(
            Label(
                en="A site's name has at most {most} characters.",
                zh="中心名称不超过{most}个字符。",
            ).filled(most=LONGEST_NAME),
            rule="SITE-NAME",
        )
    if uow.session.scalar(select(Site.id).where(Site.code == code)) is not None:
        raise Refused(
            Label(en="The site {code} exists already.", zh="中心{code}已存在。").filled(code=code),
            rule="SITE-TAKEN",
        )
    site = Site(code=code, name_en=name.en, name_zh=name.zh, last_screening=0, last_subject=0)
    uow.session.add(site)
    uow.session.flush()
    return site


def list_sites(session: Session) -> list[Site]:
    """Return every site by code."""
    return list(session.scalars(select(Site).order_by(Site.code)))


def name_of(site: Site) -> Label:
    """Return the site's code and name in both languages."""
    return Label(en=f"{site.code} {site.name_en}", zh=f"{site.code} {site.name_zh}")
