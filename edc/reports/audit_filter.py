"""What to look for in the trail, and the statement that finds it by indexes.

A filter by participant, visit, CRF or item is led by an index of the entries; one by person, role
or act by an index of the transactions. Free text is read row by row, within the other filters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, func, not_, or_, select, tuple_
from sqlalchemy.orm import aliased

from edc.clock import STUDY_ZONE
from edc.forms.confidential import SCREENS
from edc.models import AuditEntry, AuditTransaction, Site, Subject, User
from edc.models.audit import ENTRY_BITS
from edc.protocol import STUDY
from edc.randomization.masking import RESTRICTED_ITEMS
from edc.reports.audit_words import SECRET_TABLES
from edc.reports.masked import is_confidential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from edc.reports.audit_scope import Scope
    from edc.study.study import Study

_LAST_ENTRY = (1 << ENTRY_BITS) - 1
_MOST_MATCHES = 100  # people, items or codes that one typed word may stand for

OTHER = aliased(AuditEntry)  # of the same transaction

COLUMNS = (
    AuditEntry.id, AuditTransaction.at, AuditTransaction.username, User.full_name,
    AuditTransaction.role, AuditTransaction.action, Site.code.label("site"),
    func.coalesce(Subject.subject_number, Subject.screening_number).label("number"),
    AuditEntry.subject_id, AuditEntry.visit, AuditEntry.form, AuditEntry.row, AuditEntry.item,
    AuditEntry.repeat, AuditEntry.kind, AuditEntry.table, AuditEntry.old, AuditEntry.new,
    AuditTransaction.reason, AuditTransaction.request_id,
)  # fmt: skip

# Rows and acts that hold counts of which a masked reader is not told (``audit_words.counts``).
_COUNTING = frozenset({"crf_entry", ""})

# Answers that participants of both arms have and that tell the arm. Those that one arm alone has
# are left out, and those that are worked out: a reason that is withheld would tell the arm itself.
_TELLING = sorted(
    (crf.code, item.code)
    for crf in STUDY.all_crfs
    for item in crf.items
    if (crf.code, item.code) in RESTRICTED_ITEMS and item.is_typed and not item.only_arm
)


def withheld_acts(masked: ColumnElement[bool] | None = None) -> Select[int]:
    """Return the statement for the transactions whose reason is withheld.

    Why an answer was changed may say what it is: one that only the site reads, and where arms may
    not be told one that tells the arm.

    :param masked: the condition that the entry ``OTHER`` stands where arms may not be told.
    """
    told = [is_confidential(OTHER.form, OTHER.item)]
    if masked is not None:
        told.append(and_(tuple_(OTHER.form, OTHER.item).in_(_TELLING), masked))
    return select(OTHER.transaction_id).where(OTHER.table == "data_point", or_(*told))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """What to look for, as typed; what is empty is not asked.

    :param participant: participant or screening number.
    :param item: an item's code, or words of its label in either language.
    :param user: a user name, or a part of a person's name.
    :param since: first day, at the site.
    :param until: last day, at the site.
    :param text: words in a value, in the wording of a code, or in a reason.
    """

    participant: str = ""
    visit: str = ""
    form: str = ""
    item: str = ""
    user: str = ""
    role: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""

    def facts(self) -> dict[str, str]:
        """Return what is asked, for the address of a page and for the record of an export."""
        asked = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: str(value) for name, value in asked.items() if value}

    @property
    def reads_transactions(self) -> bool:
        """Tell whether the filter asks for something that only a transaction holds."""
        return bool(self.user or self.role or self.action or self.since or self.until or self.text)


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """A filter resolved against the database, ready to be read in either direction."""

    condition: ColumnElement[bool]
    by_transaction: bool  # whether an index of the transactions leads, not one of the entries
    withheld: Select[int] = field(default_factory=withheld_acts)  # acts whose reason is not told

    def rows(self) -> Select[*tuple[Any, ...]]:
        """Return the statement for every row in scope, in no order."""
        return (
            select(
                *COLUMNS,
                self.withheld.where(OTHER.transaction_id == AuditTransaction.id)
                .exists()
                .label("is_withheld"),
            )
            .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
            .outerjoin(Site, Site.id == AuditEntry.site_id)
            .outerjoin(Subject, Subject.id == AuditEntry.subject_id)
            .outerjoin(User, User.id == AuditTransaction.user_id)
            .where(self.condition)
        )

    def ordered(self, *, newest_first: bool) -> Select[*tuple[Any, ...]]:
        """Return the statement in order of the entries."""
        # Ids grow with their transaction's, so both orders are one; the database does not know it.
        keys = [AuditTransaction.id] if self.by_transaction else []
        order = [*keys, AuditEntry.id]
        return self.rows().order_by(*(key.desc() if newest_first else key for key in order))


def resolve(session: Session, wanted: TrailFilter, *, scope: Scope, study: Study) -> TrailQuery:
    """Turn what was typed into conditions that indexes can answer; at most three statements."""
    parts: list[ColumnElement[bool]] = []
    if wanted.participant:
        parts.append(AuditEntry.subject_id.in_(_subject_ids(session, wanted.participant)))
    if wanted.visit:
        parts.append(AuditEntry.visit == wanted.visit)
    if wanted.form:
        parts.append(AuditEntry.form == wanted.form)
    if wanted.item:
        parts.append(AuditEntry.item.in_(_item_codes(study, wanted.item)))
    led_by_entry = bool(parts)
    if wanted.user:
        parts.append(AuditTransaction.username.in_(_usernames(session, wanted.user)))
    if wanted.role:
        parts.append(AuditTransaction.role == wanted.role)
    if wanted.action:
        parts.append(AuditTransaction.action == wanted.action)
    by_transaction = not led_by_entry and bool(wanted.user or wanted.role or wanted.action)
    parts.append(scope.condition(by_site=not (led_by_entry or by_transaction)))
    if wanted.since or wanted.until:
        parts.extend(_in_days(session, wanted))
    withheld = withheld_acts(scope.masked(OTHER.site_id))
    if wanted.text:
        is_masked = not scope.tells_every_arm
        parts.append(_holds(study, wanted.text, withheld=withheld, is_masked=is_masked))
    parts.append(tells_no_answer())
    return TrailQuery(and_(*parts), by_transaction, withheld)


def tells_no_answer() -> ColumnElement[bool]:
    """Return the condition that an entry tells no confidential answer.

    Of such an item only its values are listed, as passed or not; that a check asked about it, or
    somebody was told, would tell what it held.
    """
    return or_(
        AuditEntry.table == "data_point", not_(is_confidential(AuditEntry.form, AuditEntry.item))
    )


def _subject_ids(session: Session, number: str) -> list[int]:
    typed = number.strip().upper()
    found = select(Subject.id).where(
        or_(Subject.subject_number == typed, Subject.screening_number == typed)
    )
    return list(session.scalars(found))


def _usernames(session: Session, name: str) -> list[str]:
    typed = name.strip()
    matching = or_(User.username == typed.lower(), User.full_name.icontains(typed, autoescape=True))
    found = session.scalars(select(User.username).where(matching).limit(_MOST_MATCHES))
    # Not every name in the trail is an account: the installation itself acts too.
    return sorted({typed, typed.lower(), *found})


def _item_codes(study: Study, typed: str) -> list[str]:
    code, words = typed.strip().upper(), typed.strip().casefold()
    items = [item for crf in study.all_crfs for item in crf.items]
    if any(item.code == code for item in items):
        return [code]
    labels = {
        item.code
        for item in items
        if words in item.label.en.casefold() or words in item.label.zh.casefold()
    }
    return sorted(labels)[:_MOST_MATCHES]


def _in_days(session: Session, wanted: TrailFilter) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a span of days, as moments and as a span of entry ids.

    The ids make the span a range of the trail's own key; the moments keep it exact, for a clock may
    have been set back between two transactions.
    """
    at = AuditTransaction.at
    span: list[ColumnElement[bool]] = []
    if wanted.since:
        span.append(at >= datetime.combine(wanted.since, time(), STUDY_ZONE))
    if wanted.until and wanted.until < date.max:
        span.append(at < datetime.combine(wanted.until + timedelta(days=1), time(), STUDY_ZONE))
    bounds = select(func.min(AuditTransaction.id), func.max(AuditTransaction.id)).where(*span)
    first, last = session.execute(bounds).one()
    if first is None:
        yield false()
        return
    yield AuditEntry.id.between(first << ENTRY_BITS, (last << ENTRY_BITS) + _LAST_ENTRY)
    yield from span


def _holds(
    study: Study, typed: str, *, withheld: Select[int], is_masked: bool
) -> ColumnElement[bool]:
    """Return the condition that a value, its wording or the reason holds *typed*.

    :param is_masked: the reader may not be told every arm. A count or a row's number would then
        tell how much is hidden: figures are found at the beginning of a value alone.
    """
    # Values are looked for as they stand in JSON, where quotes and line breaks are escaped.
    raw = json.dumps(typed.strip(), ensure_ascii=False)[1:-1]
    untold = SECRET_TABLES
    if is_masked:
        untold |= _COUNTING
        raw = raw if any(map(str.isalpha, typed)) else f'"value": "{raw}'
    values = or_(
        AuditEntry.new.icontains(raw, autoescape=True),
        AuditEntry.old.icontains(raw, autoescape=True),
    )
    # What is not shown must not be found either.
    parts = [
        and_(
            AuditTransaction.reason.icontains(typed.strip(), autoescape=True),
            AuditTransaction.id.not_in(withheld),
        ),
        and_(
            AuditEntry.table.not_in(sorted(untold)),
            not_(is_confidential(AuditEntry.form, AuditEntry.item)),
            values,
        ),
    ]
    for form, item, code in _codes_worded(study, typed.strip().casefold()):
        # A single code stands in quotes; one of several, in quotes within quoted JSON.
        stored = [f'"value": "{code}"', f'\\"{code}\\"']
        held = [
            c.contains(s, autoescape=True) for c in (AuditEntry.new, AuditEntry.old) for s in stored
        ]
        parts.append(and_(AuditEntry.form == form, AuditEntry.item == item, or_(*held)))
    return or_(*parts)


def _codes_worded(study: Study, words: str) -> list[tuple[str, str, str]]:
    found = (
        (crf.code, item.code, code.value)
        for crf in study.all_crfs
        for item in crf.items
        if (crf.code, item.code) not in SCREENS and (codes := getattr(item, "codes", None))
        for code in codes.codes
        if words in code.label.en.casefold() or words in code.label.zh.casefold()
    )
    return list(islice(found, _MOST_MATCHES))
