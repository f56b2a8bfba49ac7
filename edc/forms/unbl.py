"""Unmasking request."""

from __future__ import annotations

from edc.forms.codelists_conduct import UBREAS
from edc.label import Label
from edc.study.checks import check
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, System, Text

UNBL = Crf(
    code="UNBL",
    label=Label(en="Unmasking request", zh="揭盲申请"),
    occurs=Occurs.LOG,
    date_item="UBDTM",
    row_title=("UBWHY",),
    # Nobody unmasks by filling in a CRF: the system writes it when a request is approved.
    system_only=True,
    answers_stay=Label(
        en="The system writes this when an unmasking is approved or reported. It is not changed.",
        zh="本记录由系统在揭盲获批或上报时生成，不能修改。",
    ),
    sdtm="DS",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Unmasking request", zh="揭盲申请"),
            items=(
                Choice(
                    code="UBWHY",
                    label=Label(en="Reason", zh="揭盲原因"),
                    codes=UBREAS,
                    sdtm="DS.DSTERM",
                ),
                Text(
                    code="UBTX",
                    label=Label(en="Explain; what will change in care", zh="说明及对处置的影响"),
                    max_length=500,
                    sdtm="SUPPDS",
                ),
                System(
                    code="UBBY",
                    label=Label(
                        en="Requested by, approved by, shown to", zh="申请人、批准人、知悉人"
                    ),
                    sdtm="SUPPDS",
                ),
                System(
                    code="UBDTM",
                    label=Label(en="Time", zh="揭盲时间"),
                    holds="datetime",
                    sdtm="DS.DSSTDTC",
                ),
            ),
        ),
    ),
    checks=(
        # The system writes the time when a request is approved, and that of the showing after it.
        check(
            "UNBL-01",
            "S",
            "not empty(UBDTM)",
            en="PI and sponsor are told that it happened, not the arm.",
            zh="通知PI与申办者已揭盲，但不含分组。",
        ),
    ),
)
