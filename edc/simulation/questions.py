"""The talk about data: monitors ask, sites answer, and both settle what has been said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final
from zlib import crc32

from sqlalchemy import func, select

from edc.models import CrfEntry, DataPoint, Query, QueryState, Site, Subject
from edc.permissions import Role
from edc.services.queries import Act, Target, acts_for
from edc.services.visible import may_know
from edc.simulation.course import happens
from edc.simulation.stage import moment, workday

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from edc.services.unit_of_work import Actor
    from edc.simulation.stage import Stage, Steps

EVERY: Final = timedelta(days=7)
ANSWERED, SETTLED, ASKED_AGAIN = 0.25, 0.5, 0.06
"""How likely in a week an open query is answered, an answered one closed or asked again."""
ASKED: Final = 0.005
"""How likely in a week a new question comes to a monitor's mind, for each who is randomised."""
# Not by number: what one save asks at once is numbered in no order.
_PLACED = (
    Query.subject_id, Query.visit, Query.form, Query.row, Query.item, Query.repeat, Query.check_id,
    Query.opened_at,
)  # fmt: skip
_CONFIRMED = (
    "已与原始病历核对，数据无误。",
    "两次复测结果一致，录入无误。",
    "患者当日情况如此，病程记录已说明。",
    "Checked against the chart; the value is right.",
)
_ANSWERS = (
    "已核对护理记录单，数据一致。",
    "已联系经治医师，说明见病程记录。",
    "原始记录已补充，随时可供查阅。",
    "The source has been completed and agrees.",
)
_QUESTIONS = (
    "请核对原始记录，并说明差异原因。",
    "原始病历中未见此项记录，请补充或更正。",
    "与同日护理记录不一致，请核对。",
    "Please confirm this against the source.",
)
_OF_SO_MANY_ONE_LIES: Final = 6
_CLOSED = ("同意，关闭。", "已核实。", "Accepted.")
_AGAIN = ("请提供具体的原始记录位置。", "仍不明确，请补充说明。")


@dataclass
class Questions:
    """What monitors, data managers and sites say to each other, a round a week."""

    stage: Stage
    rng: Random
    begins: date
    participants: int

    def run(self) -> Steps:
        """Hold a round every week, each act at a moment of its own."""
        day = self.begins
        while True:
            now = moment(workday(day), 14)
            for query, site in self._unsettled():
                now += timedelta(minutes=self.rng.randint(1, 3))
                yield now
                self._talk(query, site)
            if happens(self.rng, min(0.5, ASKED * self.participants)):
                now += timedelta(minutes=5)
                yield now
                self._ask()
            day += EVERY
            yield moment(workday(day), 13)

    def _unsettled(self) -> list[tuple[Query, str]]:
        with self.stage.desk.database.reading() as session:
            rows = session.execute(
                select(Query, Site.code)
                .join(Subject, Subject.id == Query.subject_id)
                .join(Site, Site.id == Subject.site_id)
                .where(Query.state.in_((QueryState.OPEN, QueryState.ANSWERED)))
                .order_by(*_PLACED)
            )
            return [(row[0], row[1]) for row in rows]

    def _talk(self, query: Query, site: str) -> None:
        """Let whoever is next say something, or nothing this week."""
        rng = self.rng
        if query.state == QueryState.OPEN:
            if happens(rng, ANSWERED) and not _lies(query):
                self._act(self._site_staff(query, site), query, Act.ANSWER)
            return
        who = self._raiser(query)
        if happens(rng, SETTLED):
            self._act(who, query, Act.CLOSE, rng.choice(_CLOSED))
        elif happens(rng, ASKED_AGAIN):
            self._act(who, query, Act.REOPEN, rng.choice(_AGAIN))

    def _site_staff(self, query: Query, site: str) -> Actor:
        cast = self.stage.cast
        role = Role.INVESTIGATOR if query.form in ("AE", "SAE", "IE") else Role.RESEARCH_NURSE
        return self.rng.choice(cast.at(role, site))

    def _raiser(self, query: Query) -> Actor:
        role = Role.DATA_MANAGER if query.check_id else Role(query.raised_role)
        return self.stage.cast.one(role)

    def _act(self, who: Actor, query: Query, act: Act, text: str = "") -> None:
        if act is Act.ANSWER:
            text = self.rng.choice(_CONFIRMED if query.check_id else _ANSWERS)
        with self.stage.desk.database.reading() as session:
            now = session.get_one(Query, query.id)
        # A save in the meantime may have settled it.
        if now.audit_id == query.audit_id and act in acts_for(who.role, now):
            self.stage.desk.act_on_query(who, now, act, text)

    def _ask(self) -> None:
        """Let the monitor or the data manager ask about something that somebody has saved."""
        role = self.rng.choice((Role.MONITOR, Role.MONITOR, Role.DATA_MANAGER))
        with self.stage.desk.database.reading() as session:
            found = self._any_item(session)
        if found is None or not may_know(
            role, form=found[1].place[1], item=found[1].item, row=found[1].place[2]
        ):
            return
        subject_id, target = found
        who = self.stage.cast.one(role)
        self.stage.desk.ask(who, subject_id, target, self.rng.choice(_QUESTIONS))

    def _any_item(self, session: Session) -> tuple[int, Target] | None:
        many = session.scalar(select(func.count()).select_from(DataPoint)) or 0
        if not many:
            return None
        row = session.execute(
            select(
                CrfEntry.subject_id, CrfEntry.visit, CrfEntry.form, CrfEntry.row, DataPoint.item,
                DataPoint.repeat,
            )
            .join(CrfEntry, CrfEntry.id == DataPoint.entry_id)
            .where(CrfEntry.in_error.is_(False))
            .order_by(DataPoint.entry_id, DataPoint.item, DataPoint.repeat)
            .offset(self.rng.randrange(many))
            .limit(1)
        ).first()  # fmt: skip
        if row is None:
            return None
        return row[0], Target((row[1], row[2], row[3]), row[4], row[5])


def _lies(query: Query) -> bool:
    """Tell whether nobody takes a query up before the participant's end of study."""
    place = f"{query.subject_id}|{query.visit}|{query.form}|{query.row}|{query.item}"
    return crc32(place.encode()) % _OF_SO_MANY_ONE_LIES == 0


def answer_all(stage: Stage, rng: Random, who: Actor, subject_id: int) -> bool:
    """Let *who* answer what is open on a participant; tell whether the casebook is settled then."""
    with stage.desk.database.reading() as session:
        held = session.scalars(
            select(Query)
            .where(Query.subject_id == subject_id, Query.state == QueryState.OPEN)
            .order_by(*_PLACED)
        ).all()
    for query in held:
        words = _CONFIRMED if query.check_id else _ANSWERS
        stage.desk.act_on_query(who, query, Act.ANSWER, rng.choice(words))
    return stage.desk.is_settled(subject_id)
