"""The table of a run: what was measured, what was asked for, and by how much it was missed."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a figure: at least or at most."""

    bound: float
    at_least: bool
    unit: str = ""

    def __str__(self) -> str:
        """Return the bound as the table shows it."""
        return f"{'≥' if self.at_least else '≤'} {_number(self.bound)}{self.unit}"

    def verdict(self, value: float) -> str:
        """Return met, or missed and by how much of the bound."""
        is_met = value >= self.bound if self.at_least else value <= self.bound
        if is_met:
            return "met"
        return f"missed by {abs(value - self.bound) / self.bound:.0%}"


@dataclass(slots=True)
class Report:
    """The rows of the table in the order of measuring; each is also told while the run goes on."""

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def add(
        self,
        database: str,
        name: str,
        *,
        value: str,
        target: Target | None = None,
        judged: float | None = None,
    ) -> None:
        """Add a figure; *judged* is the number that the target is about."""
        asked = str(target) if target else ""
        verdict = target.verdict(judged) if target and judged is not None else ""
        self.rows.append((database, name, value, asked, verdict))
        print(f"  {database}: {name}: {value} {asked} {verdict}", file=sys.stderr, flush=True)

    def markdown(self) -> str:
        """Return the table."""
        lines = [
            "| database | measured | value | target | |",
            "| --- | --- | --- | --- | --- |",
            *("| " + " | ".join(row) + " |" for row in self.rows),
        ]
        return "\n".join(lines)


def progress(text: str) -> None:
    """Say what a long step does."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """Return the machine in one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {model}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}, load {load:.1f} at the end"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"  # noqa: PLR2004 - places of a figure
