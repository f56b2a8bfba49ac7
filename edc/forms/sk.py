"""Skin injury assessment: the skin as a whole, and each of its lesions, by a masked assessor."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_ctcae import CTCRD, CTCUL
from edc.forms.codelists_findings import AGVSKIN, BODYLOC, DEPTH, EXUD, LAT, LESION, RTOGSK
from edc.forms.derivations import skin
from edc.forms.scales import ITCH, PAIN
from edc.forms.sk_checks import SK_CHECKS
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, DecimalNumber, File, Integer, System, between

ASSESSED = parse("SKPERF == 'Y'")
# Only of an injury with that cause, and of a skin that somebody looked at.
BY_RADIATION = parse("SKPERF == 'Y' and 'RT' in INJ.INJCAUSE")
BY_GVHD = parse("SKPERF == 'Y' and 'AGVHD' in INJ.INJCAUSE")

SK = Crf(
    code="SK",
    label=Label(en="Skin injury assessment", zh="皮肤损伤评估"),
    note=Label(
        en="Assess without knowing the arm; do not ask about the study product.",
        zh="请在未知分组的情况下评估，不要询问研究制品使用情况。",
    ),
    date_item="SKDAT",
    assesses=True,
    sdtm="RS, FA",
    sections=(
        Section(
            code="ASSESSMENT",
            label=Label(en="Assessment", zh="评估"),
            items=(
                Choice(
                    code="SKPERF",
                    label=Label(en="Assessed", zh="是否评估"),
                    codes=NY,
                    sdtm="RS.RSSTAT",
                ),
                Date(
                    code="SKDAT",
                    label=Label(en="Date", zh="评估日期"),
                    hard=between("consent_date", "today"),
                    soft=between("window_start", "window_end"),
                    soft_text=Label(
                        en="The date is not the scheduled day.", zh="评估日期不在计划日（窗）内。"
                    ),
                    sdtm="RS.RSDTC",
                ),
                System(
                    code="SKEVAL",
                    label=Label(en="Assessor", zh="评估者"),
                    sdtm="RS.RSEVALID",
                ),
                Choice(
                    code="SKMASK",
                    label=Label(en="Assessor unaware of the arm", zh="评估者未知分组"),
                    codes=NY,
                    shown_when=ASSESSED,
                    expected="Y",
                    sdtm="SUPPRS",
                ),
            ),
        ),
        Section(
            code="LESIONS",
            label=Label(en="Lesions", zh="皮损"),
            hint=Label(
                en="A lesion keeps its number for the whole study. Healed: length and width 0.",
                zh="皮损编号在整个研究期间不变；已愈合者长径和宽径填0。",
            ),
            repeats=10,
            row_label=Label(en="Lesion", zh="皮损"),
            numbered="SLNUM",
            kept=("SLTYPE", "SLLOC", "SLLAT"),
            recalled=("SLHEAL",),
            items=(
                Integer(
                    code="SLNUM",
                    label=Label(en="Lesion number (kept for the whole study)", zh="皮损编号"),
                    shown_when=ASSESSED,
                    hard=between(1, 10),
                    unit=units.LESION,
                    sdtm="FA.FALNKID",
                ),
                Choice(
                    code="SLTYPE",
                    label=Label(en="Lesion type", zh="皮损类型"),
                    codes=LESION,
                    shown_when=ASSESSED,
                    sdtm="FA.FAOBJ",
                ),
                Choice(
                    code="SLLOC",
                    label=Label(en="Place", zh="部位"),
                    codes=BODYLOC,
                    shown_when=ASSESSED,
                    sdtm="FA.FALOC",
                ),
                Choice(
                    code="SLLAT",
                    label=Label(en="Side", zh="侧别"),
                    codes=LAT,
                    shown_when=ASSESSED,
                    sdtm="FA.FALAT",
                ),
                DecimalNumber(
                    code="SLLEN",
                    label=Label(en="Longest length", zh="最长径"),
                    places=1,
                    unit=units.CENTIMETRE,
                    shown_when=ASSESSED,
                    hard=between(0, 60),
                    soft=between(0, 20),
                    sdtm="FA",
                ),
                DecimalNumber(
                    code="SLWID",
                    label=Label(en="Widest width at a right angle", zh="垂直最大宽径"),
                    places=1,
                    unit=units.CENTIMETRE,
                    shown_when=ASSESSED,
                    hard=between(0, 60),
                    soft=between(0, 15),
                    sdtm="FA",
                ),
                Calculated(
                    code="SLAREA",
                    label=Label(en="Area = length x width", zh="面积=长×宽"),
                    rule=skin.area,
                    reads=("SLLEN", "SLWID"),
                    shown_when=ASSESSED,
                    unit=units.SQUARE_CM,
                    hard=between(0, 3600),
                    sdtm="FA",
                ),
                Calculated(
                    code="SLREDPC",
                    label=Label(en="Reduction from baseline area", zh="较基线面积缩小率"),
                    rule=skin.reduction,
                    reads=("SLLEN", "SLWID", "SK.SLNUM", "SK.SLLEN", "SK.SLWID"),
                    shown_when=ASSESSED,
                    unit=units.PERCENT,
                    soft=between(-100, 100),
                    sdtm="FA",
                ),
                Choice(
                    code="SLDEPTH",
                    label=Label(en="Depth", zh="深度"),
                    codes=DEPTH,
                    shown_when=ASSESSED,
                    sdtm="FA",
                ),
                Choice(
                    code="SLEXUD",
                    label=Label(en="Exudate", zh="渗出"),
                    codes=EXUD,
                    shown_when=ASSESSED,
                    sdtm="FA",
                ),
                Choice(
                    code="SLINF",
                    label=Label(en="Signs of infection", zh="感染征象"),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="FA",
                ),
                Choice(
                    code="SLHEAL",
                    label=Label(
                        en="Fully covered by new skin, no drainage", zh="完全上皮化且无渗液"
                    ),
                    codes=NY,
                    shown_when=ASSESSED,
                    sdtm="FA",
                ),
                File(
                    code="SLPHOTO",
                    label=Label(en="Photograph with ruler", zh="照片（含标尺）"),
                    required=False,
                    shown_when=parse("SKPERF == 'Y' and IC.ICPHOTO == 'Y'"),
                    sdtm="not in SDTM",
                ),
            ),
        ),
        Section(
            code="SKIN",
            label=Label(en="Skin as a whole", zh="皮肤整体"),
            items=(
                DecimalNumber(
                    code="SKBSA",
                    label=Label(
                        en="Body surface affected (palm incl. fingers = 1%)",
                        zh="受累体表面积（手掌含手指=1%）",
                    ),
                    places=1,
                    unit=units.PERCENT,
                    shown_when=ASSESSED,
                    hard=between(0, 100),
                    soft=between(0, 60),
                    sdtm="FA",
                ),
                Choice(
                    code="SKCTCUL",
                    label=Label(en="CTCAE v5.0 Skin ulceration", zh="CTCAE v5.0 皮肤溃疡"),
                    codes=CTCUL,
                    shown_when=ASSESSED,
                    sdtm="RS (CTCAE V5.0)",
                ),
                Choice(
                    code="SKCTCRD",
                    label=Label(en="CTCAE v5.0 Dermatitis radiation", zh="CTCAE v5.0 放射性皮炎"),
                    codes=CTCRD,
                    shown_when=BY_RADIATION,
                    sdtm="RS (CTCAE V5.0)",
                ),
                Choice(
                    code="SKRTOG",
                    label=Label(en="RTOG acute skin", zh="RTOG急性皮肤反应"),
                    codes=RTOGSK,
                    shown_when=BY_RADIATION,
                    sdtm="RS (RTOG)",
                ),
                Choice(
                    code="SKGVST",
                    label=Label(en="Acute GVHD skin stage (MAGIC)", zh="急性GVHD皮肤分期（MAGIC）"),
                    codes=AGVSKIN,
                    shown_when=BY_GVHD,
                    sdtm="RS (MAGIC)",
                ),
                Integer(
                    code="SKPAIN",
                    label=Label(en="Skin pain, worst of 24 h", zh="皮肤疼痛，24小时最重"),
                    unit=units.SCORE,
                    scale=PAIN,
                    shown_when=ASSESSED,
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Integer(
                    code="SKITCH",
                    label=Label(en="Itch, worst of 24 h", zh="瘙痒，24小时最重"),
                    unit=units.SCORE,
                    scale=ITCH,
                    shown_when=ASSESSED,
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
            ),
        ),
    ),
    checks=SK_CHECKS,
)
