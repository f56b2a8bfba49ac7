"""The edit checks of the oral mucositis assessment."""

from __future__ import annotations

from edc.forms.derivations.oral import REDNESS, ULCERS
from edc.study.checks import check

# Section 3.0: a medicine covers a day from its start until it ends. A date known in part may be any
# of its days, so that only a row which cannot cover the day does not; the end is empty while ongoing.
COVERS_THE_DAY = "not CMSTDAT > this.OMDAT and not CMENDAT < this.OMDAT"

OM_CHECKS = (
    check(
        "OM-01",
        "Q",
        "OMWHO != OMWHOC",
        en="WHO grade does not fit ulcers and diet.",
        zh="WHO分级与溃疡及进食情况不符。",
    ),
    check(
        "OM-02",
        "Q",
        "OMWHO >= 2 and OMNULC == 0",
        en="Grade 2 or more needs an ulcer.",
        zh="WHO≥2级但未记录溃疡。",
    ),
    check(
        "OM-03",
        "Q",
        "OMWHO == 0 and (OMNULC > 0 or OMERYM > 0 or OMPNRST > 0)",
        en="Grade 0 with findings.",
        zh="WHO 0级但存在体征或疼痛。",
    ),
    check(
        "OM-04",
        "Q",
        "OMWHO == 4 and OMDIET != 'NPO'",
        en="Grade 4 means no feeding by mouth.",
        zh="WHO 4级应为不能经口进食。",
    ),
    check(
        "OM-05",
        "Q",
        "OMDIET == 'NPO' and OMTPN == 'N' and OMENT == 'N'",
        en="Nothing by mouth without other nutrition: confirm.",
        zh="不能经口进食但无肠外/管饲营养，请确认。",
    ),
    check(
        "OM-06",
        "Q",
        "abs(OMWHO - grade_a_day_before) >= 2",
        en="Grade changed by 2 or more in a day.",
        zh="1天内分级变化≥2级，请确认。",
        item="OMWHO",
    ),
    check(
        "OM-07",
        "Q",
        "OMCTC == 5 and not any(DTH)",
        en="Grade 5 needs a death record.",
        zh="5级须有死亡记录。",
    ),
    check(
        "OM-08",
        "Q",
        "abs(OMCTC - OMWHO) >= 2",
        en="The two grades differ widely.",
        zh="两种分级差异较大。",
    ),
    check(
        "OM-09",
        "Q",
        f"OMOPI == 'Y' and not any(CM, CMCAT == 'ANAL' and {COVERS_THE_DAY})",
        en="Opioid not in concomitant medication.",
        zh="合并用药中无对应阿片类记录。",
    ),
    check(
        "OM-10",
        "Q",
        f"OMTPN == 'Y' and not any(CM, CMCAT == 'NUT' and {COVERS_THE_DAY})",
        en="Parenteral nutrition not in concomitant medication.",
        zh="合并用药中无对应肠外营养记录。",
    ),
    check(
        "OM-11",
        "H",
        "count(OM, OMDAT == this.OMDAT and OMTIM == this.OMTIM) > 1",
        en="Duplicate assessment.",
        zh="重复评估。",
        item="OMTIM",
    ),
    check(
        "OM-12",
        "Q",
        f"count_above(8, {', '.join(REDNESS)}) > 2 or count_above(8, {', '.join(ULCERS)}) > 2",
        en="Too few sites for the OMAS mean.",
        zh="可评估部位不足，无法计算OMAS均分。",
        item="OMULE",
    ),
    check(
        "OM-13",
        "W",
        "OMMASK == 'N'",
        en="Assessor knows the arm: noted in the masking report.",
        zh="评估者已知分组，计入盲法报告。",
    ),
    check(
        "OM-14",
        "S",
        "OMDAT > randomisation_date and OMWHO >= 3 and previous.OMWHO < 3",
        en="New severe mucositis: shown on the dashboard.",
        zh="新发重度口腔黏膜炎，仪表板提示。",
        item="OMWHO",
    ),
)
