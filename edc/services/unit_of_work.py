"""unit_of_work(): one transaction, one audit transaction, and the only commit in the codebase."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edc.errors import InvalidValues
from edc.models.audit import CONTEXT, AuditContext
from edc.models.audit_listener import begin_transaction, finish, record_event
from edc.models.session import read_session_factory, session_factory
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import Session

    from edc.permissions import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: the person, the role in which they act here, and the request it came from."""

    username: str
    role: Role | None
    user_id: int | None = None
    full_name: str = ""
    request_id: str = ""
    address: str = ""


def system_actor(name: str = "system") -> Actor:
    """Return the actor of what the installation does by itself or at the command line."""
    return Actor(username=name, role=None)


@dataclass(slots=True)
class UnitOfWork:
    """An open transaction in which audited rows may change."""

    session: Session
    actor: Actor
    _context: AuditContext = field(repr=False)

    @property
    def reason(self) -> str | None:
        """Return why the changes are made, if it was asked."""
        return self._context.reason

    @property
    def transaction_id(self) -> int:
        """Return the id of the audit transaction, writing it if it is not yet there."""
        return begin_transaction(self.session)

    def about(self, *, site_id: int | None = None, subject_id: int | None = None) -> None:
        """Say whom the unit of work is about, before its first change."""
        self._context.site_id = site_id
        self._context.subject_id = subject_id

    def record(self, **detail: Any) -> int:  # noqa: ANN401 - any JSON value
        """Enter the act itself into the trail, with facts about it: never an arm or a secret.

        It is an entry of its own, whether or not the act changes rows; its id is returned.
        """
        return record_event(self.session, detail)


class Database:
    """The study's database: where reads and units of work begin."""

    def __init__(self, engine: Engine) -> None:
        """Make the sessions' makers once; making one costs as much as a statement."""
        self.engine = engine
        self._reading = read_session_factory(engine)
        self._writing = session_factory(engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads; whatever it changed is thrown away."""
        with self._reading() as session:
            yield session

    @contextmanager
    def housekeeping(self) -> Iterator[Session]:
        """Open a transaction for what is no record: sessions, failed sign-ins, drafts.

        It has no actor, so an audited row changed here is refused by the listener.
        """
        with self._writing() as session:
            yield session
            session.commit()

    @contextmanager
    def unit_of_work(
        self, actor: Actor, action: str, *, reason: str | None = None
    ) -> Iterator[UnitOfWork]:
        """Open one transaction with one audit transaction; it commits on leaving, or not at all.

        An exception rolls everything back. There is no way to commit half-way, so what a use case
        writes stands or falls together.

        :raises InvalidValues: when the reason holds what no database can store.
        """
        context = AuditContext(
            user_id=actor.user_id,
            username=actor.username,
            role=str(actor.role or ""),
            action=action,
            reason=_readable(reason),
            request_id=actor.request_id,
            address=actor.address,
        )
        with self._writing() as session:
            session.info[CONTEXT] = context
            yield UnitOfWork(session, actor, context)
            finish(session)
            session.commit()


def _readable(reason: str | None) -> str | None:
    """Return a reason as it is kept."""
    try:
        return cleaned(reason or "") or None
    except Unreadable as error:
        raise InvalidValues({"reason": [("REASON", error.message)]}) from error
