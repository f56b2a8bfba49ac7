"""Engraftment."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, DecimalNumber, between

SINCE_TRANSPLANT = between("HSCT.HCTDAT", "today")

ENG = Crf(
    code="ENG",
    label=Label(en="Engraftment", zh="植入情况"),
    sdtm="CE",
    sections=(
        Section(
            code="NEUTROPHILS",
            label=Label(en="Neutrophils", zh="中性粒细胞"),
            items=(
                Choice(
                    code="NEUENG",
                    label=Label(
                        en="Neutrophil engraftment (first of 3 days in a row >= 0.5 x 10^9/L)",
                        zh="中性粒细胞植入（连续3天≥0.5×10⁹/L的首日）",
                    ),
                    codes=NY,
                    sdtm="CE",
                ),
                Date(
                    code="NEUENGDT",
                    label=Label(en="Date", zh="植入日期"),
                    shown_when=parse("NEUENG == 'Y'"),
                    hard=SINCE_TRANSPLANT,
                    soft=between("HSCT.HCTDAT + 8", "HSCT.HCTDAT + 35"),
                    sdtm="CE.CESTDTC",
                ),
            ),
        ),
        Section(
            code="PLATELETS",
            label=Label(en="Platelets", zh="血小板"),
            items=(
                Choice(
                    code="PLTENG",
                    label=Label(
                        en="Platelet engraftment (first of 3 values on different days >= 20 x 10^9/L, no platelets for 7 days)",
                        zh="血小板植入（连续3次≥20×10⁹/L且脱离输注7天的首日）",
                    ),
                    codes=NY,
                    sdtm="CE",
                ),
                Date(
                    code="PLTENGDT",
                    label=Label(en="Date", zh="植入日期"),
                    shown_when=parse("PLTENG == 'Y'"),
                    hard=SINCE_TRANSPLANT,
                    soft=between("HSCT.HCTDAT + 8", "HSCT.HCTDAT + 60"),
                    sdtm="CE.CESTDTC",
                ),
            ),
        ),
        Section(
            code="GRAFT",
            label=Label(en="Graft", zh="移植物"),
            items=(
                DecimalNumber(
                    code="CHIM",
                    label=Label(en="Donor chimerism", zh="供者嵌合率"),
                    places=1,
                    unit=units.PERCENT,
                    required=False,
                    shown_when=parse("HSCT.HCTTYP == 'ALLO'"),
                    hard=between(0, 100),
                    soft=between(90, 100),
                    sdtm="LB",
                ),
                Date(
                    code="CHIMDAT",
                    label=Label(en="Sample date", zh="检测日期"),
                    shown_when=parse("not empty(CHIM)"),
                    hard=SINCE_TRANSPLANT,
                    sdtm="LB.LBDTC",
                ),
                Choice(
                    code="GFAIL",
                    label=Label(en="Graft failure", zh="植入失败"),
                    codes=NY,
                    expected="N",
                    sdtm="CE",
                ),
            ),
        ),
    ),
    checks=(
        # Another day than the counts show, or a count below the limit on one of the three days.
        check(
            "ENG-01",
            "Q",
            "NEUENGDT != neutrophil_engraftment_day or any(LB, NEUT < 0.5 and LBDAT >= this.NEUENGDT and LBDAT <= this.NEUENGDT + 2)",
            en="Laboratory values do not show engraftment that day.",
            zh="与血常规结果不符。",
        ),
        check(
            "ENG-02",
            "Q",
            "NEUENG == 'N' and GFAIL == 'N' and visit_date - HSCT.HCTDAT > 28",
            en="No neutrophils by T+28: graft failure?",
            zh="T+28仍未植入，请确认植入失败。",
            item="GFAIL",
        ),
    ),
)
