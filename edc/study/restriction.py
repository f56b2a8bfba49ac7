"""Whether the answer of an expression would tell an arm, by what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.study.conditions import is_fact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from edc.study.conditions import Expression
    from edc.study.facts import Fact

ARM = "arm"


def is_restricted(form: str, code: str, *, restricted: Collection[tuple[str, str]]) -> bool:
    """Tell whether an item, or its whole CRF, would tell an arm."""
    return (form, code) in restricted or (form, "*") in restricted


def would_tell(
    rule: Expression,
    form: str,
    *,
    shown_at: str = "",
    facts: Mapping[str, Fact],
    restricted: Collection[tuple[str, str]],
) -> bool:
    """Tell whether *rule*, asked about a record of *form*, would tell an arm by its answer."""
    read = set(rule.reads()) | {("", name) for name in rule.facts()} | {("", shown_at)}
    return any(
        code == ARM or is_restricted(owner or form, code, restricted=restricted)
        for owner, code in _followed(read, facts)
    )


def _followed(
    read: Collection[tuple[str, str]], facts: Mapping[str, Fact]
) -> Iterator[tuple[str, str]]:
    """Return what is read, by way of declared facts too."""
    waiting, seen = list(read), set(read)
    while waiting:
        owner, code = waiting.pop()
        yield owner, code
        fact = facts.get(code) if is_fact(code) else None
        for name in fact.reads if fact else ():
            form, _, item = name.rpartition(".")
            # "FORM.*" reads all of the CRF; of one wholly restricted any name will do.
            if (form, item) not in seen:
                seen.add((form, item))
                waiting.append((form, item))
