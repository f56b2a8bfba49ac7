"""Signing in, being refused, being delayed, and what the trail keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from edc import clock
from edc.errors import PasswordRefused, TooManyAttempts
from edc.models import AuditTransaction, SignInFailure, User, UserSession
from edc.permissions import Role
from edc.services import sessions, sign_in, throttle
from edc.services.passwords import Hashing
from edc.services.sessions import SessionLimits
from edc.services.sign_in import Origin
from edc.services.unit_of_work import Database
from edc.services.viewer import Viewer
from tests.factories import CHEAP, PASSWORD, create_site, create_user, open_database

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LIMITS = SessionLimits()


class Clock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.engine.dispose()


@pytest.fixture
def hands() -> Iterator[Clock]:
    hands = Clock()
    with clock.replaced(hands):
        yield hands


def enter(
    database: Database, username: str, password: str = PASSWORD, *, address: str = "10.0.0.1"
) -> str:
    return sign_in.sign_in(
        database,
        username=username,
        password=password,
        origin=Origin(address=address, agent="Tablet", request_id="r1"),
        hashing=CHEAP,
    )


def viewer_of(database: Database, token: str) -> Viewer | None:
    with database.reading() as session:
        return sessions.load_viewer(session, token, limits=LIMITS)


def acts(database: Database, action: str) -> list[AuditTransaction]:
    with database.reading() as session:
        found = select(AuditTransaction).where(AuditTransaction.action == action)
        return list(session.scalars(found.order_by(AuditTransaction.id)))


def fail(database: Database, username: str, *, address: str = "10.0.0.1") -> None:
    with pytest.raises(PasswordRefused):
        enter(database, username, "not the password", address=address)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements sent within the block."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_the_right_password_opens_a_session_with_the_roles_of_each_site(
    database: Database,
) -> None:
    site = create_site(database)
    user = create_user(database, role=Role.INVESTIGATOR, site=site)
    viewer = viewer_of(database, enter(database, user.username))
    assert viewer is not None
    assert (viewer.user_id, viewer.roles) == (user.id, {site.id: Role.INVESTIGATOR})
    (entry,) = acts(database, "session.sign_in")
    assert (entry.username, entry.role, entry.address) == (
        user.username, "investigator", "10.0.0.1",
    )  # fmt: skip


def test_the_user_name_is_read_without_regard_to_case_and_the_password_is_not(
    database: Database,
) -> None:
    user = create_user(database, username="nurse.li")
    assert enter(database, "  Nurse.LI ")
    with pytest.raises(PasswordRefused):
        enter(database, user.username, PASSWORD.upper())


def test_the_database_holds_only_the_hash_of_the_token(database: Database) -> None:
    user = create_user(database)
    token = enter(database, user.username)
    with database.reading() as session:
        row = session.scalars(select(UserSession)).one()
    assert row.token_hash == sessions.token_hash(token)
    assert token not in str(vars(row))
    assert len(token) >= 43  # 256 bits in base64


def test_a_person_is_loaded_with_two_statements(database: Database) -> None:
    user = create_user(database)
    token = enter(database, user.username)
    with counted(database) as seen:
        assert viewer_of(database, token) is not None
    assert len([s for s in seen if s.lstrip().upper().startswith("SELECT")]) <= 2


def test_an_unknown_name_a_wrong_password_and_a_closed_account_get_the_same_answer(
    database: Database,
) -> None:
    user = create_user(database, username="known.one")
    closed = create_user(database, username="closed.one")
    with database.unit_of_work(
        sign_in.Actor(username="test", role=None), "account.deactivate"
    ) as u:
        u.session.get_one(User, closed.id).is_active = False
    answers = []
    for name, password in (
        (user.username, "wrong words entirely"),
        ("nobody.here", PASSWORD),
        (closed.username, PASSWORD),
    ):  # fmt: skip
        with pytest.raises(PasswordRefused) as refusal:
            enter(database, name, password, address=f"10.0.1.{len(answers)}")
        answers.append((refusal.value.message, refusal.value.rule))
    assert len(set(answers)) == 1


def test_the_same_statements_are_sent_for_known_and_unknown_names(database: Database) -> None:
    user = create_user(database)
    shapes = []
    for name in (user.username, "nobody.here"):
        with counted(database) as seen:
            fail(database, name, address=f"10.0.2.{len(shapes)}")
        # The roles of a known person are read along; that costs one short statement.
        shapes.append([s.split()[0:3] for s in seen if "role_grant" not in s])
    assert shapes[0] == shapes[1]


def test_a_refusal_is_in_the_trail_without_a_name_that_does_not_exist(database: Database) -> None:
    user = create_user(database)
    fail(database, user.username)
    fail(database, "my secret password typed here")
    names = [entry.username for entry in acts(database, "session.refused")]
    assert names == [user.username, "unknown"]
    with database.reading() as session:
        kept = str([vars(row) for row in session.scalars(select(SignInFailure))])
    assert "secret" not in kept


@pytest.mark.parametrize("name", ["", "a\x00b", "x" * 5000, "\u202etxt", "' OR 1=1 --", "名" * 90])
def test_no_user_name_whatever_its_characters_is_more_than_refused(
    database: Database, name: str
) -> None:
    fail(database, name)


def test_a_password_of_a_million_characters_is_refused_without_being_hashed(
    database: Database,
) -> None:
    user = create_user(database)
    with pytest.raises(PasswordRefused):
        enter(database, user.username, "x" * 1_000_000)


def test_the_fifth_failure_starts_a_delay_that_doubles_up_to_fifteen_minutes(
    database: Database, hands: Clock
) -> None:
    user = create_user(database)
    waits = []
    for _ in range(12):
        fail(database, user.username)
        with database.reading() as session:
            row = session.get(SignInFailure, throttle.account_key(user.username))
        assert row is not None
        until = row.blocked_until
        waits.append(0 if until is None else (until - hands.at).total_seconds())
        hands.at = until or hands.at
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_during_a_delay_even_the_right_password_waits_and_the_delay_does_not_grow(
    database: Database, hands: Clock
) -> None:
    user = create_user(database)
    for _ in range(5):
        fail(database, user.username)
    for second in range(30):
        with pytest.raises(TooManyAttempts) as refusal:
            enter(database, user.username)
        assert refusal.value.wait_seconds == 30 - second
        hands.move(seconds=1)
    assert enter(database, user.username)


def test_after_the_longest_attack_the_owner_gets_in_within_fifteen_minutes(
    database: Database, hands: Clock
) -> None:
    user = create_user(database)
    for _ in range(40):
        try:
            enter(database, user.username, "guess", address="203.0.113.9")
        except TooManyAttempts as delay:
            hands.move(seconds=delay.wait_seconds)
        except PasswordRefused:
            hands.move(seconds=1)
    hands.move(minutes=15)
    assert enter(database, user.username)


def test_a_right_password_forgets_the_failures_before_it(database: Database, hands: Clock) -> None:
    user = create_user(database)
    for _ in range(3):
        for _ in range(4):
            fail(database, user.username)
        assert enter(database, user.username)
    with database.reading() as session:
        assert session.scalars(select(SignInFailure)).all() == []


def test_failures_are_forgotten_after_a_day(database: Database, hands: Clock) -> None:
    user = create_user(database)
    for _ in range(4):
        fail(database, user.username)
    hands.move(days=1, seconds=1)
    fail(database, user.username)
    assert enter(database, user.username)


def test_ten_minutes_of_guessing_read_at_most_ten_passwords_in_any_five_minutes(
    database: Database, hands: Clock
) -> None:
    one, many = "one account, many addresses", "many accounts, one address"
    read: dict[str, list[datetime]] = {one: [], many: []}
    user = create_user(database)
    for number in range(300):
        for way in (one, many):
            name = user.username if way == one else f"nobody{number}"
            address = f"198.51.100.{number % 100}" if way == one else "203.0.113.7"
            try:
                enter(database, name, f"guess {number}", address=address)
            except TooManyAttempts:
                pass
            except PasswordRefused:
                read[way].append(hands.at)
        hands.move(seconds=2)
    for moments in read.values():
        assert len(moments) >= 5
        assert all(
            sum(moment <= other < moment + timedelta(minutes=5) for other in moments) <= 10
            for moment in moments
        )


def test_guesses_sent_at_once_do_not_slip_through_the_limit(database: Database) -> None:
    user = create_user(database)

    def guess(number: int) -> str:
        try:
            enter(database, user.username, f"guess {number}", address=f"198.51.100.{number}")
        except (TooManyAttempts, PasswordRefused) as refusal:
            return type(refusal).__name__
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(40)))
    assert answers.count("PasswordRefused") == 5
    assert answers.count("TooManyAttempts") == 35
    assert len(acts(database, "session.refused")) == 5


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    assert throttle.address_key("2001:db8::1") == throttle.address_key("2001:db8::ffff:2")
    assert throttle.address_key("2001:db8:0:1::1") != throttle.address_key("2001:db8::1")
    assert throttle.address_key("10.0.0.1") != throttle.address_key("10.0.0.2")


def test_a_password_stored_at_an_older_cost_is_stored_anew_at_sign_in(database: Database) -> None:
    user = create_user(database)
    dearer = Hashing(memory_kib=128, passes=1)
    sign_in.sign_in(
        database, username=user.username, password=PASSWORD, origin=Origin(), hashing=dearer
    )
    with database.reading() as session:
        assert not dearer.is_outdated(session.get_one(User, user.id).password_hash)


def test_proving_again_who_one_is_counts_failures_and_enters_the_trail(
    database: Database, hands: Clock
) -> None:
    user = create_user(database)
    viewer = viewer_of(database, enter(database, user.username))
    assert viewer is not None
    origin = Origin(address="10.0.0.1")
    sign_in.check_password(database, viewer, PASSWORD, origin=origin, hashing=CHEAP)
    for _ in range(5):
        with pytest.raises(PasswordRefused):
            sign_in.check_password(database, viewer, "wrong", origin=origin, hashing=CHEAP)
    with pytest.raises(TooManyAttempts):
        sign_in.check_password(database, viewer, PASSWORD, origin=origin, hashing=CHEAP)
    with pytest.raises(TooManyAttempts):
        enter(database, user.username)
    assert [e.username for e in acts(database, "password.refused")] == [user.username] * 5


def test_a_session_ends_after_the_idle_limit(database: Database, hands: Clock) -> None:
    token = enter(database, create_user(database).username)
    hands.move(minutes=14, seconds=59)
    assert viewer_of(database, token) is not None
    hands.move(seconds=1)
    assert viewer_of(database, token) is None


def test_a_session_in_constant_use_ends_after_the_absolute_limit(
    database: Database, hands: Clock
) -> None:
    token = enter(database, create_user(database).username)
    for _ in range(12 * 6 - 1):
        hands.move(minutes=10)
        with database.reading() as session:
            row = sessions.find_session(session, token, limits=LIMITS)
            assert row is not None
            sessions.touch_session(database, row, limits=LIMITS)
    hands.move(minutes=10)
    assert viewer_of(database, token) is None


def test_the_use_of_a_session_is_noted_at_most_once_a_minute(
    database: Database, hands: Clock
) -> None:
    token = enter(database, create_user(database).username)
    noted = set()
    for _ in range(100):
        hands.move(seconds=3)
        with database.reading() as session:
            row = sessions.find_session(session, token, limits=LIMITS)
            assert row is not None
            sessions.touch_session(database, row, limits=LIMITS)
            noted.add(row.last_seen_at)
    assert len(noted) <= 6


def test_a_late_note_does_not_revive_a_session_that_was_ended(
    database: Database, hands: Clock
) -> None:
    user = create_user(database)
    token = enter(database, user.username)
    with database.reading() as session:
        row = sessions.find_session(session, token, limits=LIMITS)
    viewer = viewer_of(database, token)
    assert row is not None
    assert viewer is not None
    actor = viewer.actor(None, request_id="", address="")
    sign_in.sign_out(database, actor=actor, viewer=viewer)
    hands.move(minutes=2)
    sessions.touch_session(database, row, limits=LIMITS)
    assert viewer_of(database, token) is None
    assert len(acts(database, "session.sign_out")) == 1
