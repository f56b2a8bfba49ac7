"""What a laboratory result means: its limits, its flag, its proposed grade, its clearance."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from edc.forms.ctcae_laboratory import Measured, proposed_grade, rules
from edc.forms.derivations.values import day, number, rounded
from edc.forms.lab_limits import limits_for, rank
from edc.forms.lb_tests import BY_CODE
from edc.study.conditions import as_number
from edc.study.facts import Fact
from edc.study.values import number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edc.forms.lb_tests import LabTest
    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value

    Rule = Callable[[RecordScope], str | None]

BORN = ("DM.BRTHYR", "DM.BRTHMO", "DM.BRTHDY")
PERSON = ("LBLAB", "LBDAT", "DM.SEX", *BORN)
_MIDDLE_OF_MONTH = 15
_BARELY = Decimal("1e-9")  # "<5" is a little less than 5, by whatever limit it is judged

# Cockcroft DW, Gault MH. Prediction of creatinine clearance from serum creatinine. Nephron 1976.
_COCKCROFT_AGE = 140
_OF_WOMEN = Decimal("0.85")
_PER_UMOL = Decimal("0.818")
_WEIGHED_WITHIN = timedelta(days=7)


# Reference limits


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def age_at_sample(scope: RecordScope) -> int | None:
    """Return whole years from birth to the sample; a day of birth not given counts as the 15th."""
    on = day(scope.item("LBDAT"))
    year, month, born_on = (_text(scope.foreign(*code.split("."))) for code in BORN)
    if on is None or year is None or month is None:
        return None
    given = int(born_on) if born_on else _MIDDLE_OF_MONTH
    return on.year - int(year) - ((on.month, on.day) < (int(month), given))


def find_period(scope: RecordScope) -> Mapping[str, str] | None:
    """Return the entry of the site's laboratory register that is valid on the day of the sample."""
    laboratory, on = scope.text("LBLAB"), scope.text("LBDAT")
    if laboratory is None or on is None:
        return None
    for entry in scope.casebook.registers.get("LAB", {}).values():
        if entry.get("LBLAB") == laboratory and entry["FROM"] <= on <= entry.get("TO", "9999"):
            return entry
    return None


def _limits(scope: RecordScope, test: str) -> tuple[str | None, str | None]:
    entry = find_period(scope)
    if entry is None or "LIMITS" not in entry:
        return None, None
    sex = _text(scope.foreign("DM", "SEX"))
    return limits_for(entry["LIMITS"], sex, age_at_sample(scope)).get(test, (None, None))


def lower_limit(test: LabTest) -> Rule:
    """Return the rule of a test's lower reference limit."""

    def rule(scope: RecordScope) -> str | None:
        """Return LBORNRLO: the laboratory's lower limit valid on LBDAT for sex and age (form LB)."""
        return _limits(scope, test.code)[0] if scope.text(test.code) is not None else None

    return rule


def upper_limit(test: LabTest) -> Rule:
    """Return the rule of a test's upper reference limit."""

    def rule(scope: RecordScope) -> str | None:
        """Return LBORNRHI: the laboratory's upper limit valid on LBDAT for sex and age (form LB)."""
        return _limits(scope, test.code)[1] if scope.text(test.code) is not None else None

    return rule


# Low, normal, high


def flag(test: LabTest) -> Rule:
    """Return the rule of a test's flag."""

    def rule(scope: RecordScope) -> str | None:
        """Return LBNRIND: the result against the limits valid on LBDAT, section 3.4.

        Lists compare by their order. Empty without limits, and where a result below or above what
        can be measured may lie on either side of a limit.
        """
        result, low, high = (
            rank(test, scope.text(code))
            for code in (test.code, f"{test.code}_LBORNRLO", f"{test.code}_LBORNRHI")
        )
        if result is None or (low is None and high is None):
            return None
        match scope.text(f"{test.code}_LBQUAL"):
            case "LT":
                return _flag_below(result, low, high)
            case "GT":
                return _flag_above(result, low, high)
        if low is not None and result < low:
            return "LOW"
        return "HIGH" if high is not None and result > high else "NORMAL"

    return rule


def _flag_below(limit: Decimal, low: Decimal | None, high: Decimal | None) -> str | None:
    """Return the flag of a result known to lie below *limit*."""
    if low and limit <= low:
        return "LOW"
    return "NORMAL" if not low and high is not None and limit <= high else None


def _flag_above(limit: Decimal, low: Decimal | None, high: Decimal | None) -> str | None:
    """Return the flag of a result known to lie above *limit*."""
    if high is not None and limit >= high:
        return "HIGH"
    return "NORMAL" if high is None and low is not None and limit >= low else None


# The proposed grade


def grade(test: LabTest) -> Rule:
    """Return the rule of a test's proposed CTCAE grade."""

    def rule(scope: RecordScope) -> str | None:
        """Return LBTOXGR: the CTCAE v5.0 grade proposed by number alone, section 3.4.

        The rules are those of ``ctcae_v5_laboratory.csv``. Baseline is the last value before
        randomisation; a sample of that day counts as before. It matters to samples after it only.
        """
        result = as_number(scope.item(test.code))
        if result is None:
            return None
        shift = {"LT": -_BARELY, "GT": _BARELY}.get(scope.text(f"{test.code}_LBQUAL") or "", 0)
        base = baseline(scope, test.code) if reads_baseline(test.code) else None
        measured = Measured(
            result=result + shift,
            low=scope.text(f"{test.code}_LBORNRLO"),
            high=scope.text(f"{test.code}_LBORNRHI"),
            baseline=base.text(test.code) if base else None,
            abnormal_baseline=base.text(f"{test.code}_LBNRIND") if base else None,
        )
        return proposed_grade(test.code, measured)

    return rule


def reads_baseline(test: str) -> bool:
    """Tell whether the grade of a test depends on its baseline."""
    return any(rule.reads_baseline for rule in rules()[test])


def baseline(scope: RecordScope, test: str) -> RecordScope | None:
    """Return the sample with the last value before randomisation, for a sample after it."""
    allocated, own = _text(scope.fact("randomisation_date")), scope.text("LBDAT")
    if allocated is None or own is None or own <= allocated:
        return None
    for record in reversed(scope.casebook.of_form("LB")):
        sample = scope.casebook.scope(record)
        on = sample.text("LBDAT") if test in sample.crf.by_code else None
        if on is not None and on <= allocated and sample.text(test) is not None:
            return sample
    return None


# Creatinine clearance


def creatinine_clearance(scope: RecordScope) -> str | None:
    """Return CRCL in mL/min: (140 - age) x kg x (0.85 if F) / (0.818 x creatinine in umol/L).

    Cockcroft-Gault, section 3.4. Age is that on the day of the sample; weight the last one
    measured up to that day, else the first one after it, within a week.
    """
    creatinine, age, sex = number(scope, "CREAT"), age_at_sample(scope), scope.foreign("DM", "SEX")
    weight = _weight(scope)
    if not creatinine or age is None or sex is None or weight is None:
        return None
    of_sex = _OF_WOMEN if sex == "F" else Decimal(1)
    return rounded((_COCKCROFT_AGE - age) * weight * of_sex / (_PER_UMOL * creatinine))


def _weight(scope: RecordScope) -> Decimal | None:
    on, found = day(scope.item("LBDAT")), None
    for record in scope.casebook.of_form("VS"):
        measured = scope.casebook.scope(record)
        taken, weight = day(measured.item("VSDAT")), number(measured, "WEIGHT")
        if on is None or taken is None or weight is None:
            continue
        # At screening blood is often taken before anybody is weighed.
        if taken <= on or (found is None and taken - on <= _WEIGHED_WITHIN):
            found = weight
    return found


# What the checks need to know


def limits_missing(scope: RecordScope) -> Value:
    """Return Y when the sample's results cannot be judged, for LB-09.

    Nothing in the register is valid on LBDAT, or a test that the panel requires has no limits for
    the participant. Tests that few laboratories give limits for, such as drug levels, do not count.
    """
    if scope.text("LBLAB") is None or scope.text("LBDAT") is None:
        return None
    if find_period(scope) is None:
        return "Y"
    answered = (
        test for code, test in BY_CODE.items()
        if test.is_required and code in scope.crf.by_code and scope.text(code) is not None
    )  # fmt: skip
    return "Y" if any(_limits(scope, test.code) == (None, None) for test in answered) else None


def days_since(test: str) -> Callable[[RecordScope], Value]:
    """Return the rule of the days since the test was last measured."""

    def rule(scope: RecordScope) -> Value:
        """Return the days from the last earlier sample that has the test to this one, for LB-04."""
        on = day(scope.item("LBDAT"))
        for record in reversed(scope.earlier()):
            sample = scope.casebook.scope(record)
            if test in sample.crf.by_code and sample.text(test) is not None:
                before = day(sample.item("LBDAT"))
                return _days(before, on)
        return None

    return rule


def _days(before: date | None, on: date | None) -> Value:
    return None if before is None or on is None else number_text((on - before).days)


CHANGES_FAST: Final = ("HGB", "PLAT", "CREAT", "ALT", "K")

FACTS: Final = (
    Fact(
        name="reference_limits_missing",
        rule=limits_missing,
        reads=(*PERSON, *(code for code, test in BY_CODE.items() if test.is_required)),
    ),
    *(
        Fact(
            name=f"days_since_{code.lower()}",
            rule=days_since(code),
            reads=("LBDAT", f"LB.{code}"),
        )
        for code in CHANGES_FAST
    ),
)
