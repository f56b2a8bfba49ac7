"""Oral mucositis assessment, by an assessor who should not know the arm."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import ASSLOC, NY
from edc.forms.codelists_ctcae import CTCOM
from edc.forms.codelists_grades import BLEED, DIET, DIETRS, OMERY, OMULC, OPIRT, WHOOM
from edc.forms.derivations import oral
from edc.forms.derivations.oral import MOUTH_SITES, REDNESS, ULCERS
from edc.forms.om_checks import OM_CHECKS
from edc.forms.scales import PAIN
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DecimalNumber,
    File,
    Integer,
    MultiChoice,
    System,
    Text,
    Time,
    between,
)

ASSESSED = parse("OMPERF == 'Y'")
# By video or telephone nobody can see the nine sites.
SEEN_IN_PERSON = parse("OMPERF == 'Y' and OMLOC in ('IPD', 'OPD')")


OM = Crf(
    code="OM",
    label=Label(en="Oral mucositis assessment", zh="口腔黏膜炎评估"),
    note=Label(
        en="Assess without knowing the arm; do not ask about the study product.",
        zh="请在未知分组的情况下评估，不要询问研究制品使用情况。",
    ),
    date_item="OMDAT",
    assesses=True,
    sdtm="RS, FA, QS",
    sections=(
        Section(
            code="ASSESSMENT",
            label=Label(en="Assessment", zh="评估"),
            items=(
                Choice(
                    code="OMPERF",
                    label=Label(en="Assessed", zh="是否评估"),
                    codes=NY,
                    sdtm="RS.RSSTAT",
                ),
                Text(
                    code="OMREASND",
                    label=Label(en="Why not", zh="未评估原因"),
                    max_length=100,
                    shown_when=parse("OMPERF == 'N'"),
                    sdtm="RS.RSREASND",
                ),
                Date(
                    code="OMDAT",
                    label=Label(en="Date", zh="评估日期"),
                    hard=between("consent_date", "today"),
                    soft=between("window_start", "window_end"),
                    soft_text=Label(
                        en="The date is not the scheduled day.", zh="评估日期不在计划日（窗）内。"
                    ),
                    sdtm="RS.RSDTC",
                ),
                Time(
                    code="OMTIM",
                    label=Label(en="Time", zh="评估时间"),
                    required=False,
                    shown_when=ASSESSED,
                    sdtm="RS.RSDTC",
                ),
                Choice(
                    code="OMLOC",
                    label=Label(en="Where", zh="评估方式"),
                    codes=ASSLOC,
                    shown_when=ASSESSED,
                    sdtm="SUPPRS",
                ),
                System(
                    code="OMEVAL",
                    label=Label(en="Assessor (signed-in user)", zh="评估者"),
                    sdtm="RS.RSEVALID",
                ),
                Choice(
                    code="OMMASK",
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
                    code="OMWHO",
                    label=Label(en="WHO grade", zh="WHO分级"),
                    codes=WHOOM,
                    shown_when=ASSESSED,
                    sdtm="RS (RSCAT WHO ORAL TOXICITY)",
                ),
                Choice(
                    code="OMCTC",
                    label=Label(en="CTCAE v5.0 Mucositis oral", zh="CTCAE v5.0 口腔黏膜炎分级"),
                    codes=CTCOM,
                    shown_when=ASSESSED,
                    sdtm="RS (RSCAT CTCAE V5.0)",
                ),
            ),
        ),
        Section(
            code="REDNESS",
            label=Label(en="OMAS: redness", zh="OMAS：红斑"),
            items=tuple(
                Choice(
                    code=f"OM{code}E",
                    label=Label(en=f"OMAS redness: {site.en}", zh=f"OMAS红斑：{site.zh}"),
                    codes=OMERY,
                    shown_when=SEEN_IN_PERSON,
                    sdtm="RS (RSLOC, RSLAT; RSTESTCD erythema)",
                )
                for code, site in MOUTH_SITES.items()
            ),
        ),
        Section(
            code="ULCERS",
            label=Label(en="OMAS: ulcer or pseudomembrane", zh="OMAS：溃疡/假膜"),
            items=tuple(
                Choice(
                    code=f"OM{code}U",
                    label=Label(
                        en=f"OMAS ulcer or pseudomembrane: {site.en}",
                        zh=f"OMAS溃疡/假膜：{site.zh}",
                    ),
                    codes=OMULC,
                    shown_when=SEEN_IN_PERSON,
                    sdtm="RS (ulceration)",
                )
                for code, site in MOUTH_SITES.items()
            ),
        ),
        Section(
            code="SCORES",
            label=Label(en="OMAS scores", zh="OMAS评分"),
            items=(
                Calculated(
                    code="OMERYM",
                    label=Label(en="Mean redness", zh="红斑均分"),
                    rule=oral.mean_redness,
                    reads=REDNESS,
                    unit=units.SCORE,
                    soft=between(0, 2),
                    sdtm="RS",
                ),
                Calculated(
                    code="OMULCM",
                    label=Label(en="Mean ulcer", zh="溃疡均分"),
                    rule=oral.mean_ulcer,
                    reads=ULCERS,
                    unit=units.SCORE,
                    soft=between(0, 3),
                    sdtm="RS",
                ),
                Calculated(
                    code="OMMEAN",
                    label=Label(en="OMAS mean mucositis score (0-5)", zh="OMAS总均分（0–5）"),
                    rule=oral.mean_score,
                    reads=(*REDNESS, *ULCERS),
                    unit=units.SCORE,
                    soft=between(0, 5),
                    sdtm="RS",
                ),
                Calculated(
                    code="OMNULC",
                    label=Label(en="Number of sites with an ulcer", zh="有溃疡部位数"),
                    rule=oral.sites_with_ulcer,
                    reads=ULCERS,
                    holds="integer",
                    places=0,
                    unit=units.SITES,
                    soft=between(0, 9),
                    sdtm="RS",
                ),
            ),
        ),
        Section(
            code="EATING",
            label=Label(en="Food", zh="进食"),
            items=(
                Choice(
                    code="OMDIET",
                    label=Label(en="Food taken in the last 24 h", zh="过去24小时进食情况"),
                    codes=DIET,
                    shown_when=ASSESSED,
                    sdtm="FA or ML",
                ),
                MultiChoice(
                    code="OMDIETRS",
                    label=Label(en="Why food is limited", zh="饮食受限原因"),
                    codes=DIETRS,
                    shown_when=parse("OMDIET != 'SOL'"),
                    sdtm="FA",
                ),
            ),
        ),
        Section(
            code="PAIN",
            label=Label(en="Pain and its treatment", zh="疼痛与镇痛"),
            items=(
                Integer(
                    code="OMPNRST",
                    label=Label(
                        en="Mouth pain at rest, worst of 24 h (0-10)",
                        zh="静息口腔疼痛，24小时最重（0–10）",
                    ),
                    unit=units.SCORE,
                    scale=PAIN,
                    shown_when=ASSESSED,
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Integer(
                    code="OMPNSWL",
                    label=Label(
                        en="Pain on swallowing, worst of 24 h (0-10)",
                        zh="吞咽疼痛，24小时最重（0–10）",
                    ),
                    unit=units.SCORE,
                    scale=PAIN,
                    shown_when=ASSESSED,
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Choice(
                    code="OMOPI",
                    label=Label(
                        en="Strong opioid for mouth pain in the last 24 h",
                        zh="过去24小时因口腔疼痛使用强阿片类药物",
                    ),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="FA, CM",
                ),
                Choice(
                    code="OMOPIRT",
                    label=Label(en="Opioid route", zh="阿片类给药途径"),
                    codes=OPIRT,
                    shown_when=parse("OMOPI == 'Y'"),
                    sdtm="CM",
                ),
                DecimalNumber(
                    code="OMOPIME",
                    label=Label(en="Oral morphine equivalent in 24 h", zh="24小时口服吗啡当量"),
                    places=1,
                    unit=units.MILLIGRAM,
                    required=False,
                    shown_when=parse("OMOPI == 'Y'"),
                    hard=between(0.1, 2000),
                    soft=between(5, 300),
                    sdtm="FA",
                ),
                Choice(
                    code="OMTOPAN",
                    label=Label(en="Topical anaesthetic used", zh="使用局部麻醉剂"),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="CM",
                ),
            ),
        ),
        Section(
            code="SUPPORT",
            label=Label(en="Nutrition, bleeding and infection", zh="营养、出血与感染"),
            items=(
                Choice(
                    code="OMTPN",
                    label=Label(en="Parenteral nutrition today", zh="今日肠外营养"),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="CM, ML",
                ),
                Choice(
                    code="OMENT",
                    label=Label(en="Tube feeding today", zh="今日管饲"),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="CM, ML",
                ),
                Choice(
                    code="OMBLEED",
                    label=Label(en="Mouth bleeding", zh="口腔出血"),
                    codes=BLEED,
                    shown_when=ASSESSED,
                    sdtm="RS",
                ),
                Choice(
                    code="OMINF",
                    label=Label(
                        en="Suspected mouth infection (Candida, herpes, bacteria)",
                        zh="疑似口腔感染（念珠菌、疱疹、细菌）",
                    ),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="CE",
                ),
            ),
        ),
        Section(
            code="SUMMARY",
            label=Label(en="Comparison and comment", zh="核对与备注"),
            items=(
                Calculated(
                    code="OMWHOC",
                    label=Label(en="WHO grade from the components", zh="由组成项推算的WHO分级"),
                    codes=WHOOM,
                    rule=oral.who_from_components,
                    reads=(*REDNESS, *ULCERS, "OMDIET", "OMDIETRS", "OMPNRST", "OMPNSWL"),
                    holds="choice",
                    sdtm="RS",
                ),
                File(
                    code="OMPHOTO",
                    label=Label(en="Photograph (no face or eyes)", zh="照片（不得含面部/眼部）"),
                    required=False,
                    shown_when=parse("IC.ICPHOTO == 'Y'"),
                    hint=Label(
                        en="JPEG or PNG, up to 10 MB. Place and camera are removed from the file.",
                        zh="JPEG或PNG，不超过10 MB；文件中的位置和相机信息会被清除。",
                    ),
                    sdtm="not in SDTM",
                ),
                Text(
                    code="OMCOM",
                    label=Label(en="Comment", zh="备注"),
                    max_length=500,
                    required=False,
                    sdtm="CO",
                ),
            ),
        ),
    ),
    checks=OM_CHECKS,
)
