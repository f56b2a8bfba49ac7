"""Bladder injury assessment."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_findings import CLOT, CTCG, HCGRD, SYM03, URCOL
from edc.forms.codelists_laboratory import BLQ, POSNEG
from edc.forms.derivations import pending
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, DecimalNumber, Integer, System, between

BC = Crf(
    code="BC",
    label=Label(en="Bladder injury assessment", zh="膀胱损伤（出血性膀胱炎）评估"),
    date_item="BCDAT",
    assesses=True,
    sdtm="RS, UR, LB, FA",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Bladder injury assessment", zh="膀胱损伤（出血性膀胱炎）评估"),
            items=(
                Choice(
                    code="BCPERF",
                    label=Label(en="Assessed", zh="是否评估"),
                    codes=NY,
                    sdtm="RS.RSSTAT",
                ),
                Date(
                    code="BCDAT",
                    label=Label(en="Date", zh="评估日期"),
                    hard=between("consent_date", "today"),
                    soft=between("window_start", "window_end"),
                    sdtm="RS.RSDTC",
                ),
                System(
                    code="BCEVAL",
                    label=Label(en="Assessor", zh="评估者"),
                    sdtm="RS.RSEVALID",
                ),
                Choice(
                    code="BCMASK",
                    label=Label(en="Assessor unaware of the arm", zh="评估者未知分组"),
                    codes=NY,
                    shown_when=parse("BCPERF == 'Y'"),
                    expected="Y",
                    sdtm="SUPPRS",
                ),
                Choice(
                    code="BCGRD",
                    label=Label(en="Haemorrhagic cystitis grade", zh="出血性膀胱炎分级"),
                    codes=HCGRD,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="RS",
                ),
                Choice(
                    code="BCCTCC",
                    label=Label(
                        en="CTCAE v5.0 Cystitis noninfective", zh="CTCAE v5.0 非感染性膀胱炎"
                    ),
                    codes=CTCG,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="RS (CTCAE V5.0)",
                ),
                Choice(
                    code="BCCTCH",
                    label=Label(en="CTCAE v5.0 Hematuria", zh="CTCAE v5.0 血尿"),
                    codes=CTCG,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="RS (CTCAE V5.0)",
                ),
                Choice(
                    code="BCURCOL",
                    label=Label(en="Urine colour", zh="尿色"),
                    codes=URCOL,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="UR",
                ),
                Choice(
                    code="BCCLOT",
                    label=Label(en="Clots", zh="血块"),
                    codes=CLOT,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="UR",
                ),
                Choice(
                    code="BCOBST",
                    label=Label(en="Clot retention or obstruction", zh="血块潴留/尿路梗阻"),
                    codes=NY,
                    shown_when=parse("BCPERF == 'Y'"),
                    expected="N",
                    sdtm="UR",
                ),
                Integer(
                    code="BCDYS",
                    label=Label(
                        en="Pain on passing urine, worst of 24 h", zh="排尿疼痛，24小时最重"
                    ),
                    unit=units.SCORE,
                    shown_when=parse("BCPERF == 'Y'"),
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Integer(
                    code="BCSUPP",
                    label=Label(
                        en="Lower belly pain, worst of 24 h", zh="下腹/耻骨上疼痛，24小时最重"
                    ),
                    unit=units.SCORE,
                    shown_when=parse("BCPERF == 'Y'"),
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Integer(
                    code="BCFREQ",
                    label=Label(
                        en="Voids in 24 h (empty if catheter)", zh="24小时排尿次数（留置导尿时空）"
                    ),
                    unit=units.PER_DAY,
                    required=False,
                    shown_when=parse("BCCATH == 'N'"),
                    hard=between(0, 150),
                    soft=between(4, 30),
                    sdtm="UR",
                ),
                Integer(
                    code="BCNOCT",
                    label=Label(en="Voids at night", zh="夜尿次数"),
                    unit=units.PER_NIGHT,
                    required=False,
                    shown_when=parse("BCCATH == 'N'"),
                    hard=between(0, 60),
                    soft=between(0, 10),
                    sdtm="UR",
                ),
                Choice(
                    code="BCURG",
                    label=Label(en="Urgency", zh="尿急"),
                    codes=SYM03,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="UR",
                ),
                Choice(
                    code="BCSPASM",
                    label=Label(en="Bladder spasm", zh="膀胱痉挛"),
                    codes=SYM03,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="UR",
                ),
                Choice(
                    code="BCCATH",
                    label=Label(en="Urinary catheter in place", zh="留置导尿管"),
                    codes=NY,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="PR",
                ),
                Choice(
                    code="BCCBI",
                    label=Label(en="Continuous bladder irrigation today", zh="今日持续膀胱冲洗"),
                    codes=NY,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="PR",
                ),
                Integer(
                    code="BCUOUT",
                    label=Label(en="Urine volume in 24 h", zh="24小时尿量"),
                    unit=units.MILLILITRE,
                    required=False,
                    shown_when=parse("BCPERF == 'Y'"),
                    hard=between(0, 15000),
                    soft=between(1000, 5000),
                    sdtm="UR",
                ),
                DecimalNumber(
                    code="BCRBC",
                    label=Label(en="Urine red cells", zh="尿红细胞计数"),
                    places=1,
                    unit=units.PER_MICROLITRE,
                    required=False,
                    shown_when=parse("BCPERF == 'Y'"),
                    hard=between(0, 9999999),
                    soft=between(0, 5000),
                    sdtm="LB (RBC, urine)",
                ),
                Integer(
                    code="BCRBCH",
                    label=Label(en="Urine red cells per high-power field", zh="尿红细胞/高倍视野"),
                    unit=units.PER_FIELD,
                    required=False,
                    shown_when=parse("BCPERF == 'Y'"),
                    hard=between(0, 9999),
                    soft=between(0, 100),
                    sdtm="LB",
                ),
                Integer(
                    code="BCUWBC",
                    label=Label(
                        en="Urine white cells per high-power field", zh="尿白细胞/高倍视野"
                    ),
                    unit=units.PER_FIELD,
                    required=False,
                    shown_when=parse("BCPERF == 'Y'"),
                    hard=between(0, 9999),
                    soft=between(0, 100),
                    sdtm="LB",
                ),
                Choice(
                    code="BCUCULT",
                    label=Label(en="Urine culture", zh="尿培养"),
                    codes=POSNEG,
                    shown_when=parse("visit == 'BL' or BCUWBC > 5"),
                    sdtm="MB",
                ),
                Choice(
                    code="BKVUQ",
                    label=Label(
                        en="BK virus DNA, urine: measured or below limit",
                        zh="尿BK病毒DNA：实测或低于检测下限",
                    ),
                    codes=BLQ,
                    shown_when=parse("visit in ('BL', 'DA07', 'DA14', 'V28', 'FU60', 'FU100')"),
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="BKVU",
                    label=Label(en="BK virus DNA, urine", zh="尿BK病毒DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    shown_when=parse("BKVUQ == 'EQ'"),
                    hard=between(0, 10000000000000),
                    soft=between(0, 10000000000),
                    sdtm="MB or LB",
                ),
                DecimalNumber(
                    code="BKVP",
                    label=Label(en="BK virus DNA, plasma", zh="血浆BK病毒DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    required=False,
                    shown_when=parse("visit in ('BL', 'DA07', 'DA14', 'V28', 'FU60', 'FU100')"),
                    hard=between(0, 10000000000),
                    soft=between(0, 10000000),
                    sdtm="MB",
                ),
                Calculated(
                    code="BKVLOG",
                    label=Label(
                        en="log10 urine BK virus (empty below the limit)",
                        zh="尿BK病毒log10（低于检测下限时为空）",
                    ),
                    rule=pending.pending,
                    holds="decimal",
                    unit=units.LOG10,
                    soft=between(0, 11),
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="ADVU",
                    label=Label(en="Adenovirus DNA, urine", zh="尿腺病毒DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    required=False,
                    shown_when=parse("visit in ('BL', 'DA07', 'DA14', 'V28', 'FU60', 'FU100')"),
                    hard=between(0, 1000000000000),
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="CMVU",
                    label=Label(en="CMV DNA, urine", zh="尿CMV DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    required=False,
                    shown_when=parse("visit in ('BL', 'DA07', 'DA14', 'V28', 'FU60', 'FU100')"),
                    hard=between(0, 1000000000000),
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="BCUSWALL",
                    label=Label(en="Bladder wall thickness on ultrasound", zh="超声膀胱壁厚度"),
                    places=1,
                    unit=units.MILLIMETRE,
                    required=False,
                    shown_when=parse("visit in ('BL', 'DA14', 'V28')"),
                    hard=between(0.5, 40),
                    soft=between(2, 10),
                    sdtm="UR",
                ),
                Choice(
                    code="BCTRANS",
                    label=Label(
                        en="Transfusion for bladder bleeding since last time",
                        zh="上次评估以来因膀胱出血输血",
                    ),
                    codes=NY,
                    shown_when=parse("BCPERF == 'Y'"),
                    sdtm="CM",
                ),
            ),
        ),
    ),
)
