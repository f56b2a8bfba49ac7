"""What people do about queries: raise, answer, close, reopen, cancel.

Who treats the participants answers. Who monitors raises questions, and settles those that their own
role has raised: a successor goes on where a colleague has left. What a check has raised is settled
by the data manager, with a reason. Answering a check means: correct as entered, and why; the check
is then silent for the values it read, and wakes when one of them changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from edc import clock
from edc.errors import InvalidValues, NotFound, NotPermitted, QueryMoved
from edc.label import Label
from edc.models import CrfEntry, DataPoint, MessageKind, Query, QueryMessage, QueryState
from edc.permissions import Permission, Role, grants
from edc.protocol import STUDY
from edc.services import admission, query_thread
from edc.services.casebooks import open_casebook
from edc.services.confirmation import fingerprint
from edc.services.privacy import looks_identifying
from edc.services.visible import asks_in_public, may_know, tells_arm
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.services.casebooks import Opened, Place
    from edc.services.query_thread import Message
    from edc.services.unit_of_work import UnitOfWork

ASSESSMENTS: Final = frozenset(crf.code for crf in STUDY.all_crfs if crf.assesses)
TEXT_MAX: Final = 1000
MOST_AT_ONCE: Final = 100


class Act(StrEnum):
    """What can be done about a query that is there."""

    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"


_DONE = {
    Act.ANSWER: (QueryState.ANSWERED, MessageKind.ANSWERED),
    Act.CLOSE: (QueryState.CLOSED, MessageKind.CLOSED),
    Act.REOPEN: (QueryState.OPEN, MessageKind.REOPENED),
    Act.CANCEL: (QueryState.CANCELLED, MessageKind.CANCELLED),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a question is about: an item, a whole CRF, or a whole visit (``form`` is empty).

    :param item: empty for the whole CRF.
    """

    place: Place
    item: str = ""
    repeat: int = 1


def knows(role: Role | None, query: Query) -> bool:
    """Tell whether *role* may know that the query exists."""
    return may_know(role, form=query.form, item=query.item, rule=query.check_id, row=query.row)


def acts_for(role: Role | None, query: Query) -> tuple[Act, ...]:
    """Return what *role* may do about the query as it stands, the usual act first."""
    if role is None or not knows(role, query):
        return ()
    acts = []
    if query.state == QueryState.OPEN and answers(role, query.form):
        acts.append(Act.ANSWER)
    if _settles(role, query):
        if query.is_unsettled:
            acts.append(Act.CLOSE)
        if query.state != QueryState.OPEN:
            acts.append(Act.REOPEN)
        if query.is_unsettled and not query.check_id:
            acts.append(Act.CANCEL)
    return tuple(acts)


def answers(role: Role, form: str) -> bool:
    """Tell whether *role* answers what is asked on a CRF, or on a visit if *form* is empty.

    Who says that a value is correct as entered is one who enters it: whoever assesses the injured
    sites and enters nothing else answers there alone.
    """
    if not grants(role, Permission.QUERY_ANSWER):
        return False
    return grants(role, Permission.CRF_ENTER) or form in ASSESSMENTS


def _ever(role: Role, query: Query, act: Act) -> bool:
    """Tell whether *role* may do this about the query in some state of it."""
    if act is Act.ANSWER:
        return answers(role, query.form)
    return _settles(role, query) and not (act is Act.CANCEL and query.check_id)


def _settles(role: Role, query: Query) -> bool:
    if query.check_id and _is_of_the_unmasked(query):
        # No data manager knows of it: the investigator is who may judge it and knows the arm.
        return role is Role.INVESTIGATOR
    if query.check_id:
        return grants(role, Permission.QUERY_SETTLE)
    return grants(role, Permission.QUERY_RAISE) and query.raised_role == role


def _is_of_the_unmasked(query: Query) -> bool:
    """Tell whether a query would tell an arm, so that nobody masked may settle it."""
    return not knows(Role.DATA_MANAGER, query)


def raises(role: Role | None, target: Target) -> bool:
    """Tell whether *role* asks about this place.

    Who follows the product asks there alone: what is asked elsewhere is read by masked colleagues,
    and a question of somebody who knows the arm can tell it.
    """
    if role is None or not grants(role, Permission.QUERY_RAISE):
        return False
    _visit, form, row = target.place
    return asks_in_public(role) or tells_arm(form=form, item=target.item, row=row)


def needs_text(act: Act, query: Query) -> bool:
    """Tell whether the act must be explained: all but the settling of one's own question."""
    return act in (Act.ANSWER, Act.REOPEN, Act.CANCEL) or bool(query.check_id)


def raise_query(uow: UnitOfWork, *, subject_id: int, target: Target, text: str) -> Query:
    """Ask a question as the unit of work's actor.

    :raises NotPermitted: when the actor's role raises none, or none there.
    :raises NotFound: when there is no such place, or the role may not know of it.
    :raises NotOnSchedule: when the visit is not on the participant's schedule.
    :raises InvalidValues: when the text cannot be taken, or the same question is open there.
    """
    return raise_queries(uow, subject_id=subject_id, targets=[target], text=text)[0]


def raise_queries(
    uow: UnitOfWork, *, subject_id: int, targets: Sequence[Target], text: str
) -> list[Query]:
    """Ask one question at several places of a participant's casebook, all of them or none.

    :raises NotPermitted, NotFound, NotOnSchedule, InvalidValues: as :func:`raise_query` does.
    """
    role = uow.actor.role
    if role is None or not grants(role, Permission.QUERY_RAISE):
        raise NotPermitted
    opened = open_casebook(uow.session, subject_id, lock=True)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    said = read_text(text)
    chosen = list(dict.fromkeys(targets))
    if not chosen:
        raise _problem("targets", "TARGET", _NOTHING_CHOSEN)
    if len(chosen) > MOST_AT_ONCE:
        raise _problem("targets", "TARGET", _TOO_MANY.filled(most=MOST_AT_ONCE))
    asked = {
        (query.place, query.item, query.repeat)
        for query in opened.queries
        if query.state == QueryState.OPEN and not query.check_id and query.text_en == said
    }
    for target in chosen:
        require_target(opened, target, role=role)
        if not raises(role, target):
            raise NotPermitted
        if (target.place, target.item, target.repeat) in asked:
            raise _problem("text", "ASKED", _ASKED)
    return [_raise(uow, opened, target, said) for target in chosen]


def _raise(uow: UnitOfWork, opened: Opened, target: Target, said: str) -> Query:
    visit, form, row = target.place
    query = Query(
        subject=opened.subject, visit=visit, form=form, row=row, item=target.item,
        repeat=target.repeat, check_id="", raised_by=uow.actor.username,
        raised_role=str(uow.actor.role), state=QueryState.OPEN, text_en=said, text_zh=said,
        opened_at=clock.now(), messages=0,
    )  # fmt: skip
    uow.session.add(query)
    opened.queries.append(query)
    query_thread.add(uow, opened, query, kind=MessageKind.OPENED, text=said)
    query.messages = 1
    return query


def require_target(opened: Opened, target: Target, *, role: Role) -> None:
    """Refuse a place that the participant does not have, or of which the role may not know.

    :raises NotFound: in both cases alike.
    :raises NotOnSchedule: when the visit is not on the schedule.
    """
    visit, form, row = target.place
    if not form:
        if visit not in opened.book.visits or target.item or (row, target.repeat) != (1, 1):
            raise NotFound
        return
    # Of a CRF with parts its own part alone: what the others ask is not asked here.
    crf = admission.find_crf(form, role=role, row=row)
    if target.place not in opened.versions:
        admission.check_place(opened, target.place)
    if not may_know(role, form=form, item=target.item, row=row):
        raise NotFound
    if not target.item:
        if target.repeat != 1:
            raise NotFound
    elif (
        target.item not in crf.by_code
        or not 1 <= target.repeat <= crf.section_of(target.item).repeats
    ):
        raise NotFound


def act_on(
    uow: UnitOfWork, *, subject_id: int, query_id: int, act: Act, text: str = "", seen: int
) -> Query:
    """Answer, close, reopen or cancel a query as the unit of work's actor.

    :param seen: the ``audit_id`` under which the actor has read the query.
    :raises NotFound: when the participant has no such query, or the role may not know of it.
    :raises QueryMoved: when somebody acted on it since it was read, and the act no longer fits.
    :raises NotPermitted: when the role may not do this.
    :raises InvalidValues: when the text cannot be taken.
    """
    role = uow.actor.role
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    query = find_query(uow.session, subject_id, query_id)
    if query is None or not knows(role, query):
        raise NotFound
    if role is None or not _ever(role, query, act):
        raise NotPermitted
    if query.audit_id != seen or act not in acts_for(role, query):
        raise QueryMoved
    said = read_text(text, is_required=needs_text(act, query))
    state, kind = _DONE[act]
    if act is Act.ANSWER and query.check_id:
        kind = MessageKind.CONFIRMED
    query_thread.add(uow, opened, query, kind=kind, text=said)
    _mark(opened, query, act)
    query.state = state
    query.messages += 1
    return query


def _mark(opened: Opened, query: Query, act: Act) -> None:
    """Set the times that the act changes, and what a check is not to ask again."""
    now = clock.now()
    if act is Act.REOPEN:
        if query.state != QueryState.ANSWERED:
            query.opened_at = now  # an answer that does not satisfy goes on with the old wait
        query.reopened_at = now
        query.answered_at = query.closed_at = query.confirmed = None
        return
    if act is Act.ANSWER:
        query.answered_at = now
    else:
        query.closed_at = now
    if query.check_id and query.form:
        query.confirmed = fingerprint(
            opened.book, query.place, item=query.item, repeat=query.repeat, check_id=query.check_id
        )


def close_place(uow: UnitOfWork, opened: Opened, place: Place, reason: str) -> list[Query]:
    """Cancel what is unsettled on a CRF that was entered in error; return it.

    The caller has locked the participant. Queries on rows that are in error ask about nothing.
    """
    visit, form, row = place
    found = list(
        uow.session.scalars(
            select(Query)
            .where(
                Query.subject_id == opened.subject.id,
                Query.visit == visit,
                Query.form == form,
                Query.row == row,
                Query.state.in_((QueryState.OPEN, QueryState.ANSWERED)),
            )
            .order_by(Query.id)
        )
    )
    for query in found:
        query_thread.add(uow, opened, query, kind=MessageKind.CANCELLED, text=reason)
        query.state, query.closed_at = QueryState.CANCELLED, clock.now()
        query.messages += 1
    return found


def find_query(session: Session, subject_id: int, query_id: int) -> Query | None:
    """Return a participant's query."""
    return session.scalar(select(Query).where(Query.id == query_id, Query.subject_id == subject_id))


def find_at(session: Session, subject_id: int, place: Place) -> dict[Query, list[Message]]:
    """Return every query on a CRF with its thread, the oldest first; one statement."""
    visit, form, row = place
    rows = session.execute(
        select(Query, *query_thread.COLUMNS)
        .outerjoin(QueryMessage, QueryMessage.query_id == Query.id)
        .where(
            Query.subject_id == subject_id, Query.visit == visit, Query.form == form,
            Query.row == row,
        )
        .order_by(Query.id, QueryMessage.number)
    )  # fmt: skip
    found: dict[Query, list[Message]] = {}
    for each in rows:
        thread = found.setdefault(each[0], [])
        if each.query_id is not None:
            thread.append(query_thread.read(each))
    return found


def value_now(session: Session, query: Query) -> tuple[str | None, str | None]:
    """Return value and missing code that the item asked about holds; one statement."""
    found = session.execute(
        select(DataPoint.value, DataPoint.missing)
        .join(CrfEntry, CrfEntry.id == DataPoint.entry_id)
        .where(
            CrfEntry.subject_id == query.subject_id, CrfEntry.visit == query.visit,
            CrfEntry.form == query.form, CrfEntry.row == query.row,
            DataPoint.item == query.item, DataPoint.repeat == query.repeat,
        )
    ).one_or_none()  # fmt: skip
    return (found[0], found[1]) if found else (None, None)


def read_text(text: str, *, is_required: bool = True) -> str:
    """Return what a person typed, as it is kept.

    :raises InvalidValues: when it is empty, too long, unreadable, or names a person.
    """
    try:
        said = cleaned(text)
    except Unreadable as error:
        raise _problem("text", "TEXT", error.message) from error
    if not said and is_required:
        raise _problem("text", "TEXT", _EMPTY)
    if len(said) > TEXT_MAX:
        raise _problem("text", "TEXT", _LONG.filled(most=TEXT_MAX, given=len(said)))
    if looks_identifying(said):
        raise _problem("text", "PRIVACY", _IDENTIFYING)
    return said


def _problem(name: str, rule: str, message: Label) -> InvalidValues:
    return InvalidValues({name: [(rule, message)]})


_EMPTY = Label(en="Say it in words: this text is empty.", zh="内容不能为空，请填写文字说明。")
_LONG = Label(
    en="Use at most {most} characters; {given} were typed.",
    zh="最多{most}个字符，当前为{given}个。",
)
_IDENTIFYING = Label(
    en="This text seems to hold a telephone or identity number. Remove it: nothing here names a "
    "person.",
    zh="该文本中疑似含有手机号或身份证号，请删除：系统中不得记录可识别个人身份的信息。",
)
_NOTHING_CHOSEN = Label(en="Choose at least one place to ask about.", zh="请至少选择一处。")
_TOO_MANY = Label(en="Choose at most {most} places at once.", zh="一次最多选择{most}处。")
_ASKED = Label(
    en="This very question is open there already.",
    zh="该处已有相同内容的质疑待回复。",
)
