"""The invented people of the demo study: who they are, where they work, and how they sign in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from edc.label import Label
from edc.permissions import ROLE_LABELS, Role
from edc.services.accounts import create_user, give_role
from edc.services.passwords import STANDARD, Hashing
from edc.services.sites import create_site
from edc.services.unit_of_work import Actor, system_actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.services.unit_of_work import Database

SITES = {
    "01": Label(en="Site 01", zh="中心01"),
    "02": Label(en="Site 02", zh="中心02"),
}
INSTALLER = system_actor("demo")
# TEST-NET-1: addresses of documentation, which no machine has.
_ADDRESS = "192.0.2.{number}"
_PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - the letters, not a password
_PASSWORD_GROUPS = 4
_PASSWORD_GROUP_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo study; *site* is empty for a role at every site."""

    username: str
    full_name: str
    role: Role
    site: str = ""


# The first of a role is the one whose sign-in is shown.
PEOPLE = (
    Person("admin", "赵立新 Zhao Lixin", Role.ADMINISTRATOR),
    Person("nurse", "林秋月 Lin Qiuyue", Role.RESEARCH_NURSE, "01"),
    Person("nurse.b", "何静怡 He Jingyi", Role.RESEARCH_NURSE, "01"),
    Person("nurse.c", "邓小满 Deng Xiaoman", Role.RESEARCH_NURSE, "02"),
    Person("investigator", "周明远 Zhou Mingyuan", Role.INVESTIGATOR, "01"),
    Person("investigator.b", "许若琳 Xu Ruolin", Role.INVESTIGATOR, "01"),
    Person("investigator.c", "罗建业 Luo Jianye", Role.INVESTIGATOR, "02"),
    Person("assessor", "沈知夏 Shen Zhixia", Role.OUTCOME_ASSESSOR, "01"),
    Person("assessor.c", "唐一帆 Tang Yifan", Role.OUTCOME_ASSESSOR, "02"),
    Person("monitor", "吴海宁 Wu Haining", Role.MONITOR),
    Person("monitor.u", "郑安澜 Zheng Anlan", Role.UNMASKED_MONITOR),
    Person("datamanager", "梁思齐 Liang Siqi", Role.DATA_MANAGER),
    Person("statistician", "宋文博 Song Wenbo", Role.STATISTICIAN),
    Person("statistician.i", "曹景行 Cao Jingxing", Role.INDEPENDENT_STATISTICIAN),
    Person("pharmacist", "杜雨桐 Du Yutong", Role.PHARMACIST, "01"),
    Person("pharmacist.c", "方致远 Fang Zhiyuan", Role.PHARMACIST, "02"),
    Person("safety", "江一鸣 Jiang Yiming", Role.SAFETY_OFFICER),
    Person("auditor", "叶青禾 Ye Qinghe", Role.AUDITOR),
)


def password_of(person: Person, *, secret: str) -> str:
    """Return the person's password, which follows from the installation's secret alone.

    So it is written down nowhere, and can be told again as long as the secret is there.
    """
    digest = hmac.digest(secret.encode(), f"demo-password|{person.username}".encode(), sha256)
    letters = [_PASSWORD_ALPHABET[byte % len(_PASSWORD_ALPHABET)] for byte in digest]
    groups = (
        "".join(letters[start : start + _PASSWORD_GROUP_LENGTH])
        for start in range(0, _PASSWORD_GROUPS * _PASSWORD_GROUP_LENGTH, _PASSWORD_GROUP_LENGTH)
    )
    return "-".join(groups)


def sign_ins(*, secret: str) -> dict[Role, tuple[str, str]]:
    """Return user name and password of one person for each role, in the order of the roles."""
    first: dict[Role, Person] = {}
    for person in PEOPLE:
        first.setdefault(person.role, person)
    return {role: (first[role].username, password_of(first[role], secret=secret)) for role in Role}


@dataclass(frozen=True, slots=True)
class Cast:
    """The people as actors, and the sites by code."""

    actors: Mapping[str, Actor]
    sites: Mapping[str, int]

    def at(self, role: Role, site: str) -> list[Actor]:
        """Return those who act in *role* at the site."""
        return [
            self.actors[person.username]
            for person in PEOPLE
            if person.role is role and person.site in ("", site)
        ]

    def one(self, role: Role) -> Actor:
        """Return the one whose role is for every site."""
        return self.actors[next(p.username for p in PEOPLE if p.role is role)]


def appoint(database: Database, *, secret: str, hashing: Hashing = STANDARD) -> Cast:
    """Open the sites, create the accounts and grant the roles; the administrator does the rest."""
    sites: dict[str, int] = {}
    for code, name in SITES.items():
        with database.unit_of_work(INSTALLER, "site.create") as uow:
            sites[code] = create_site(uow, code=code, name=name).id
    actors: dict[str, Actor] = {}
    acting = INSTALLER
    for number, person in enumerate(PEOPLE, 1):
        with database.unit_of_work(acting, "account.create") as uow:
            password = password_of(person, secret=secret)
            user = create_user(
                uow,
                username=person.username,
                full_name=person.full_name,
                password=password,
                must_change=False,
                hashing=hashing,
            ).user
        reason = f"授权分工表：{ROLE_LABELS[person.role].zh}"
        with database.unit_of_work(acting, "account.grant", reason=reason) as uow:
            site_id = sites[person.site] if person.site else None
            give_role(uow, user_id=user.id, site_id=site_id, role=person.role)
        actors[person.username] = Actor(
            username=person.username,
            role=person.role,
            user_id=user.id,
            full_name=person.full_name,
            address=_ADDRESS.format(number=number),
        )
        if person.role is Role.ADMINISTRATOR:
            acting = actors[person.username]
    return Cast(actors=actors, sites=sites)
