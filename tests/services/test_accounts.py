"""People and their roles: what may be granted, what ends sessions, and what the trail says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from edc.errors import (
    EdcError,
    NotFound,
    NotPermitted,
    PasswordRefused,
    ReasonRequired,
    Refused,
    TooManyAttempts,
)  # fmt: skip
from edc.models import AuditEntry, AuditTransaction, RoleGrant, User
from edc.permissions import Permission, Role, grants
from edc.services import accounts, sessions, sign_in, throttle
from edc.services.sessions import SessionLimits
from edc.services.sign_in import Origin
from edc.services.unit_of_work import Actor, Database
from tests.factories import CHEAP, PASSWORD, create_site, create_user, open_database

LIMITS = SessionLimits()
ORIGIN = Origin(address="10.0.0.1")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.engine.dispose()


@pytest.fixture
def admin(database: Database) -> Actor:
    user = create_user(database, role=Role.ADMINISTRATOR)
    return Actor(username=user.username, role=Role.ADMINISTRATOR, user_id=user.id)


def enter(database: Database, username: str, password: str = PASSWORD) -> str:
    return sign_in.sign_in(
        database, username=username, password=password, origin=ORIGIN, hashing=CHEAP
    )


def is_open(database: Database, token: str) -> bool:
    with database.reading() as session:
        return sessions.load_viewer(session, token, limits=LIMITS) is not None


def trail(database: Database, action: str) -> list[tuple[AuditTransaction, AuditEntry]]:
    with database.reading() as session:
        found = session.execute(
            select(AuditTransaction, AuditEntry)
            .join(AuditEntry, AuditEntry.transaction_id == AuditTransaction.id)
            .where(AuditTransaction.action == action)
            .order_by(AuditEntry.id)
        )
        return [(transaction, entry) for transaction, entry in found]


def test_a_new_account_gets_a_one_time_password_that_must_be_changed(
    database: Database, admin: Actor
) -> None:
    with database.unit_of_work(admin, "account.create") as uow:
        made = accounts.create_user(uow, username=" Li.Na ", full_name="李  娜", hashing=CHEAP)
    token = enter(database, "li.na", made.one_time_password)
    with database.reading() as session:
        viewer = sessions.load_viewer(session, token, limits=LIMITS)
    assert viewer is not None
    assert viewer.must_change_password
    assert (viewer.username, viewer.full_name, dict(viewer.roles)) == ("li.na", "李 娜", {})


@pytest.mark.parametrize(
    "username", ["", "ab", "1abc", "li na", "Ä.b.c", "a" * 81, "li\x00na", "../etc", "李娜娜"]
)
def test_a_user_name_that_cannot_be_one_is_refused(
    database: Database, admin: Actor, username: str
) -> None:
    with (
        pytest.raises(Refused) as refusal,
        database.unit_of_work(admin, "account.create") as uow,
    ):
        accounts.create_user(uow, username=username, full_name="Li Na", hashing=CHEAP)
    assert refusal.value.rule == "USERNAME"


def test_a_user_name_is_never_given_twice_whatever_its_case(
    database: Database, admin: Actor
) -> None:
    create_user(database, username="li.na")
    with (
        pytest.raises(Refused) as refusal,
        database.unit_of_work(admin, "account.create") as uow,
    ):
        accounts.create_user(uow, username="LI.NA", full_name="Li Na", hashing=CHEAP)
    assert refusal.value.rule == "USERNAME-TAKEN"


@pytest.mark.parametrize("full_name", ["", "   ", "x" * 121, "Li\x07Na"])
def test_a_full_name_that_cannot_be_one_is_refused(
    database: Database, admin: Actor, full_name: str
) -> None:
    with (
        pytest.raises(Refused) as refusal,
        database.unit_of_work(admin, "account.create") as uow,
    ):
        accounts.create_user(uow, username="li.na", full_name=full_name, hashing=CHEAP)
    assert refusal.value.rule == "FULL-NAME"


def test_a_password_given_at_creation_keeps_the_rules(database: Database, admin: Actor) -> None:
    with (
        pytest.raises(PasswordRefused),
        database.unit_of_work(admin, "account.create") as uow,
    ):
        accounts.create_user(
            uow, username="li.na", full_name="Li Na", password="Password1234!", hashing=CHEAP
        )


def test_the_trail_never_holds_a_password_or_what_is_stored_of_it(
    database: Database, admin: Actor
) -> None:
    with database.unit_of_work(admin, "account.create") as uow:
        made = accounts.create_user(uow, username="li.na", full_name="Li Na", hashing=CHEAP)
    with database.unit_of_work(admin, "account.password_reset", reason="forgotten") as uow:
        told = accounts.reset_password(uow, user_id=made.user.id, hashing=CHEAP)
    with database.reading() as session:
        kept = " ".join(f"{entry.old} {entry.new}" for entry in session.scalars(select(AuditEntry)))
    assert "argon2" not in kept
    assert made.one_time_password not in kept
    assert told not in kept
    assert "sha256:" in kept


def test_a_grant_a_change_and_an_end_each_enter_the_trail_with_their_reason(
    database: Database, admin: Actor
) -> None:
    site, user = create_site(database), create_user(database, role=None)
    with database.unit_of_work(admin, "account.role_give", reason="joins") as uow:
        grant = accounts.give_role(uow, user_id=user.id, site_id=site.id, role=Role.RESEARCH_NURSE)
    with database.unit_of_work(admin, "account.role_change", reason="promoted") as uow:
        accounts.change_role(uow, grant_id=grant.id, role=Role.INVESTIGATOR)
    with database.unit_of_work(admin, "account.role_end", reason="leaves") as uow:
        accounts.end_role(uow, grant_id=grant.id)
    told = []
    for action in ("account.role_give", "account.role_change", "account.role_end"):
        rows = [(t, e) for t, e in trail(database, action) if e.table == "role_grant"]
        ((transaction, entry),) = rows
        told.append((transaction.username, transaction.reason, json.loads(entry.new)))
        assert entry.site_id == site.id
    assert [name for name, _, _ in told] == [admin.username] * 3
    assert [reason for _, reason, _ in told] == ["joins", "promoted", "leaves"]
    assert told[1][2] == {"role": "investigator"}
    assert told[2][2] == {"is_active": False}


def test_an_ended_role_is_taken_up_again_in_its_own_row(database: Database, admin: Actor) -> None:
    site, user = create_site(database), create_user(database, role=None)
    for role in (Role.RESEARCH_NURSE, Role.MONITOR):
        with database.unit_of_work(admin, "account.role_give", reason="joins") as uow:
            grant = accounts.give_role(uow, user_id=user.id, site_id=site.id, role=role)
        with database.unit_of_work(admin, "account.role_end", reason="leaves") as uow:
            accounts.end_role(uow, grant_id=grant.id)
    with database.reading() as session:
        rows = session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).all()
    assert [(row.role, row.is_active) for row in rows] == [("monitor", False)]


@pytest.mark.parametrize("everywhere", [True, False])
def test_two_roles_at_one_place_are_refused(
    database: Database, admin: Actor, everywhere: bool
) -> None:
    site = create_site(database)
    user = create_user(database, role=Role.MONITOR, site=None if everywhere else site)
    with (
        pytest.raises(Refused) as refusal,
        database.unit_of_work(admin, "account.role_give", reason="more") as uow,
    ):
        accounts.give_role(
            uow, user_id=user.id, site_id=None if everywhere else site.id, role=Role.AUDITOR
        )
    assert refusal.value.rule == "ROLE-HELD"


def test_a_change_of_rights_without_its_reason_is_refused(database: Database, admin: Actor) -> None:
    site = create_site(database)
    user = create_user(database, role=Role.MONITOR, site=site)
    grant_id = user.roles[0].id
    acts = [
        lambda uow: accounts.give_role(uow, user_id=user.id, site_id=None, role=Role.MONITOR),
        lambda uow: accounts.change_role(uow, grant_id=grant_id, role=Role.AUDITOR),
        lambda uow: accounts.end_role(uow, grant_id=grant_id),
        lambda uow: accounts.deactivate(uow, user_id=user.id),
        lambda uow: accounts.activate(uow, user_id=user.id),
        lambda uow: accounts.reset_password(uow, user_id=user.id, hashing=CHEAP),
        lambda uow: accounts.end_sessions_of(uow, user_id=user.id),
    ]
    for act in acts:
        with (
            pytest.raises(ReasonRequired),
            database.unit_of_work(admin, "account.test", reason="  ") as uow,
        ):
            act(uow)
    assert trail(database, "account.test") == []


def test_nobody_changes_their_own_rights(database: Database, admin: Actor) -> None:
    assert admin.user_id is not None
    with database.reading() as session:
        grant_id = session.get_one(User, admin.user_id).roles[0].id
    me = admin.user_id
    acts = [
        lambda uow: accounts.give_role(uow, user_id=me, site_id=None, role=Role.MONITOR),
        lambda uow: accounts.change_role(uow, grant_id=grant_id, role=Role.AUDITOR),
        lambda uow: accounts.end_role(uow, grant_id=grant_id),
        lambda uow: accounts.deactivate(uow, user_id=me),
        lambda uow: accounts.reset_password(uow, user_id=me, hashing=CHEAP),
    ]
    for act in acts:
        with (
            pytest.raises(NotPermitted),
            database.unit_of_work(admin, "account.test", reason="because") as uow,
        ):
            act(uow)


@pytest.mark.parametrize("role", [r for r in Role if grants(r, Permission.CRF_READ)])
def test_who_manages_people_cannot_also_read_participants_data(
    database: Database, admin: Actor, role: Role
) -> None:
    site = create_site(database)
    manager = create_user(database, role=Role.ADMINISTRATOR)
    reader = create_user(database, role=role, site=site)
    for user_id, site_id, more in (
        (manager.id, site.id, role), (reader.id, None, Role.ADMINISTRATOR),
    ):  # fmt: skip
        with (
            pytest.raises(Refused) as refusal,
            database.unit_of_work(admin, "account.role_give", reason="more") as uow,
        ):
            accounts.give_role(uow, user_id=user_id, site_id=site_id, role=more)
        assert refusal.value.rule == "ROLE-ADMINISTRATOR-ALONE"


def test_people_are_managed_at_every_site_or_at_none(database: Database, admin: Actor) -> None:
    site, user = create_site(database), create_user(database, role=None)
    with (
        pytest.raises(Refused) as refusal,
        database.unit_of_work(admin, "account.role_give", reason="more") as uow,
    ):
        accounts.give_role(uow, user_id=user.id, site_id=site.id, role=Role.ADMINISTRATOR)
    assert refusal.value.rule == "ROLE-ADMINISTRATOR-EVERYWHERE"


@pytest.mark.parametrize("what", ["user", "site", "grant"])
def test_what_does_not_exist_is_not_found(database: Database, admin: Actor, what: str) -> None:
    user = create_user(database, role=None)
    none = 999_999
    acts = {
        "user": lambda u: accounts.give_role(u, user_id=none, site_id=None, role=Role.MONITOR),
        "site": lambda u: accounts.give_role(u, user_id=user.id, site_id=none, role=Role.MONITOR),
        "grant": lambda u: accounts.end_role(u, grant_id=none),
    }
    with (
        pytest.raises(NotFound),
        database.unit_of_work(admin, "account.test", reason="because") as uow,
    ):
        acts[what](uow)


def test_closing_an_account_ends_its_sessions_and_its_sign_in(
    database: Database, admin: Actor
) -> None:
    user = create_user(database)
    token = enter(database, user.username)
    with database.unit_of_work(admin, "account.deactivate", reason="left") as uow:
        accounts.deactivate(uow, user_id=user.id)
    assert not is_open(database, token)
    with pytest.raises(PasswordRefused):
        enter(database, user.username)
    with database.unit_of_work(admin, "account.activate", reason="back") as uow:
        accounts.activate(uow, user_id=user.id)
    assert not is_open(database, token)
    assert is_open(database, enter(database, user.username))


def test_a_reset_ends_sessions_the_old_password_and_the_delay(
    database: Database, admin: Actor
) -> None:
    user = create_user(database)
    token = enter(database, user.username)
    for _ in range(5):
        with pytest.raises(PasswordRefused):
            enter(database, user.username, "guess")
    with database.unit_of_work(admin, "account.password_reset", reason="forgotten") as uow:
        told = accounts.reset_password(uow, user_id=user.id, hashing=CHEAP)
    with database.housekeeping() as session:  # the address is delayed on its own account
        throttle.clear(session, keys=[throttle.address_key(ORIGIN.address)])
    assert not is_open(database, token)
    with pytest.raises(PasswordRefused):
        enter(database, user.username)
    assert is_open(database, enter(database, user.username, told))


def change(database: Database, token: str, *, old: str, new: str) -> None:
    with database.reading() as session:
        viewer = sessions.load_viewer(session, token, limits=LIMITS)
    assert viewer is not None
    accounts.change_password(
        database,
        viewer.actor(None, request_id="", address=""),
        viewer=viewer,
        old=old,
        new=new,
        origin=ORIGIN,
        hashing=CHEAP,
    )


def test_a_changed_password_ends_every_other_session(database: Database) -> None:
    user = create_user(database, must_change=True)
    here, there = enter(database, user.username), enter(database, user.username)
    change(database, here, old=PASSWORD, new="otter plum violet eleven")
    assert is_open(database, here)
    assert not is_open(database, there)
    with database.reading() as session:
        assert not session.get_one(User, user.id).must_change_password
    with pytest.raises(PasswordRefused):
        enter(database, user.username)
    assert is_open(database, enter(database, user.username, "otter plum violet eleven"))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("not it", "otter plum violet eleven", "PASSWORD-WRONG"),
        (PASSWORD, PASSWORD, "PASSWORD-SAME"),
        (PASSWORD, "short", "PASSWORD-LENGTH"),
        (PASSWORD, "Password1234!", "PASSWORD-COMMON"),
        (PASSWORD, "li.na otter plum violet", "PASSWORD-NAME"),
    ],
)
def test_a_refused_change_leaves_the_password_as_it_was(
    database: Database, old: str, new: str, rule: str
) -> None:
    user = create_user(database, username="li.na")
    token = enter(database, user.username)
    with pytest.raises(PasswordRefused) as refusal:
        change(database, token, old=old, new=new)
    assert refusal.value.rule == rule
    assert is_open(database, enter(database, user.username))


def test_guessing_the_present_password_at_the_change_is_delayed_like_sign_in(
    database: Database,
) -> None:
    token = enter(database, create_user(database).username)
    answers: list[type[EdcError]] = []
    for _ in range(8):
        with pytest.raises((PasswordRefused, TooManyAttempts)) as refusal:
            change(database, token, old="guess", new="otter plum violet eleven")
        answers.append(refusal.type)
    assert answers == [PasswordRefused] * 5 + [TooManyAttempts] * 3


def test_the_list_of_people_tells_roles_last_sign_in_and_state(database: Database) -> None:
    site = create_site(database)
    nurse = create_user(database, role=Role.RESEARCH_NURSE, site=site, username="b.nurse")
    create_user(database, role=Role.MONITOR, username="a.monitor")
    enter(database, nurse.username)
    for number in range(5):
        with pytest.raises(PasswordRefused):
            sign_in.sign_in(
                database,
                username="a.monitor",
                password="guess",
                origin=Origin(address=f"10.1.0.{number}"),
                hashing=CHEAP,
            )
    with database.reading() as session:
        people = accounts.list_people(session)
    assert [(p.user.username, dict(p.roles), p.state) for p in people] == [
        ("a.monitor", {None: Role.MONITOR}, "locked_out"),
        ("b.nurse", {site.id: Role.RESEARCH_NURSE}, "active"),
    ]
    assert [p.last_sign_in is not None for p in people] == [False, True]
