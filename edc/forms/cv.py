"""Heart tests."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists_findings import NCS
from edc.label import Label
from edc.study.checks import check
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, Integer, between

CV = Crf(
    code="CV",
    label=Label(en="Heart tests", zh="心脏检查"),
    date_item="EGDAT",
    sdtm="EG, CV",
    sections=(
        Section(
            code="ECG",
            label=Label(en="Electrocardiogram", zh="心电图"),
            items=(
                Date(
                    code="EGDAT",
                    label=Label(en="ECG date", zh="心电图日期"),
                    hard=between(None, "today"),
                    soft=between("visit_date - 28", None),
                    soft_text=Label(
                        en="The ECG is more than 28 days older than the visit.",
                        zh="心电图早于访视日期超过28天。",
                    ),
                    sdtm="EG.EGDTC",
                ),
                Choice(
                    code="EGRES",
                    label=Label(en="ECG reading", zh="心电图结果"),
                    codes=NCS,
                    sdtm="EG.EGORRES",
                ),
                Integer(
                    code="QTCF",
                    label=Label(en="QTcF", zh="QTcF间期"),
                    unit=units.MILLISECOND,
                    required=False,
                    hard=between(250, 700),
                    soft=between(350, 470),
                    sdtm="EG (QTCFAG)",
                ),
            ),
        ),
        Section(
            code="ECHO",
            label=Label(en="Echocardiogram and heart function", zh="超声心动图与心功能"),
            items=(
                Date(
                    code="LVEFDAT",
                    label=Label(en="Echocardiogram date", zh="超声心动图日期"),
                    hard=between(None, "today"),
                    soft=between("visit_date - 60", None),
                    soft_text=Label(
                        en="The echocardiogram is more than 60 days older than the visit.",
                        zh="超声心动图早于访视日期超过60天。",
                    ),
                    sdtm="CV.CVDTC",
                ),
                Integer(
                    code="LVEF",
                    label=Label(en="Left ventricular ejection fraction", zh="左室射血分数"),
                    unit=units.PERCENT,
                    hard=between(10, 85),
                    soft=between(50, 75),
                    sdtm="CV (LVEF)",
                ),
                Integer(
                    code="NYHA",
                    label=Label(en="NYHA class", zh="NYHA心功能分级"),
                    hard=between(1, 4),
                    soft=between(1, 2),
                    unit=units.CLASS,
                    sdtm="RS",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "CV-01",
            "Q",
            "LVEF < 40 or NYHA >= 3",
            en="Meets the proposed heart exclusion.",
            zh="达到心脏排除界值。",
        ),
    ),
)
