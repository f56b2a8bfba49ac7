"""Saving a CRF: refusing what cannot be saved, and all that follows from the rest.

One save is one unit of work. In it what was typed is read and what is impossible refused
(``edc.services.submissions``), changed values are given their reason, derived items computed on
the CRFs that read them, the checks run, queries opened and closed, signatures of changed content
voided, and the participant's derived state brought up to date. Either all of it is committed or
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc import clock
from edc.errors import EditConflict, InvalidValues, ReasonRequired
from edc.forms.notices import is_warned
from edc.label import Label
from edc.models import CrfEntry
from edc.protocol import STUDY
from edc.randomization.masking import is_restricted, may_see_arm
from edc.services import (
    admission,
    derivation,
    deviations,
    follow_ups,
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
from edc.services.submissions import CellKey, Draft, Submission, address, drafted, is_same
from edc.services.visible import may_know
from edc.study.casebook import EMPTY, Cell, Record
from edc.study.checks import Severity
from edc.study.items import FILE_UNKNOWN, File

if TYPE_CHECKING:
    from edc.models import Notice, Query
    from edc.randomization.sealing import SealingKey
    from edc.services.rules import Finding
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.crf import Crf


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
    draft = drafted(opened, place, submission, role=uow.actor.role, by=uow.actor.username)
    _refuse_foreign_files(uow, opened, place, draft=draft, files=submission.files)
    safety_versions.number(uow.session, opened, place, draft=draft)
    if ("DVCAT", 1) in draft.changed and (why := deviations.belongs_apart(draft.record)):
        draft.problems.setdefault("DVCAT", []).append(("MASKED", why))
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


def _store(
    uow: UnitOfWork, opened: Opened, *, place: Place, draft: Draft, key: SealingKey | None
) -> Saved:
    """Work out all that follows from the CRF, then write it, so that the trail is one statement."""
    record = draft.record
    system_items.withdraw_second_check(record, [code for code, _ in draft.changed])
    system_items.fill(uow, opened, record)
    owed = rules.owed(opened.book, record)
    record.is_complete = rules.is_complete(opened.book, record)
    with uow.session.no_autoflush:
        touched = [
            key for key, cell in record.cells.items()
            if not is_same(cell, draft.before.get(key, EMPTY))
        ]  # fmt: skip
        if place[0] and place[0] not in opened.book.visits:
            schedule.open_visit(uow, opened, place[0])
        entry = _entry(uow, opened, place)
        is_new = entry.version == 0
        is_as_before = not is_new and entry.is_complete == record.is_complete
        hidden = _hidden_change(place[1], touched) if is_as_before else ""
        if touched or is_new or entry.is_complete != record.is_complete:
            entry.version += 1
            entry.is_complete = record.is_complete
            entry.fingerprint = STUDY.fingerprint()
            entry.saved_at = clock.now()
            entry.saved_by = uow.actor.username
            entry.saved_item = hidden
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
        if not hidden and not is_restricted(place[1], row=place[2]):
            # Neither rests on what tells an arm; what a new day brings would tell of the save.
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


def _hidden_change(form: str, touched: list[CellKey]) -> str:
    """Return an item if nothing was touched but what tells an arm; the trail tells of it there.

    Told of at the CRF, a save at which nothing seems to have changed would tell that there is
    something, and one arm has more of it than the other.
    """
    is_hidden = touched and all(is_restricted(form, item=code) for code, _ in touched)
    return min(touched)[0] if is_hidden else ""  # whatever order rows are read in


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
