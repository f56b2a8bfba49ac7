"""Pregnancy report."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY, NYU
from edc.forms.codelists_conduct import PREGOUT
from edc.forms.derivations import pending
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Calculated, Choice, Date, DateTime, PartialDate, System, between

PREG = Crf(
    code="PREG",
    label=Label(en="Pregnancy report", zh="妊娠报告"),
    occurs=Occurs.LOG,
    date_item="PGAWDTM",
    row_title=("PGAWDTM",),
    sdtm="RP",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Pregnancy report", zh="妊娠报告"),
            items=(
                Choice(
                    code="PGWHO",
                    label=Label(
                        en="Participant herself (else partner)", zh="是否受试者本人（否则为配偶）"
                    ),
                    codes=NY,
                    sdtm="RP",
                ),
                DateTime(
                    code="PGAWDTM",
                    label=Label(en="Aware at", zh="获知时间"),
                    # hard: <= now
                    sdtm="RP",
                ),
                System(
                    code="PGSUBDTM",
                    label=Label(en="Sent to the sponsor", zh="提交申办者时间"),
                    # soft: <= PGAWDTM + 24 h
                    sdtm="RP",
                ),
                PartialDate(
                    code="PGLMP",
                    label=Label(en="Last menstrual period", zh="末次月经"),
                    hard=between(None, "today"),
                    sdtm="RP (LMPSTDTC)",
                ),
                Date(
                    code="PGEDD",
                    label=Label(en="Expected delivery", zh="预产期"),
                    required=False,
                    # soft: LMP + 280 days
                    sdtm="RP",
                ),
                Calculated(
                    code="PGEXP",
                    label=Label(
                        en="Days from last dose to conception estimate", zh="末次给药至估计受孕天数"
                    ),
                    rule=pending.pending,
                    holds="decimal",
                    unit=units.DAY,
                    sdtm="RP",
                ),
                Choice(
                    code="PGOUT",
                    label=Label(en="Outcome", zh="妊娠结局"),
                    codes=PREGOUT,
                    sdtm="RP",
                ),
                Date(
                    code="PGOUTDAT",
                    label=Label(en="Outcome date", zh="结局日期"),
                    shown_when=parse("PGOUT not in ('ONGO', 'UNK')"),
                    hard=between(None, "today"),
                    sdtm="RP",
                ),
                Choice(
                    code="PGDEF",
                    label=Label(en="Birth defect", zh="出生缺陷"),
                    codes=NYU,
                    shown_when=parse("PGOUT in ('LIVE', 'STILL')"),
                    expected="N",
                    sdtm="AE.AESCONG",
                ),
            ),
        ),
    ),
)
