"""The edit checks of the laboratory; one that is asked of every test is declared at each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.forms.ctcae_laboratory import rules
from edc.forms.lb_tests import BY_CODE, TESTS
from edc.study.checks import Deviation, EditCheck, check

if TYPE_CHECKING:
    from edc.forms.lb_tests import LabTest

BLOOD_COUNT: Final = ("WBC", "NEUT", "LYM", "PLAT", "HGB")
_ENGRAFTED: Final = dict.fromkeys(BLOOD_COUNT, "ENG.NEUENGDT") | {"PLAT": "ENG.PLTENGDT"}

# Of a number this low the factor always makes a possible one; of bilirubin only from 0.18 up, and
# below that a true value near 0 is as likely.
_WRONG_UNIT: Final = {
    "CREAT": "CREAT < 15",
    "HGB": "HGB < 25",
    "ALB": "ALB < 8",
    "BILI": "BILI < 1.5 and BILI * 17.1 >= 3",
}
# "x 5" is a rise: a fall of platelets or ALT by as much within a week is the usual course here.
_LARGE_CHANGES: Final = {
    "HGB": "previous.HGB - HGB > 30",
    "PLAT": "PLAT >= previous.PLAT * 5 and PLAT > previous.PLAT",
    "CREAT": "CREAT >= previous.CREAT * 2",
    "ALT": "ALT >= previous.ALT * 5 and ALT > previous.ALT",
    "K": "abs(K - previous.K) >= 1.5",
}


def has_qualifier(test: LabTest) -> bool:
    """Tell whether a result of the test may lie below or above what can be measured."""
    return test.codes is None and not test.is_calculated


def _wrong_unit(code: str, low: str) -> EditCheck:
    return check(
        "LB-03", "Q", f"{low} and empty({code}_LBORIG)", item=code,
        en="Looks like mg/dL or g/dL: check the unit.",
        zh="疑似单位错误（mg/dL或g/dL），请核对。",
    )  # fmt: skip


def _large_change(code: str, change: str) -> EditCheck:
    unit = BY_CODE[code].unit
    if unit is None:
        message = f"{code} changes by an amount and has no unit"
        raise ValueError(message)
    return check(
        "LB-04", "Q", f"{change} and days_since_{code.lower()} <= 7", item=code,
        en=f"Large change from {{before}} to {{now}} {unit.label.en}: confirm or repeat.",
        zh=f"由{{before}}变为{{now}} {unit.label.zh}，变化过大，请确认或复查。",
        tells={"before": f"previous.{code}", "now": code},
    )  # fmt: skip


def _without_event(test: LabTest) -> EditCheck:
    """Declare LB-05: a significant result after D0 that no adverse event accounts for.

    CRF AE has no item that names a result, so an event accounts for it by its data, and where the
    data leave it open it does: an event that begins within a week of the sample, whatever its term
    (bleeding for haemoglobin), or one with the test's own CTCAE term that was there within a week.
    """
    begins_near = (
        "not empty(AESTDAT) and not AESTDAT < this.LBDAT - 7 and not AESTDAT > this.LBDAT + 7"
    )
    terms = ", ".join(f"'{rule.term}'" for rule in rules().get(test.code, ()))
    is_there = "not AESTDAT > this.LBDAT + 7 and not AEENDAT < this.LBDAT - 7"
    own_term = f" or AECTCID in ({terms},) and {is_there}" if terms else ""
    return check(
        "LB-05", "Q",
        f"{test.code}_LBCLSIG == 'Y' and LBDAT > randomisation_date "
        f"and not any(AE, {begins_near}{own_term})",
        item=f"{test.code}_LBCLSIG",
        en="Clinically significant result without AE.", zh="有临床意义的异常未关联不良事件。",
    )  # fmt: skip


def _severe_yet_insignificant(test: LabTest) -> EditCheck:
    engrafted = _ENGRAFTED.get(test.code)
    condition = f"{test.code}_LBTOXGR >= 3 and {test.code}_LBCLSIG == 'N'"
    return check(
        "LB-06", "Q", f"{condition} and {engrafted} <= LBDAT" if engrafted else condition,
        item=f"{test.code}_LBCLSIG",
        en="Grade 3 or more marked not significant.", zh="≥3级异常标记为无临床意义，请确认。",
    )  # fmt: skip


def _no_limit_value(test: LabTest) -> EditCheck:
    return check(
        "LB-10", "Q", f"not empty({test.code}_LBQUAL) and empty({test.code})", item=test.code,
        en="Give the limit value.", zh="请填写检测限数值。",
    )  # fmt: skip


CHECKS: Final = (
    check(
        "LB-01", "Q", "NEUT + LYM > WBC * 1.05 + 0.1 or NEUT > WBC", item="NEUT",
        en="White-cell parts exceed the whole.", zh="白细胞分类之和大于总数。",
    ),
    check(
        "LB-02", "Q", "BILDIR > BILI", item="BILDIR",
        en="Direct bilirubin above total.", zh="直接胆红素大于总胆红素。",
    ),
    *(_wrong_unit(code, low) for code, low in _WRONG_UNIT.items()),
    *(_large_change(code, change) for code, change in _LARGE_CHANGES.items()),
    *(_without_event(test) for test in TESTS),
    *(_severe_yet_insignificant(test) for test in TESTS if test.code in rules()),
    check(
        "LB-07", "Q",
        "LBDAT < window_start or LBDAT > window_end "
        "or visit == 'SCR' and LBDAT < randomisation_date - 7",
        item="LBDAT", proposes=Deviation("VISIT", "MIN"),
        en="Sample outside the window.", zh="采样超窗。",
    ),
    check(
        "LB-08", "H", "LBDAT > today or LBDAT > DTH.DTHDAT", item="LBDAT",
        en="Impossible sample date.", zh="采样日期无效。",
    ),
    check(
        "LB-09", "W", "reference_limits_missing == 'Y'", item="LBLAB",
        en="No reference limits for this date.", zh="该日期无有效参考范围。",
    ),
    *(_no_limit_value(test) for test in TESTS if has_qualifier(test)),
)  # fmt: skip
