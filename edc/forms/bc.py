"""Bladder injury assessment: haemorrhagic cystitis, by a masked assessor."""

from __future__ import annotations

from edc.forms import units
from edc.forms.bc_checks import BC_CHECKS
from edc.forms.codelists import NY
from edc.forms.codelists_ctcae import CTCCY, CTCHU
from edc.forms.codelists_findings import CLOT, HCGRD, SYM03, URCOL
from edc.forms.codelists_laboratory import BLQ, POSNEG
from edc.forms.derivations import bladder
from edc.forms.scales import PAIN
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, DecimalNumber, Integer, System, between

ASSESSED = parse("BCPERF == 'Y'")
PASSES_URINE = parse("BCCATH == 'N'")
VIRUS_IS_DUE = parse("visit in ('BL', 'DA07', 'DA14', 'V28', 'FU60', 'FU100')")

BC = Crf(
    code="BC",
    label=Label(en="Bladder injury assessment", zh="膀胱损伤（出血性膀胱炎）评估"),
    note=Label(
        en="Assess without knowing the arm; do not ask about the study product.",
        zh="请在未知分组的情况下评估，不要询问研究制品使用情况。",
    ),
    date_item="BCDAT",
    assesses=True,
    sdtm="RS, UR, LB, FA",
    sections=(
        Section(
            code="ASSESSMENT",
            label=Label(en="Assessment", zh="评估"),
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
                    soft_text=Label(
                        en="The date is not the scheduled day.", zh="评估日期不在计划日（窗）内。"
                    ),
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
                    shown_when=ASSESSED,
                    expected="Y",
                    sdtm="SUPPRS",
                ),
            ),
        ),
        Section(
            code="GRADES",
            label=Label(en="Grades", zh="分级"),
            items=(
                Choice(
                    code="BCGRD",
                    label=Label(en="Haemorrhagic cystitis grade", zh="出血性膀胱炎分级"),
                    codes=HCGRD,
                    shown_when=ASSESSED,
                    sdtm="RS",
                ),
                Choice(
                    code="BCCTCC",
                    label=Label(
                        en="CTCAE v5.0 Cystitis noninfective", zh="CTCAE v5.0 非感染性膀胱炎"
                    ),
                    codes=CTCCY,
                    shown_when=ASSESSED,
                    sdtm="RS (CTCAE V5.0)",
                ),
                Choice(
                    code="BCCTCH",
                    label=Label(en="CTCAE v5.0 Hematuria", zh="CTCAE v5.0 血尿"),
                    codes=CTCHU,
                    shown_when=ASSESSED,
                    sdtm="RS (CTCAE V5.0)",
                ),
            ),
        ),
        Section(
            code="LOOK",
            label=Label(en="Urine as seen", zh="尿液外观"),
            items=(
                Choice(
                    code="BCURCOL",
                    label=Label(en="Urine colour", zh="尿色"),
                    codes=URCOL,
                    shown_when=ASSESSED,
                    sdtm="UR",
                ),
                Choice(
                    code="BCCLOT",
                    label=Label(en="Clots", zh="血块"),
                    codes=CLOT,
                    shown_when=ASSESSED,
                    sdtm="UR",
                ),
            ),
        ),
        Section(
            code="CARE",
            label=Label(en="Obstruction, catheter and transfusion", zh="梗阻、导尿与输血"),
            items=(
                Choice(
                    code="BCOBST",
                    label=Label(en="Clot retention or obstruction", zh="血块潴留/尿路梗阻"),
                    codes=NY,
                    shown_when=ASSESSED,
                    expected="N",
                    sdtm="UR",
                ),
                Choice(
                    code="BCCATH",
                    label=Label(en="Urinary catheter in place", zh="留置导尿管"),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="PR",
                ),
                Choice(
                    code="BCCBI",
                    label=Label(en="Continuous bladder irrigation today", zh="今日持续膀胱冲洗"),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="PR",
                ),
                Choice(
                    code="BCTRANS",
                    label=Label(
                        en="Transfusion for bladder bleeding since last time",
                        zh="上次评估以来因膀胱出血输血",
                    ),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="CM",
                ),
            ),
        ),
        Section(
            code="SYMPTOMS",
            label=Label(en="Symptoms", zh="症状"),
            items=(
                Integer(
                    code="BCDYS",
                    label=Label(
                        en="Pain on passing urine, worst of 24 h", zh="排尿疼痛，24小时最重"
                    ),
                    unit=units.SCORE,
                    scale=PAIN,
                    shown_when=ASSESSED,
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Integer(
                    code="BCSUPP",
                    label=Label(
                        en="Lower belly pain, worst of 24 h", zh="下腹/耻骨上疼痛，24小时最重"
                    ),
                    unit=units.SCORE,
                    scale=PAIN,
                    shown_when=ASSESSED,
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Choice(
                    code="BCURG",
                    label=Label(en="Urgency", zh="尿急"),
                    codes=SYM03,
                    shown_when=ASSESSED,
                    sdtm="UR",
                ),
                Choice(
                    code="BCSPASM",
                    label=Label(en="Bladder spasm", zh="膀胱痉挛"),
                    codes=SYM03,
                    shown_when=ASSESSED,
                    sdtm="UR",
                ),
            ),
        ),
        Section(
            code="VOIDING",
            label=Label(en="Passing urine", zh="排尿"),
            items=(
                Integer(
                    code="BCFREQ",
                    label=Label(
                        en="Voids in 24 h (empty if catheter)", zh="24小时排尿次数（留置导尿时空）"
                    ),
                    unit=units.PER_DAY,
                    required=False,
                    shown_when=PASSES_URINE,
                    hard=between(0, 150),
                    soft=between(4, 30),
                    sdtm="UR",
                ),
                Integer(
                    code="BCNOCT",
                    label=Label(en="Voids at night", zh="夜尿次数"),
                    unit=units.PER_NIGHT,
                    required=False,
                    shown_when=PASSES_URINE,
                    hard=between(0, 60),
                    soft=between(0, 10),
                    sdtm="UR",
                ),
                Integer(
                    code="BCUOUT",
                    label=Label(en="Urine volume in 24 h", zh="24小时尿量"),
                    unit=units.MILLILITRE,
                    required=False,
                    shown_when=ASSESSED,
                    hard=between(0, 15000),
                    soft=between(1000, 5000),
                    sdtm="UR",
                ),
            ),
        ),
        Section(
            code="CELLS",
            label=Label(en="Urine test", zh="尿液检查"),
            items=(
                DecimalNumber(
                    code="BCRBC",
                    label=Label(en="Urine red cells", zh="尿红细胞计数"),
                    places=1,
                    unit=units.PER_MICROLITRE,
                    required=False,
                    shown_when=ASSESSED,
                    hard=between(0, 9999999),
                    soft=between(0, 5000),
                    sdtm="LB (RBC, urine)",
                ),
                Integer(
                    code="BCRBCH",
                    label=Label(en="Urine red cells per high-power field", zh="尿红细胞/高倍视野"),
                    unit=units.PER_FIELD,
                    required=False,
                    shown_when=ASSESSED,
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
                    shown_when=ASSESSED,
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
            ),
        ),
        Section(
            code="VIRUS",
            label=Label(en="Virus in urine and blood", zh="尿液和血液病毒"),
            items=(
                Choice(
                    code="BKVUQ",
                    label=Label(
                        en="BK virus DNA, urine: measured or below limit",
                        zh="尿BK病毒DNA：实测或低于检测下限",
                    ),
                    codes=BLQ,
                    shown_when=VIRUS_IS_DUE,
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="BKVU",
                    label=Label(en="BK virus DNA, urine", zh="尿BK病毒DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    hint=Label(
                        en="In plain digits: 3.2 × 10⁹ is 3200000000. Compare the log10 below.",
                        zh="请填完整数字：3.2×10⁹填3200000000，并核对下方log10。",
                    ),
                    shown_when=parse("BKVUQ == 'EQ'"),
                    hard=between(0, 10**13),
                    soft=between(0, 10**10),
                    sdtm="MB or LB",
                ),
                Calculated(
                    code="BKVLOG",
                    label=Label(
                        en="log10 urine BK virus (empty below the limit)",
                        zh="尿BK病毒log10（低于检测下限时为空）",
                    ),
                    rule=bladder.log_virus,
                    reads=("BKVU",),
                    unit=units.LOG10,
                    soft=between(0, 11),
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="BKVP",
                    label=Label(en="BK virus DNA, plasma", zh="血浆BK病毒DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    required=False,
                    shown_when=VIRUS_IS_DUE,
                    hard=between(0, 10**10),
                    soft=between(0, 10**7),
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="ADVU",
                    label=Label(en="Adenovirus DNA, urine", zh="尿腺病毒DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    required=False,
                    shown_when=VIRUS_IS_DUE,
                    hard=between(0, 10**12),
                    sdtm="MB",
                ),
                DecimalNumber(
                    code="CMVU",
                    label=Label(en="CMV DNA, urine", zh="尿CMV DNA"),
                    places=0,
                    unit=units.COPIES_PER_ML,
                    required=False,
                    shown_when=VIRUS_IS_DUE,
                    hard=between(0, 10**12),
                    sdtm="MB",
                ),
            ),
        ),
        Section(
            code="ULTRASOUND",
            label=Label(en="Ultrasound", zh="超声"),
            items=(
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
            ),
        ),
    ),
    checks=BC_CHECKS,
)
