"""A randomised participant, people of masked and unmasked roles, and unmaskings between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from edc import clock
from edc.models import Unmasking, User
from edc.permissions import Role
from edc.services import unmasking
from edc.services.randomize import randomise_subject
from edc.services.unit_of_work import Actor, UnitOfWork, system_actor
from tests.factories import create_user
from tests.services.casebook_support import KEY, Ward, ready_subject

WHY = "anaphylaxis: whether the product is stopped depends on it"


@dataclass
class Masked:
    """A randomised participant of a ward, and those who ask, approve and look on."""

    ward: Ward
    subject_id: int
    assessor: User
    officer: User
    now: datetime | None = None
    app: Flask | None = None

    @contextmanager
    def act(self, user: User, role: Role, action: str = "unmasking.ask") -> Iterator[UnitOfWork]:
        """Open a unit of work of somebody, at the time that the ward's clock shows."""
        actor = Actor(username=user.username, role=role, user_id=user.id, full_name=user.full_name)
        moment = self.now or clock.now()
        with (
            clock.replaced(lambda: moment),
            self.ward.database.unit_of_work(actor, action) as uow,
        ):
            yield uow

    def ask(self, user: User | None = None, role: Role = Role.OUTCOME_ASSESSOR) -> int:
        with self.act(user or self.assessor, role) as uow:
            return unmasking.ask(
                uow, subject_id=self.subject_id, why="SAFE", explanation=WHY, password_checked=True
            )

    def approve(
        self, number: int, user: User | None = None, role: Role = Role.INVESTIGATOR
    ) -> None:
        with self.act(user or self.ward.investigator, role, "unmasking.approve") as uow:
            unmasking.approve(
                uow, subject_id=self.subject_id, unmasking_id=number, key=KEY,
                password_checked=True,
            )  # fmt: skip

    def show(
        self, number: int, user: User | None = None, role: Role = Role.OUTCOME_ASSESSOR
    ) -> str:
        with self.act(user or self.assessor, role, "unmasking.show") as uow:
            return unmasking.show(
                uow, subject_id=self.subject_id, unmasking_id=number, key=KEY,
                password_checked=True,
            )  # fmt: skip

    def unmasked(self) -> str:
        """Let the assessor be told the arm; return it."""
        number = self.ask()
        self.approve(number)
        return self.show(number)

    def report(self, known_from: datetime, how: str = "overheard on the ward") -> int:
        with self.act(self.assessor, Role.OUTCOME_ASSESSOR, "unmasking.report") as uow:
            return unmasking.report(
                uow, subject_id=self.subject_id, how=how, known_from=known_from, key=KEY
            )

    def ward_actor(self) -> Actor:
        """Return who sets things up."""
        return system_actor("factory")

    def later(self, hours: float) -> None:
        """Let time pass."""
        self.now = (self.now or clock.now()) + timedelta(hours=hours)

    def row(self, number: int) -> Unmasking:
        with self.ward.database.reading() as session:
            return session.get_one(Unmasking, number)


def masked(ward: Ward) -> Masked:
    """Return a participant who is randomised now."""
    subject_id = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(
            uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
        )
    return Masked(
        ward,
        subject_id,
        create_user(ward.database, role=Role.OUTCOME_ASSESSOR, site=ward.site),
        create_user(ward.database, role=Role.SAFETY_OFFICER),
    )
