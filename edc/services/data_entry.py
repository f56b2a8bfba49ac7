"""Saving a CRF: reading what was typed, refusing the impossible, and all that follows.

One save is one unit of work. In it the typed values are read, hidden and impossible ones refused,
changed values given their reason, derived items computed here and on the CRFs that read them, the
checks run, queries opened and closed, signatures of changed content voided, and the participant's
derived state brought up to date. Either all of it is committed or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from edc import clock
from edc.errors import EditConflict, InvalidValues, ReasonRequired
from edc.forms.notices import is_warned
from edc.label import Label
from edc.models import CrfEntry
from edc.protocol import STUDY
from edc.randomization.masking import is_visible, may_see_arm
from edc.services import (
    admission,
    conversion,
    derivation,
    deviations,
    follow_ups,
    group_rows,
    key_items,
    notices,
    projection,
    query_sync,
    rules,
    safety_versions,
    schedule,
    signing,
    system_items,
)
from edc.services.allocation_lists import find_arm
from edc.services.casebooks import Opened, Place, load_references, open_casebook
from edc.services.data_points import StoredCrf, write_points
from edc.services.dependence import Change
from edc.services.files import was_held
from edc.services.visible import may_know
from edc.study.casebook import EMPTY, Cell, Record
from edc.study.checks import Severity
from edc.study.items import FILE_UNKNOWN, File, Unreadable, cleaned
from edc.study.missing import REASON_LENGTH, Missing

if TYPE_CHECKING:
    from edc.models import Notice, Query
    from edc.permissions import Role
    from edc.randomization.sealing import SealingKey
    from edc.services.rules import Finding
    from edc.services.unit_of_work import UnitOfWork
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
class Saved:
    """What a save did.

    :param owed: the required items that still hold neither value nor missing code.
    :param warnings: checks that only say so on the page; *actions* have just set off a notice.
    """

    place: Place
    version: int
    is_complete: bool
    changed: list[CellKey]
    owed: list[CellKey]
    warnings: list[Finding]
    actions: list[Notice]
    opened: list[Query]
    closed: list[Query]
    record: Record


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


def save_crf(
    uow: UnitOfWork,
    *,
    subject_id: int,
    visit: str,
    form: str,
    row: int,
    submission: Submission,
    key: SealingKey | None = None,
) -> Saved:
    """Save a CRF, or refuse it whole.

    :param key: opens the participant's arm for the checks that read it (AE-11); a CRF with such a
        check is not saved for a randomised participant without it.
    :raises InvalidValues: when anything typed cannot be saved; nothing is stored.
    :raises EditConflict: when somebody saved the CRF since the page was opened.
    :raises ReasonRequired: when a saved value changes and no reason is given.
    :raises ConsentMissing, NotOnSchedule, EntryClosed: when the CRF is not open for entry.
    """
    opened = open_casebook(uow.session, subject_id, lock=True)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    place = (visit, form, row)
    crf = admission.admit(opened, place, role=uow.actor.role)
    load_references(uow.session, opened, crf)
    if opened.versions.get(place, 0) != submission.version:
        raise EditConflict
    if submission.proposal is not None and form == deviations.FORM and not submission.version:
        opened.accepts = deviations.find_for_save(
            uow, opened, proposal_id=submission.proposal, row=row
        )
    _know_arm(uow, opened, crf, key=key)
    draft = drafted(opened, place, submission, role=uow.actor.role)
    _refuse_foreign_files(uow, opened, place, draft=draft, files=submission.files)
    safety_versions.number(uow.session, opened, place, draft=draft)
    if not draft.problems and not draft.changed and place not in opened.versions:
        # An end of study that says nothing would close the participant's casebook all the same.
        draft.problems[""] = [("EMPTY", _EMPTY)]
    if draft.problems:
        raise InvalidValues(draft.problems)
    admission.check_answers(opened, draft.record)
    if draft.overwritten and not submission.reason.strip():
        raise ReasonRequired
    return _store(uow, opened, place=place, draft=draft, key=key)


def _know_arm(uow: UnitOfWork, opened: Opened, crf: Crf, *, key: SealingKey | None) -> None:
    """Tell the CRF the arm, where a check reads it or one arm is asked more, if the role may know.

    A refusal by such a check would tell a masked role the arm.
    """
    reads_arm = any("arm" in rule.when.facts() for rule in crf.checks) or crf.asks_by_arm
    if opened.slot is None or not reads_arm:
        return
    role = uow.actor.role
    if role is not None and not may_see_arm(role):
        return
    if key is None:
        message = f"{crf.code} has a check that reads the arm, and no key was given to open it"
        raise ValueError(message)
    _open_arm(uow, opened, key=key)


def _open_arm(uow: UnitOfWork, opened: Opened, *, key: SealingKey | None) -> None:
    """Tell the casebook the arm, for rules of the server whose answer masked roles never see."""
    arm = find_arm(uow.session, opened.subject.id, key=key) if key and opened.slot else None
    if arm is not None:
        opened.book.facts["arm"] = arm


def drafted(opened: Opened, place: Place, submission: Submission, *, role: Role | None) -> Draft:
    """Return the CRF as it would be with what was typed, derived items included; store nothing."""
    crf = STUDY.crfs[place[1]].at(place[2])
    stored = opened.book.records.get(place)
    before = dict(stored.cells) if stored else {}
    problems: Problems = defaultdict(list)
    typed = _read_typed(crf, submission, problems, role=role, before=before)
    for key, message in _settled(opened, crf, place, typed=typed, before=before):
        problems[address(key)].append((f"HARD:{key[0]}", message))
    for key in typed.keys() & before.keys():
        if _same(typed[key], before[key]):
            typed[key] = before[key]
        elif opened.slot is not None:
            typed[key] = replace(typed[key], changed_after_randomisation=True)
    record = Record(place[1], place[0], place[2], before | typed)
    record.is_signed = stored is not None and stored.is_signed
    opened.book.put(record)
    # Whether an item is asked may depend on one that is computed from what was typed with it.
    derivation.derive(opened.book, record)
    for key, kind, message in _unwanted(opened, crf, record, typed=typed, before=before):
        problems[address(key)].append((f"{kind}:{key[0]}", message))
    unread = {key for key in typed if address(key) in problems}
    for finding in rules.hard_findings(opened.book, record):
        if (finding.item, finding.repeat) not in unread:
            problems[address((finding.item, finding.repeat))].append((finding.id, finding.message))
    if len(submission.reason) > REASON_MAX:
        problems["reason"].append(("REASON", _LONG_REASON))
    changed = [key for key, cell in typed.items() if not _same(cell, before.get(key, EMPTY))]
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
        if _same(record.cells[key], was := before.get(key, EMPTY)):
            continue
        item, scope = crf.by_code[key[0]], opened.book.scope(record, key[1])
        if record.cells[key].is_answered and not scope.is_shown(item):
            yield key, "HIDDEN", _HIDDEN
        if crf.answers_stay is not None and was.is_answered:
            yield key, "STAYS", crf.answers_stay


def _refuse_foreign_files(
    uow: UnitOfWork, opened: Opened, place: Place, *, draft: Draft, files: frozenset[str]
) -> None:
    """Add a problem for each changed item that names a file which is not its own."""
    for key in draft.changed:
        item, name = STUDY.crfs[place[1]].by_code[key[0]], draft.record.cells[key].value
        if not isinstance(item, File) or name is None or name in files:
            continue
        if not was_held(
            uow.session, opened.subject.id, place=place, item=key[0], repeat=key[1], name=name
        ):
            draft.problems.setdefault(address(key), []).append((f"HARD:{key[0]}", FILE_UNKNOWN))


def _same(one: Cell, other: Cell) -> bool:
    return (one.value, one.missing, one.missing_reason) == (
        other.value, other.missing, other.missing_reason,
    )  # fmt: skip


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
            if not _same(cell, before.get(key, EMPTY)):
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


def _store(
    uow: UnitOfWork, opened: Opened, *, place: Place, draft: Draft, key: SealingKey | None
) -> Saved:
    """Work out all that follows from the CRF, then write it, so that the trail is one statement."""
    record = draft.record
    system_items.fill(uow, opened, record)
    owed = rules.owed(opened.book, record)
    record.is_complete = rules.is_complete(opened.book, record)
    with uow.session.no_autoflush:
        touched = [
            key for key, cell in record.cells.items()
            if not _same(cell, draft.before.get(key, EMPTY))
        ]  # fmt: skip
        if place[0] and place[0] not in opened.book.visits:
            schedule.open_visit(uow, opened, place[0])
        entry = _entry(uow, opened, place)
        is_new = entry.version == 0
        if touched or is_new or entry.is_complete != record.is_complete:
            entry.version += 1
            entry.is_complete = record.is_complete
            entry.fingerprint = STUDY.fingerprint()
            entry.saved_at = clock.now()
            entry.saved_by = uow.actor.username
        if draft.changed and record.is_signed:
            signing.void_signatures(uow, entry, record)
        changed = {(place[1], item) for item, _ in touched}
        if is_new:
            changed.add((place[1], "*"))
        derived = derivation.derive_elsewhere(opened, record, changed)
        projection.prepare(uow, opened, record)
        computed = {(where[1], code) for where, keys in derived.items() for code, _ in keys}
        change = Change(record, typed=changed, derived=computed)
        derivation.complete_elsewhere(uow, opened, change)
        findings = rules.findings_after(
            opened.book, change, know_arm=lambda: _open_arm(uow, opened, key=key)
        )
        schedule.refresh(uow, opened)
        projection.refresh(uow, opened)
        # Last, after every lock: entries of the trail are numbered from here on.
        queries_opened, queries_closed = query_sync.sync(uow, opened, findings)
        key_changes = key_items.changes(place, draft.overwritten) if opened.slot else []
        followed = follow_ups.settle(uow, opened, findings, changed=key_changes)
        if opened.accepts is not None:
            deviations.accept(uow, opened.accepts, row=place[2])
        if is_new:
            uow.session.flush()  # its data points need its number
            opened.stored[place] = StoredCrf(entry.id, "[]")
        for where, keys in {place: touched, **derived}.items():
            cells = {key: opened.book.records[where].cells[key] for key in keys}
            write_points(uow.session, opened, where, cells=cells)
        uow.session.flush()

    def is_told(found: Query) -> bool:
        return may_know(
            uow.actor.role, form=found.form, item=found.item, rule=found.check_id, row=found.row
        )

    here = [
        finding for finding in findings.fired
        if finding.place == place
        and may_know(
            uow.actor.role, form=place[1], item=finding.item, rule=finding.id, row=place[2]
        )
    ]  # fmt: skip
    return Saved(
        place=place,
        version=entry.version,
        is_complete=record.is_complete,
        changed=draft.changed,
        owed=owed,
        warnings=[
            finding
            for finding in here
            if finding.severity is Severity.WARNING and is_warned(uow.actor.role, finding.id)
        ],
        actions=[notice for notice in followed.raised if notices.is_told(uow.actor.role, notice)],
        opened=list(filter(is_told, queries_opened)),
        closed=list(filter(is_told, queries_closed)),
        record=record,
    )


def _entry(uow: UnitOfWork, opened: Opened, place: Place) -> CrfEntry:
    """Return the CRF's row; a new CRF gets its row here."""
    if place in opened.stored:
        return uow.session.get_one(CrfEntry, opened.stored[place].entry_id)
    visit, form, row = place
    entry = CrfEntry(
        subject=opened.subject, visit=visit, form=form, row=row, version=0,
        is_complete=False, fingerprint="", in_error=False, saved_at=clock.now(),
        saved_by=uow.actor.username,
    )  # fmt: skip
    uow.session.add(entry)
    return entry


def write_system_values(
    uow: UnitOfWork,
    opened: Opened,
    *,
    place: Place,
    values: Mapping[str, str | None],
    key: SealingKey | None = None,
) -> Saved:
    """Write items that only the server writes (RAND and its kind) and all that follows a save."""
    stored = opened.book.records.get(place)
    before = stored.cells if stored else {}
    cells = before | {(code, 1): Cell(value) for code, value in values.items()}
    record = Record(place[1], place[0], place[2], cells)
    record.is_signed = stored is not None and stored.is_signed
    opened.book.put(record)
    derivation.derive(opened.book, record)
    changed = [
        (code, 1) for code, value in values.items() if before.get((code, 1), EMPTY).value != value
    ]
    draft = Draft(record=record, before=before, problems={}, changed=changed, overwritten=[])
    return _store(uow, opened, place=place, draft=draft, key=key)


_EMPTY = Label(
    en="Nothing is filled in, so there is nothing to save.",
    zh="未填写任何内容，无需保存。",
)
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
