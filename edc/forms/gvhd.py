"""GVHD assessment: acute by the MAGIC criteria, chronic by NIH 2014."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_findings import AGVGRD, AGVLGI, AGVLIV, AGVSKIN, AGVUGI, CGVGRD
from edc.forms.derivations import gvhd
from edc.forms.gvhd_checks import CHECKS
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, DecimalNumber, Integer, between

ACUTE = parse("AGVYN == 'Y'")
CHRONIC = parse("CGVYN == 'Y'")

GVHD = Crf(
    code="GVHD",
    label=Label(en="GVHD assessment", zh="GVHD评估"),
    date_item="GVDAT",
    sdtm="RS, CE",
    sections=(
        Section(
            code="ASSESSMENT",
            label=Label(en="Assessment", zh="评估"),
            items=(
                Date(
                    code="GVDAT",
                    label=Label(en="Date", zh="评估日期"),
                    hard=between("consent_date", "today"),
                    soft=between("visit_date", "visit_date"),
                    soft_text=Label(
                        en="The date differs from the date of the visit.",
                        zh="评估日期与访视日期不一致。",
                    ),
                    sdtm="RS.RSDTC",
                ),
                Choice(
                    code="AGVYN",
                    label=Label(en="Acute GVHD signs now", zh="目前是否有急性GVHD"),
                    codes=NY,
                    sdtm="CE.CEOCCUR",
                ),
                Date(
                    code="AGVONS",
                    label=Label(en="First day", zh="首发日期"),
                    shown_when=parse("AGVYN == 'Y' and empty(previous.AGVONS)"),
                    hard=between("HSCT.HCTDAT", "today"),
                    soft=between("HSCT.HCTDAT + 7", "HSCT.HCTDAT + 180"),
                    sdtm="CE.CESTDTC",
                ),
            ),
        ),
        Section(
            code="SKIN",
            label=Label(en="Acute GVHD: skin", zh="急性GVHD：皮肤"),
            items=(
                DecimalNumber(
                    code="AGVBSA",
                    label=Label(en="Rash, body surface", zh="皮疹体表面积"),
                    places=1,
                    unit=units.PERCENT,
                    shown_when=ACUTE,
                    hard=between(0, 100),
                    sdtm="FA",
                ),
                Choice(
                    code="AGVSKIN",
                    label=Label(en="Skin stage", zh="皮肤分期"),
                    codes=AGVSKIN,
                    shown_when=ACUTE,
                    sdtm="RS (MAGIC)",
                ),
            ),
        ),
        Section(
            code="LIVER",
            label=Label(en="Acute GVHD: liver", zh="急性GVHD：肝脏"),
            items=(
                Calculated(
                    code="AGVBILI",
                    label=Label(
                        en="Bilirubin (nearest LB, within 3 days)", zh="胆红素（最近3天内）"
                    ),
                    rule=gvhd.nearest_bilirubin,
                    reads=("GVDAT", "LB.*"),
                    unit=units.UMOL_PER_L,
                    shown_when=ACUTE,
                    sdtm="LB",
                ),
                Choice(
                    code="AGVLIV",
                    label=Label(en="Liver stage", zh="肝脏分期"),
                    codes=AGVLIV,
                    shown_when=ACUTE,
                    sdtm="RS (MAGIC)",
                ),
            ),
        ),
        Section(
            code="GUT",
            label=Label(en="Acute GVHD: gut", zh="急性GVHD：消化道"),
            items=(
                Choice(
                    code="AGVUGI",
                    label=Label(en="Upper gut stage", zh="上消化道分期"),
                    codes=AGVUGI,
                    shown_when=ACUTE,
                    sdtm="RS (MAGIC)",
                ),
                Integer(
                    code="AGVSTOOL",
                    label=Label(en="Stool volume a day (3-day mean)", zh="日均腹泻量（3天平均）"),
                    unit=units.MILLILITRE,
                    required=False,
                    shown_when=ACUTE,
                    hard=between(0, 15000),
                    soft=between(0, 3000),
                    sdtm="FA",
                ),
                Integer(
                    code="AGVEPI",
                    label=Label(en="Stools a day", zh="每日腹泻次数"),
                    unit=units.PER_DAY,
                    required=False,
                    shown_when=ACUTE,
                    hard=between(0, 60),
                    soft=between(0, 15),
                    sdtm="FA",
                ),
                Choice(
                    code="AGVLGI",
                    label=Label(en="Lower gut stage", zh="下消化道分期"),
                    codes=AGVLGI,
                    shown_when=ACUTE,
                    sdtm="RS (MAGIC)",
                ),
            ),
        ),
        Section(
            code="GRADE",
            label=Label(en="Acute GVHD: grade and treatment", zh="急性GVHD：分度与治疗"),
            items=(
                Calculated(
                    code="AGVGRD",
                    label=Label(en="Overall grade", zh="总体分度"),
                    codes=AGVGRD,
                    rule=gvhd.magic_grade,
                    reads=("AGVYN", *gvhd.STAGES),
                    holds="choice",
                    sdtm="RS (MAGIC)",
                ),
                Choice(
                    code="AGVTRT",
                    label=Label(en="Systemic treatment started", zh="开始全身治疗"),
                    codes=NY,
                    shown_when=ACUTE,
                    sdtm="CM",
                ),
            ),
        ),
        Section(
            code="CHRONIC",
            label=Label(en="Chronic GVHD", zh="慢性GVHD"),
            items=(
                Choice(
                    code="CGVYN",
                    label=Label(en="Chronic GVHD", zh="慢性GVHD"),
                    codes=NY,
                    # Unscheduled visits are numbered 90.01, 90.02 … and have codes of their own.
                    shown_when=parse("visit in ('FU100', 'M6', 'M12') or visit_order >= 90"),
                    sdtm="CE.CEOCCUR",
                ),
                Choice(
                    code="CGVGRD",
                    label=Label(
                        en="Chronic GVHD, overall (NIH 2014)", zh="慢性GVHD总体严重度（NIH 2014）"
                    ),
                    codes=CGVGRD,
                    shown_when=CHRONIC,
                    sdtm="RS",
                ),
                Integer(
                    code="CGVORAL",
                    label=Label(en="Chronic GVHD mouth score", zh="慢性GVHD口腔评分"),
                    unit=units.SCORE,
                    shown_when=CHRONIC,
                    hard=between(0, 3),
                    sdtm="RS",
                ),
                Integer(
                    code="CGVSKIN",
                    label=Label(en="Chronic GVHD skin score", zh="慢性GVHD皮肤评分"),
                    unit=units.SCORE,
                    shown_when=CHRONIC,
                    hard=between(0, 3),
                    sdtm="RS",
                ),
            ),
        ),
    ),
    checks=CHECKS,
)
