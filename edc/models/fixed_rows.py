"""The DDL by which the database itself keeps a loaded list as it was loaded.

The trail's guards let a row change as long as the change is told. What a list says may not change
even so: a slot is taken once and stays taken, and nothing else of it moves. An arm is encrypted
anew in the one act that does so, under a new key; what it then holds its seal and hash prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.models.audit import ENTRY_BITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

RESEAL_ACTION: Final = "randomisation.reseal"

FIXED: Final[Mapping[str, Sequence[str]]] = {
    "allocation_list": (
        "id", "purpose", "list_id", "sha256", "root", "header_hash", "algorithm",
        "commitment", "design_fingerprint", "loaded_at", "loaded_by", "confirmed_by",
        "sealed_seed",
    ),
    "list_proposal": (
        "id", "kind", "purpose", "list_id", "sha256", "root", "proposed_by", "proposed_at",
    ),
    "minimisation_draw": ("id", "list_id", "slot_id", "number", "sealed_draw"),
    "slot": ("id", "stratum_id", "sequence", "block", "position", "slot_hash"),
    "stratum": ("id", "list_id", "stratum"),
}  # fmt: skip
"""Columns that never change, by table."""

ONCE: Final[Mapping[str, Sequence[str]]] = {
    "list_proposal": ("decided_by", "decided_at", "decision", "state"),
    "slot": ("subject_id", "randomisation_number", "allocated_at", "allocated_by", "entered_at"),
}
"""Columns that change until the table's first one of them is filled, and never after."""

ONLY_IN_RESEAL: Final[Mapping[str, str]] = {
    "allocation_list": "key_fingerprint",
    "slot": "sealed_arm",
}
"""The column, by table, that changes in an act of resealing and in no other."""


def tables(*, among: Collection[str]) -> tuple[str, ...]:
    """Return those of the tables *among* whose rows are fixed."""
    return tuple(table for table in FIXED if table in among)


def _condition(table: str, differs: str) -> str:
    """Return when a change is refused; *differs* is how the database compares with NULL."""

    def changed(columns: Sequence[str]) -> str:
        return " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns)

    parts = [changed(FIXED[table])]
    if table in ONCE:
        parts.append(f"(OLD.{ONCE[table][0]} IS NOT NULL AND ({changed(ONCE[table])}))")
    if table in ONLY_IN_RESEAL:
        action = f"(SELECT action FROM audit_transaction WHERE id = NEW.audit_id >> {ENTRY_BITS})"  # noqa: S608 - our names
        column = ONLY_IN_RESEAL[table]
        parts.append(f"({changed([column])} AND {action} {differs} '{RESEAL_ACTION}')")
    if table == "allocation_list":
        parts.append("NEW.allocated NOT IN (OLD.allocated, OLD.allocated + 1)")
    if table == "slot":
        # Never used means never: an arm that an envelope told must not come back into the line.
        parts.append(f"(OLD.passed_over_at IS NOT NULL AND ({changed(['passed_over_at'])}))")
    if table == "list_proposal":
        # Brought again it is another proposal: the file that waits may go, and not be exchanged.
        parts.append(f"(NEW.sealed IS NOT NULL AND NEW.sealed {differs} OLD.sealed)")
    return "\n        OR ".join(parts)


def statements(dialect: str, *, among: Collection[str]) -> Iterator[str]:
    """Yield the DDL that fixes rows of the tables *among* on *dialect*."""
    for table in tables(among=among):
        if dialect == "sqlite":
            yield f"""CREATE TRIGGER guard_{table}_fixed BEFORE UPDATE ON "{table}"
    WHEN {_condition(table, "IS NOT")}
    BEGIN SELECT RAISE(ABORT, 'change of what is fixed in {table}'); END"""
        else:
            yield f"""CREATE OR REPLACE FUNCTION guard_{table}_fixed() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        IF {_condition(table, "IS DISTINCT FROM")}
        THEN RAISE EXCEPTION 'change of what is fixed in {table}'; END IF;
        RETURN NEW;
    END $$"""
            yield f"""CREATE TRIGGER guard_{table}_fixed BEFORE UPDATE ON "{table}"
    FOR EACH ROW EXECUTE FUNCTION guard_{table}_fixed()"""


def removals(*, among: Collection[str]) -> Iterator[str]:
    """Yield the DDL that removes PostgreSQL's functions, which outlive their tables."""
    for table in tables(among=among):
        yield f"DROP FUNCTION guard_{table}_fixed() CASCADE"
