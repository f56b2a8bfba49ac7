"""Pregnancy report: of the participant, or of the partner of a male participant."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY, NYU
from edc.forms.codelists_conduct import PREGOUT
from edc.forms.derivations import safety
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Calculated, Choice, Date, DateTime, PartialDate, System, between

PREG = Crf(
    code="PREG",
    label=Label(en="Pregnancy report", zh="妊娠报告"),
    note=Label(
        en="Send it within 24 hours of becoming aware. The partner of a participant is reported "
        "only with her own written consent; name nobody here.",
        zh="获知后24小时内提交。受试者配偶妊娠须经其本人书面知情同意后方可上报；请勿填写任何姓名。",
    ),
    occurs=Occurs.LOG,
    date_item="PGAWDTM",
    row_title=("PGWHO", "PGAWDTM", "PGSUBDTM"),
    sdtm="RP",
    sections=(
        Section(
            code="REPORT",
            label=Label(en="Report", zh="报告"),
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
                    hint=Label(en="The 24 hours run from here.", zh="24小时时限自此时间起算。"),
                    hard=between(None, "now"),
                    sdtm="RP",
                ),
                System(
                    code="PGSUBDTM",
                    label=Label(en="Sent to the sponsor", zh="提交申办者时间"),
                    holds="datetime",
                    sdtm="RP",
                ),
            ),
        ),
        Section(
            code="PREGNANCY",
            label=Label(en="Pregnancy", zh="妊娠情况"),
            items=(
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
                    # Counted by months or measured by ultrasound it is some days off.
                    soft=between("PGLMP + 266", "PGLMP + 294"),
                    soft_text=Label(
                        en="Expected delivery is usually 280 days after the last menstrual period, "
                        "give or take two weeks. Please confirm or correct.",
                        zh="预产期通常为末次月经后280天（前后两周内），请确认或更正。",
                    ),
                    sdtm="RP",
                ),
                Calculated(
                    code="PGEXP",
                    label=Label(
                        en="Days from last dose to conception estimate", zh="末次给药至估计受孕天数"
                    ),
                    rule=safety.days_to_conception,
                    reads=("PGLMP", "EX.*"),
                    holds="integer",
                    unit=units.DAY,
                    sdtm="RP",
                ),
            ),
        ),
        Section(
            code="OUTCOME",
            label=Label(en="Outcome", zh="妊娠结局"),
            items=(
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
    checks=(
        # A report that was sent late goes on counting, as of an SAE.
        check(
            "PREG-01",
            "S",
            "pregnancy_clock in ('late', 'met_late')",
            en="Pregnancy report late.",
            zh="妊娠报告超时。",
            item="PGAWDTM",
        ),
        check(
            "PREG-02",
            "Q",
            "PGDEF == 'Y' and not any(AE, AESER == 'Y' and AESCONG == 'Y')",
            en="Birth defect is an SAE.",
            zh="出生缺陷应按SAE报告。",
        ),
    ),
)
