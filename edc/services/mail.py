"""Mails: queued in the transaction of the act they tell of, sent afterwards by a run of their own.

What is not committed is not mailed, and a mail server that is down delays mails and nothing else.
A mail is claimed, sent and marked in that order, each in a transaction of its own, so that no lock
is held while the server is spoken to. A run that dies between sending and marking sends the mail a
second time under the same Message-ID, by which mail programs tell that it is the same: at least
once, rather than perhaps never.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from secrets import token_hex
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload

from edc import clock
from edc.models import MailState, OutgoingMail, RoleGrant, Subject, User
from edc.permissions import Role
from edc.services.mail_words import MailKind, body, check_facts, known_facts, subject_line
from edc.services.unit_of_work import system_actor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.services.unit_of_work import Database, UnitOfWork

KEPT_FOR: Final = timedelta(days=7)
"""An older mail is not sent any more: what it says is no news, and the system has said it since."""
FIRST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=6)
BATCH: Final = 10
"""So few that even a slow server has them all before the first is due again (FIRST_WAIT)."""
MARKS: Final = {"production": "", "demo": " DEMO", "test": " TEST"}


class TransportFault(Exception):
    """A mail could not be handed over; the text says what for an administrator."""


class Transport(Protocol):
    """Hands mails to a server."""

    def connection(self) -> AbstractContextManager[Callable[[EmailMessage], None]]:
        """Return what connects on entering and then sends one mail a call.

        :raises TransportFault: when connecting or a call fails.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every mail of an installation bears.

    :param sender: the address it comes from.
    :param address: of the installation, for links.
    :param mark: what the subject line says of invented data.
    """

    sender: str
    address: str
    mark: str = ""


@dataclass(slots=True)
class Delivery:
    """What a run did.

    :param dropped: mails never to be sent: too old, or the account is closed or has no address.
    """

    sent: int = 0
    failed: int = 0
    dropped: int = 0


def queue(
    uow: UnitOfWork,
    *,
    kind: MailKind,
    to: Collection[Role | int],
    site_id: int | None = None,
    subject_id: int | None = None,
    **facts: object,
) -> int:
    """Write a mail to each person in *to* who has an address; return how many.

    It costs two statements, and stands or falls with the unit of work.

    :param to: roles, held at the site or, without a site, anywhere; and ids of people.
    :param facts: what the kind's words ask for; a participant's number and id are known.
    :raises ValueError: when a fact is missing or is anything but a number, a code or a moment.
    """
    if subject_id is not None:
        subject = uow.session.get_one(Subject, subject_id)
        facts |= known_facts(kind, {"number": subject.number, "subject_id": subject_id})
        site_id = subject.site_id
    kept = json.dumps(check_facts(kind, facts), sort_keys=True)
    now = clock.now()
    mails = [
        OutgoingMail(
            token=token_hex(16),
            kind=str(kind),
            facts=kept,
            site_id=site_id,
            subject_id=subject_id,
            user_id=user_id,
            username=username,
            queued_at=now,
            due_at=now,
            attempts=0,
            state=str(MailState.WAITING),
        )
        for user_id, username in _recipients(uow.session, to, site_id=site_id)
    ]
    uow.session.add_all(mails)
    uow.session.flush()
    return len(mails)


def _recipients(
    session: Session, to: Collection[Role | int], *, site_id: int | None
) -> list[tuple[int, str]]:
    """Return id and user name of those meant, by the role that is in force at the site."""
    roles = {str(one) for one in to if isinstance(one, Role)}
    people = {one for one in to if not isinstance(one, Role)}
    statement = (
        select(User.id, User.username, RoleGrant.site_id, RoleGrant.role)
        .outerjoin(RoleGrant, (RoleGrant.user_id == User.id) & RoleGrant.is_active)
        .where(User.is_active, User.email.is_not(None))
        .order_by(User.id)
    )
    if site_id is not None:
        at = or_(RoleGrant.site_id == site_id, RoleGrant.site_id.is_(None))
        statement = statement.where(or_(at, User.id.in_(people)))
    # A role for every site is overruled where another is held: somebody who is masked at this site
    # must not be written to for a role they hold elsewhere.
    held: dict[tuple[int, str], dict[int | None, str]] = {}
    for user_id, username, at_site, role in session.execute(statement):
        held.setdefault((user_id, username), {})[at_site] = role or ""
    return [
        person
        for person, grants in held.items()
        if person[0] in people or roles & _in_force(grants, site_id)
    ]


def _in_force(grants: dict[int | None, str], site_id: int | None) -> set[str]:
    if site_id is None:
        return set(grants.values())
    return {grants.get(site_id) or grants.get(None) or ""}


def deliver(database: Database, transport: Transport, *, letterhead: Letterhead) -> Delivery:
    """Send every mail that is due, and return what became of them."""
    done = Delivery()
    while (claimed := _claim(database, letterhead, done)) is not None:
        if claimed:
            _send(database, transport, claimed, done)
    return done


def _claim(database: Database, letterhead: Letterhead, done: Delivery) -> list[EmailMessage] | None:
    """Take the mails that are due, and put their next attempt off: two runs never share one.

    Of those taken some are perhaps not to be sent; None when there was nothing to take.
    """
    now = clock.now()
    due = (
        select(OutgoingMail)
        .options(joinedload(OutgoingMail.user, innerjoin=True))
        .where(OutgoingMail.state == MailState.WAITING, OutgoingMail.due_at <= now)
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
        .limit(BATCH)
    )
    with database.reading() as session:
        if session.scalars(due.limit(1)).first() is None:
            return None
    messages: list[EmailMessage] = []
    taken = 0
    with database.unit_of_work(system_actor("mail"), "mail.claim") as uow:
        held = due.with_for_update(skip_locked=True, of=OutgoingMail)
        for mail in uow.session.scalars(held):
            taken += 1
            if why := _why_not(mail, now):
                mail.state, mail.fault = str(MailState.DROPPED), why
                done.dropped += 1
                continue
            try:
                messages.append(_message(mail, letterhead))
            except (KeyError, ValueError):
                # One that a later version cannot word must not keep the others from leaving.
                mail.state, mail.fault = str(MailState.DROPPED), "cannot be worded"
                done.dropped += 1
                continue
            mail.attempts += 1
            mail.due_at = now + min(FIRST_WAIT * 2 ** (mail.attempts - 1), LONGEST_WAIT)
    return messages if taken else None


def _why_not(mail: OutgoingMail, now: datetime) -> str:
    if now - mail.queued_at > KEPT_FOR:
        return "too old"
    if not mail.user.is_active:
        return "account closed"
    return "" if mail.user.email else "no address"


def _message(mail: OutgoingMail, letterhead: Letterhead) -> EmailMessage:
    kind, facts = MailKind(mail.kind), json.loads(mail.facts)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject_line(kind, facts, mark=letterhead.mark)
    message["From"] = letterhead.sender
    message["To"] = mail.user.email
    message["Date"] = mail.queued_at
    message["Message-ID"] = f"<{mail.token}@{letterhead.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body(kind, facts, address=letterhead.address), cte="base64")
    return message


def _send(
    database: Database, transport: Transport, messages: list[EmailMessage], done: Delivery
) -> None:
    left = list(messages)
    try:
        with transport.connection() as send:
            while left:
                try:
                    send(left[0])
                except TransportFault as fault:
                    _mark(database, left.pop(0), fault=str(fault))
                    done.failed += 1
                else:
                    _mark(database, left.pop(0), fault=None)
                    done.sent += 1
    except TransportFault as fault:
        for message in left:
            _mark(database, message, fault=str(fault))
        done.failed += len(left)


def _mark(database: Database, message: EmailMessage, *, fault: str | None) -> None:
    """Keep what became of a mail that was claimed."""
    token = message["Message-ID"].strip("<>").partition("@")[0]
    with database.unit_of_work(system_actor("mail"), "mail.send") as uow:
        mail = uow.session.scalars(
            select(OutgoingMail).where(OutgoingMail.token == token).with_for_update()
        ).one()
        mail.fault = fault
        if fault is None:
            mail.state, mail.sent_at = str(MailState.SENT), clock.now()
            mail.sent_to = message["To"]


def list_mails(session: Session, *, waiting: bool = True) -> list[OutgoingMail]:
    """Return the mails that wait, or all, oldest first."""
    statement = select(OutgoingMail).order_by(OutgoingMail.id)
    if waiting:
        statement = statement.where(OutgoingMail.state == MailState.WAITING)
    return list(session.scalars(statement))


def is_queued(
    session: Session, *, kind: MailKind, subject_id: int, since: datetime, besides: str
) -> bool:
    """Tell whether anybody but the person *besides* is written to of a participant since then."""
    found = exists().where(
        OutgoingMail.kind == str(kind),
        OutgoingMail.username != besides,
        OutgoingMail.subject_id == subject_id,
        OutgoingMail.queued_at >= since,
    )
    return bool(session.scalar(select(found)))


def count_waiting(session: Session, *, since: datetime | None = None) -> int:
    """Return how many mails wait, those queued before *since* if it is given."""
    statement = select(func.count(OutgoingMail.id)).where(OutgoingMail.state == MailState.WAITING)
    if since is not None:
        statement = statement.where(OutgoingMail.queued_at < since)
    return session.scalar(statement) or 0
