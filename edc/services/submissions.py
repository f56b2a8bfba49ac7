"""What a page sends for a CRF, read: the CRF as it would be, and all that speaks against saving it.

What was typed is read, hidden and impossible answers are found, rows of groups and units brought
into the shape that is stored, derived items computed. Nothing is stored here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from edc.label import Label
from edc.protocol import STUDY
from edc.randomization.masking import is_visible
from edc.services import admission, conversion, derivation, group_rows, rules, unmasking_marks
from edc.study.casebook import EMPTY, Cell, Record
from edc.study.items import Unreadable, cleaned
from edc.study.missing import REASON_LENGTH, Missing

if TYPE_CHECKING:
    from edc.permissions import Role
    from edc.services.casebooks import Opened, Place
    from edc.study.crf import Crf

CellKey = tuple[str, int]  # item, repeat
Problems = dict[str, list[tuple[str, Label]]]

REASON_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a page sends for one CRF.

    :param typed: the raw input of each item that was on the page; an item left out stays as it is.
    :param missing: missing code and its reason, for items that were on the page.
    :param version: the version the page was opened with; 0 for a CRF never saved.
    :param files: names of the files that this person sent for this participant and that are kept.
    :param proposal: the proposed deviation that a new row of DV accepts.
    """

    typed: Mapping[CellKey, Any]
    missing: Mapping[CellKey, tuple[str, str]] = field(default_factory=dict)
    version: int = 0
    reason: str = ""
    files: frozenset[str] = frozenset()
    proposal: int | None = None


@dataclass(slots=True)
class Draft:
    """A CRF as it would be if it were saved now, with all that speaks against saving it.

    :param before: the cells as they are stored.
    """

    record: Record
    before: Mapping[CellKey, Cell]
    problems: Problems
    changed: list[CellKey]
    overwritten: list[CellKey]


def address(key: CellKey) -> str:
    """Return how a page calls an item: ``ITEM``, or ``ITEM.2`` in a repeated group."""
    item, repeat = key
    return item if repeat == 1 else f"{item}.{repeat}"


def drafted(
    opened: Opened, place: Place, submission: Submission, *, role: Role | None, by: str = ""
) -> Draft:
    """Return the CRF as it would be with what was typed, derived items included; store nothing.

    :param by: the user name of whoever typed it, who may know the arm.
    """
    crf = STUDY.crfs[place[1]].at(place[2])
    stored = opened.book.records.get(place)
    before = dict(stored.cells) if stored else {}
    problems: Problems = defaultdict(list)
    typed = _read_typed(crf, submission, problems, role=role, before=before)
    for key, message in _settled(opened, crf, place, typed=typed, before=before):
        problems[address(key)].append((f"HARD:{key[0]}", message))
    for key in typed.keys() & before.keys():
        if is_same(typed[key], before[key]):
            typed[key] = before[key]
        elif opened.slot is not None:
            typed[key] = replace(typed[key], changed_after_randomisation=True)
    record = Record(place[1], place[0], place[2], before | typed)
    record.is_signed = stored is not None and stored.is_signed
    unmasking_marks.settle(opened, record, before=before, typed=typed, by=by)
    opened.book.put(record)
    # Whether an item is asked may depend on one that is computed from what was typed with it.
    derivation.derive(opened.book, record)
    for key, kind, message in _unwanted(opened, crf, record, typed=typed, before=before):
        problems[address(key)].append((f"{kind}:{key[0]}", message))
    unread = {key for key in typed if address(key) in problems}
    # What nobody may change any more is not refused again: the rest could never be saved.
    settled = {key for key, cell in before.items() if crf.answers_stay and cell.is_answered}
    for finding in rules.hard_findings(opened.book, record):
        if (finding.item, finding.repeat) not in unread | settled:
            problems[address((finding.item, finding.repeat))].append((finding.id, finding.message))
    if len(submission.reason) > REASON_MAX:
        problems["reason"].append(("REASON", _LONG_REASON))
    changed = [key for key, cell in typed.items() if not is_same(cell, before.get(key, EMPTY))]
    return Draft(
        record=record,
        before=before,
        problems=dict(problems),
        changed=changed,
        # Also what was emptied: an item once saved keeps its data point.
        overwritten=[key for key in changed if key in before],
    )


def _settled(
    opened: Opened,
    crf: Crf,
    place: Place,
    *,
    typed: dict[CellKey, Cell],
    before: dict[CellKey, Cell],
) -> Iterator[tuple[CellKey, Label]]:
    """Bring rows of groups and units into the shape that is stored; say what cannot be."""
    if crf.repeating:
        as_sent = Record(place[1], place[0], place[2], before | typed)
        opened.book.put(as_sent)
        yield from group_rows.settle(opened.book, crf, as_sent, typed)
    yield from conversion.settle(crf, typed, before)


def _unwanted(
    opened: Opened,
    crf: Crf,
    record: Record,
    *,
    typed: Mapping[CellKey, Cell],
    before: Mapping[CellKey, Cell],
) -> Iterator[tuple[CellKey, str, Label]]:
    """Find answers that are not asked for, and new ones where the first one stays."""
    for key in typed:
        if is_same(record.cells[key], was := before.get(key, EMPTY)):
            continue
        item, scope = crf.by_code[key[0]], opened.book.scope(record, key[1])
        if record.cells[key].is_answered and not scope.is_shown(item):
            yield key, "HIDDEN", _HIDDEN
        if crf.answers_stay is not None and was.is_answered:
            yield key, "STAYS", crf.answers_stay


def _read_typed(
    crf: Crf,
    submission: Submission,
    problems: Problems,
    *,
    role: Role | None,
    before: Mapping[CellKey, Cell],
) -> dict[CellKey, Cell]:
    """Return the cell of each item that was sent; note what cannot be read."""
    cells: dict[CellKey, Cell] = {}
    for key in {**submission.typed, **submission.missing}:
        code, repeat = key
        item = crf.by_code.get(code)
        if (
            item is None
            or not item.is_typed
            or not 1 <= repeat <= crf.section_of(code).repeats
            # For a masked role it does not exist: that a guess was right would tell the arm.
            or (role is not None and not is_visible(role, form=crf.code, item=code))
        ):
            problems[""].append((f"UNKNOWN:{code}", _UNKNOWN.filled(code=code[:20])))
            continue
        try:
            value = item.read(submission.typed.get(key, ""))
            missing, reason = _read_missing(*submission.missing.get(key, ("", "")))
        except Unreadable as error:
            problems[address(key)].append((f"HARD:{code}", error.message))
            cells[key] = before.get(key, EMPTY)
            continue
        if value is not None and missing is not None:
            problems[address(key)].append((f"HARD:{code}", _BOTH))
            continue
        cell = Cell(value, missing, missing_reason=reason)
        if not admission.may_type(crf, item, role):
            if not is_same(cell, before.get(key, EMPTY)):
                problems[address(key)].append((f"ROLE:{code}", _NOT_YOURS))
            continue
        cells[key] = cell
    return cells


def _read_missing(code: str, reason: str) -> tuple[str | None, str | None]:
    """Return a missing code with its reason.

    :raises Unreadable: when the code is unknown, or one of the two is missing.
    """
    reason = cleaned(reason)
    if not code:
        return None, None
    if code not in set(Missing):
        raise Unreadable(Label(en="Choose why there is no value.", zh="请选择无数据的原因代码。"))
    if not reason or len(reason) > REASON_LENGTH:
        raise Unreadable(
            Label(
                en="Say in words why there is no value (at most {limit} characters).",
                zh="请用文字说明无数据的原因（最多{limit}个字符）。",
            ).filled(limit=REASON_LENGTH)
        )
    return code, reason


def is_same(one: Cell, other: Cell) -> bool:
    """Tell whether two cells say the same; when they were changed does not count."""
    return (one.value, one.missing, one.missing_reason) == (
        other.value, other.missing, other.missing_reason,
    )  # fmt: skip


_HIDDEN = Label(
    en="This item is not asked given the other answers. Clear it, or correct those answers.",
    zh="根据其他回答，此项无需填写。请清空该项，或更正相关回答。",
)
_UNKNOWN = Label(
    en="The page sent an item this CRF does not take ({code}). Reload the page.",
    zh="页面提交了该CRF不接受的条目（{code}），请刷新页面。",
)
_BOTH = Label(
    en="Give a value or a reason why there is none, not both.",
    zh="请填写数值或无数据原因，两者只能选其一。",
)
_NOT_YOURS = Label(
    en="Another role fills in this item.",
    zh="此项由其他角色填写。",
)
_LONG_REASON = Label(
    en=f"Give the reason in at most {REASON_MAX} characters.",
    zh=f"修改原因最多{REASON_MAX}个字符。",
)
