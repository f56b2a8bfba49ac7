"""The DDL by which the database itself refuses an unaudited write.

A row of an audited table and the entry of its last change name each other. The row needs an
``audit_id``: NOT NULL, unique, naming an entry that exists when the transaction commits, and moving
forward with each UPDATE. The entry must be written after the row that it tells of, and find it
there; a row must not name an entry that tells of another. A DELETE is refused; the trail itself
refuses UPDATE, DELETE and, on PostgreSQL, TRUNCATE. Comparisons use IS DISTINCT FROM (IS NOT on
SQLite), which also sees a value become NULL.

SQLite has no deferred trigger, so there a row may only name an entry *not yet written*, and the
entry on its arrival looks for itself in every audited table. PostgreSQL asks both ways, the row's
question at commit. ``docs/decisions/0002-audit-guarantee.md`` tells why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from edc.models import fixed_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.engine import Connection

TRAIL_TABLES = ("audit_transaction", "audit_entry")

_SQLITE_AUDITED = {
    "insert": """CREATE TRIGGER guard_{table}_insert BEFORE INSERT ON "{table}"
    WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.audit_id)
    BEGIN SELECT RAISE(ABORT, 'unaudited insert into {table}'); END""",
    "update": """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON "{table}"
    WHEN NEW.audit_id IS NULL OR NEW.audit_id <= OLD.audit_id OR {key_changed}
        OR EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.audit_id)
    BEGIN SELECT RAISE(ABORT, 'unaudited update of {table}'); END""",
    "delete": """CREATE TRIGGER guard_{table}_delete BEFORE DELETE ON "{table}"
    BEGIN SELECT RAISE(ABORT, 'delete from {table}'); END""",
    "entry": """CREATE TRIGGER guard_{table}_entry AFTER INSERT ON audit_entry
    WHEN (SELECT json_array({key}) FROM "{table}" WHERE audit_id = NEW.id)
        IS NOT CASE WHEN NEW.table_name = '{table}' THEN NEW.row_key END
    BEGIN SELECT RAISE(ABORT, 'entry without its row in {table}'); END""",
}
_SQLITE_TRAIL = {
    "update": """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON "{table}"
    BEGIN SELECT RAISE(ABORT, 'update of {table}'); END""",
    "delete": """CREATE TRIGGER guard_{table}_delete BEFORE DELETE ON "{table}"
    BEGIN SELECT RAISE(ABORT, 'delete from {table}'); END""",
}
_SQLITE_UNKNOWN = """CREATE TRIGGER guard_audit_entry_insert BEFORE INSERT ON audit_entry
    WHEN NEW.table_name NOT IN ('', {tables})
    BEGIN SELECT RAISE(ABORT, 'entry of no audited table'); END"""
_POSTGRESQL_UNKNOWN = """CREATE TRIGGER guard_audit_entry_insert BEFORE INSERT ON audit_entry
    FOR EACH ROW WHEN (NEW.table_name NOT IN ('', {tables})) EXECUTE FUNCTION guard_refuse()"""
_POSTGRESQL_SHARED = {
    "guard_audited_update": """CREATE OR REPLACE FUNCTION guard_audited_update()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.audit_id IS NULL OR NEW.audit_id <= OLD.audit_id THEN
            RAISE EXCEPTION 'unaudited update of %', TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$""",
    "guard_refuse": """CREATE OR REPLACE FUNCTION guard_refuse()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% of %', lower(TG_OP), TG_TABLE_NAME; END $$""",
}
_POSTGRESQL_FUNCTIONS = {
    "row": """CREATE OR REPLACE FUNCTION guard_{table}_row() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM audit_entry WHERE id = NEW.audit_id AND table_name = '{table}'
            AND row_key::jsonb = jsonb_build_array({new_key})
        ) THEN RAISE EXCEPTION 'unaudited % of {table}', lower(TG_OP); END IF;
        RETURN NULL;
    END $$""",
    "entry": """CREATE OR REPLACE FUNCTION guard_{table}_entry()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM "{table}" WHERE audit_id = NEW.id
            AND jsonb_build_array({key}) = NEW.row_key::jsonb
        ) THEN RAISE EXCEPTION 'entry without its row in {table}'; END IF;
        RETURN NULL;
    END $$""",
}
_POSTGRESQL_REFUSALS = {
    "delete": """CREATE TRIGGER guard_{table}_delete BEFORE DELETE ON "{table}"
    FOR EACH ROW EXECUTE FUNCTION guard_refuse()""",
    "truncate": """CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON "{table}"
    FOR EACH STATEMENT EXECUTE FUNCTION guard_refuse()""",
}
_POSTGRESQL_AUDITED = {
    "update": """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON "{table}"
    FOR EACH ROW EXECUTE FUNCTION guard_audited_update()""",
    "row": """CREATE CONSTRAINT TRIGGER guard_{table}_row AFTER INSERT OR UPDATE ON "{table}"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard_{table}_row()""",
    "entry": """CREATE TRIGGER guard_{table}_entry AFTER INSERT ON audit_entry
    FOR EACH ROW WHEN (NEW.table_name = '{table}') EXECUTE FUNCTION guard_{table}_entry()""",
    **_POSTGRESQL_REFUSALS,
}
_POSTGRESQL_TRAIL = {
    "update": """CREATE TRIGGER guard_{table}_update BEFORE UPDATE ON "{table}"
    FOR EACH ROW EXECUTE FUNCTION guard_refuse()""",
    **_POSTGRESQL_REFUSALS,
}


def _filled(template: str, table: str, key: Sequence[str] = ()) -> str:
    return template.format(
        table=table,
        key=", ".join(f'"{column}"' for column in key),
        new_key=", ".join(f'NEW."{column}"' for column in key),
        key_changed=" OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in key),
    )


def statements(
    dialect: str, *, audited: Mapping[str, Sequence[str]], trail: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the DDL that guards tables on *dialect*.

    :param audited: the key columns of each audited table, by table.
    """
    sqlite = dialect == "sqlite"
    yield from fixed_rows.statements(dialect, among=audited)
    if not sqlite:
        yield from _POSTGRESQL_SHARED.values()
    for table, key in audited.items():
        templates = list((_SQLITE_AUDITED if sqlite else _POSTGRESQL_AUDITED).values())
        for template in templates if sqlite else [*_POSTGRESQL_FUNCTIONS.values(), *templates]:
            yield _filled(template, table, key)
    for table in trail:
        for template in (_SQLITE_TRAIL if sqlite else _POSTGRESQL_TRAIL).values():
            yield _filled(template, table)
    if trail:
        tables = ", ".join(f"'{table}'" for table in audited)
        yield (_SQLITE_UNKNOWN if sqlite else _POSTGRESQL_UNKNOWN).format(tables=tables)


def removals(dialect: str, *, audited: Collection[str]) -> Iterator[str]:
    """Yield the DDL that removes what outlives the tables themselves: PostgreSQL's functions."""
    if dialect == "postgresql":
        for table in audited:
            for kind in _POSTGRESQL_FUNCTIONS:
                yield f"DROP FUNCTION guard_{table}_{kind}() CASCADE"
        yield from fixed_rows.removals(among=audited)
        for name in _POSTGRESQL_SHARED:
            yield f"DROP FUNCTION {name}() CASCADE"


def missing_guards(connection: Connection, *, audited: Iterable[str]) -> list[str]:
    """Return the names of guard triggers that the database should have and has not, or disabled."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    else:
        found = connection.execute(
            text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
        )
    present = {row[0] for row in found}
    audited = tuple(audited)
    expected = [
        f"guard_{table}_{kind}"
        for tables, kinds in (
            (audited, _SQLITE_AUDITED if sqlite else _POSTGRESQL_AUDITED),
            (TRAIL_TABLES, _SQLITE_TRAIL if sqlite else _POSTGRESQL_TRAIL),
        )
        for table in tables
        for kind in kinds
    ]
    expected += [f"guard_{table}_fixed" for table in fixed_rows.tables(among=audited)]
    expected.append("guard_audit_entry_insert")
    return [name for name in expected if name not in present]
