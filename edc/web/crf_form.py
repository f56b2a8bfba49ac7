"""What the form of a CRF sends: each item's input in the shape in which the services take it.

A field's name is the item's code, ``CODE.2`` in the second row of a repeating group; parts follow
after a dot (``CODE.year``, ``CODE.missing``, ``CODE.0.COLUMN``). Names of the page itself begin
with an underscore.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edc.services.submissions import Submission, address
from edc.study.items import File, MultiChoice, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

    from edc.study.crf import Crf

CellKey = tuple[str, int]
CONTROLS = frozenset({"csrf_token"})
NEVER_SAVED = -1
PROPOSAL = "_proposal"
_DATE_PARTS = ("year", "month", "day", "time")
FILE_PARTS = ("file", "kept", "remove")
_LONGEST_NAME = 60


@dataclass(slots=True)
class Typed:
    """What a form sent, in the shape in which a field shows it again."""

    values: dict[CellKey, Any] = field(default_factory=dict)
    missing: dict[CellKey, tuple[str, str]] = field(default_factory=dict)
    kept: dict[CellKey, str] = field(default_factory=dict)


def read_typed(crf: Crf, form: MultiDict[str, str]) -> Typed:
    """Return what *form* sent for each item that was on the page; unknown names are kept too."""
    typed = Typed()
    for name in form:
        if name.startswith("_") or name in CONTROLS:
            continue
        code, repeat, part = _split(crf, name[:_LONGEST_NAME])
        key = (code, repeat)
        item = crf.by_code.get(code)
        if part == "missing_reason" and name.removesuffix("_reason") not in form:
            # The item is another role's: its choices are disabled and only this text is sent.
            continue
        if isinstance(item, File) and part in FILE_PARTS:
            continue
        if part in ("missing", "missing_reason"):
            old = typed.missing.get(key, ("", ""))
            sent = form[name]
            typed.missing[key] = (sent, old[1]) if part == "missing" else (old[0], sent)
            # A question with no box ticked sends nothing but its "not available" control.
            typed.values.setdefault(key, [] if isinstance(item, MultiChoice) else "")
        elif isinstance(item, MultiChoice):
            typed.values[key] = form.getlist(name)
        elif part in _DATE_PARTS:
            value = typed.values.get(key)
            parts = value if isinstance(value, dict) else {}
            typed.values[key] = parts | {part: form[name]}
        elif isinstance(item, Table):
            _read_grid(typed, key, part, form[name])
        else:
            typed.values[key] = form[name]
    _put_together(crf, typed, form)
    return typed


def _put_together(crf: Crf, typed: Typed, form: MultiDict[str, str]) -> None:
    """Bring the rows of tables into order, and read what goes with the name of a file."""
    for key, value in typed.values.items():
        item = crf.by_code.get(key[0])
        if isinstance(item, Table) and isinstance(value, dict):
            typed.values[key] = [value[number] for number in sorted(value)]
        elif isinstance(item, File):
            typed.kept[key] = form.get(f"{address(key)}.kept", "")
            if f"{address(key)}.remove" in form:
                typed.values[key] = ""


def _split(crf: Crf, name: str) -> tuple[str, int, str]:
    """Return item code, repeat and part of a field's name."""
    code, _, rest = name.partition(".")
    item = crf.by_code.get(code)
    head, _, tail = rest.partition(".")
    if head.isdecimal() and head.isascii() and not isinstance(item, Table):
        return code, int(head[:4]), tail
    return code, 1, rest


def key_of(name: str) -> CellKey:
    """Return item code and row of an item's address."""
    code, _, repeat = name.partition(".")
    is_number = repeat.isascii() and repeat.isdecimal()
    return code, int(repeat[:4]) if is_number else 1


def owner_of(crf: Crf, name: str) -> str:
    """Return the address of the item that a field's name belongs to."""
    code, repeat, _ = _split(crf, name)
    return address((code, repeat))


def _read_grid(typed: Typed, key: CellKey, part: str, value: str) -> None:
    number, _, column = part.partition(".")
    rows = typed.values.get(key)
    grid = rows if isinstance(rows, dict) else {}
    if number.isdecimal() and number.isascii() and len(number) < 4:  # noqa: PLR2004 - rows of a grid
        grid.setdefault(int(number), {})[column] = value
    typed.values[key] = grid


def submission(
    crf: Crf, form: MultiDict[str, str], *, files: frozenset[str] = frozenset()
) -> Submission:
    """Return the form as the data-entry service takes it; *files* are vouched for by the page."""
    typed = read_typed(crf, form)
    reason = form.get("_reason", "").strip() or form.get("_reason_choice", "")
    return Submission(
        typed=typed.values,
        missing=typed.missing,
        version=version_of(form),
        reason=reason,
        files=files,
        proposal=proposal_of(form),
    )


def proposal_of(form: MultiDict[str, str]) -> int | None:
    """Return the proposed deviation that the form accepts."""
    sent = form.get(PROPOSAL, "")
    is_plain = sent.isdecimal() and sent.isascii() and len(sent) < 19  # noqa: PLR2004
    return int(sent) if is_plain else None


def prefilled(values: Mapping[str, str], crf: Crf) -> dict[str, str]:
    """Return the fields of a form that is opened with these canonical values already typed."""
    found: dict[str, str] = {}
    for code, value in values.items():
        shown = crf.by_code[code].parts(value)
        if isinstance(shown, dict):
            found |= {f"{code}.{part}": given for part, given in shown.items()}
        else:
            found[code] = value
    return found


def version_of(form: MultiDict[str, str]) -> int:
    """Return the version that the page was opened with; a forged or absent one was never saved."""
    version = form.get("_version", "")
    is_plain = version.isdecimal() and version.isascii() and len(version) < 9  # noqa: PLR2004
    return int(version) if is_plain else NEVER_SAVED
