"""Notices: raised and ended as checks fire and are cured, read by those they are for.

A check of severity S has one notice at a place. Who is told is ``edc.forms.notices``; each person
marks for themselves what they have seen, and a notice that is raised again is unseen again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from edc import clock
from edc.errors import NotFound, NotPermitted
from edc.forms.notices import audience
from edc.models import Notice, NoticeSeen
from edc.protocol import STUDY
from edc.services.query_sync import in_order
from edc.services.subjects import lock_subject
from edc.services.visible import may_know
from edc.study.checks import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from edc.permissions import Role
    from edc.services.casebooks import Opened
    from edc.services.follow_ups import Known
    from edc.services.rules import Finding, Findings, Key
    from edc.services.unit_of_work import UnitOfWork

ACTIONS: Final = frozenset(
    rule.id for crf in STUDY.all_crfs for rule in crf.checks if rule.severity is Severity.ACTION
)


def sync(
    uow: UnitOfWork,
    opened: Opened,
    findings: Findings,
    *,
    known: Mapping[Key, Known],
    changed: Iterable[Finding],
) -> tuple[list[Notice], list[Notice]]:
    """Bring the participant's notices to what was found; return those raised and ended.

    :param known: the notices of the participant, current and ended.
    :param changed: findings of key items changed just now: each is raised anew.
    """
    firing = {f.key: f for f in findings.fired if f.severity is Severity.ACTION}
    events = {finding.key: finding for finding in changed}
    now = clock.now()
    raised: list[Notice] = []
    for key, finding in in_order((firing | events).items()):
        before = known.get(key)
        if before is None:
            raised.append(_new(opened, finding))
            uow.session.add(raised[-1])
        elif not before.is_firing or key in events:
            notice = uow.session.get_one(Notice, before.row_id)
            notice.raised_at, notice.ended_at = now, None
            notice.text_en, notice.text_zh = finding.message.en, finding.message.zh
            raised.append(notice)
    ended = [
        uow.session.get_one(Notice, before.row_id)
        for key, before in known.items()
        if before.is_firing and key not in firing and findings.has_judged(key)
    ]
    for notice in ended:
        notice.ended_at = now
    return raised, ended


def _new(opened: Opened, finding: Finding) -> Notice:
    visit, form, row = finding.place
    return Notice(
        subject=opened.subject, visit=visit, form=form, row=row, item=finding.item,
        repeat=finding.repeat, check_id=finding.id, text_en=finding.message.en,
        text_zh=finding.message.zh, raised_at=clock.now(), ended_at=None,
    )  # fmt: skip


def is_told(role: Role | None, notice: Notice) -> bool:
    """Tell whether *role* is told of a notice: it is for them, and tells them no arm."""
    rule = notice.check_id
    return (
        role is not None
        and role in audience(rule)
        and may_know(role, form=notice.form, item=notice.item, rule=rule, row=notice.row)
    )


def mark_seen(uow: UnitOfWork, *, subject_id: int, notice_ids: Collection[int]) -> int:
    """Note that the actor has seen these notices of a participant; return how many were new.

    :raises NotPermitted: when nobody acts who could see anything.
    :raises NotFound: when one is not the participant's, or not for the actor's role.
    """
    role, user_id = uow.actor.role, uow.actor.user_id
    if user_id is None:
        raise NotPermitted
    subject = lock_subject(uow.session, subject_id)
    if subject is None:
        raise NotFound
    uow.about(site_id=subject.site_id, subject_id=subject.id)
    wanted = list(
        uow.session.scalars(
            select(Notice).where(Notice.subject_id == subject_id, Notice.id.in_(notice_ids))
        )
    )
    if len(wanted) != len(set(notice_ids)) or not all(is_told(role, one) for one in wanted):
        raise NotFound
    known = {
        seen.notice_id: seen
        for seen in uow.session.scalars(
            select(NoticeSeen).where(
                NoticeSeen.user_id == user_id,
                NoticeSeen.notice_id.in_([notice.id for notice in wanted]),
            )
        )
    }
    now, marked = clock.now(), 0
    for notice in wanted:
        seen = known.get(notice.id)
        if seen is None:
            uow.session.add(
                NoticeSeen(notice=notice, user_id=user_id, username=uow.actor.username, seen_at=now)
            )
        elif seen.seen_at < notice.raised_at:
            seen.seen_at = now
        else:
            continue
        marked += 1
    uow.session.flush()
    return marked
