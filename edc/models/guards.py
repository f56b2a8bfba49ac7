"""The DDL by which the database itself refuses an unaudited write.

A row of an audited table needs a new ``audit_id``: NOT NULL, unique, and naming an entry that exists
when the transaction commits. An UPDATE must move it forward; a DELETE is refused; the trail itself
refuses UPDATE, DELETE and, on PostgreSQL, TRUNCATE. Comparisons use IS DISTINCT FROM (IS NOT on
SQLite), which also sees a value become NULL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Connection

TRAIL_TABLES = ("audit_transaction", "audit_entry")

_SQLITE_AUDITED = (
    """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON {quoted}
    WHEN NEW.audit_id IS NULL OR NEW.audit_id <= OLD.audit_id
    BEGIN SELECT RAISE(ABORT, 'unaudited update of {table}'); END""",
    """CREATE TRIGGER guard_{table}_delete BEFORE DELETE ON {quoted}
    BEGIN SELECT RAISE(ABORT, 'delete from {table}'); END""",
)
_SQLITE_TRAIL = (
    """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON {quoted}
    BEGIN SELECT RAISE(ABORT, 'update of {table}'); END""",
    """CREATE TRIGGER guard_{table}_delete BEFORE DELETE ON {quoted}
    BEGIN SELECT RAISE(ABORT, 'delete from {table}'); END""",
)
_POSTGRESQL_FUNCTIONS = (
    """CREATE OR REPLACE FUNCTION guard_audited_update() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.audit_id IS NULL OR NEW.audit_id <= OLD.audit_id THEN
            RAISE EXCEPTION 'unaudited update of %', TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% of %', lower(TG_OP), TG_TABLE_NAME; END $$""",
)
_POSTGRESQL_AUDITED = (
    """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON {quoted}
    FOR EACH ROW EXECUTE FUNCTION guard_audited_update()""",
    """CREATE TRIGGER guard_{table}_delete BEFORE DELETE ON {quoted}
    FOR EACH ROW EXECUTE FUNCTION guard_refuse()""",
    """CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {quoted}
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse()""",
)
_POSTGRESQL_TRAIL = (
    """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON {quoted}
    FOR EACH ROW EXECUTE FUNCTION guard_refuse()""",
    *_POSTGRESQL_AUDITED[1:],
)


def statements(dialect: str, *, audited: Iterable[str], trail: Iterable[str] = ()) -> list[str]:
    """Return the DDL that guards the named tables on *dialect*."""
    sqlite = dialect == "sqlite"
    found: list[str] = [] if sqlite else list(_POSTGRESQL_FUNCTIONS)
    for templates, tables in (
        (_SQLITE_AUDITED if sqlite else _POSTGRESQL_AUDITED, audited),
        (_SQLITE_TRAIL if sqlite else _POSTGRESQL_TRAIL, trail),
    ):
        for table in tables:
            found += [t.format(table=table, quoted=f'"{table}"') for t in templates]
    return found


def missing_guards(connection: Connection, *, audited: Iterable[str]) -> list[str]:
    """Return the names of guard triggers that the database should have and has not, or disabled."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    else:
        found = connection.execute(
            text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        )
    present = {row[0] for row in found}
    kinds = ("update", "delete") + (() if connection.dialect.name == "sqlite" else ("truncate",))
    return [
        name
        for table in (*audited, *TRAIL_TABLES)
        for kind in kinds
        if (name := f"guard_{table}_{kind}") not in present
    ]
