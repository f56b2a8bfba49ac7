"""Unscheduled visit."""

from __future__ import annotations

from edc.forms.codelists_conduct import UNSFORM, UNSREAS
from edc.label import Label
from edc.study.crf import Crf, Section
from edc.study.items import Choice, MultiChoice

UNS = Crf(
    code="UNS",
    label=Label(en="Unscheduled visit", zh="计划外访视"),
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
)
