"""What people do about notices and proposed deviations: look at them, decide, or let them lie."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from edc import clock
from edc.forms.notices import audience
from edc.forms.state_names import State
from edc.models import DeviationProposal, Notice, ProposalState, Site, Subject
from edc.permissions import Role
from edc.services import notices
from edc.services.deviations import prefilled
from edc.simulation.course import happens
from edc.simulation.stage import moment, workday

if TYPE_CHECKING:
    from datetime import date
    from random import Random

    from edc.simulation.entry import Values
    from edc.simulation.stage import Stage, Steps

EVERY: Final = timedelta(days=35)
SEEN, ACCEPTED, REFUSED = 0.9, 0.5, 0.3
_CAN_BE_ENTERED: Final = (State.ON_TREATMENT, State.FOLLOW_UP, State.ELIGIBLE)
_NO_DEVIATION: Final = (
    "与方案规定一致，属操作允许范围",
    "系录入错误，数据已更正",
    "已与申办者确认不构成偏离",
)
_READERS: Final = (Role.INVESTIGATOR, Role.DATA_MANAGER, Role.SAFETY_OFFICER, Role.RESEARCH_NURSE)


@dataclass
class Rounds:
    """A round every five weeks, at each site."""

    stage: Stage
    rng: Random
    begins: date

    def run(self) -> Steps:
        """Hold the rounds."""
        day = self.begins
        while True:
            now = moment(workday(day), 17)
            yield now
            for subject_id, site, seen in self._unseen():
                now += timedelta(minutes=1)
                yield now
                self._look(subject_id, site, seen)
            for proposal, site in self._proposals():
                now += timedelta(minutes=1)
                yield now
                self._decide(proposal, site)
            day += EVERY

    def _unseen(self) -> list[tuple[int, str, list[Notice]]]:
        """Return the notices of the last weeks by participant."""
        since = self.stage.now - EVERY
        found: dict[tuple[int, str], list[Notice]] = defaultdict(list)
        with self.stage.desk.database.reading() as session:
            rows = session.execute(
                select(Notice, Site.code)
                .join(Subject, Subject.id == Notice.subject_id)
                .join(Site, Site.id == Subject.site_id)
                .where(Notice.raised_at >= since)
                .order_by(
                    Notice.subject_id, Notice.form, Notice.visit, Notice.row, Notice.item,
                    Notice.repeat, Notice.check_id,
                )
            )  # fmt: skip
            for notice, site in rows:
                found[notice.subject_id, site].append(notice)
        return [(subject_id, site, held) for (subject_id, site), held in found.items()]

    def _look(self, subject_id: int, site: str, held: list[Notice]) -> None:
        """Let one of those who are told mark what they have seen."""
        role = self.rng.choice(_READERS)
        who = self.rng.choice(self.stage.cast.at(role, site))
        told = [
            notice.id
            for notice in held
            if role in audience(notice.check_id) and notices.is_told(role, notice)
        ]
        if told and happens(self.rng, SEEN):
            self.stage.desk.see(who, subject_id, told)

    def _proposals(self) -> list[tuple[DeviationProposal, str]]:
        with self.stage.desk.database.reading() as session:
            rows = session.execute(
                select(DeviationProposal, Site.code)
                .join(Subject, Subject.id == DeviationProposal.subject_id)
                .join(Site, Site.id == Subject.site_id)
                .where(
                    DeviationProposal.state == ProposalState.PROPOSED,
                    Subject.state.in_(_CAN_BE_ENTERED),
                )
                .order_by(
                    DeviationProposal.subject_id, DeviationProposal.form, DeviationProposal.visit,
                    DeviationProposal.row, DeviationProposal.item, DeviationProposal.repeat,
                    DeviationProposal.check_id,
                )
            )  # fmt: skip
            return [(row[0], row[1]) for row in rows]

    def _decide(self, proposal: DeviationProposal, site: str) -> None:
        """Accept a proposal by a row of DV, refuse it, or leave it for the next round."""
        who = self.rng.choice(self.stage.cast.at(Role.INVESTIGATOR, site))
        desk, subject_id = self.stage.desk, proposal.subject_id
        if happens(self.rng, ACCEPTED):
            desk.accept(who, proposal, self._row(proposal))
        elif happens(self.rng, REFUSED / (1 - ACCEPTED)):
            reason = self.rng.choice(_NO_DEVIATION)
            desk.refuse(who, subject_id, proposal.id, reason)

    def _row(self, proposal: DeviationProposal) -> Values:
        """Return the row of DV that accepts a proposal."""
        today = clock.local(self.stage.now).date()
        values: Values = {"DVDAT": today.isoformat()} | prefilled(proposal)
        values |= {"DVTERM": proposal.text_zh, "DVCAUSE": "研究人员对方案要求掌握不到位"}
        if values["DVSEV"] != "MIN":
            values["DVCAPA"] = "组织再培训，双人核对"
            # Not all are reported to the ethics committee in time (DV-01).
            if not self.stage.blunders.is_first("DV-01") and happens(self.rng, 0.6):
                values["DVEC"] = today.isoformat()
        return values
