"""The registers of each site: consent and protocol versions, batches, limits, that CRFs refer to.

A row is never deleted. It is corrected with a reason, and its key only as long as no CRF names it,
for a CRF's reference must go on meaning what it meant when it was saved. Rows that hold for a
period follow one another: of one key no two hold on the same day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from edc.errors import InvalidValues, NotFound, ReasonRequired
from edc.label import Label
from edc.models import CrfEntry, DataPoint, RegisterRow, Site, Subject
from edc.permissions import Permission
from edc.services import register_rules
from edc.services.numbers import lock_site
from edc.study.items import Reference, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from edc.services.register_rules import Remark
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.study import Register, Study

Values = dict[str, str]
LONGEST_KEY = 64

KEPT_BY: Final = {"BATCH": Permission.PRODUCT_MANAGE}
"""By which permission a register is kept, where it is not the site's own."""
READ_BY: Final = {"BATCH": Permission.PRODUCT_READ}
"""By which permission a register is read by others than those who keep it."""
_NO_END = "9999-12-31"
_NAMED = Label(
    en="CRFs name this entry, so it keeps its name. Add a new entry instead.",
    zh="已有CRF引用该条目，不能更改其名称；请另行新增。",
)
_OVERLAPS = Label(
    en="{key} already has an entry valid from {first} to {last}. End that one first: no two may be "
    "valid on the same day.",
    zh="{key}已有{first}至{last}有效的条目。同一天只能有一个条目有效，请先为该条目填写失效日期。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a register: item → canonical value.

    :param remarks: what is said of it when it was just added or corrected.
    """

    row_id: int
    site_id: int
    register: str
    key: str
    values: Values
    remarks: tuple[Remark, ...] = ()


def add_row(
    uow: UnitOfWork, study: Study, *, site_id: int, register: str, typed: Mapping[str, Any]
) -> Row:
    """Add a row to a site's register.

    :param typed: for each item what its fields sent, as ``item.read`` takes it.
    :raises InvalidValues: naming the items that cannot be read, lack a value, or repeat a key.
    """
    declared = find_register(study, register)
    if uow.session.get(Site, site_id) is None:
        raise NotFound
    values = _read(declared, typed, before=None)
    key = declared.entry_key(values)
    _refuse_overlap(uow, declared, values, site_id=site_id)
    _refuse_repeated(uow.session, declared, site_id=site_id, key=key)
    uow.about(site_id=site_id)
    row = RegisterRow(site_id=site_id, register=register, row_key=key, content=_json(values))
    uow.session.add(row)
    uow.session.flush()
    return replace(_row(row), remarks=register_rules.remarks(declared, values))


def correct_row(uow: UnitOfWork, study: Study, *, row_id: int, typed: Mapping[str, Any]) -> Row:
    """Correct a row; the reason is the unit of work's.

    :raises ReasonRequired: when no reason is given.
    :raises InvalidValues: as for :func:`add_row`, and when a key that CRFs name would change.
    """
    row = uow.session.get(RegisterRow, row_id)
    if row is None:
        raise NotFound
    declared = find_register(study, row.register)
    before: Values = json.loads(row.content)
    values = _read(declared, typed, before=before)
    if values == before:
        return _row(row)
    if not (uow.reason or "").strip():
        raise ReasonRequired
    key = declared.entry_key(values)
    _refuse_overlap(uow, declared, values, site_id=row.site_id, but=row.id)
    if key != row.row_key:
        _refuse_repeated(uow.session, declared, site_id=row.site_id, key=key)
    if values[declared.key] != before[declared.key] and _is_named(
        uow.session, study, row, key=before[declared.key]
    ):
        raise InvalidValues({declared.key: [("REGISTER-NAMED", _NAMED)]})
    uow.about(site_id=row.site_id)
    row.row_key, row.content = key, _json(values)
    uow.session.flush()
    return replace(_row(row), remarks=register_rules.remarks(declared, values, before=before))


def find_row(session: Session, row_id: int) -> Row:
    """Return one row.

    :raises NotFound: when there is none.
    """
    row = session.get(RegisterRow, row_id)
    if row is None:
        raise NotFound
    return _row(row)


def keeper(register: str) -> Permission:
    """Return the permission by which a register is kept."""
    return KEPT_BY.get(register, Permission.SITE_MANAGE)


def readers(register: str) -> tuple[Permission, ...]:
    """Return the permissions of which any lets somebody read a register's entries."""
    reader = READ_BY.get(register)
    return (keeper(register), reader) if reader else (keeper(register),)


def list_rows(session: Session, *, site_ids: frozenset[int] | None = None) -> list[Row]:
    """Return the rows of the named sites, of every site when None, in the order of entry."""
    statement = select(RegisterRow).order_by(RegisterRow.id)
    if site_ids is not None:
        statement = statement.where(RegisterRow.site_id.in_(site_ids))
    return [_row(row) for row in session.scalars(statement)]


def rows_for_casebook(session: Session, site_id: int) -> dict[str, dict[str, Values]]:
    """Return register → key → item → value of one site, as edit checks read them."""
    found: dict[str, dict[str, Values]] = {}
    for row in list_rows(session, site_ids=frozenset({site_id})):
        found.setdefault(row.register, {})[row.key] = row.values
    return found


def find_register(study: Study, code: str) -> Register:
    """Return the declaration of a register.

    :raises NotFound: when the study has no such register.
    """
    try:
        return study.register(code)
    except StopIteration as error:
        raise NotFound from error


def _read(declared: Register, typed: Mapping[str, Any], *, before: Values | None) -> Values:
    problems: dict[str, list[tuple[str, Label]]] = {}
    values: Values = {}
    for item in declared.items:
        try:
            value = item.read(typed.get(item.code))
        except Unreadable as error:
            problems[item.code] = [(f"HARD:{item.code}", error.message)]
            continue
        if value is not None:
            values[item.code] = value
    for code, found in register_rules.problems(declared, values, before=before).items():
        problems.setdefault(code, found)
    if len(values.get(declared.key, "")) > LONGEST_KEY:
        problems[declared.key] = [
            (
                f"HARD:{declared.key}",
                Label(en="Use at most {most} characters.", zh="不超过{most}个字符。").filled(
                    most=LONGEST_KEY
                ),
            )
        ]
    if problems:
        raise InvalidValues(problems)
    return values | register_rules.system_values(declared, values, before=before)


def _refuse_repeated(session: Session, declared: Register, *, site_id: int, key: str) -> None:
    found = session.scalar(
        select(RegisterRow.id).where(
            RegisterRow.site_id == site_id,
            RegisterRow.register == declared.code,
            RegisterRow.row_key == key,
        )
    )
    if found is not None:
        taken = Label(
            en="{key} is already registered at this site.", zh="该中心已登记{key}。"
        ).filled(key=key)
        raise InvalidValues({declared.key: [("REGISTER-TAKEN", taken)]})


def _refuse_overlap(
    uow: UnitOfWork, declared: Register, values: Values, *, site_id: int, but: int = 0
) -> None:
    """Refuse a row that would hold on a day on which another of the same key does.

    :param but: the row that is being corrected.
    """
    if declared.period is None:
        return
    first, last = declared.period
    # Of two added at once the second waits, and sees the first.
    lock_site(uow, site_id)
    for row in uow.session.scalars(
        select(RegisterRow).where(
            RegisterRow.site_id == site_id,
            RegisterRow.register == declared.code,
            RegisterRow.id != but,
        )
    ):
        other: Values = json.loads(row.content)
        if other[declared.key] != values[declared.key]:
            continue
        starts = max(other[first], values[first])
        if starts <= min(other.get(last, _NO_END), values.get(last, _NO_END)):
            raise InvalidValues(
                {
                    first: [
                        (
                            "REGISTER-OVERLAP",
                            _OVERLAPS.filled(
                                key=values[declared.key], first=other[first],
                                last=other.get(last, "…"),
                            ),
                        )
                    ]
                }
            )  # fmt: skip


def _is_named(session: Session, study: Study, row: RegisterRow, *, key: str) -> bool:
    """Tell whether a CRF of the site refers to the row by *key*."""
    return bool(_naming(session, study, row, key=key))


def list_naming(session: Session, study: Study, row_id: int) -> list[int]:
    """Return the participants of the site whose CRFs name the row: they are to be judged anew.

    :raises NotFound: when there is no such row.
    """
    row = session.get(RegisterRow, row_id)
    if row is None:
        raise NotFound
    return _naming(session, study, row, key=row.row_key)


def _naming(session: Session, study: Study, row: RegisterRow, *, key: str) -> list[int]:
    items = [
        (crf.code, item.code)
        for crf in study.all_crfs
        for item in crf.items
        if isinstance(item, Reference) and item.to == row.register
    ]
    if not items:
        return []
    places = [(CrfEntry.form == form) & (DataPoint.item == item) for form, item in items]
    found = session.scalars(
        select(CrfEntry.subject_id)
        .join(DataPoint, DataPoint.entry_id == CrfEntry.id)
        .join(Subject, Subject.id == CrfEntry.subject_id)
        .where(Subject.site_id == row.site_id, DataPoint.value == key, or_(*places))
        .distinct()
        .order_by(CrfEntry.subject_id)
    )
    return list(found)


def _row(row: RegisterRow) -> Row:
    return Row(
        row_id=row.id,
        site_id=row.site_id,
        register=row.register,
        key=row.row_key,
        values=json.loads(row.content),
    )


def _json(values: Values) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)
