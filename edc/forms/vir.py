"""Infection screen."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists_laboratory import BLQ, POSNEG
from edc.label import Label
from edc.study.checks import check
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
            code="SAMPLE",
            label=Label(en="Sample", zh="样本"),
            items=(
                Date(
                    code="VIRDAT",
                    label=Label(en="Sample date", zh="采样日期"),
                    hard=between(None, "today"),
                    sdtm="LB.LBDTC",
                ),
            ),
        ),
        Section(
            code="HEPATITIS_B",
            label=Label(en="Hepatitis B", zh="乙型肝炎"),
            items=(
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
                    shown_when=parse("HBSAG == 'POS' or HBCAB == 'POS'"),
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
            ),
        ),
        Section(
            code="OTHERS",
            label=Label(en="Hepatitis C, HIV and syphilis", zh="丙型肝炎、HIV与梅毒"),
            items=(
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
                    hint=Label(
                        en="Only the site sees the answer. Do not write it in a reason or comment.",
                        zh="结果仅本中心可见，请勿写入修改原因或备注。",
                    ),
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
    checks=(
        check(
            "VIR-01",
            "Q",
            "randomisation_date - VIRDAT > 28",
            en="Screen older than 28 days.",
            zh="筛查结果超过28天。",
        ),
        check(
            "VIR-02",
            "Q",
            "HBSAG == 'POS' and IE.EXC06 == 'N' and empty(HBVDNAQ)",
            en="HBV DNA needed to judge activity.",
            zh="需HBV DNA判断是否活动。",
            item="HBVDNAQ",
        ),
        # What it says is read in lists and messages: it names neither the test nor the result.
        check(
            "VIR-03",
            "S",
            "HIV == 'POS'",
            en="A restricted screening result needs the investigator.",
            zh="有一项限权筛查结果需研究者处理。",
        ),
    ),
)
