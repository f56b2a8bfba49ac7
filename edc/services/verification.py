"""Whether every allocation followed the committed list, asked of the database itself.

Four questions, each of which sees what the others cannot:

- Are the stored rows, column by column, what the trail says of them?
- Do the stored hashes of all slots, with the header's, build the root?
- Does each sealed arm open, under the installation's key, to the slot that was committed to?
- Does the proof made from the rows pass the check that sceptics run (``edc-proof/1``)?

Nothing that is found tells an arm: a problem names the row and the column, never what it holds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, inspect, or_, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from edc.errors import InstallationFault
from edc.models import AllocationListRow, AuditEntry, Slot, StratumRow, Subject
from edc.models.audit import key_columns, recorded
from edc.models.base import Moment
from edc.models.replay import TrailBrokenError, replayed_rows
from edc.randomization.commitment import slot_hash
from edc.randomization.sealing import SealBroken, open_arm, open_salt
from edc.randomization.verifier import Check, merkle_root, strata_of, verify
from edc.services.allocation_lists import address, find_list
from edc.services.proofs import MASKED_READER, OPEN_READER, find_commitment, find_proof, find_slots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Mapper, Session

    from edc.randomization.design import Design
    from edc.randomization.lists import Purpose
    from edc.randomization.sealing import SealingKey

MODELS: Final = (AllocationListRow, StratumRow, Slot)


def verify_allocations(
    session: Session,
    *,
    design: Design,
    purpose: Purpose,
    key: SealingKey,
    published: object = None,
    clear_list: bytes | None = None,
    subject_id: int | None = None,
) -> list[Check]:
    """Return every check with what it found; rows that cannot be read are a problem, no fault.

    :param published: the commitment that somebody kept; without it the stored one is used.
    :param clear_list: the content of the statistician's list, after unmasking.
    :param subject_id: whose allocation is checked; all of them when not given.
    """
    checks = [_check_rows(session)]
    try:
        stored = find_commitment(session, purpose=purpose)
        if stored is None:
            return [*checks, _failed("No list is loaded", "未载入随机列表")]
        seals = _check_seals(session, stored, key=key)
        checks += [
            _check_list(session, stored, design=design),
            _check_root(session, stored),
            seals,
        ]
        proof = find_proof(
            session,
            design=design,
            purpose=purpose,
            key=key,
            # What cannot be opened must not keep the rest from being checked.
            reader=MASKED_READER if seals.problems else OPEN_READER,
            subject_id=subject_id,
        )
        trail = list(_trail(session, design=design))
    except (ValueError, TypeError, OverflowError, DBAPIError, InstallationFault):
        # The driver's own words may quote what is stored.
        return [*checks, _failed("What is stored cannot be read", "存储内容无法读取")]
    given = stored if published is None else published
    return [
        *checks,
        *verify(given, proof, trail=trail, clear_list=clear_list),
    ]


def _failed(en: str, zh: str) -> Check:
    check = Check(en, zh)
    check.expect(False, en, zh)
    return check


def _check_rows(session: Session) -> Check:
    """Check that each row of list, strata and slots is what the trail says, written as we write."""
    check = Check("The stored rows are what the trail says", "存储内容与稽查轨迹一致")
    tables = [model.__tablename__ for model in MODELS]
    try:
        told = replayed_rows(session, tables=tables)
        last = _last_entries(session, tables)
        for model in MODELS:
            rows = _stored_rows(session, inspect(model))
            _compare(model.__tablename__, rows, told[model.__tablename__], last, check)
    except (TrailBrokenError, ValueError, TypeError, OverflowError, DBAPIError):
        check.expect(False, "rows or trail cannot be read", "存储内容或轨迹无法读取")
    return check


def _last_entries(session: Session, tables: list[str]) -> dict[tuple[str, str], int]:
    statement = (
        select(AuditEntry.table, AuditEntry.row_key, func.max(AuditEntry.id))
        .where(AuditEntry.table.in_(tables))
        .group_by(AuditEntry.table, AuditEntry.row_key)
    )
    return {(table, key): entry for table, key, entry in session.execute(statement)}


def _stored_rows(session: Session, mapper: Mapper[Any]) -> dict[str, dict[str, object]]:
    """Return each row by its key, its values as the trail would hold them.

    A moment can be spelt in several ways that are read alike; where it does not stand as we write
    it, the value is returned as it stands.
    """
    dialect = session.get_bind().dialect
    columns = {attribute.key: attribute.columns[0] for attribute in mapper.column_attrs}
    raw = select(*(type_coerce(column, NullType()) for column in columns.values()))
    rows = {}
    for row in session.execute(raw):
        held: dict[str, Any] = dict(zip(columns, row, strict=True))
        key = json.dumps([held[name] for name in key_columns(mapper)], separators=(",", ":"))
        for name, value in held.items():
            type_ = columns[name].type
            if isinstance(type_, Moment) and value is not None:
                moment = type_.process_result_value(value, dialect)
                if type_.process_bind_param(moment, dialect) == value:
                    held[name] = moment
        rows[key] = {name: recorded(mapper, name, value) for name, value in held.items()}
    return rows


def _compare(
    table: str,
    stored: Mapping[str, Mapping[str, object]],
    told: Mapping[str, Mapping[str, object]],
    last: Mapping[tuple[str, str], int],
    check: Check,
) -> None:
    for key in sorted(set(told) | set(stored)):
        where = f"{table} {key}"
        if not check.expect(
            key in told and key in stored,
            f"{where} is not both stored and in the trail",
            f"{where}未同时见于存储和轨迹",
        ):
            continue
        expected = {**told[key], "audit_id": last[table, key]}
        for name, held in stored[key].items():
            check.expect(
                (type(held), held) == (type(expected.get(name)), expected.get(name)),
                f"{where}: {name} is not what the trail says",
                f"{where}：{name}与轨迹不符",
            )


def _check_list(session: Session, stored: Mapping[str, Any], *, design: Design) -> Check:
    """Check that the list's row and the declared design are what was committed to."""
    check = Check("The list is the one committed to", "所载入列表与承诺一致")
    row = find_list(session, purpose=stored["purpose"])
    for name in ("list_id", "purpose", "algorithm", "root", "header_hash", "sha256"):
        same = getattr(row, name) == stored[name]
        check.expect(same, f"{name} is not the one committed to", f"{name}与承诺不符")
    same = design.public_parameters() == stored["design"]
    check.expect(same, "the study declares another design", "与研究当前声明的设计不符")
    return check


def _check_root(session: Session, stored: Mapping[str, Any]) -> Check:
    check = Check("All stored hashes build the root", "全部存储哈希值可推导至承诺根")
    rows = find_slots(session, purpose=stored["purpose"], strata=strata_of(stored["design"]))
    built = merkle_root([stored["header_hash"], *(row.slot_hash for row in rows)])
    check.expect(
        len(rows) == stored["slots"] and built == stored["root"],
        "they build another root",
        "推导结果与承诺根不符",
    )
    check.count = len(rows)
    return check


def _check_seals(session: Session, stored: Mapping[str, Any], *, key: SealingKey) -> Check:
    check = Check("Each sealed arm is the one committed to", "每个加密组别与承诺一致")
    row = find_list(session, purpose=stored["purpose"])
    if not check.expect(
        row is not None and row.key_fingerprint == key.fingerprint(),
        "the key here is not the one of the list: no arm was checked",
        "密钥与列表不符，未核查任何组别",
    ):
        return check
    for slot in find_slots(session, purpose=stored["purpose"], strata=strata_of(stored["design"])):
        where = address(slot.sha256, stratum=slot.stratum, sequence=slot.sequence)
        try:
            leaf = slot_hash(
                list_id=stored["list_id"],
                stratum=slot.stratum,
                sequence=slot.sequence,
                arm=open_arm(slot.sealed_arm, address=where, key=key),
                salt=open_salt(slot.sealed_arm, address=where, key=key),
            )
        except (SealBroken, ValueError):
            leaf = ""
        place = f"{slot.stratum} {slot.sequence}"
        check.expect(
            leaf == slot.slot_hash, f"{place}: the seal does not hold", f"{place}：加密内容不符"
        )
    return check


def _trail(session: Session, *, design: Design) -> Iterator[bytes]:
    """Yield, as an exported trail would, what it says of the list and of allocations."""
    acts = select(AuditEntry.transaction_id).where(
        AuditEntry.table.in_([AllocationListRow.__tablename__, Slot.__tablename__])
    )
    factors = [factor.code for factor in design.factors]
    statement = (
        select(
            AuditEntry.kind,
            AuditEntry.table,
            AuditEntry.item,
            AuditEntry.new,
            func.coalesce(Subject.subject_number, Subject.screening_number, ""),
        )
        .outerjoin(Subject, Subject.id == AuditEntry.subject_id)
        .where(or_(AuditEntry.transaction_id.in_(acts), AuditEntry.item.in_(factors)))
        .order_by(AuditEntry.id)
    )
    names = ("kind", "table", "item", "participant")
    for kind, table, item, new, participant in session.execute(statement):
        place = json.dumps(dict(zip(names, (kind, table, item, participant), strict=True)))
        yield f'{place[:-1]}, "new_values": {new}}}'.encode()
