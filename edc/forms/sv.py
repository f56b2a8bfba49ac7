"""The visit itself: whether, when and where the participant was seen."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import ASSLOC, VISMISS, VISSTAT
from edc.forms.derivations import visits
from edc.label import Label
from edc.study.checks import Deviation, check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, System, between

SV = Crf(
    code="SV",
    label=Label(en="Visit", zh="访视"),
    note=Label(
        en="One per visit, entered before the other CRFs of the visit.",
        zh="每次访视一份，先于本次访视的其他表单填写。",
    ),
    date_item="SVSTDAT",
    sdtm="SV",
    sections=(
        Section(
            code="VISIT",
            label=Label(en="Visit", zh="访视"),
            items=(
                System(
                    code="VISIT",
                    label=Label(en="Visit name", zh="访视名称"),
                    cdash=True,
                    sdtm="SV.VISIT, VISITNUM",
                ),
                Choice(
                    code="SVSTAT",
                    label=Label(en="Visit status", zh="访视状态"),
                    codes=VISSTAT,
                    sdtm="SV.SVOCCUR",
                ),
                Date(
                    code="SVSTDAT",
                    label=Label(en="Visit date", zh="访视日期"),
                    shown_when=parse("SVSTAT == 'DONE'"),
                    hard=between("consent_date", None),
                    cdash=True,
                    sdtm="SV.SVSTDTC",
                ),
                Choice(
                    code="SVLOC",
                    label=Label(en="Where seen", zh="访视方式"),
                    codes=ASSLOC,
                    shown_when=parse("SVSTAT == 'DONE'"),
                    sdtm="SUPPSV",
                ),
                Choice(
                    code="SVMISRS",
                    label=Label(en="Why missed", zh="漏访原因"),
                    codes=VISMISS,
                    shown_when=parse("SVSTAT == 'MISS'"),
                    sdtm="SV.SVREASOC",
                ),
            ),
        ),
        Section(
            code="TIMING",
            label=Label(en="Timing", zh="时间"),
            items=(
                Calculated(
                    code="SVOUT",
                    label=Label(en="Days outside the window (0 = inside)", zh="超窗天数（0=窗内）"),
                    rule=visits.days_outside_window,
                    reads=("SVSTDAT", "RAND.RDDTM"),
                    holds="integer",
                    places=0,
                    unit=units.DAY,
                    sdtm="SUPPSV",
                ),
                Calculated(
                    code="SVTPLUS",
                    label=Label(en="Day after transplant (T+)", zh="移植后天数（T+）"),
                    rule=visits.day_after_transplant,
                    reads=("SVSTDAT", "HSCT.HCTDAT"),
                    holds="integer",
                    places=0,
                    unit=units.DAY,
                    sdtm="SUPPSV",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "SV-01",
            "Q",
            "SVSTDAT < window_start or SVSTDAT > window_end",
            en="Visit is outside its window. Give the reason; a deviation record is proposed.",
            zh="访视超窗，请说明原因；系统将建议新增方案偏离记录。",
            proposes=Deviation("VISIT", "MIN"),
        ),
        check(
            "SV-02",
            "H",
            "SVSTDAT > today",
            en="A visit cannot be in the future.",
            zh="访视日期不能晚于今天。",
        ),
        check(
            "SV-03",
            "Q",
            "visit in ('SCR', 'BL', 'V7', 'V14', 'V21', 'V28', 'FU60', 'FU100', 'M6', 'M12') and any(SV, visit in ('SCR', 'BL', 'V7', 'V14', 'V21', 'V28', 'FU60', 'FU100', 'M6', 'M12') and visit_order < this.visit_order and SVSTDAT > this.SVSTDAT)",
            en="Visit dates are out of order.",
            zh="访视日期先后顺序有误。",
            item="SVSTDAT",
        ),
        check(
            "SV-04",
            "H",
            "SVSTDAT > DTH.DTHDAT",
            en="Visit after the date of death.",
            zh="访视日期晚于死亡日期。",
        ),
    ),
)
