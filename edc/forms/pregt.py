"""Pregnancy test."""

from __future__ import annotations

from edc.forms.codelists import NY
from edc.forms.codelists_laboratory import PREGR
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, between

PREGT = Crf(
    code="PREGT",
    label=Label(en="Pregnancy test", zh="妊娠试验"),
    date_item="PREGDAT",
    sdtm="LB",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Pregnancy test", zh="妊娠试验"),
            items=(
                Choice(
                    code="PREGDN",
                    label=Label(en="Test done", zh="是否检测"),
                    codes=NY,
                    sdtm="LB.LBSTAT",
                ),
                Date(
                    code="PREGDAT",
                    label=Label(en="Sample date", zh="采样日期"),
                    shown_when=parse("PREGDN == 'Y'"),
                    hard=between(None, "today"),
                    # soft: within 7 days before randomisation
                    sdtm="LB.LBDTC",
                ),
                Choice(
                    code="PREGRES",
                    label=Label(en="hCG result", zh="hCG结果"),
                    codes=PREGR,
                    shown_when=parse("PREGDN == 'Y'"),
                    # soft: NEG
                    sdtm="LB (HCG)",
                ),
            ),
        ),
    ),
)
