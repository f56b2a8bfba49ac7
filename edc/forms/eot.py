"""End of study treatment."""

from __future__ import annotations

from edc.forms.codelists_conduct import EOTREAS
from edc.forms.ex_checks import DOSE_RECORD_MISSING
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, Date, Reference, Text, between

EOT = Crf(
    code="EOT",
    label=Label(en="End of study treatment", zh="研究治疗结束"),
    occurs=Occurs.ONCE,
    date_item="EOTDAT",
    sdtm="DS",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="End of study treatment", zh="研究治疗结束"),
            items=(
                Date(
                    code="EOTDAT",
                    label=Label(en="Last day of assigned treatment", zh="治疗结束日期"),
                    hard=between("randomisation_date", "today"),
                    soft=between(None, "randomisation_date + 28"),
                    sdtm="DS.DSSTDTC",
                ),
                Choice(
                    code="EOTREAS",
                    label=Label(en="Reason", zh="结束原因"),
                    codes=EOTREAS,
                    sdtm="DS.DSDECOD",
                ),
                Reference(
                    code="EOTAE",
                    label=Label(en="AE concerned", zh="相关不良事件"),
                    to="AE",
                    shown_when=parse("EOTREAS == 'AE'"),
                    sdtm="RELREC",
                ),
                Text(
                    code="EOTOT",
                    label=Label(en="Explain", zh="说明"),
                    max_length=200,
                    shown_when=parse("EOTREAS in ('OTH', 'PHYS')"),
                    sdtm="DS.DSTERM",
                ),
            ),
        ),
    ),
    checks=(
        # Both arms have this CRF; that the check fires tells which it is, so masked roles never
        # meet it.
        check(
            "EOT-01",
            "Q",
            "arm == 'MSC' and any(EX, ECOCCUR == 'Y') and (not any(EX, ECOCCUR == 'Y' and EXSTDAT == this.EOTDAT) or any(EX, ECOCCUR == 'Y' and EXSTDAT > this.EOTDAT))",
            en="Please check the date.",
            zh="请核对日期。",
            item="EOTDAT",
        ),
        check(
            "EOT-02",
            "Q",
            "EOTREAS == 'HEAL' and RSP.HEALYN == 'N'",
            en="No confirmed healing.",
            zh="尚无确认愈合记录。",
        ),
        DOSE_RECORD_MISSING,
    ),
)
