"""What a role may know is decided in one place: in Python and in SQL alike, and by every reader."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from edc.permissions import Role
from edc.protocol import STUDY
from edc.randomization.masking import FIRST_RESTRICTED_ROW
from edc.reports.masked import known_to
from edc.services.visible import may_know

EDC = Path(__file__).resolve().parents[2] / "edc"
RULE_MODULES = {
    "edc.forms.confidential",
    "edc.randomization.masking",
    "edc.reports.audit_scope",
    "edc.reports.by_role",
    "edc.reports.masked",
    "edc.services.visible",
}
HOLDS = {
    "AuditEntry", "CrfEntry", "DataPoint", "DeviationProposal", "Notice", "OutgoingMail", "Query",
    "QueryMessage", "SafetyReport",
}  # fmt: skip
# Of those that read what may tell an arm these need not ask, and why.
WITHOUT = {
    "edc/reports/enrolment.py": "counts participants by state and stratum",
    "edc/reports/endpoints.py": "pooled; leaves out the rows that tell",
    "edc/reports/planned_visits.py": "reads visits alone",
    "edc/reports/product.py": "opened by product:read alone",
}


@cache
def places() -> list[tuple[str, str, int, str]]:
    """Return every place where something can be asked or told: CRF, item, row and check."""
    found: set[tuple[str, str, int, str]] = set()
    for crf in STUDY.all_crfs:
        for row in {1, FIRST_RESTRICTED_ROW.get(crf.code, 1)}:
            found.add((crf.code, "", row, ""))
            for item in crf.items:
                found.add((crf.code, item.code, row, ""))
                found.add((crf.code, item.code, row, f"SOFT:{item.code}"))
            for rule in crf.checks:
                found.add((crf.code, rule.at_item(frozenset(crf.by_code)), row, rule.id))
                found.add((crf.code, "", row, rule.id))
    # A check may stand at the item of another CRF.
    found |= {("EOS", "EOSDAT", 1, rule) for rule in STUDY.restricted_checks}
    return sorted(found)


@pytest.mark.parametrize("role", Role)
def test_the_database_answers_as_the_program_does_whether_a_role_may_know(role: Role) -> None:
    table = Table(
        "place", MetaData(), Column("form", String), Column("item", String),
        Column("row", Integer), Column("check_id", String),
    )  # fmt: skip
    engine = create_engine("sqlite://")
    table.metadata.create_all(engine)
    asked = places()
    with engine.begin() as connection:
        names = ("form", "item", "row", "check_id")
        connection.execute(insert(table), [dict(zip(names, place, strict=True)) for place in asked])
        condition = known_to(
            role,
            form=table.c.form,  # type: ignore[arg-type]
            item=table.c.item,  # type: ignore[arg-type]
            row=table.c.row,  # type: ignore[arg-type]
            check_id=table.c.check_id,  # type: ignore[arg-type]
        )
        known = {tuple(found) for found in connection.execute(select(table).where(condition))}
    assert known == {
        (form, item, row, rule)
        for form, item, row, rule in asked
        if may_know(role, form=form, item=item, row=row, rule=rule)
    }
    assert len(asked) > 1000


def imports_of(path: Path) -> dict[str, set[str]]:
    """Return what a module imports, by module."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.setdefault(node.module, set()).update(alias.name for alias in node.names)
    return found


def module_of(name: str, part: str) -> Path | None:
    """Return the file of an imported module, or of a module imported from a package."""
    base = EDC.parent.joinpath(*name.split("."))
    for path in (base / f"{part}.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def asks(path: Path, seen: set[Path]) -> bool:
    """Tell whether a module asks the rule itself, or by a report or service that it reads by."""
    if path in seen:
        return False
    seen.add(path)
    imported = imports_of(path)
    if RULE_MODULES & imported.keys():
        return True
    reached = {
        found
        for name, parts in imported.items()
        if name.startswith(("edc.reports", "edc.services", "edc.export"))
        for part in parts
        if (found := module_of(name, part))
    }
    return any(asks(found, seen) for found in reached)


def test_whoever_reads_answers_queries_or_the_trail_for_a_reader_asks_the_rule() -> None:
    readers = {}
    for folder in ("reports", "export", "web"):
        for path in sorted((EDC / folder).rglob("*.py")):
            named = imports_of(path).get("edc.models", set()) & HOLDS
            reads_book = "open_casebook" in imports_of(path).get("edc.services.casebooks", set())
            reads_many = "edc.services.many_casebooks" in imports_of(path)
            if named or reads_book or reads_many:
                readers[path.relative_to(EDC.parent).as_posix()] = asks(path, set())
    assert [name for name, does in readers.items() if not does and name not in WITHOUT] == []
    assert len(readers) > 10
