"""Vital signs, body measures and performance status."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import ECOG, NY
from edc.forms.derivations import vitals
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, DecimalNumber, Integer, Time, between

TAKEN = parse("VSPERF == 'Y'")
STATUS_DUE = parse("visit in ('SCR', 'BL', 'V28', 'FU100', 'M6', 'M12')")


VS = Crf(
    code="VS",
    label=Label(en="Vital signs and performance status", zh="生命体征与体能状态"),
    date_item="VSDAT",
    sdtm="VS, RS",
    sections=(
        Section(
            code="TAKEN",
            label=Label(en="Measurement", zh="测量"),
            items=(
                Choice(
                    code="VSPERF",
                    label=Label(en="Vital signs taken", zh="是否测量生命体征"),
                    codes=NY,
                    cdash=True,
                    sdtm="VS.VSSTAT",
                ),
                Date(
                    code="VSDAT",
                    label=Label(en="Date", zh="测量日期"),
                    shown_when=TAKEN,
                    hard=between("consent_date", "today"),
                    soft=between("visit_date", "visit_date"),
                    soft_text=Label(
                        en="The date differs from the date of the visit.",
                        zh="测量日期与访视日期不一致。",
                    ),
                    cdash=True,
                    sdtm="VS.VSDTC",
                ),
                Time(
                    code="VSTIM",
                    label=Label(en="Time", zh="测量时间"),
                    required=False,
                    shown_when=TAKEN,
                    cdash=True,
                    sdtm="VS.VSDTC",
                ),
            ),
        ),
        Section(
            code="SIGNS",
            label=Label(en="Vital signs", zh="生命体征"),
            items=(
                DecimalNumber(
                    code="TEMP",
                    label=Label(en="Body temperature (axillary)", zh="体温（腋温）"),
                    places=1,
                    unit=units.CELSIUS,
                    shown_when=TAKEN,
                    hard=between(33, 43),
                    soft=between(35.5, 38),
                    sdtm="VS (TEMP)",
                ),
                Integer(
                    code="PULSE",
                    label=Label(en="Pulse", zh="脉搏"),
                    unit=units.BEATS,
                    shown_when=TAKEN,
                    hard=between(20, 250),
                    soft=between(50, 120),
                    sdtm="VS (PULSE)",
                ),
                Integer(
                    code="RESP",
                    label=Label(en="Respiratory rate", zh="呼吸频率"),
                    unit=units.BREATHS,
                    shown_when=TAKEN,
                    hard=between(4, 70),
                    soft=between(12, 24),
                    sdtm="VS (RESP)",
                ),
                Integer(
                    code="SYSBP",
                    label=Label(en="Systolic blood pressure", zh="收缩压"),
                    unit=units.MMHG,
                    shown_when=TAKEN,
                    hard=between(40, 280),
                    soft=between(90, 150),
                    sdtm="VS (SYSBP)",
                ),
                Integer(
                    code="DIABP",
                    label=Label(en="Diastolic blood pressure", zh="舒张压"),
                    unit=units.MMHG,
                    shown_when=TAKEN,
                    hard=between(20, 180),
                    soft=between(50, 95),
                    sdtm="VS (DIABP)",
                ),
                Integer(
                    code="OXYSAT",
                    label=Label(en="Oxygen saturation", zh="血氧饱和度"),
                    unit=units.PERCENT,
                    required=False,
                    shown_when=TAKEN,
                    hard=between(40, 100),
                    soft=between(94, 100),
                    sdtm="VS (OXYSAT)",
                ),
            ),
        ),
        Section(
            code="BODY",
            label=Label(en="Body measures", zh="身高体重"),
            items=(
                DecimalNumber(
                    code="HEIGHT",
                    label=Label(en="Height (SCR only)", zh="身高（仅筛选期）"),
                    places=1,
                    unit=units.CENTIMETRE,
                    shown_when=parse("visit == 'SCR'"),
                    hard=between(100, 230),
                    soft=between(145, 190),
                    sdtm="VS (HEIGHT)",
                ),
                DecimalNumber(
                    code="WEIGHT",
                    label=Label(en="Weight", zh="体重"),
                    places=1,
                    unit=units.KILOGRAM,
                    shown_when=TAKEN,
                    hard=between(25, 200),
                    soft=between(40, 100),
                    sdtm="VS (WEIGHT)",
                ),
                Calculated(
                    code="BMI",
                    label=Label(en="Body mass index", zh="体重指数"),
                    rule=vitals.body_mass_index,
                    reads=("WEIGHT", "HEIGHT", "VS.HEIGHT"),
                    unit=units.KG_PER_M2,
                    hard=between(10, 60),
                    soft=between(16, 32),
                    sdtm="VS (BMI)",
                ),
                Calculated(
                    code="BSA",
                    label=Label(en="Body surface area, Mosteller", zh="体表面积（Mosteller）"),
                    rule=vitals.body_surface_area,
                    reads=("WEIGHT", "HEIGHT", "VS.HEIGHT"),
                    unit=units.SQUARE_METRE,
                    hard=between(0.8, 3),
                    soft=between(1.3, 2.2),
                    sdtm="VS (BSA)",
                ),
            ),
        ),
        Section(
            code="STATUS",
            label=Label(en="Performance status", zh="体能状态"),
            items=(
                Choice(
                    code="ECOG",
                    label=Label(en="ECOG performance status", zh="ECOG评分"),
                    codes=ECOG,
                    shown_when=STATUS_DUE,
                    soft=between(0, 3),
                    sdtm="RS (ECOG1)",
                ),
                Integer(
                    code="KPS",
                    label=Label(en="Karnofsky score", zh="KPS评分"),
                    step=10,
                    unit=units.SCORE,
                    required=False,
                    shown_when=STATUS_DUE,
                    hard=between(0, 100),
                    soft=between(40, 100),
                    sdtm="RS (KPS)",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "VS-01",
            "H",
            "DIABP >= SYSBP",
            en="Diastolic must be below systolic.",
            zh="舒张压须低于收缩压。",
        ),
        check(
            "VS-02",
            "Q",
            "abs(WEIGHT - previous.WEIGHT) / previous.WEIGHT > 0.10",
            en="Weight changed by more than 10%.",
            zh="体重较上次变化超过10%。",
        ),
        check(
            "VS-03",
            "W",
            "TEMP > 38.3 and recent_neutrophils < 1.0 and not any(AE, AECTCID == 'CTC5-0006' and not AEENDAT < this.VSDAT)",
            en="Fever with neutropenia: consider an AE.",
            zh="发热伴中性粒细胞减少，请考虑记录不良事件。",
        ),
        check(
            "VS-04",
            "Q",
            "ECOG == 0 and KPS < 90 or ECOG == 1 and (KPS < 70 or KPS > 80) or ECOG == 2 and (KPS < 50 or KPS > 60) or ECOG == 3 and (KPS < 30 or KPS > 40) or ECOG == 4 and (KPS < 10 or KPS > 20) or ECOG == 5 and KPS > 0",
            en="ECOG and KPS do not agree.",
            zh="ECOG与KPS不一致。",
            item="KPS",
        ),
        check(
            "VS-05",
            "Q",
            "ECOG == 5 and not any(DTH)",
            en="Death form missing.",
            zh="缺少死亡记录表。",
        ),
    ),
)
