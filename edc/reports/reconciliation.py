"""Live reconciliation lists: where two parts of a casebook tell the same thing differently.

Each list of section 3.5, rule 5 is what certain checks ask about now, so that a difference has one
place where it is judged and one query in which it is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from edc.label import Label
from edc.models import Notice, Query, QueryState, Subject
from edc.protocol import STUDY
from edc.services.visible import may_know

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.services.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Topic:
    """A reconciliation list: what is compared, and the checks that find the differences."""

    code: str
    label: Label
    checks: tuple[str, ...]


TOPICS: Final = (
    Topic(
        "AE-CM",
        Label(en="Adverse events and treatment", zh="不良事件与治疗用药"),
        ("AE-10", "CM-02", "STC-02", "RSP-03"),
    ),
    Topic(
        "AE-SAE",
        Label(en="Adverse events and serious event reports", zh="不良事件与严重不良事件报告"),
        ("AE-12", "SAE-03", "SAE-06", "RSP-04", "PREG-02"),
    ),
    Topic(
        "DEATH",
        Label(en="Death: events, report and end of study", zh="死亡：事件、报告与研究结束"),
        ("AE-05", "AE-08", "DTH-01", "DTH-02", "EOS-02", "RSP-02", "VS-05", "OM-07"),
    ),
    Topic(
        "EX-BATCH",
        Label(en="Doses and product batches", zh="给药与制品批次"),
        ("EX-03", "EX-06", "EX-07", "BATCH-02"),
    ),
    Topic(
        "OM-CM",
        Label(en="Mouth assessment and medication", zh="口腔评估与合并用药"),
        ("OM-09", "OM-10"),
    ),
    Topic(
        "PREG",
        Label(en="Pregnancy test and report", zh="妊娠试验与妊娠报告"),
        ("PREGT-02", "EX-11"),
    ),
    Topic(
        "TX-ENG",
        Label(en="Transfusion and engraftment", zh="输血与植入"),
        ("TX-01", "ENG-01", "BC-08"),
    ),
    Topic(
        "INF",
        Label(en="Infection and its findings", zh="感染与相关所见"),
        ("INF-01", "SK-07", "BC-07"),
    ),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the query that asks about it."""

    subject_id: int
    number: str
    place: tuple[str, str, int]
    item: str
    check_id: str
    text: Label
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ReconciliationList:
    """A topic with the differences that stand now."""

    topic: Topic
    differences: tuple[Difference, ...]


def find_lists(
    session: Session, sites: Collection[int] | None, *, viewer: Viewer
) -> list[ReconciliationList]:
    """Return every list that the viewer may know of, in two statements.

    A topic whose checks would all tell an arm does not exist for somebody who may not know it.
    """
    asked = [check for topic in TOPICS for check in topic.checks]
    queries = select(Query, Subject).where(
        Query.subject_id == Subject.id,
        Query.check_id.in_(asked),
        Query.state.in_((QueryState.OPEN, QueryState.ANSWERED)),
    )
    # What a check does not ask but gives notice of, as a serious event without its report.
    notices = select(Notice, Subject).where(
        Notice.subject_id == Subject.id, Notice.check_id.in_(asked), Notice.ended_at.is_(None)
    )
    found: dict[str, list[Difference]] = {}
    for statement in (queries, notices):
        at_sites = statement if sites is None else statement.where(Subject.site_id.in_(sites))
        told_of = Query if statement is queries else Notice
        for one, subject in session.execute(at_sites.order_by(Subject.id, told_of.id)):
            role = viewer.role_at(subject.site_id)
            if role is not None and may_know(
                role, form=one.form, item=one.item, rule=one.check_id, row=one.row
            ):
                found.setdefault(one.check_id, []).append(_difference(one, subject))
    return [
        ReconciliationList(
            topic, tuple(one for check in topic.checks for one in found.get(check, ()))
        )
        for topic in TOPICS
        if any(
            may_know(role, form=_form(check), rule=check)
            for check in topic.checks
            for role in viewer.roles.values()
        )
    ]


def _difference(query: Query | Notice, subject: Subject) -> Difference:
    return Difference(
        subject_id=subject.id,
        number=subject.number,
        place=(query.visit, query.form, query.row),
        item=query.item,
        check_id=query.check_id,
        text=Label(en=query.text_en, zh=query.text_zh),
        opened_at=query.opened_at if isinstance(query, Query) else query.raised_at,
    )


def _form(check_id: str) -> str:
    """Return the CRF that declares a check."""
    return next(
        (crf.code for crf in STUDY.all_crfs for rule in crf.checks if rule.id == check_id), ""
    )
