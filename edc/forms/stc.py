"""Standard care for the injury."""

from __future__ import annotations

from edc.forms.codelists import INJSITE, NY
from edc.forms.codelists_treatment import FREQ, STCTYPE
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, Date, Text, between

CHECKS = (
    check("STC-01", "H", "STCENDAT < STCSTDAT", en="End before start.", zh="结束早于开始。"),
    check(
        "STC-02",
        "W",
        "STCTYPE in ('GMCSF', 'EGF', 'PBM') and STCSTDAT > randomisation_date",
        en="Active local treatment: may confound; confirm it is allowed.",
        zh="具活性的局部治疗可能混杂疗效，请确认方案允许。",
    ),
)

STC = Crf(
    code="STC",
    label=Label(en="Standard care for the injury", zh="损伤标准治疗"),
    occurs=Occurs.LOG,
    date_item="STCSTDAT",
    row_title=("STCTYPE", "STCSITE", "STCFRQ", "STCSTDAT", "STCENDAT"),
    sdtm="CM, PR",
    checks=CHECKS,
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Standard care for the injury", zh="损伤标准治疗"),
            items=(
                Choice(
                    code="STCTYPE",
                    label=Label(en="Care", zh="治疗措施"),
                    codes=STCTYPE,
                    sdtm="CM.CMTRT or PR.PRTRT",
                ),
                Text(
                    code="STCOT",
                    label=Label(en="Other care", zh="其他措施"),
                    max_length=100,
                    shown_when=parse("STCTYPE == 'OTH'"),
                    sdtm="CM.CMTRT",
                ),
                Choice(
                    code="STCSITE",
                    label=Label(en="Site", zh="部位"),
                    codes=INJSITE,
                    sdtm="CM.CMLOC",
                ),
                Choice(
                    code="STCFRQ",
                    label=Label(en="How often", zh="频次"),
                    codes=FREQ,
                    sdtm="CM.CMDOSFRQ",
                ),
                Date(
                    code="STCSTDAT",
                    label=Label(en="Start", zh="开始日期"),
                    hard=between(None, "today"),
                    sdtm="CM.CMSTDTC",
                ),
                Choice(
                    code="STCONGO",
                    label=Label(en="Ongoing", zh="是否持续"),
                    codes=NY,
                    sdtm="CM.CMENRTPT",
                ),
                Date(
                    code="STCENDAT",
                    label=Label(en="End", zh="结束日期"),
                    shown_when=parse("STCONGO == 'N'"),
                    hard=between(None, "today"),
                    sdtm="CM.CMENDTC",
                ),
                Choice(
                    code="STCRESC",
                    label=Label(en="Rescue because of worsening", zh="因加重而采取的补救治疗"),
                    codes=NY,
                    expected="N",
                    sdtm="SUPPCM",
                ),
            ),
        ),
    ),
)
