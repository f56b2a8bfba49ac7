"""Skin injury assessment."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_findings import AGVSKIN, BODYLOC, CTCG, DEPTH, EXUD, LAT, LESION, RTOGSK
from edc.forms.derivations import pending
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, DecimalNumber, File, Integer, System, between

SK = Crf(
    code="SK",
    label=Label(en="Skin injury assessment", zh="皮肤损伤评估"),
    date_item="SKDAT",
    assesses=True,
    sdtm="RS, FA",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Skin injury assessment", zh="皮肤损伤评估"),
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
                    shown_when=parse("SKPERF == 'Y'"),
                    expected="Y",
                    sdtm="SUPPRS",
                ),
                DecimalNumber(
                    code="SKBSA",
                    label=Label(
                        en="Body surface affected (palm incl. fingers = 1%)",
                        zh="受累体表面积（手掌含手指=1%）",
                    ),
                    places=1,
                    unit=units.PERCENT,
                    shown_when=parse("SKPERF == 'Y'"),
                    hard=between(0, 100),
                    soft=between(0, 60),
                    sdtm="FA",
                ),
                Choice(
                    code="SKCTCRD",
                    label=Label(en="CTCAE v5.0 Dermatitis radiation", zh="CTCAE v5.0 放射性皮炎"),
                    codes=CTCG,
                    shown_when=parse("'RT' in INJ.INJCAUSE"),
                    sdtm="RS (CTCAE V5.0)",
                ),
                Choice(
                    code="SKRTOG",
                    label=Label(en="RTOG acute skin", zh="RTOG急性皮肤反应"),
                    codes=RTOGSK,
                    shown_when=parse("'RT' in INJ.INJCAUSE"),
                    sdtm="RS (RTOG)",
                ),
                Choice(
                    code="SKCTCUL",
                    label=Label(en="CTCAE v5.0 Skin ulceration", zh="CTCAE v5.0 皮肤溃疡"),
                    codes=CTCG,
                    shown_when=parse("SKPERF == 'Y'"),
                    sdtm="RS (CTCAE V5.0)",
                ),
                Choice(
                    code="SKGVST",
                    label=Label(en="Acute GVHD skin stage (MAGIC)", zh="急性GVHD皮肤分期（MAGIC）"),
                    codes=AGVSKIN,
                    shown_when=parse("'AGVHD' in INJ.INJCAUSE"),
                    sdtm="RS (MAGIC)",
                ),
                Integer(
                    code="SKPAIN",
                    label=Label(en="Skin pain, worst of 24 h", zh="皮肤疼痛，24小时最重"),
                    unit=units.SCORE,
                    shown_when=parse("SKPERF == 'Y'"),
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
                Integer(
                    code="SKITCH",
                    label=Label(en="Itch, worst of 24 h", zh="瘙痒，24小时最重"),
                    unit=units.SCORE,
                    shown_when=parse("SKPERF == 'Y'"),
                    hard=between(0, 10),
                    sdtm="QS (NRS)",
                ),
            ),
        ),
        Section(
            code="LESION",
            label=Label(en="Lesions", zh="皮损"),
            repeats=10,
            items=(
                Integer(
                    code="SLNUM",
                    label=Label(en="Lesion number (kept for the whole study)", zh="皮损编号"),
                    hard=between(1, 10),
                    unit=units.LESION,
                    sdtm="FA.FALNKID",
                ),
                Choice(
                    code="SLTYPE",
                    label=Label(en="Lesion type", zh="皮损类型"),
                    codes=LESION,
                    sdtm="FA.FAOBJ",
                ),
                Choice(
                    code="SLLOC",
                    label=Label(en="Place", zh="部位"),
                    codes=BODYLOC,
                    sdtm="FA.FALOC",
                ),
                Choice(
                    code="SLLAT",
                    label=Label(en="Side", zh="侧别"),
                    codes=LAT,
                    sdtm="FA.FALAT",
                ),
                DecimalNumber(
                    code="SLLEN",
                    label=Label(en="Longest length", zh="最长径"),
                    places=1,
                    unit=units.CENTIMETRE,
                    hard=between(0, 60),
                    # soft: 0.1 to 20; 0 if SLHEAL == Y
                    sdtm="FA",
                ),
                DecimalNumber(
                    code="SLWID",
                    label=Label(en="Widest width at a right angle", zh="垂直最大宽径"),
                    places=1,
                    unit=units.CENTIMETRE,
                    hard=between(0, 60),
                    # soft: 0.1 to 15; 0 if SLHEAL == Y
                    sdtm="FA",
                ),
                Calculated(
                    code="SLAREA",
                    label=Label(en="Area = length x width", zh="面积=长×宽"),
                    rule=pending.pending,
                    holds="decimal",
                    unit=units.SQUARE_CM,
                    hard=between(0, 3600),
                    sdtm="FA",
                ),
                Calculated(
                    code="SLREDPC",
                    label=Label(en="Reduction from baseline area", zh="较基线面积缩小率"),
                    rule=pending.pending,
                    holds="decimal",
                    unit=units.PERCENT,
                    soft=between(-100, 100),
                    sdtm="FA",
                ),
                Choice(
                    code="SLDEPTH",
                    label=Label(en="Depth", zh="深度"),
                    codes=DEPTH,
                    sdtm="FA",
                ),
                Choice(
                    code="SLEXUD",
                    label=Label(en="Exudate", zh="渗出"),
                    codes=EXUD,
                    sdtm="FA",
                ),
                Choice(
                    code="SLINF",
                    label=Label(en="Signs of infection", zh="感染征象"),
                    codes=NY,
                    sdtm="FA",
                ),
                Choice(
                    code="SLHEAL",
                    label=Label(
                        en="Fully covered by new skin, no drainage", zh="完全上皮化且无渗液"
                    ),
                    codes=NY,
                    sdtm="FA",
                ),
                File(
                    code="SLPHOTO",
                    label=Label(en="Photograph with ruler", zh="照片（含标尺）"),
                    required=False,
                    shown_when=parse("IC.ICPHOTO == 'Y'"),
                    # hard: as OMPHOTO
                    sdtm="not in SDTM",
                ),
            ),
        ),
    ),
)
