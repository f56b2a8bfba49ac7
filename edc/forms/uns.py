"""Unscheduled visit."""

from __future__ import annotations

from edc.forms.codelists_conduct import UNSFORM, UNSREAS
from edc.label import Label
from edc.study.checks import check
from edc.study.crf import Crf, Section
from edc.study.items import Choice, MultiChoice

UNS = Crf(
    code="UNS",
    label=Label(en="Unscheduled visit", zh="计划外访视"),
    note=Label(
        en="Saving it puts the visit on the schedule, with the CRFs chosen here. An infection is a "
        "new row of the log INF.",
        zh="保存后即新增该次访视，并按此处所选开放相应表单；感染事件请在INF日志中新增一行。",
    ),
    sdtm="SV",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Unscheduled visit", zh="计划外访视"),
            items=(
                Choice(
                    code="UNSREAS",
                    label=Label(en="Why", zh="原因"),
                    codes=UNSREAS,
                    sdtm="SV.SVUPDES",
                ),
                MultiChoice(
                    code="UNSFORM",
                    label=Label(en="Forms needed", zh="需填写的表单"),
                    codes=UNSFORM,
                    sdtm="",
                ),
            ),
        ),
    ),
    checks=(
        # While the visit has no date, any event may be the one it was held for.
        check(
            "UNS-01",
            "Q",
            "UNSREAS == 'AE' and not any(AE, not empty(AESTDAT) and (empty(this.visit_date) or not (AESTDAT < this.visit_date - 3 or AESTDAT > this.visit_date + 3)))",
            en="AE missing.",
            zh="缺少不良事件记录。",
            item="UNSREAS",
        ),
    ),
)
