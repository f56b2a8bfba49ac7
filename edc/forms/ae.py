"""Adverse events: one row per event."""

from __future__ import annotations

from edc.forms import ctcae
from edc.forms.ae_checks import AE_CHECKS
from edc.forms.codelists import INJCAUSE, NY
from edc.forms.codelists_grades import ACN, AEOUT, AEREL, CTCAE15
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import (
    Choice,
    Date,
    MultiChoice,
    PartialDate,
    Reference,
    System,
    Table,
    Text,
    Time,
    between,
)

ANY = parse("AEYN == 'Y'")
SERIOUS = parse("AESER == 'Y'")
OTHER_SPECIFY = parse(f"AECTCID in {ctcae.keys_needing_text()}")


AE = Crf(
    code="AE",
    label=Label(en="Adverse event", zh="不良事件"),
    note=Label(
        en="One row per event; a rise in grade goes into the grade history. Worsening of the target injury is efficacy data unless serious or judged related.",
        zh="每个事件一行，分级升高记入分级变化。靶损伤加重属疗效数据，除非严重或判断为相关。",
    ),
    occurs=Occurs.LOG,
    date_item="AESTDAT",
    row_title=("AETERM", "AESTDAT", "AETOXGR", "AESER"),
    sdtm="AE",
    sections=(
        Section(
            code="ANY",
            label=Label(en="Any event", zh="是否发生"),
            items=(
                Choice(
                    code="AEYN",
                    label=Label(en="Any adverse event", zh="是否发生不良事件"),
                    codes=NY,
                    cdash=True,
                    sdtm="AE",
                ),
                System(
                    code="AESPID",
                    label=Label(en="AE number", zh="不良事件编号"),
                    cdash=True,
                    sdtm="AE.AESPID",
                ),
            ),
        ),
        Section(
            code="EVENT",
            label=Label(en="Event", zh="事件"),
            items=(
                Text(
                    code="AETERM",
                    label=Label(
                        en="Event in the investigator's words", zh="不良事件名称（研究者描述）"
                    ),
                    max_length=200,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AETERM",
                ),
                Reference(
                    code="AECTCID",
                    label=Label(en="CTCAE v5.0 term (pick list)", zh="CTCAE v5.0术语（选择）"),
                    to="CTCAE",
                    entries=ctcae.entries(),
                    shown_when=ANY,
                    sdtm="AE.AEMODIFY or SUPPAE",
                ),
                Text(
                    code="AECTCOT",
                    label=Label(en="Other, specify", zh="其他，请注明"),
                    max_length=100,
                    shown_when=OTHER_SPECIFY,
                    sdtm="SUPPAE",
                ),
            ),
        ),
        Section(
            code="COURSE",
            label=Label(en="Course and grade", zh="经过与分级"),
            items=(
                PartialDate(
                    code="AESTDAT",
                    label=Label(en="Start (day may be unknown)", zh="开始日期（日可不详）"),
                    shown_when=ANY,
                    hard=between(None, "today"),
                    cdash=True,
                    sdtm="AE.AESTDTC",
                ),
                Time(
                    code="AESTTIM",
                    label=Label(en="Start time (same day as a dose)", zh="开始时间（给药当日）"),
                    required=False,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AESTDTC",
                ),
                Choice(
                    code="AEONGO",
                    label=Label(en="Ongoing", zh="是否持续"),
                    codes=NY,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AEENRTPT",
                ),
                Date(
                    code="AEENDAT",
                    label=Label(en="End", zh="结束日期"),
                    shown_when=parse("AEONGO == 'N'"),
                    hard=between(None, "today"),
                    cdash=True,
                    sdtm="AE.AEENDTC",
                ),
                Choice(
                    code="AETOXGR",
                    label=Label(en="Highest CTCAE grade", zh="最高CTCAE分级"),
                    codes=CTCAE15,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AETOXGR",
                ),
                Table(
                    code="AEGRH",
                    label=Label(en="Grade history", zh="分级变化"),
                    columns=(
                        Date(
                            code="AEGRHDAT",
                            label=Label(en="Date", zh="日期"),
                            hard=between("AESTDAT", "today if empty(AEENDAT) else AEENDAT"),
                        ),
                        Choice(code="AEGRHGR", label=Label(en="Grade", zh="分级"), codes=CTCAE15),
                    ),
                    required=False,
                    shown_when=ANY,
                    sdtm="FA",
                ),
            ),
        ),
        Section(
            code="SERIOUS",
            label=Label(en="Seriousness", zh="严重性"),
            items=(
                Choice(
                    code="AESER",
                    label=Label(en="Serious", zh="是否严重不良事件"),
                    codes=NY,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AESER",
                ),
                Choice(
                    code="AESDTH",
                    label=Label(en="Death", zh="死亡"),
                    codes=NY,
                    shown_when=SERIOUS,
                    cdash=True,
                    sdtm="AE.AESDTH",
                ),
                Choice(
                    code="AESLIFE",
                    label=Label(en="Life-threatening", zh="危及生命"),
                    codes=NY,
                    shown_when=SERIOUS,
                    cdash=True,
                    sdtm="AE.AESLIFE",
                ),
                Choice(
                    code="AESHOSP",
                    label=Label(en="Hospital stay needed or prolonged", zh="需住院或延长住院"),
                    codes=NY,
                    shown_when=SERIOUS,
                    cdash=True,
                    sdtm="AE.AESHOSP",
                ),
                Choice(
                    code="AESDISAB",
                    label=Label(en="Lasting or marked disability", zh="永久或显著的残疾/功能丧失"),
                    codes=NY,
                    shown_when=SERIOUS,
                    cdash=True,
                    sdtm="AE.AESDISAB",
                ),
                Choice(
                    code="AESCONG",
                    label=Label(en="Birth defect", zh="先天异常/出生缺陷"),
                    codes=NY,
                    shown_when=SERIOUS,
                    cdash=True,
                    sdtm="AE.AESCONG",
                ),
                Choice(
                    code="AESMIE",
                    label=Label(en="Other important medical event", zh="其他重要医学事件"),
                    codes=NY,
                    shown_when=SERIOUS,
                    cdash=True,
                    sdtm="AE.AESMIE",
                ),
                Date(
                    code="AESERDAT",
                    label=Label(en="Became serious on", zh="转为严重的日期"),
                    shown_when=SERIOUS,
                    hard=between("AESTDAT", "today"),
                    sdtm="SUPPAE",
                ),
                System(
                    code="AESAENO",
                    label=Label(en="SAE number", zh="SAE编号"),
                    shown_when=SERIOUS,
                    sdtm="AE.AEREFID",
                ),
            ),
        ),
        Section(
            code="CAUSE",
            label=Label(en="Causality", zh="因果关系"),
            items=(
                Choice(
                    code="AEREL",
                    label=Label(en="Related to MSC supernatant", zh="与研究制品的关系"),
                    codes=AEREL,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AEREL",
                ),
                Choice(
                    code="AERELPR",
                    label=Label(
                        en="Related to the way it was given (catheter, dressing)",
                        zh="与给药操作的关系（导尿、换药等）",
                    ),
                    codes=AEREL,
                    shown_when=ANY,
                    sdtm="AE.AERELNST",
                ),
                MultiChoice(
                    code="AERELOT",
                    label=Label(en="Other likely cause", zh="其他可能原因"),
                    codes=INJCAUSE,
                    required=False,
                    shown_when=ANY,
                    sdtm="AE.AERELNST",
                ),
            ),
        ),
        Section(
            code="ACTION",
            label=Label(en="Action and outcome", zh="措施与转归"),
            items=(
                Choice(
                    code="AEACN",
                    label=Label(en="Action with MSC supernatant", zh="对研究制品采取的措施"),
                    codes=ACN,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AEACN",
                ),
                Choice(
                    code="AECONTRT",
                    label=Label(en="Medicine or treatment given", zh="是否给予治疗"),
                    codes=NY,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AECONTRT",
                ),
                Choice(
                    code="AEDIS",
                    label=Label(en="Led to leaving the study", zh="是否导致退出研究"),
                    codes=NY,
                    shown_when=ANY,
                    expected="N",
                    sdtm="AE.AEACNOTH, DS",
                ),
                Choice(
                    code="AEOUT",
                    label=Label(en="Outcome", zh="转归"),
                    codes=AEOUT,
                    shown_when=ANY,
                    cdash=True,
                    sdtm="AE.AEOUT",
                ),
                Choice(
                    code="AESI",
                    label=Label(
                        en="Special interest: allergy, infection at the site, tumour, chemical cystitis",
                        zh="特别关注：过敏、局部感染、肿瘤、化学性膀胱炎",
                    ),
                    codes=NY,
                    shown_when=ANY,
                    sdtm="AE.AEPRESP or SUPPAE",
                ),
            ),
        ),
        Section(
            code="CODING",
            label=Label(en="Medical coding", zh="医学编码"),
            hint=Label(
                en="Filled by a coder once a licensed MedDRA dictionary is loaded.",
                zh="取得MedDRA授权词典后由编码人员填写。",
            ),
            items=(
                Text(
                    code="AELLT",
                    label=Label(en="MedDRA lowest level term", zh="MedDRA低位语"),
                    required=False,
                    shown_when=ANY,
                    changed_by=frozenset({"data_manager"}),
                    sdtm="AE.AELLT, AEDECOD, AESOC",
                ),
                Text(
                    code="AEPT",
                    label=Label(en="MedDRA preferred term", zh="MedDRA首选语"),
                    required=False,
                    shown_when=ANY,
                    changed_by=frozenset({"data_manager"}),
                    sdtm="AE.AELLT, AEDECOD, AESOC",
                ),
                Text(
                    code="AESOC",
                    label=Label(en="MedDRA system organ class", zh="MedDRA系统器官分类"),
                    required=False,
                    shown_when=ANY,
                    changed_by=frozenset({"data_manager"}),
                    sdtm="AE.AELLT, AEDECOD, AESOC",
                ),
                Text(
                    code="AEMDVER",
                    label=Label(en="MedDRA version", zh="MedDRA版本"),
                    required=False,
                    shown_when=ANY,
                    changed_by=frozenset({"data_manager"}),
                    sdtm="AE.AELLT, AEDECOD, AESOC",
                ),
            ),
        ),
    ),
    checks=AE_CHECKS,
)
