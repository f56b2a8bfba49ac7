"""The skin: the size of each lesion, and which lesions have healed, are new, moved or left out.

A lesion is a row of SK, and its row's number is its own throughout the study. A lesion that healed
before need not be recorded again: it is as it was recorded last.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import number, rounded
from edc.study import groups
from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.study.casebook import Casebook, Record, RecordScope

_PERCENT = 100
_ABOUT = ("SLTYPE", "SLLOC", "SLLAT")


def area(scope: RecordScope) -> str | None:
    """Return SLAREA in cm²: the longest length times the widest width (form SK)."""
    found = _area(scope)
    return None if found is None else rounded(found)


def _area(scope: RecordScope) -> Decimal | None:
    length, width = number(scope, "SLLEN"), number(scope, "SLWID")
    return None if length is None or width is None else length * width


def reduction(scope: RecordScope) -> str | None:
    """Return SLREDPC: by how many percent the lesion is smaller than at baseline (form SK).

    Less than 0 for one that has grown; empty at the baseline itself, and for a lesion that the
    baseline does not have or gives no size.
    """
    now, before = _area(scope), _baseline_area(scope, scope.repeat)
    if now is None or not before:
        return None
    return rounded((before - now) * _PERCENT / before)


def _baseline_area(scope: RecordScope, lesion: int) -> Decimal | None:
    first = baseline_record(scope.casebook)
    if first is None or first.place == scope.record.place:
        return None
    return _area(scope.casebook.scope(first, lesion))


# Which lesions a record tells of


def lesions(record: Record, casebook: Casebook) -> list[int]:
    """Return the numbers of the lesions entered on a record."""
    return groups.entered(record, casebook.study.crfs["SK"].section_of("SLNUM"))


def baseline_record(casebook: Casebook) -> Record | None:
    """Return the record that numbers the baseline's lesions: of BL, else the first that has any.

    Only of a skin injured, or first assessed, after the baseline visit it is not that of BL.
    """
    found = [record for record in casebook.of_form("SK") if lesions(record, casebook)]
    return next((record for record in found if record.visit == "BL"), found[0] if found else None)


def latest(scope: RecordScope, lesion: int) -> RecordScope | None:
    """Return the record that tells of the lesion last, up to this one."""
    for record in (scope.record, *reversed(scope.earlier())):
        if lesion in lesions(record, scope.casebook):
            return scope.casebook.scope(record, lesion)
    return None


def _is_healed(scope: RecordScope, lesion: int) -> bool:
    found = latest(scope, lesion)
    return found is not None and found.item("SLHEAL") == "Y"


# Healing and response


def tells_of_lesions(scope: RecordScope) -> bool:
    """Tell whether the record tells of any lesion; one that tells of none confirms nothing.

    That no surface of the body is affected tells of all of them: a lesion that healed before need
    not be recorded again.
    """
    is_told = bool(lesions(scope.record, scope.casebook)) or number(scope, "SKBSA") == 0
    return scope.item("SKPERF") == "Y" and is_told


def is_clear(scope: RecordScope) -> bool:
    """Tell whether every lesion numbered at baseline is healed (section 3.4, "healed, skin")."""
    first = baseline_record(scope.casebook)
    numbered = lesions(first, scope.casebook) if first else []
    return bool(numbered) and all(_is_healed(scope, lesion) for lesion in numbered)


def worst_grade(scope: RecordScope) -> int | None:
    """Return the higher of the two CTCAE grades of the skin, of those that were given."""
    grades = [number(scope, code) for code in ("SKCTCUL", "SKCTCRD")]
    return max((int(grade) for grade in grades if grade is not None), default=None)


def index_lesion(casebook: Casebook) -> int | None:
    """Return the index lesion: the largest at baseline, of two alike the first (form SK)."""
    first = baseline_record(casebook)
    if first is None:
        return None
    areas = {lesion: _area(casebook.scope(first, lesion)) for lesion in lesions(first, casebook)}
    known = [(size, -lesion) for lesion, size in areas.items() if size is not None]
    return -max(known)[1] if known else None


def index_areas(scope: RecordScope) -> tuple[Decimal, Decimal] | None:
    """Return the index lesion's area at baseline and now; None unless both are known."""
    lesion = index_lesion(scope.casebook)
    last = latest(scope, lesion) if lesion is not None else None
    if lesion is None or last is None:
        return None
    # Not recorded again after it healed, it is still gone; not recorded otherwise, nobody knows.
    is_told = last.record.place == scope.record.place or last.item("SLHEAL") == "Y"
    before, now = _baseline_area(scope, lesion), _area(last)
    return (before, now) if before and now is not None and is_told else None


def has_new_lesion(scope: RecordScope) -> bool:
    """Tell whether there is a lesion that the baseline did not have, and that has not healed."""
    first = baseline_record(scope.casebook)
    numbered = lesions(first, scope.casebook) if first else []
    seen = {
        lesion
        for record in (*scope.earlier(), scope.record)
        for lesion in lesions(record, scope.casebook)
    }
    return any(not _is_healed(scope, lesion) for lesion in seen.difference(numbered))


# What the checks ask


def moved(scope: RecordScope) -> str:
    """Tell whether a lesion's type, place or side differ from its first record (SK-04)."""
    first = next(
        (record for record in scope.earlier() if scope.repeat in lesions(record, scope.casebook)),
        None,
    )
    if first is None:
        return "N"
    told = scope.casebook.scope(first, scope.repeat)
    pairs = [(scope.item(code), told.item(code)) for code in _ABOUT]
    return "Y" if any(None not in pair and pair[0] != pair[1] for pair in pairs) else "N"


def left_out(scope: RecordScope) -> str:
    """Tell whether a baseline lesion that had not healed before has no row here (SK-05)."""
    first = baseline_record(scope.casebook)
    earlier = {record.place for record in scope.earlier()}
    if first is None or first.place not in earlier or scope.item("SKPERF") != "Y":
        return "N"
    is_expected = scope.repeat in lesions(first, scope.casebook)
    is_here = scope.repeat in lesions(scope.record, scope.casebook)
    # One that healed and opened again is to be followed again; its last record tells.
    has_healed = _is_healed(scope, scope.repeat)
    return "Y" if is_expected and not is_here and not has_healed else "N"


_ROWS: Final = ("SK.SLNUM", "SK.SKDAT")

FACTS: Final = (
    Fact(
        name="lesion_moved",
        rule=moved,
        reads=(*_ABOUT, *_ROWS, *(f"SK.{code}" for code in _ABOUT)),
    ),
    Fact(
        name="lesion_left_out",
        rule=left_out,
        reads=("SKPERF", "SLNUM", *_ROWS, "SK.SLHEAL"),
    ),
)
