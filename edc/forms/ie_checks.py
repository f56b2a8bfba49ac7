"""The edit checks of eligibility against what was found: laboratory, heart, tests and infections."""

from __future__ import annotations

from typing import Final

from edc.forms.study_settings import HBV_DNA_LIMIT
from edc.study.checks import Deviation, check

# What was found wrong after randomisation is a major deviation; before it, it is only corrected.
_INELIGIBLE: Final = Deviation("ELIG", "MAJ", once_randomised=True)


def _above(test: str, times: int) -> str:
    return f"at('SCR', LB.{test}) > {times} * at('SCR', LB.{test}_LBORNRHI)"


# Eligibility is judged by what screening found: what happens later must not call it into question.
LABORATORY_AND_FINDINGS: Final = (
    check(
        "IE-06",
        "Q",
        f"EXC01L == 'N' and ({_above('BILI', 3)} or {_above('ALT', 5)} or {_above('AST', 5)})",
        en="Laboratory values meet the proposed liver limit.",
        zh="实验室结果达到肝功能排除界值。",
        proposes=_INELIGIBLE,
    ),
    check(
        "IE-07",
        "Q",
        # What the baseline says since then counts, as for IE-09: it is known before randomisation.
        "EXC01K == 'N' and (at('BL', LB.CRCL) < 30 or empty(at('BL', LB.CRCL)) and at('SCR', LB.CRCL) < 30)",
        en="Creatinine clearance below 30 mL/min.",
        zh="肌酐清除率<30 mL/min。",
        proposes=_INELIGIBLE,
    ),
    check(
        "IE-08",
        "Q",
        "EXC01H == 'N' and (at('SCR', CV.LVEF) < 40 or at('SCR', CV.NYHA) >= 3)",
        en="Heart findings meet the proposed limit.",
        zh="心功能达到排除界值。",
        proposes=_INELIGIBLE,
    ),
    check(
        "IE-09",
        "H",
        "EXC04 == 'N' and (at('BL', PREGT.PREGRES) == 'POS' or empty(at('BL', PREGT.PREGRES)) and at('SCR', PREGT.PREGRES) == 'POS')",
        en="Pregnancy test positive: not eligible.",
        zh="妊娠试验阳性，不符合标准。",
    ),
    # Two criteria, two items: a query of the first is known to the site only, and proposes nothing
    # that others could read.
    check(
        "IE-10",
        "Q",
        "EXC05 == 'N' and VIR.HIV == 'POS'",
        en="Serology does not agree with the criterion.",
        zh="与血清学结果不一致。",
    ),
    check(
        "IE-10",
        "Q",
        f"EXC06 == 'N' and (VIR.HBVDNA > {HBV_DNA_LIMIT} or VIR.HCVRNA == 'POS')",
        en="Serology does not agree with the criterion.",
        zh="与血清学结果不一致。",
        proposes=_INELIGIBLE,
    ),
    check(
        "IE-12",
        "Q",
        "EXC02 == 'N' and any(INF, INFGR >= 3 and INFSTDAT <= this.visit_date and not INFENDAT < this.visit_date)",
        en="Ongoing severe infection recorded.",
        zh="存在进行中的重度感染记录。",
        item="EXC02",
        proposes=_INELIGIBLE,
    ),
)
