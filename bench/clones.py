"""Growing a study quickly: one participant's rows copied in bulk, each with an entry of the trail.

The guards and foreign keys are asleep while it loads, for millions of rows take long with them;
afterwards they are awake again, and every row is checked to name an entry that names it.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from edc.models import CrfEntry, DataPoint, Query, Signature, Subject, SubjectVisit
from edc.models.audit import ENTRY_BITS
from edc.models.session import create_engine_for
from edc.services.signing import content_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from bench.study import Study

BATCH = 500
# In this order a participant's rows get their places in the trail.
_MODELS = (Subject, SubjectVisit, CrfEntry, Query, Signature, DataPoint)
_TABLES = tuple(model.__tablename__ for model in _MODELS)
_KEYS = {"data_point": ("entry_id", "item", "item_repeat")}
_OF_A_CRF = ("signature", "data_point")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Original:
    """The participant's rows by table, each with its entry, and the transaction of one of them."""

    rows: dict[str, list[tuple[Row, Row]]]
    transaction: Row


def grow(url: str, study: Study, *, to: int) -> None:
    """Copy the study's light participant until there are *to* of them."""
    copy(url, study.light, to=to)


def copy(
    url: str, subject_id: int, *, to: int, on_treatment_every: int = 5, series: int = 99
) -> None:
    """Copy a participant until there are *to* in all.

    :param on_treatment_every: of so many copies one is said to be under treatment; 0 for none.
    :param series: stands in the copies' numbers where a site's code would.
    """
    engine = create_engine_for(url)
    with engine.connect() as connection:
        original = _read(connection, subject_id)
        present = connection.execute(text("SELECT count(*) FROM subject")).scalar_one()
        last = {
            table: connection.execute(text(f'SELECT max(id) FROM "{table}"')).scalar_one() or 0
            for table in (*_TABLES[:-1], "audit_transaction")
        }
        connection.rollback()  # reading opened a transaction
        for start in range(0, to - present, BATCH):
            numbers = range(start, min(start + BATCH, to - present))
            names = {number: _names(number, series, every=on_treatment_every) for number in numbers}
            _insert(connection, _copies(original, names, last))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        _settle(connection)
        _check(connection)
    engine.dispose()


def _read(connection: Connection, subject_id: int) -> _Original:
    rows: dict[str, list[tuple[Row, Row]]] = {}
    for table in _TABLES:
        column = "id" if table == "subject" else "subject_id"
        column = "entry_id" if table in _OF_A_CRF else column
        owned = (
            "IN (SELECT id FROM crf_entry WHERE subject_id = :subject)"
            if table in _OF_A_CRF
            else "= :subject"
        )
        found = connection.execute(
            text(f'SELECT * FROM "{table}" WHERE {column} {owned}'), {"subject": subject_id}
        ).mappings()
        rows[table] = [
            (dict(row), _row(connection, "audit_entry", row["audit_id"])) for row in found
        ]
    first = rows["subject"][0][1]
    transaction = _row(connection, "audit_transaction", first["transaction_id"])
    return _Original(rows, transaction)


def _row(connection: Connection, table: str, key: int) -> Row:
    found = connection.execute(text(f'SELECT * FROM "{table}" WHERE id = :key'), {"key": key})
    return dict(found.mappings().one())


def _copies(
    original: _Original, copies: dict[int, Row], last: dict[str, int]
) -> dict[str, list[Row]]:
    """Return the rows of copies, by table.

    :param copies: what tells each from the others, by its number.
    :param last: the highest key of each table before any copy.
    """
    names = ("audit_transaction", *_TABLES, "audit_entry")
    made: dict[str, list[Row]] = {name: [] for name in names}
    for number, own in copies.items():
        transaction = last["audit_transaction"] + number + 1
        made["audit_transaction"].append(original.transaction | {"id": transaction})
        subject = last["subject"] + number + 1
        entries: dict[int, int] = {}
        place = 0
        for table in _TABLES:
            count = len(original.rows[table])
            for offset, (source, entry) in enumerate(original.rows[table], 1):
                place += 1
                audit_id = (transaction << ENTRY_BITS) + place
                row = source | {"audit_id": audit_id}
                if "id" in row:
                    row["id"] = last[table] + number * count + offset
                if "subject_id" in row:
                    row["subject_id"] = subject
                if table == "subject":
                    row |= own
                if table == "crf_entry":
                    entries[source["id"]] = row["id"]
                if table in _OF_A_CRF:
                    row["entry_id"] = entries[source["entry_id"]]
                if table == "signature":
                    row["content_sha256"] = _signed(original, source, subject_id=subject)
                made[table].append(row)
                key = [row[name] for name in _KEYS.get(table, ("id",))]
                told = {
                    "id": audit_id, "transaction_id": transaction, "kind": "insert",
                    "subject_id": subject, "row_key": json.dumps(key, separators=(",", ":")),
                    "old_values": None,
                }  # fmt: skip
                made["audit_entry"].append(entry | told)
    return made


def _signed(original: _Original, signature: Row, *, subject_id: int) -> str:
    """Return the checksum of the signed content as that of another participant."""
    entry = next(row for row, _ in original.rows["crf_entry"] if row["id"] == signature["entry_id"])
    points = [
        DataPoint(
            item=row["item"], repeat=row["item_repeat"], value=row["value"],
            missing=row["missing"], missing_reason=row["missing_reason"],
        )
        for row, _ in original.rows["data_point"]
        if row["entry_id"] == entry["id"]
    ]  # fmt: skip
    copied = CrfEntry(
        subject_id=subject_id, visit=entry["visit"], form=entry["form"], row=entry["row_number"],
        points=points,
    )  # fmt: skip
    return content_sha256(copied, fingerprint=signature["fingerprint"])


def _names(number: int, series: int, *, every: int) -> Row:
    """Return what tells one copy from another."""
    names: Row = {
        "screening_number": f"S{series}-{number:05d}",
        "subject_number": f"{series}-{number:05d}",
        "identity_key": None,
    }
    if every and number % every == 0:
        names |= {"state": "ON_TREATMENT", "randomised_on": "2026-01-05"}
    return names


def _insert(connection: Connection, made: dict[str, list[Row]]) -> None:
    with _guards_asleep(connection):
        raw: Any = connection.connection.driver_connection
        for table, rows in made.items():
            if not rows:
                continue
            names = ", ".join(f'"{name}"' for name in rows[0])
            if connection.dialect.name == "postgresql":
                statement = f'COPY "{table}" ({names}) FROM STDIN'
                with raw.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in rows:
                        copy.write_row(tuple(row.values()))
            else:
                marks = ", ".join("?" for _ in rows[0])
                raw.executemany(
                    f'INSERT INTO "{table}" ({names}) VALUES ({marks})',
                    [tuple(row.values()) for row in rows],
                )


@contextmanager
def _guards_asleep(connection: Connection) -> Iterator[None]:
    """Open a transaction in which neither triggers nor foreign keys are asked."""
    if connection.dialect.name == "postgresql":
        with connection.begin():
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys = OFF")
    with connection.begin():
        found = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield
        for _, ddl in found:
            connection.exec_driver_sql(ddl)
    raw.execute("PRAGMA foreign_keys = ON")


def _settle(connection: Connection) -> None:
    """Let new rows be numbered after the copies, and the planner know the tables' sizes."""
    if connection.dialect.name != "postgresql":
        connection.execute(text("ANALYZE"))
        return
    for table in (*_TABLES[:-1], "audit_transaction"):
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), "
                f'greatest(1, (SELECT max(id) FROM "{table}")))'
            )
        )
    connection.execute(text("VACUUM ANALYZE"))


def _check(connection: Connection) -> None:
    for table in _TABLES:
        stray = connection.execute(
            text(
                f'SELECT count(*) FROM "{table}" AS own LEFT JOIN audit_entry AS told '
                f"ON told.id = own.audit_id AND told.table_name = '{table}' WHERE told.id IS NULL"
            )
        ).scalar_one()
        if stray:
            message = f"{stray} rows of {table} are not in the trail"
            raise RuntimeError(message)
