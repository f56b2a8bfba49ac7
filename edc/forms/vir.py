"""Infection screen."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists_laboratory import BLQ, POSNEG
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, DecimalNumber, between

VIR = Crf(
    code="VIR",
    label=Label(en="Infection screen", zh="感染性疾病筛查"),
    date_item="VIRDAT",
    sdtm="LB (or IS/MB by SDTMIG version)",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Infection screen", zh="感染性疾病筛查"),
            items=(
                Date(
                    code="VIRDAT",
                    label=Label(en="Sample date", zh="采样日期"),
                    hard=between(None, "today"),
                    # soft: within 28 days before randomisation
                    sdtm="LB.LBDTC",
                ),
                Choice(
                    code="HBSAG",
                    label=Label(en="HBsAg", zh="乙肝表面抗原"),
                    codes=POSNEG,
                    sdtm="LB (HBSAG)",
                ),
                Choice(
                    code="HBSAB",
                    label=Label(en="Anti-HBs", zh="乙肝表面抗体"),
                    codes=POSNEG,
                    required=False,
                    sdtm="LB",
                ),
                Choice(
                    code="HBEAG",
                    label=Label(en="HBeAg", zh="乙肝e抗原"),
                    codes=POSNEG,
                    required=False,
                    sdtm="LB",
                ),
                Choice(
                    code="HBCAB",
                    label=Label(en="Anti-HBc", zh="乙肝核心抗体"),
                    codes=POSNEG,
                    sdtm="LB (HBCAB)",
                ),
                Choice(
                    code="HBVDNAQ",
                    label=Label(
                        en="HBV DNA: measured or below limit", zh="HBV DNA：实测或低于检测下限"
                    ),
                    codes=BLQ,
                    shown_when=parse("HBSAG == 'POS'or HBCAB == 'POS'"),
                    sdtm="LB (HBVDNA)",
                ),
                DecimalNumber(
                    code="HBVDNA",
                    label=Label(en="HBV DNA", zh="HBV DNA定量"),
                    places=0,
                    unit=units.IU_PER_ML,
                    shown_when=parse("HBVDNAQ == 'EQ'"),
                    hard=between(1, 10000000000),
                    sdtm="LB (HBVDNA)",
                ),
                Choice(
                    code="HCVAB",
                    label=Label(en="Anti-HCV", zh="丙肝抗体"),
                    codes=POSNEG,
                    sdtm="LB (HCAB)",
                ),
                Choice(
                    code="HCVRNA",
                    label=Label(en="HCV RNA", zh="HCV RNA"),
                    codes=POSNEG,
                    shown_when=parse("HCVAB == 'POS'"),
                    sdtm="LB (HCVRNA)",
                ),
                Choice(
                    code="HIV",
                    label=Label(en="HIV antigen/antibody (restricted)", zh="HIV抗原/抗体（限权）"),
                    codes=POSNEG,
                    sdtm="LB (HIV12AB)",
                ),
                Choice(
                    code="TPAB",
                    label=Label(en="Syphilis antibody", zh="梅毒螺旋体抗体"),
                    codes=POSNEG,
                    required=False,
                    sdtm="LB",
                ),
            ),
        ),
    ),
)
