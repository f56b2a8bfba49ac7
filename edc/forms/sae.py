"""Serious adverse event report: one for each serious event, on the row of the event's number.

A version that was sent stands as it is; the items of the sponsor go on being answered.
"""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY, NYU, SEX
from edc.forms.codelists_conduct import E2BACN, E2BOUT, EXPECT, QUALIF, SAETYPE
from edc.forms.codelists_grades import AEREL
from edc.forms.codelists_transplant import DONTYP, DX, DXSTAT, HCTTYP
from edc.forms.codelists_treatment import CMROUTE, ROUTE
from edc.forms.derivations import safety
from edc.forms.derivations.summaries import Word, summary
from edc.forms.sae_checks import SAE_CHECKS
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DateTime,
    LongText,
    System,
    Table,
    Text,
    between,
)

SPONSOR = frozenset({"safety_officer"})
SENT = parse("not empty(SAESUBDTM)")
IS_SUSAR = parse("SUSAR == 'Y'")
HOSPITAL = parse("any(AE, row == this.row and AESHOSP == 'Y')")
DEATH = parse("any(AE, row == this.row and AESDTH == 'Y')")

PERSON = summary(
    Word(key="age", label=Label(en="age at onset", zh="发病年龄"), unit=units.YEAR),
    Word(key="sex", codes=SEX),
    Word(key="weight", label=Label(en="weight", zh="体重"), unit=units.KILOGRAM),
    Word(key="height", label=Label(en="height", zh="身高"), unit=units.CENTIMETRE),
)
HISTORY = summary(
    Word(key="DX", codes=DX),
    Word(key="DXOT"),
    Word(key="DXSTAT", codes=DXSTAT),
    Word(key="HCTTYP", codes=HCTTYP),
    Word(key="DONTYP", codes=DONTYP),
    Word(key="HCTDAT", label=Label(en="transplanted on", zh="回输日期")),
    Word(key="MHTERM"),
    Word(key="MHSTDAT", label=Label(en="from", zh="始于")),
    Word(key="MHALLTX", label=Label(en="allergy:", zh="过敏：")),
)
SERIOUSNESS = summary(
    Word(key="AESDTH", label=Label(en="death", zh="死亡"), is_flag=True),
    Word(key="AESLIFE", label=Label(en="life-threatening", zh="危及生命"), is_flag=True),
    Word(
        key="AESHOSP",
        label=Label(en="hospital stay needed or prolonged", zh="需住院或延长住院"),
        is_flag=True,
    ),
    Word(
        key="AESDISAB",
        label=Label(en="lasting or marked disability", zh="永久或显著的残疾/功能丧失"),
        is_flag=True,
    ),
    Word(key="AESCONG", label=Label(en="birth defect", zh="先天异常/出生缺陷"), is_flag=True),
    Word(
        key="AESMIE",
        label=Label(en="other important medical event", zh="其他重要医学事件"),
        is_flag=True,
    ),
)
COURSE = summary(
    Word(key="start", label=Label(en="start", zh="开始")),
    Word(key="end", label=Label(en="end", zh="结束")),
    Word(key="outcome", label=Label(en="outcome", zh="转归："), codes=E2BOUT),
)
PRODUCT = summary(
    Word(key="batch", label=Label(en="MSC culture supernatant, batch", zh="MSC培养上清，批号")),
    Word(key="route", codes=ROUTE),
    Word(key="doses", label=Label(en="number of doses", zh="给药次数")),
    Word(key="volume", label=Label(en="volume in all", zh="总量"), unit=units.MILLILITRE),
    Word(key="first", label=Label(en="first dose", zh="首次")),
    Word(key="last", label=Label(en="last dose", zh="末次")),
)
MEDICINES = summary(
    Word(key="CMTRT"),
    Word(key="dose"),
    Word(key="CMROUTE", codes=CMROUTE),
    Word(key="CMSTDAT", label=Label(en="from", zh="自")),
    Word(key="CMENDAT", label=Label(en="until", zh="至")),
)

SAE = Crf(
    code="SAE",
    label=Label(en="Serious adverse event report", zh="严重不良事件报告"),
    note=Label(
        en="Send the first report within 24 hours of becoming aware. It needs only who is reported, "
        "who reports, the diagnosis and the product; the rest can follow.",
        zh="获知后24小时内提交首次报告。首次报告仅需受试者、报告人、诊断和制品四要素，其余可后续补充。",
    ),
    occurs=Occurs.LOG,
    rows_of="AE",
    date_item="SAEAWDTM",
    row_title=("SAENO", "SAEDX", "SAESUBDTM"),
    sdtm="AE, E2B(R3)",
    sections=(
        Section(
            code="REPORT",
            label=Label(en="Report", zh="报告"),
            items=(
                System(
                    code="SAENO",
                    label=Label(en="SAE number", zh="SAE编号"),
                    sdtm="C.1.1, C.1.8.1",
                ),
                System(
                    code="SAESTDY",
                    label=Label(en="Study number, title, type", zh="研究编号、题目、类型"),
                    sdtm="C.5.1.r, C.5.2, C.5.3, C.5.4",
                ),
                Choice(
                    code="SAETYPE",
                    label=Label(en="Report type", zh="报告类型"),
                    codes=SAETYPE,
                    sdtm="C.1.2, C.1.5",
                ),
                System(
                    code="SAEVER",
                    label=Label(en="Version", zh="报告版本"),
                    sdtm="C.1.5",
                ),
                DateTime(
                    code="SAEAWDTM",
                    label=Label(en="Investigator became aware", zh="研究者获知时间"),
                    hint=Label(
                        en="The 24 hours run from here.", zh="24小时时限自此时间起算。"
                    ),
                    hard=between("became_serious", "now"),
                    sdtm="C.1.4 (for the sponsor: sponsor date)",
                ),
                Choice(
                    code="SAEREP",
                    label=Label(en="Reporter qualification", zh="报告人资质"),
                    codes=QUALIF,
                    sdtm="C.2.r.4",
                ),
                System(
                    code="SAESUBDTM",
                    label=Label(en="Sent to the sponsor", zh="提交申办者时间"),
                    holds="datetime",
                    sdtm="",
                ),
                Date(
                    code="SAEECDAT",
                    label=Label(en="Reported to the ethics committee", zh="报告伦理委员会日期"),
                    required=False,
                    hard=between(None, "today"),
                    sdtm="",
                ),
            ),
        ),
        Section(
            code="PERSON",
            label=Label(en="Participant", zh="受试者"),
            items=(
                Calculated(
                    code="SAEPAT",
                    label=Label(
                        en="Age at onset, sex, weight, height (no initials)",
                        zh="发病年龄、性别、体重、身高",
                    ),
                    rule=safety.person,
                    reads=(
                        "AE.AESTDAT", "DM.BRTHYR", "DM.BRTHMO", "DM.BRTHDY", "DM.SEX",
                        "VS.VSDAT", "VS.WEIGHT", "VS.HEIGHT",
                    ),
                    holds="text",
                    wording=PERSON,
                    sdtm="D.1 masked, D.2.2, D.3, D.4, D.5",
                ),
                Calculated(
                    code="SAEMH",
                    label=Label(en="Relevant history (from MH, HSCT)", zh="相关病史"),
                    rule=safety.history,
                    reads=("MH.*", "HSCT.*"),
                    holds="text",
                    wording=HISTORY,
                    sdtm="D.7.1.r, D.7.2",
                ),
            ),
        ),
        Section(
            code="EVENT",
            label=Label(en="Event", zh="事件"),
            hint=Label(
                en="Everybody who reads the report reads this part: name neither product nor arm "
                "here. Doses belong into the narrative.",
                zh="本部分所有报告读者可见，请勿写出研究制品或组别；给药经过请写入“事件经过描述”。",
            ),
            items=(
                Text(
                    code="SAEDX",
                    label=Label(en="Diagnosis (native language)", zh="SAE诊断（中文）"),
                    max_length=200,
                    sdtm="E.i.1.1a",
                ),
                Text(
                    code="SAEDXEN",
                    label=Label(en="Diagnosis in English", zh="SAE诊断（英文）"),
                    max_length=200,
                    required=False,
                    sdtm="E.i.1.2",
                ),
                Calculated(
                    code="SAESERC",
                    label=Label(en="Seriousness criteria (from AE)", zh="严重性标准"),
                    rule=safety.seriousness,
                    reads=tuple(f"AE.{code}" for code in safety.CRITERIA),
                    holds="text",
                    wording=SERIOUSNESS,
                    sdtm="E.i.3.2a-f",
                ),
                Calculated(
                    code="SAEST",
                    label=Label(en="Start, end, outcome", zh="开始、结束、转归"),
                    codes=E2BOUT,
                    rule=safety.course,
                    reads=("AE.AESTDAT", "AE.AESTTIM", "AE.AEENDAT", "AE.AEOUT"),
                    holds="text",
                    wording=COURSE,
                    sdtm="E.i.4, E.i.5, E.i.7",
                ),
                Date(
                    code="SAEHOSD",
                    label=Label(en="Admitted", zh="入院日期"),
                    shown_when=HOSPITAL,
                    hard=between(None, "today"),
                    sdtm="H.1",
                ),
                Date(
                    code="SAEDISD",
                    label=Label(en="Discharged", zh="出院日期"),
                    required=False,
                    shown_when=HOSPITAL,
                    hard=between("SAEHOSD", None),
                    sdtm="H.1",
                ),
                Text(
                    code="SAEDTHC",
                    label=Label(en="Cause of death, autopsy Y/N", zh="死因及是否尸检"),
                    max_length=200,
                    shown_when=DEATH,
                    sdtm="D.9.2.r, D.9.3, D.9.4.r",
                ),
                Table(
                    code="SAELAB",
                    label=Label(
                        en="Relevant tests: date, test, result, unit, range", zh="相关检查"
                    ),
                    columns=(
                        Date(
                            code="SAELABDT",
                            label=Label(en="Date", zh="日期"),
                            hard=between(None, "today"),
                        ),
                        Text(code="SAELABTS", label=Label(en="Test", zh="检查项目"), max_length=80),
                        Text(code="SAELABRS", label=Label(en="Result", zh="结果"), max_length=80),
                        Text(
                            code="SAELABUN",
                            label=Label(en="Unit", zh="单位"),
                            max_length=30,
                            required=False,
                        ),
                        Text(
                            code="SAELABRG",
                            label=Label(en="Reference range", zh="参考范围"),
                            max_length=40,
                            required=False,
                        ),
                    ),
                    required=False,
                    sdtm="F.r.1-F.r.5",
                ),
            ),
        ),
        Section(
            code="TREATMENT",
            label=Label(en="Product, causality and other medicines", zh="研究制品、因果关系与合并用药"),
            items=(
                Calculated(
                    code="SAEDRUG",
                    label=Label(
                        en="Product: name, batch, volume, route, first and last dose",
                        zh="研究制品：名称、批号、用量、途径、首末次给药",
                    ),
                    rule=safety.product_given,
                    reads=("AE.AESTDAT", "AE.AESTTIM", "EX.*"),
                    holds="text",
                    wording=PRODUCT,
                    sdtm="G.k.1, G.k.2.2, G.k.4.r.1-10",
                ),
                Choice(
                    code="SAEACN",
                    label=Label(en="Action taken", zh="采取措施"),
                    codes=E2BACN,
                    sdtm="G.k.8",
                ),
                Choice(
                    code="SAERELI",
                    label=Label(en="Causality, investigator", zh="研究者因果判断"),
                    codes=AEREL,
                    sdtm="G.k.9.i.2.r",
                ),
                Choice(
                    code="SAERECH",
                    label=Label(en="Came back on re-challenge", zh="再激发结果"),
                    codes=NYU,
                    required=False,
                    sdtm="G.k.9.i.4",
                ),
                Calculated(
                    code="SAECM",
                    label=Label(
                        en="Other medicines in the 14 days before", zh="发生前14天合并用药"
                    ),
                    rule=safety.other_medicines,
                    reads=("AE.AESTDAT", "CM.*"),
                    holds="text",
                    wording=MEDICINES,
                    sdtm="G.k (concomitant)",
                ),
            ),
        ),
        Section(
            code="NARRATIVE",
            label=Label(en="Narrative", zh="事件经过描述"),
            items=(
                LongText(
                    code="SAENARR",
                    label=Label(en="Narrative", zh="事件经过描述"),
                    hint=Label(
                        en="Needed in a follow-up and a final report, 200 characters or more.",
                        zh="随访报告和总结报告必填，建议200字以上。",
                    ),
                    max_length=20000,
                    usual_length=200,
                    required=parse("SAETYPE in ('FUP', 'FINAL')"),
                    sdtm="H.1, H.5.r",
                ),
            ),
        ),
        Section(
            code="SPONSOR",
            label=Label(en="Assessment of the sponsor", zh="申办者评估"),
            hint=Label(
                en="Entered by the safety officer once the report has been sent.",
                zh="报告提交后由安全性负责人填写。",
            ),
            items=(
                DateTime(
                    code="SAESPDTM",
                    label=Label(
                        en="Sponsor received (day 0 of SUSAR clock)",
                        zh="申办者获知时间（SUSAR第0天）",
                    ),
                    shown_when=SENT,
                    changed_by=SPONSOR,
                    hard=between("SAESUBDTM", "now"),
                    sdtm="C.1.4",
                ),
                Choice(
                    code="SAERELS",
                    label=Label(en="Causality, sponsor", zh="申办者因果判断"),
                    codes=AEREL,
                    shown_when=SENT,
                    changed_by=SPONSOR,
                    sdtm="G.k.9.i.2.r",
                ),
                Choice(
                    code="SAEEXP",
                    label=Label(en="Expected by the reference safety information", zh="是否预期"),
                    codes=EXPECT,
                    shown_when=SENT,
                    changed_by=SPONSOR,
                    sdtm="C.1.7",
                ),
                Calculated(
                    code="SUSAR",
                    label=Label(
                        en="SUSAR: serious and unexpected and (investigator or sponsor says definitely, probably or possibly related)",
                        zh="是否SUSAR",
                    ),
                    codes=NY,
                    rule=safety.is_susar,
                    reads=("AE.AESER", "SAEEXP", "SAERELI", "SAERELS"),
                    holds="choice",
                    sdtm="C.1.7",
                ),
                Calculated(
                    code="SUSDUE",
                    label=Label(
                        en="SUSAR first report due: SAESPDTM + 7 days if fatal or life-threatening, else + 15 days",
                        zh="SUSAR首次报告截止日（自申办者获知起7/15天）",
                    ),
                    rule=safety.susar_due,
                    reads=("SAESPDTM", "SUSAR", "AE.AESDTH", "AE.AESLIFE"),
                    holds="date",
                    shown_when=IS_SUSAR,
                    sdtm="",
                ),
                Date(
                    code="SUSSUB",
                    label=Label(
                        en="First report sent to authority, receipt number",
                        zh="首次报告提交监管部门日期及回执号",
                    ),
                    shown_when=IS_SUSAR,
                    changed_by=SPONSOR,
                    hard=between(None, "today"),
                    soft=between(None, "SUSDUE"),
                    sdtm="",
                ),
                Calculated(
                    code="SUSFUP",
                    label=Label(
                        en="Further information due: SUSSUB + 8 days (fatal or life-threatening; empty before SUSSUB)",
                        zh="随访信息截止日（致死/危及生命：首次报告提交后8天；未提交时为空）",
                    ),
                    rule=safety.follow_up_due,
                    reads=("SUSSUB", "SUSAR", "AE.AESDTH", "AE.AESLIFE"),
                    holds="date",
                    shown_when=IS_SUSAR,
                    sdtm="",
                ),
            ),
        ),
    ),
    checks=SAE_CHECKS,
)  # fmt: skip
