"""Death."""

from __future__ import annotations

from edc.forms.codelists import NY, NYU
from edc.forms.codelists_conduct import DTHCAUS
from edc.forms.derivations import conduct
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Calculated, Choice, Date, Reference, Text, Time, between

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
                    hard=between("EOS.EOSLAST", "today"),
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
                    rule=conduct.non_relapse_death,
                    reads=("DTHDAT", "DTHCAUS", "RSP.DISREL", "RSP.DISRELDT"),
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
                    to="AE",
                    shown_when=parse("DTHDAT <= randomisation_date + 58 or DTHCAUS == 'PROD'"),
                    sdtm="RELREC",
                ),
            ),
        ),
    ),
    checks=(
        # A dose after the death is EX-10's: told here, it would tell the arm with all the others.
        check(
            "DTH-01",
            "Q",
            "any(SV, SVSTDAT > this.DTHDAT) or any(LB, LBDAT > this.DTHDAT) or any(AE, AESTDAT > this.DTHDAT)",
            en="Records after death: list.",
            zh="死亡日期后存在记录。",
            item="DTHDAT",
        ),
        check(
            "DTH-02",
            "Q",
            "(DTHDAT <= randomisation_date + 58 or DTHCAUS == 'PROD') and (empty(entry(DTHAE, 'AEOUT')) or entry(DTHAE, 'AEOUT') != 'FATAL')",
            en="Fatal AE missing.",
            zh="缺少致死不良事件。",
            item="DTHAE",
        ),
        check(
            "DTH-03",
            "S",
            "not empty(DTHDAT) and not any(EOS)",
            en="The visits due after the death are closed. Fill in the end of study next; a visit dated "
            "after the death cannot be saved.",
            zh="死亡之后的计划访视已关闭，请填写研究结束表；日期晚于死亡日期的访视不能保存。",
        ),
    ),
)
