"""Mails: queued with the act, sent afterwards at least once, and telling nothing that is masked."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from edc import clock
from edc.cli import edc
from edc.label import Label
from edc.models import AuditTransaction, MailState, OutgoingMail, RoleGrant, Site, Subject, User
from edc.permissions import Role
from edc.services import accounts, mail
from edc.services.health import faults
from edc.services.mail import Delivery, Letterhead, TransportFault, deliver, queue
from edc.services.mail_transport import TIMEOUT_SECONDS, SmtpTransport, transport_of
from edc.services.mail_words import WORDS, MailKind, body, check_facts, subject_line
from edc.services.unit_of_work import Database, system_actor
from tests.factories import create_site, create_user, make_settings, open_database
from tests.support.mail_server import mail_server

LETTERHEAD = Letterhead(sender="edc@hospital.example", address="https://edc.hospital.example")
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MOMENT = "2026-03-02 16:00"


class Post:
    """A transport that keeps what it is handed, or fails as it is told."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.fault: Exception | None = None
        self.is_down = False
        self.dies_after_sending = False

    @contextmanager
    def connection(self) -> Iterator[Callable[[EmailMessage], None]]:
        if self.is_down:
            raise TransportFault("ConnectionRefusedError")
        yield self.send

    def send(self, message: EmailMessage) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append(message)
        if self.dies_after_sending:
            raise KeyboardInterrupt


@pytest.fixture
def database(database_url: str) -> Database:
    return open_database(database_url)


def participant(database: Database, site: Site) -> int:
    """Register somebody at the site."""
    with database.unit_of_work(system_actor(), "subject.register") as uow:
        subject = Subject(
            site_id=site.id,
            screening_number=f"S{site.code}-001",
            registered_at=NOW,
            state="ELIGIBLE",
            state_since=NOW,
        )
        uow.session.add(subject)
        uow.session.flush()
        return subject.id


def person(
    database: Database, username: str, role: Role, site_id: int | None, *, has_email: bool = True
) -> User:
    """Create somebody with an address."""
    user = create_user(database, role=None, username=username)
    with database.unit_of_work(system_actor(), "account.role_give") as uow:
        them = uow.session.get_one(User, user.id)
        them.email = f"{username}@hospital.example" if has_email else None
        uow.session.add(RoleGrant(user_id=user.id, site_id=site_id, role=str(role), is_active=True))
    return user


def tell(database: Database, subject_id: int, *to: Role | int) -> int:
    with (
        clock.replaced(lambda: NOW),
        database.unit_of_work(system_actor(), "subject.randomise") as uow,
    ):
        return queue(uow, kind=MailKind.RANDOMISED, to=to, subject_id=subject_id, moment=MOMENT)


def run(database: Database, post: Post, *, at: datetime = NOW) -> Delivery:
    with clock.replaced(lambda: at):
        return deliver(database, post, letterhead=LETTERHEAD)


def rows(database: Database) -> list[OutgoingMail]:
    with database.reading() as session:
        return mail.list_mails(session, waiting=False)


@pytest.fixture
def told(database: Database) -> tuple[int, int]:
    """Return a participant and their site, with a nurse who has an address."""
    site = create_site(database)
    person(database, "nurse", Role.RESEARCH_NURSE, site.id)
    return participant(database, site), site.id


def test_a_mail_goes_to_the_roles_in_force_at_the_site_and_to_nobody_masked_there(
    database: Database, told: tuple[int, int]
) -> None:
    subject_id, site_id = told
    other = create_site(database)
    person(database, "nurse.elsewhere", Role.RESEARCH_NURSE, other.id)
    person(database, "nurse.silent", Role.RESEARCH_NURSE, site_id, has_email=False)
    person(database, "everywhere", Role.DATA_MANAGER, None)
    masked = person(database, "masked", Role.RESEARCH_NURSE, None)
    left = person(database, "left", Role.RESEARCH_NURSE, site_id)
    named = person(database, "named", Role.MONITOR, other.id)
    with database.unit_of_work(system_actor(), "account.role_give") as uow:
        uow.session.add(
            RoleGrant(
                user_id=masked.id, site_id=site_id, role=str(Role.OUTCOME_ASSESSOR), is_active=True
            )
        )
        uow.session.get_one(User, left.id).is_active = False
    assert tell(database, subject_id, Role.RESEARCH_NURSE, Role.DATA_MANAGER, named.id) == 3
    assert {row.username for row in rows(database)} == {"nurse", "everywhere", "named"}


def test_an_act_that_is_not_committed_is_not_mailed(
    database: Database, told: tuple[int, int]
) -> None:
    subject_id, _ = told

    def act() -> None:
        with database.unit_of_work(system_actor(), "subject.randomise") as uow:
            to = [Role.RESEARCH_NURSE]
            queue(uow, kind=MailKind.RANDOMISED, to=to, subject_id=subject_id, moment=MOMENT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert rows(database) == []


def test_a_mail_is_sent_once_and_kept_with_its_address_in_the_trail(
    database: Database, told: tuple[int, int]
) -> None:
    tell(database, told[0], Role.RESEARCH_NURSE)
    post = Post()
    assert run(database, post) == Delivery(sent=1)
    assert run(database, post, at=NOW + timedelta(hours=1)) == Delivery()
    (row,) = rows(database)
    (message,) = post.sent
    assert (row.state, row.sent_to, row.attempts) == ("sent", "nurse@hospital.example", 1)
    assert message["To"] == row.sent_to
    assert message["Message-ID"] == f"<{row.token}@hospital.example>"
    with database.reading() as session:
        acts = session.scalars(select(AuditTransaction.action).order_by(AuditTransaction.id)).all()
    assert acts[-2:] == ["mail.claim", "mail.send"]


def test_a_run_that_dies_between_sending_and_marking_sends_again_under_the_same_message_id(
    database: Database, told: tuple[int, int]
) -> None:
    tell(database, told[0], Role.RESEARCH_NURSE)
    post = Post()
    post.dies_after_sending = True
    with pytest.raises(KeyboardInterrupt):
        run(database, post)
    post.dies_after_sending = False
    # While it may still be under way, nobody else sends it.
    assert run(database, post, at=NOW + timedelta(minutes=4)) == Delivery()
    assert run(database, post, at=NOW + timedelta(minutes=5)) == Delivery(sent=1)
    first, second = post.sent
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()
    assert rows(database)[0].state == MailState.SENT


def test_a_refused_mail_is_tried_again_later_and_later_and_given_up_after_a_week(
    database: Database, told: tuple[int, int]
) -> None:
    tell(database, told[0], Role.RESEARCH_NURSE)
    post = Post()
    post.fault = TransportFault("SMTPRecipientsRefused 550")
    at, waits = NOW, []
    for _ in range(9):
        assert run(database, post, at=at) == Delivery(failed=1)
        (row,) = rows(database)
        assert (row.state, row.fault) == ("waiting", "SMTPRecipientsRefused 550")
        waits.append((row.due_at - at) // timedelta(minutes=1))
        assert run(database, post, at=row.due_at - timedelta(seconds=1)) == Delivery()
        at = row.due_at
    assert waits == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert run(database, post, at=NOW + timedelta(days=8)) == Delivery(dropped=1)
    assert (rows(database)[0].state, rows(database)[0].fault) == ("dropped", "too old")
    assert post.sent == []


def test_a_server_that_is_down_leaves_every_mail_waiting(
    database: Database, told: tuple[int, int]
) -> None:
    for _ in range(3):
        tell(database, told[0], Role.RESEARCH_NURSE)
    post = Post()
    post.is_down = True
    assert run(database, post) == Delivery(failed=3)
    assert {(row.state, row.fault) for row in rows(database)} == {
        ("waiting", "ConnectionRefusedError")
    }
    post.is_down = False
    assert run(database, post, at=NOW + timedelta(minutes=5)) == Delivery(sent=3)


def test_nothing_is_locked_while_the_server_is_spoken_to(
    database: Database, told: tuple[int, int]
) -> None:
    tell(database, told[0], Role.RESEARCH_NURSE)
    meanwhile: list[Site] = []

    class Slow(Post):
        def send(self, message: EmailMessage) -> None:
            meanwhile.append(create_site(database))
            super().send(message)

    assert run(database, Slow()) == Delivery(sent=1)
    assert len(meanwhile) == 1


def test_two_runs_at_once_send_each_mail_once(database: Database, told: tuple[int, int]) -> None:
    for _ in range(3):
        tell(database, told[0], Role.RESEARCH_NURSE)
    second = Post()

    class Overtaken(Post):
        def send(self, message: EmailMessage) -> None:
            assert run(database, second) == Delivery()
            super().send(message)

    first = Overtaken()
    assert run(database, first) == Delivery(sent=3)
    assert len({message["Message-ID"] for message in first.sent}) == 3
    assert second.sent == []


def test_mails_grown_too_old_keep_no_newer_one_waiting(
    database: Database, told: tuple[int, int]
) -> None:
    for _ in range(mail.BATCH):
        tell(database, told[0], Role.RESEARCH_NURSE)
    later = NOW + timedelta(days=8)
    with (
        clock.replaced(lambda: later),
        database.unit_of_work(system_actor(), "subject.randomise") as uow,
    ):
        queue(
            uow, kind=MailKind.RANDOMISED, to={Role.RESEARCH_NURSE}, subject_id=told[0],
            moment=MOMENT,
        )  # fmt: skip

    found = run(database, Post(), at=later)

    assert found == Delivery(sent=1, dropped=mail.BATCH)


def test_a_slow_server_has_every_mail_before_another_run_takes_it() -> None:
    assert mail.BATCH * timedelta(seconds=TIMEOUT_SECONDS) < mail.FIRST_WAIT


def test_whoever_left_or_lost_the_address_is_no_longer_written_to(
    database: Database, told: tuple[int, int]
) -> None:
    subject_id, site_id = told
    left = person(database, "left", Role.RESEARCH_NURSE, site_id)
    without = person(database, "without", Role.RESEARCH_NURSE, site_id)
    tell(database, subject_id, Role.RESEARCH_NURSE)
    with database.unit_of_work(system_actor(), "account.deactivate", reason="left") as uow:
        accounts.deactivate(uow, user_id=left.id)
        accounts.set_email(uow, user_id=without.id, email="")
    assert run(database, Post()) == Delivery(sent=1, dropped=2)
    assert {(row.username, row.fault) for row in rows(database)} == {
        ("nurse", None), ("left", "account closed"), ("without", "no address"),
    }  # fmt: skip


def test_a_mail_that_a_later_version_cannot_word_keeps_no_other_from_leaving(
    database: Database, told: tuple[int, int]
) -> None:
    for _ in range(2):
        tell(database, told[0], Role.RESEARCH_NURSE)
    with database.unit_of_work(system_actor(), "mail.claim") as uow:
        first = uow.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).first()
        assert first is not None
        first.kind = "forgotten"
    assert run(database, Post()) == Delivery(sent=1, dropped=1)


def test_every_mail_says_the_same_in_both_languages_and_leads_to_a_page() -> None:
    facts = {
        "number": "01-001",
        "subject_id": "7",
        "moment": MOMENT,
        "target": "130",
        "allocated": "120",
    }
    for kind, words in WORDS.items():
        for label in (words.subject, words.body):
            assert label.en != label.zh
        text = body(kind, facts, address="https://edc.hospital.example")
        line = subject_line(kind, facts, mark=" TEST")
        assert line.startswith("[MSC-MucInj TEST] ")
        assert "https://edc.hospital.example/" in text
        for told_arm in ("MSC group", "SOC", "control", "对照", "干细胞", "试验组", "标准治疗"):
            assert told_arm not in text + line


@given(st.text(max_size=60))
def test_no_text_that_a_person_typed_gets_into_a_mail(typed: str) -> None:
    facts = {"number": "01-001", "subject_id": 7, "moment": typed}
    try:
        kept = check_facts(MailKind.RANDOMISED, facts)
    except ValueError:
        return
    assert kept["moment"] == typed
    assert typed.isascii()
    assert typed.isprintable()
    assert len(typed) <= 40


@pytest.mark.parametrize(
    "facts",
    [
        {"number": "01-001", "subject_id": 7},
        {"number": "01-001", "subject_id": 7, "moment": MOMENT, "arm": "MSC"},
        {"number": "01-001\r\nBcc: x@y.example", "subject_id": 7, "moment": MOMENT},
        {"number": "", "subject_id": 7, "moment": MOMENT},
    ],
)
def test_a_mail_with_other_facts_than_its_kind_has_is_not_queued(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a mail"):
        check_facts(MailKind.RANDOMISED, facts)


@pytest.mark.parametrize(
    "typed",
    ["nurse", "a@b", "a b@c.example", "a@b.example\nBcc: x@y.example", "护士@c.example",
     "a@" + "b" * 250 + ".cn", "Nurse <a@b.example>", "a@b.example,c@d.example"],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused(sqlite_url: str, typed: str) -> None:
    database = open_database(sqlite_url)
    user = create_user(database)
    with (
        pytest.raises(accounts.Refused) as refusal,
        database.unit_of_work(system_actor(), "account.email", reason="told") as uow,
    ):
        accounts.set_email(uow, user_id=user.id, email=typed)
    assert refusal.value.rule == "EMAIL"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a certificate with its key, for the name by which the tests reach their server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def over_smtp(
    sqlite_url: str, port: int, *, security: str, context: ssl.SSLContext | None = None
) -> tuple[Delivery, Database]:
    database = open_database(sqlite_url)
    subject_id = participant(database, create_site(database))
    person(database, "nurse", Role.RESEARCH_NURSE, None)
    tell(database, subject_id, Role.RESEARCH_NURSE)
    transport = SmtpTransport(host="localhost", port=port, security=security, context=context)
    with clock.replaced(lambda: NOW):
        return deliver(database, transport, letterhead=LETTERHEAD), database


def test_a_mail_server_gets_the_mail_over_tls(sqlite_url: str, certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    with mail_server(certificate=certificate) as server:
        done, _ = over_smtp(sqlite_url, server.port, security="starttls", context=trusted)
    assert done == Delivery(sent=1)
    assert server.in_clear == [False]
    (message,) = server.received
    assert "已随机" in message["Subject"]
    assert "was randomised" in message["Subject"]
    assert "请登录系统" in message.get_content()
    assert message["From"] == "edc@hospital.example"
    assert message["To"] == "nurse@hospital.example"


def test_nothing_is_sent_in_clear_to_a_server_without_tls(sqlite_url: str) -> None:
    with mail_server() as server:
        done, database = over_smtp(sqlite_url, server.port, security="starttls")
    assert (done, server.received) == (Delivery(failed=1), [])
    assert rows(database)[0].fault == "SMTPNotSupportedError"


def test_nothing_is_sent_to_a_server_whose_certificate_nobody_vouches_for(
    sqlite_url: str, certificate: Path
) -> None:
    with mail_server(certificate=certificate) as server:
        done, database = over_smtp(sqlite_url, server.port, security="starttls")
    assert (done, server.received) == (Delivery(failed=1), [])
    assert rows(database)[0].fault == "SSLCertVerificationError"


def test_a_recipient_the_server_refuses_is_kept_with_the_servers_code(sqlite_url: str) -> None:
    with mail_server(answer="550 nobody here by that name") as server:
        done, database = over_smtp(sqlite_url, server.port, security="none")
    assert (done, server.received) == (Delivery(failed=1), [])
    assert rows(database)[0].fault == "SMTPRecipientsRefused 550"


def test_mail_is_off_until_a_server_is_named(sqlite_url: str) -> None:
    assert transport_of(make_settings(sqlite_url)) is None
    on = transport_of(make_settings(sqlite_url, mail_host="mail.hospital.example"))
    assert on is not None
    assert (on.port, on.security) == (587, "starttls")


def test_every_kind_leads_to_an_address_of_the_program(sqlite_url: str) -> None:
    from tests.factories import make_app

    adapter = make_app(sqlite_url).url_map.bind("localhost")
    for words in WORDS.values():
        adapter.match(words.path.format(subject_id=1))
    assert all(isinstance(words.subject, Label) for words in WORDS.values())


def test_no_mail_is_queued_twice_for_one_person_with_two_roles(
    database: Database, told: tuple[int, int]
) -> None:
    subject_id, site_id = told
    both = person(database, "both", Role.DATA_MANAGER, None)
    with database.unit_of_work(system_actor(), "account.role_give") as uow:
        uow.session.add(
            RoleGrant(user_id=both.id, site_id=site_id, role=str(Role.INVESTIGATOR), is_active=True)
        )
    assert tell(database, subject_id, Role.INVESTIGATOR, Role.DATA_MANAGER, both.id) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count(OutgoingMail.id))) == 1


def test_the_command_sends_what_waits_and_says_so(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    subject_id = participant(database, create_site(database))
    person(database, "nurse", Role.RESEARCH_NURSE, None)
    tell(database, subject_id, Role.RESEARCH_NURSE)

    def edc_mail(*words: str, **settings: object) -> Result:
        known = make_settings(sqlite_url, **settings)
        with clock.replaced(lambda: NOW + timedelta(hours=2)):
            return CliRunner().invoke(edc, ["mail", *words], obj=lambda: known)

    assert "mail is off; 1 wait" in edc_mail("deliver").output
    assert "nurse" in edc_mail("list").output
    with mail_server(answer="451 later") as server:
        on = {
            "mail_host": "localhost", "mail_port": server.port, "mail_security": "none",
            "mail_from": "edc@hospital.example", "public_url": "https://edc.hospital.example",
        }  # fmt: skip
        with clock.replaced(lambda: NOW + timedelta(hours=2)):
            found = list(faults(database, make_settings(sqlite_url, **on)))
        (late,) = [fault for fault in found if fault.name == "mail"]
        assert "1 mails wait" in late.message.en
        refused = edc_mail("deliver", "--quiet", **on)
        assert (refused.exit_code, "1 failed" in refused.output) == (1, True)
        assert "SMTPRecipientsRefused 451" in edc_mail("list").output
        server.answer = "250 ok"
        with database.unit_of_work(system_actor(), "mail.claim") as uow:
            uow.session.scalars(select(OutgoingMail)).one().due_at = NOW
        assert "1 sent" in edc_mail("deliver", **on).output
    assert edc_mail("list").output == ""
    assert "sent" in edc_mail("list", "--all").output
