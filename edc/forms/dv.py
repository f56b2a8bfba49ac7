"""Protocol deviation."""

from __future__ import annotations

from edc.forms.codelists import NY
from edc.forms.codelists_conduct import DVCAT, DVSEV
from edc.label import Label
from edc.study.checks import Deviation, check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, Date, System, Text, between

DV = Crf(
    code="DV",
    label=Label(en="Protocol deviation", zh="方案偏离"),
    note=Label(
        en="A deviation in giving or handling the product is added by its own button below the "
        "log: masked colleagues do not see it.",
        zh="涉及研究制品给药或管理的偏离，请用记录下方的专用按钮添加：设盲人员不可见。",
    ),
    occurs=Occurs.LOG,
    date_item="DVDAT",
    row_title=("DVDAT", "DVCAT", "DVSEV"),
    sdtm="DV",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Protocol deviation", zh="方案偏离"),
            items=(
                Date(
                    code="DVDAT",
                    label=Label(en="Happened on", zh="发生日期"),
                    hard=between("consent_date", "today"),
                    sdtm="DV.DVSTDTC",
                ),
                Date(
                    code="DVKNOW",
                    label=Label(en="Found on", zh="发现日期"),
                    hard=between("DVDAT", "today"),
                    sdtm="SUPPDV",
                ),
                Choice(
                    code="DVCAT",
                    label=Label(en="Kind", zh="偏离类别"),
                    codes=DVCAT,
                    sdtm="DV.DVCAT",
                ),
                Text(
                    code="DVTERM",
                    label=Label(en="Describe", zh="偏离描述"),
                    max_length=500,
                    cdash=True,
                    sdtm="DV.DVTERM",
                ),
                Choice(
                    code="DVSEV",
                    label=Label(en="Weight", zh="严重程度"),
                    codes=DVSEV,
                    sdtm="DV.DVSCAT",
                ),
                Text(
                    code="DVCAUSE",
                    label=Label(en="Cause", zh="原因"),
                    max_length=300,
                    sdtm="SUPPDV",
                ),
                Text(
                    code="DVCAPA",
                    label=Label(en="Correction and prevention", zh="纠正与预防措施"),
                    max_length=500,
                    shown_when=parse("DVSEV in ('MAJ', 'CRIT')"),
                    sdtm="SUPPDV",
                ),
                Date(
                    code="DVEC",
                    label=Label(en="Reported to ethics committee", zh="报告伦理日期"),
                    shown_when=parse("DVSEV in ('MAJ', 'CRIT')"),
                    hard=between(None, "today"),
                    sdtm="SUPPDV",
                ),
                System(
                    code="DVSRC",
                    label=Label(en="Raised by (person or check id)", zh="来源（人工/核查编号）"),
                    sdtm="SUPPDV",
                ),
                Choice(
                    code="DVPP",
                    label=Label(
                        en="Excludes from per-protocol set (blind review)",
                        zh="是否剔除PP集（盲态审核）",
                    ),
                    codes=NY,
                    required=False,
                    changed_by=frozenset({"statistician"}),
                    sdtm="ADSL",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "DV-01",
            "Q",
            "DVSEV in ('MAJ', 'CRIT') and empty(DVEC) and today > ethics_report_due",
            en="Not yet reported to the ethics committee.",
            zh="尚未上报伦理委员会。",
            item="DVEC",
        ),
    ),
)

# Section 5.5: a randomisation that went wrong is said on RAND, whose soft range asks about it.
PROPOSED_BY_RANGE = {
    "SOFT:RDERR": Deviation("RAND", "MAJ"),
    "SOFT:RDVOID": Deviation("RAND", "MAJ"),
}
