"""The study in which a story happens: its clock, its people's browsers, and who is who."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import DeviationProposal, Notice, ProposalState, Query, QueryState
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.randomize import arm_of
from edc.stories.browser import Browser

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from edc.randomization.sealing import SealingKey
    from edc.services.casebooks import Opened, Place
    from edc.services.unit_of_work import Database
    from edc.stories.browser import Answer
    from edc.stories.reader import Step, Story

QueryKey = tuple[str, str, int, str, int, str]
Proposal = tuple[tuple[str, str], ...]  # what it proposes, item by item


class StepRefused(ValueError):
    """A step or an expectation asks for what is not offered, or names what is not there."""


@dataclass(slots=True)
class World:
    """A running story.

    :param accounts: the story's name of a user → their user name.
    :param subjects: alias of a participant → their id.
    :param rows: alias of a log's row → its number, for each participant and CRF.
    :param queries: alias of a manual query → its id.
    :param looks: what each user saw at each page when they last looked.
    """

    story: Story
    app: Flask
    database: Database
    key: SealingKey
    site_id: int
    now: datetime
    accounts: dict[str, str]
    passwords: dict[str, str] = field(repr=False)
    subjects: dict[str, int] = field(default_factory=dict)
    rows: dict[tuple[str, str, str], int] = field(default_factory=dict)
    looks: dict[tuple[str, str], str] = field(default_factory=dict)
    queries: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, name: str) -> Browser:
        """Return the browser of a user, opened when they first act."""
        if name not in self.browsers:
            self.browsers[name] = Browser(
                self.app,
                username=self.accounts[name],
                password=self.passwords[name],
                language=self.story.language,
            )
        return self.browsers[name]

    def subject_id(self, alias: str) -> int:
        """Return the id of a participant.

        :raises StepRefused: when no step has registered them.
        """
        if alias not in self.subjects:
            raise StepRefused(f"participant {alias or '(none named)'} is not registered")
        return self.subjects[alias]

    def arm(self, alias: str) -> str | None:
        """Return the arm of a participant, read from the sealed list and never from a page."""
        with self.database.reading() as session:
            return arm_of(session, self.subject_id(alias), role=Role.INVESTIGATOR, key=self.key)

    def casebook(self, alias: str) -> Opened:
        """Return a participant's casebook as the database holds it now."""
        with self.database.reading() as session:
            return open_casebook(session, self.subject_id(alias))

    def open_queries(self, alias: str) -> frozenset[QueryKey]:
        """Return the participant's open queries; none of somebody who is not registered."""
        if alias not in self.subjects:
            return frozenset()
        with self.database.reading() as session:
            rows = session.execute(
                select(
                    Query.visit, Query.form, Query.row, Query.item, Query.repeat, Query.check_id
                ).where(Query.subject_id == self.subjects[alias], Query.state == QueryState.OPEN)
            )
            return frozenset(
                (visit, form, row, item, repeat, check)
                for visit, form, row, item, repeat, check in rows
            )

    def proposals(self, alias: str) -> frozenset[Proposal]:
        """Return the deviations that are proposed for the participant, with where each stands."""
        if alias not in self.subjects:
            return frozenset()
        with self.database.reading() as session:
            rows = session.scalars(
                select(DeviationProposal).where(
                    DeviationProposal.subject_id == self.subjects[alias],
                    DeviationProposal.state == ProposalState.PROPOSED,
                )
            )
            return frozenset(
                (("DVCAT", row.dvcat), ("DVSEV", row.dvsev), ("CHECK", row.check_id),
                 ("AT", str(row.place)))
                for row in rows
            )  # fmt: skip

    def notices(self, alias: str) -> dict[int, tuple[str, datetime]]:
        """Return the participant's notices that stand: the check of each, and since when."""
        if alias not in self.subjects:
            return {}
        with self.database.reading() as session:
            rows = session.execute(
                select(Notice.id, Notice.check_id, Notice.raised_at).where(
                    Notice.subject_id == self.subjects[alias], Notice.ended_at.is_(None)
                )
            )
            return {number: (check, raised) for number, check, raised in rows}


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a step did.

    :param saved: whether its data were stored; None for a step that stores nothing.
    :param said: the ids of the rules that its pages named.
    :param places: the CRFs it was about, in the order of its rows.
    :param before: the participant's open queries before the step, *before_proposals* the
        deviations proposed, and *before_notices* what the system had given notice of.
    """

    step: Step
    saved: bool | None
    answer: Answer | None = None
    said: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    before: frozenset[QueryKey] = frozenset()
    before_proposals: frozenset[Proposal] = frozenset()
    before_notices: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    unchanged: bool | None = None
