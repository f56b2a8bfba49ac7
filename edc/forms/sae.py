"""Serious adverse event report."""

from __future__ import annotations

from edc.forms.codelists import NY, NYU
from edc.forms.codelists_conduct import E2BACN, E2BOUT, EXPECT, QUALIF, SAETYPE
from edc.forms.codelists_grades import AEREL
from edc.forms.derivations import pending
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

SAE = Crf(
    code="SAE",
    label=Label(en="Serious adverse event report", zh="严重不良事件报告"),
    occurs=Occurs.LOG,
    date_item="SAEAWDTM",
    row_title=("SAENO", "SAEDX"),
    sdtm="AE, E2B(R3)",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Serious adverse event report", zh="严重不良事件报告"),
            items=(
                System(
                    code="SAENO",
                    label=Label(en="SAE number", zh="SAE编号"),
                    # hard: NCT06599346-SITE-SUBJ-nn
                    sdtm="C.1.1, C.1.8.1",
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
                    # hard: >= AESERDAT, <= now
                    # soft: within 7 days of AESERDAT
                    sdtm="C.1.4 (for the sponsor: sponsor date)",
                ),
                System(
                    code="SAESUBDTM",
                    label=Label(en="Sent to the sponsor", zh="提交申办者时间"),
                    # soft: <= SAEAWDTM + 24 h
                    sdtm="",
                ),
                DateTime(
                    code="SAESPDTM",
                    label=Label(
                        en="Sponsor received (day 0 of SUSAR clock)",
                        zh="申办者获知时间（SUSAR第0天）",
                    ),
                    # hard: >= SAESUBDTM
                    sdtm="C.1.4",
                ),
                Date(
                    code="SAEECDAT",
                    label=Label(en="Reported to the ethics committee", zh="报告伦理委员会日期"),
                    required=False,
                    hard=between(None, "today"),
                    sdtm="",
                ),
                Choice(
                    code="SAEREP",
                    label=Label(en="Reporter qualification", zh="报告人资质"),
                    codes=QUALIF,
                    sdtm="C.2.r.4",
                ),
                System(
                    code="SAESTDY",
                    label=Label(en="Study number, title, type", zh="研究编号、题目、类型"),
                    sdtm="C.5.1.r, C.5.2, C.5.3, C.5.4",
                ),
                Calculated(
                    code="SAEPAT",
                    label=Label(
                        en="Age at onset, sex, weight, height (no initials)",
                        zh="发病年龄、性别、体重、身高",
                    ),
                    rule=pending.pending,
                    holds="decimal",
                    sdtm="D.1 masked, D.2.2, D.3, D.4, D.5",
                ),
                Calculated(
                    code="SAEMH",
                    label=Label(en="Relevant history (from MH, HSCT)", zh="相关病史"),
                    rule=pending.pending,
                    holds="decimal",
                    sdtm="D.7.1.r, D.7.2",
                ),
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
                    rule=pending.pending,
                    holds="decimal",
                    sdtm="E.i.3.2a-f",
                ),
                Date(
                    code="SAEHOSD",
                    label=Label(en="Admitted", zh="入院日期"),
                    hard=between(None, "today"),
                    sdtm="H.1",
                ),
                Date(
                    code="SAEDISD",
                    label=Label(en="Discharged", zh="出院日期"),
                    required=False,
                    # hard: >= SAEHOSD
                    sdtm="H.1",
                ),
                Calculated(
                    code="SAEST",
                    label=Label(en="Start, end, outcome", zh="开始、结束、转归"),
                    codes=E2BOUT,
                    rule=pending.pending,
                    holds="choice",
                    sdtm="E.i.4, E.i.5, E.i.7",
                ),
                Calculated(
                    code="SAEDRUG",
                    label=Label(
                        en="Product: name, batch, volume, route, first and last dose",
                        zh="研究制品：名称、批号、用量、途径、首末次给药",
                    ),
                    rule=pending.pending,
                    holds="decimal",
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
                    code="SAERELS",
                    label=Label(en="Causality, sponsor", zh="申办者因果判断"),
                    codes=AEREL,
                    sdtm="G.k.9.i.2.r",
                ),
                Choice(
                    code="SAEEXP",
                    label=Label(en="Expected by the reference safety information", zh="是否预期"),
                    codes=EXPECT,
                    sdtm="C.1.7",
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
                    rule=pending.pending,
                    holds="decimal",
                    sdtm="G.k (concomitant)",
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
                LongText(
                    code="SAENARR",
                    label=Label(en="Narrative", zh="事件经过描述"),
                    max_length=20000,
                    # hard: up to 20000
                    # soft: 200 characters or more
                    sdtm="H.1, H.5.r",
                ),
                Text(
                    code="SAEDTHC",
                    label=Label(en="Cause of death, autopsy Y/N", zh="死因及是否尸检"),
                    max_length=200,
                    sdtm="D.9.2.r, D.9.3, D.9.4.r",
                ),
                Calculated(
                    code="SUSAR",
                    label=Label(
                        en="SUSAR: serious and unexpected and (investigator or sponsor says definitely, probably or possibly related)",
                        zh="是否SUSAR",
                    ),
                    codes=NY,
                    rule=pending.pending,
                    holds="choice",
                    sdtm="C.1.7",
                ),
                Calculated(
                    code="SUSDUE",
                    label=Label(
                        en="SUSAR first report due: SAESPDTM + 7 days if fatal or life-threatening, else + 15 days",
                        zh="SUSAR首次报告截止日（自申办者获知起7/15天）",
                    ),
                    rule=pending.pending,
                    holds="decimal",
                    shown_when=parse("SUSAR == 'Y'"),
                    sdtm="",
                ),
                Calculated(
                    code="SUSFUP",
                    label=Label(
                        en="Further information due: SUSSUB + 8 days (fatal or life-threatening; empty before SUSSUB)",
                        zh="随访信息截止日（致死/危及生命：首次报告提交后8天；未提交时为空）",
                    ),
                    rule=pending.pending,
                    holds="decimal",
                    shown_when=parse("SUSAR == 'Y'"),
                    sdtm="",
                ),
                Date(
                    code="SUSSUB",
                    label=Label(
                        en="First report sent to authority, receipt number",
                        zh="首次报告提交监管部门日期及回执号",
                    ),
                    shown_when=parse("SUSAR == 'Y'"),
                    hard=between(None, "today"),
                    # soft: <= SUSDUE
                    sdtm="",
                ),
            ),
        ),
    ),
)
