"""Transfusion."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_treatment import BLOOD
from edc.label import Label
from edc.study.checks import check
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, Date, DecimalNumber, between

CHECKS = (
    check(
        "TX-01",
        "Q",
        "TXPROD == 'PLT' and TXDAT >= ENG.PLTENGDT - 7 and TXDAT < ENG.PLTENGDT",
        en="Platelet engraftment needs 7 days without platelets.",
        zh="血小板植入前7天不应有血小板输注。",
        item="TXDAT",
    ),
)

TX = Crf(
    code="TX",
    label=Label(en="Transfusion", zh="输血记录"),
    occurs=Occurs.LOG,
    date_item="TXDAT",
    row_title=("TXDAT", "TXPROD", "TXUNITS", "TXINJ"),
    sdtm="CM",
    checks=CHECKS,
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Transfusion", zh="输血记录"),
            items=(
                Date(
                    code="TXDAT",
                    label=Label(en="Date", zh="输血日期"),
                    hard=between("consent_date", "today"),
                    sdtm="CM.CMSTDTC",
                ),
                Choice(
                    code="TXPROD",
                    label=Label(en="Product", zh="血制品"),
                    codes=BLOOD,
                    sdtm="CM.CMTRT (CMCAT TRANSFUSION)",
                ),
                DecimalNumber(
                    code="TXUNITS",
                    label=Label(en="Units", zh="单位数"),
                    places=1,
                    unit=units.BLOOD_UNIT,
                    hard=between(0.1, 40),
                    soft=between(0.5, 6),
                    sdtm="CM.CMDOSE",
                ),
                Choice(
                    code="TXINJ",
                    label=Label(en="For bleeding of the study injury", zh="因研究损伤出血"),
                    codes=NY,
                    sdtm="SUPPCM",
                ),
            ),
        ),
    ),
)
