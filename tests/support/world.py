"""A small trial in a database: two sites, a person in every role, participants in every state.

Built once through the services and copied for each test. ``find_world`` reads it back from the
copy, so that it is the same on both databases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from edc import clock
from edc.models import DeviationProposal, Query, RegisterRow, RoleGrant, Site, Subject, User
from edc.models.migrations import upgrade
from edc.permissions import Role
from edc.protocol import STUDY
from edc.randomization.sealing import SealingKey
from edc.services import queries
from edc.services.enrolment import record_not_enrolled
from edc.services.randomize import arm_of, randomise_subject
from edc.services.registers import add_row
from edc.services.safety_reports import send
from edc.services.unit_of_work import Actor, Database, system_actor
from tests.factories import ALLOCATION_KEY, create_site, create_user, open_database
from tests.services.casebook_support import (
    BATCH_ENTRY,
    ELIGIBILITY,
    Ward,
    dose,
    enter,
    load_test_list,
    ready_subject,
    screen,
    screening_values,
)  # fmt: skip

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.services.casebooks import Place

KEY = SealingKey.from_text(ALLOCATION_KEY)
ADMINISTRATOR = "administrator"
DEACTIVATED = "deactivated"
NEWCOMER = "newcomer"
TARGET = "target"
ROLES_EVERYWHERE = frozenset({Role.ADMINISTRATOR, Role.STATISTICIAN})
ARMS = ("SOC", "MSC")
DIARY = ("BL", "PRO", 1)
SERIOUS_ROW = 2  # of AE and SAE, of the participants of both arms

_FIRST, _SECOND = "01", "02"
# Screening numbers are given in this order; the next ones are randomised until both arms are there.
_STATES = ("registered", "screening", "failed", "withdrawn", "not_enrolled", "ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the world holds, by names that tests use.

    :param subjects: ids by state at the first site; ``soc`` and ``msc`` are randomised to that arm.
    :param elsewhere: the id of a randomised participant at the second site.
    :param users: people by user name; those of the first site are named by their role.
    """

    site_id: int
    other_site_id: int
    subjects: dict[str, int]
    elsewhere: int
    users: dict[str, User]
    register_row_id: int
    proposal_id: int
    query_id: int
    batch_row_id: int

    def person(self, role: Role) -> User:
        """Return the person in *role* at the first site."""
        return self.users[str(role)]

    def grant_of(self, username: str) -> RoleGrant:
        """Return the one role that the person holds."""
        return self.users[username].roles[0]


def build_world(url: str) -> None:
    """Fill an empty database."""
    upgrade(url)
    database = open_database(url)
    first = open_site(database, _FIRST)
    second = open_site(database, _SECOND)
    _people(database, first.site)
    load_test_list(database)
    _screening(first)
    _randomised(first)
    _query(first)
    away = ready_subject(second)
    _randomise(second, away)
    _adverse_event(second, away, related="UNLK")
    database.engine.dispose()


def find_world(database: Database) -> World:
    """Return the world that a copy holds."""
    with database.reading() as session:
        sites = {site.code: site.id for site in session.scalars(select(Site))}
        users = {user.username: user for user in session.scalars(select(User))}
        subjects = _subjects_by_state(session, sites[_FIRST])
        elsewhere = session.scalars(
            select(Subject.id).where(Subject.site_id == sites[_SECOND])
        ).first()
        rows = {
            code: session.scalars(
                select(RegisterRow.id).where(
                    RegisterRow.site_id == sites[_FIRST], RegisterRow.register == code
                )
            ).first()
            for code in ("ICF", "BATCH")
        }
        proposal = session.scalars(
            select(DeviationProposal.id).where(
                DeviationProposal.subject_id == subjects["withdrawn"]
            )
        ).first()
        query = session.scalars(
            select(Query.id).where(Query.raised_role == str(Role.MONITOR))
        ).first()
    row, batch = rows["ICF"], rows["BATCH"]
    assert elsewhere is not None
    assert proposal is not None
    assert query is not None
    assert row is not None
    assert batch is not None
    return World(
        site_id=sites[_FIRST],
        other_site_id=sites[_SECOND],
        subjects=subjects,
        elsewhere=elsewhere,
        users=users,
        register_row_id=row,
        proposal_id=proposal,
        query_id=query,
        batch_row_id=batch,
    )


def _subjects_by_state(session: Session, site_id: int) -> dict[str, int]:
    ids = list(
        session.scalars(select(Subject.id).where(Subject.site_id == site_id).order_by(Subject.id))
    )
    found = dict(zip(_STATES, ids, strict=False))
    for subject_id in ids[len(_STATES) :]:
        arm = arm_of(session, subject_id, role=Role.INVESTIGATOR, key=KEY)
        assert arm is not None
        found.setdefault(arm.lower(), subject_id)
    return found


def open_site(database: Database, code: str) -> Ward:
    site = create_site(database, code=code)
    suffix = "" if code == _FIRST else f".{code}"
    ward = Ward(
        database,
        site,
        *(
            create_user(database, role=role, site=site, username=f"{role}{suffix}")
            for role in (Role.RESEARCH_NURSE, Role.INVESTIGATOR)
        ),
    )
    with database.unit_of_work(system_actor(), "register.add") as uow:
        for register, typed in (
            ("ICF", {"ICVER": "V2.0", "ICVERDAT": "2020-01-05", "ICAPPDAT": "2020-01-10"}),
            ("PROTOCOL", {"IEVER": "1.0", "APPDAT": "2020-01-10"}),
            ("BATCH", BATCH_ENTRY),
        ):
            add_row(uow, STUDY, site_id=site.id, register=register, typed=typed)
    return ward


def _people(database: Database, site: Site) -> None:
    for role in Role:
        if role not in {Role.RESEARCH_NURSE, Role.INVESTIGATOR}:
            at = None if role in ROLES_EVERYWHERE else site
            create_user(database, role=role, site=at, username=str(role))
    create_user(database, role=Role.INVESTIGATOR, site=site, username=DEACTIVATED)
    create_user(database, role=Role.INVESTIGATOR, site=site, username=NEWCOMER, must_change=True)
    create_user(database, role=Role.MONITOR, site=site, username=TARGET)
    with database.unit_of_work(system_actor(), "account.deactivate") as uow:
        user = uow.session.scalars(select(User).where(User.username == DEACTIVATED)).one()
        user.is_active = False


def _screening(ward: Ward) -> None:
    """Screen one participant for each state before randomisation, in the order of the names."""
    values = screening_values(ward)
    consent: Place = ("", "IC", 1)
    screen(ward)
    screening = screen(ward)
    enter(ward, screening, consent, values[consent])
    failed = screen(ward)
    for place in (consent, ("SCR", "DM", 1)):
        enter(ward, failed, place, values[place])
    enter(ward, failed, ELIGIBILITY, values[ELIGIBILITY] | {"EXC02": "Y"})
    withdrawn = screen(ward)
    enter(ward, withdrawn, consent, values[consent])
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    enter(ward, withdrawn, ("SCR", "VIR", 1), {"VIRDAT": yesterday})  # proposes a deviation
    withdrawal = {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": clock.today().isoformat()}
    enter(ward, withdrawn, ("", "IC", 2), withdrawal)
    gone = screen(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        record_not_enrolled(uow, subject_id=gone, reason="PHYS", note="")
    ready_subject(ward)


def _randomised(ward: Ward) -> None:
    """Randomise participants until both arms are there, each with an event, one with doses."""
    found: set[str] = set()
    while len(found) < len(ARMS):
        subject_id = ready_subject(ward)
        _randomise(ward, subject_id)
        with ward.database.reading() as session:
            arm = arm_of(session, subject_id, role=Role.INVESTIGATOR, key=KEY)
        assert arm is not None
        related = "NA" if arm == "SOC" else "POSS"
        _adverse_event(ward, subject_id, related=related)
        _serious_event(ward, subject_id, related=related)
        enter(ward, subject_id, DIARY, diary() | ({"PRO10": "Y"} if arm == "MSC" else {}))
        if arm == "MSC":
            enter(ward, subject_id, ("", "EX", 1), dose())
            # One that is asked about: no event begins on the day of its reaction.
            enter(ward, subject_id, ("", "EX", 2), dose(EXKIT="K0402", EXREACT="Y", EXDOSE="30"))
        found.add(arm)


def _query(ward: Ward) -> None:
    """Let the monitor ask at an item that every role may know, and close the query."""
    with ward.database.reading() as session:
        subject_id = _subjects_by_state(session, ward.site.id)["soc"]
    actor = Actor(username=str(Role.MONITOR), role=Role.MONITOR, full_name="Monitor")
    target = queries.Target(("SCR", "DM", 1), "SUBJINIT")
    with ward.database.unit_of_work(actor, "query.raise") as uow:
        asked = queries.raise_query(uow, subject_id=subject_id, target=target, text="Checked?")
    with ward.database.unit_of_work(actor, "query.close") as uow:
        queries.act_on(
            uow, subject_id=subject_id, query_id=asked.id, act=queries.Act.CLOSE,
            seen=asked.audit_id,
        )  # fmt: skip


def _randomise(ward: Ward, subject_id: int) -> None:
    actor = Actor(username=ward.nurse.username, role=Role.RESEARCH_NURSE, user_id=ward.nurse.id)
    with ward.database.unit_of_work(actor, "subject.randomise") as uow:
        randomise_subject(
            uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
        )


def adverse_event(*, related: str) -> dict[str, Any]:
    """Return the values of an adverse event in which the items that tell an arm are answered."""
    today = clock.today().isoformat()
    return {
        "AEYN": "Y", "AETERM": "Fever", "AECTCID": "CTC5-0227", "AESTDAT": today, "AEONGO": "Y",
        "AETOXGR": "2", "AESER": "N", "AEREL": related, "AERELPR": related,
        "AEACN": "DOSE NOT CHANGED", "AEOUT": "NOT RECOVERED/NOT RESOLVED",
    }  # fmt: skip


def diary() -> dict[str, str]:
    """Return the values of today's diary, without the question that one arm alone is asked."""
    scores = {f"PRO{number:02}": str(number % 4) for number in (1, 2, 3, 4, 5, 8, 9)}
    return {"PRODAT": clock.today().isoformat(), "PROBY": "INT"} | scores


def _adverse_event(ward: Ward, subject_id: int, *, related: str) -> None:
    enter(ward, subject_id, ("", "AE", 1), adverse_event(related=related))


def _serious_event(ward: Ward, subject_id: int, *, related: str) -> None:
    """Enter a serious event on row 2 of AE, and send its report."""
    today = clock.today().isoformat()
    event = adverse_event(related=related) | {
        "AETERM": "Sepsis", "AECTCID": "CTC5-0336", "AETOXGR": "4", "AESER": "Y",
        "AESDTH": "N", "AESLIFE": "Y", "AESHOSP": "N", "AESDISAB": "N", "AESCONG": "N",
        "AESMIE": "N", "AESERDAT": today,
    }  # fmt: skip
    report = {
        "SAETYPE": "INIT", "SAEAWDTM": clock.local(clock.now()).isoformat(timespec="minutes"),
        "SAEREP": "1", "SAEDX": "Sepsis", "SAEACN": "4", "SAERELI": related,
        "SAENARR": ("In the control arm. " if related == "NA" else "Given the product. ") * 12,
    }  # fmt: skip
    enter(ward, subject_id, ("", "AE", SERIOUS_ROW), event)
    saved = enter(ward, subject_id, ("", "SAE", SERIOUS_ROW), report)
    with ward.work(ward.investigator, Role.INVESTIGATOR) as uow:
        send(
            uow, subject_id=subject_id, form="SAE", row=SERIOUS_ROW, version=saved.version, key=KEY
        )
