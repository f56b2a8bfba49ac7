"""Death."""

from __future__ import annotations

from edc.forms.codelists import NY, NYU
from edc.forms.codelists_conduct import DTHCAUS
from edc.forms.derivations import pending
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Calculated, Choice, Date, Reference, Text, Time

DTH = Crf(
    code="DTH",
    label=Label(en="Death", zh="死亡记录"),
    occurs=Occurs.ONCE,
    date_item="DTHDAT",
    sdtm="DD, DS, DM",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Death", zh="死亡记录"),
            items=(
                Date(
                    code="DTHDAT",
                    label=Label(en="Date of death", zh="死亡日期"),
                    # hard: >= last contact, <= today
                    sdtm="DM.DTHDTC, DS",
                ),
                Time(
                    code="DTHTIM",
                    label=Label(en="Time", zh="死亡时间"),
                    required=False,
                    sdtm="DM.DTHDTC",
                ),
                Choice(
                    code="DTHCAUS",
                    label=Label(en="Main cause", zh="主要死因"),
                    codes=DTHCAUS,
                    sdtm="DD (PRCDTH)",
                ),
                Text(
                    code="DTHCTX",
                    label=Label(en="Cause in words", zh="死因描述"),
                    max_length=200,
                    sdtm="DD.DDORRES",
                ),
                Calculated(
                    code="DTHNRM",
                    label=Label(en="Non-relapse death", zh="非复发死亡"),
                    codes=NY,
                    rule=pending.pending,
                    holds="choice",
                    sdtm="ADTTE",
                ),
                Choice(
                    code="DTHAUT",
                    label=Label(en="Autopsy", zh="是否尸检"),
                    codes=NYU,
                    sdtm="DD",
                ),
                Reference(
                    code="DTHAE",
                    label=Label(en="AE that led to death", zh="致死不良事件"),
                    to="USER",
                    shown_when=parse("DTHDAT <= randomisation_date + 58"),
                    sdtm="RELREC",
                ),
            ),
        ),
    ),
)
