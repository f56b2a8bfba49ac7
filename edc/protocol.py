"""This trial on one page: its arms, its randomisation, its schedule and its CRFs."""

from __future__ import annotations

from edc.forms import CRFS
from edc.forms.codelists import ARM, INJSITE
from edc.forms.codelists_transplant import HCTTYP
from edc.forms.derivations.rhythm import MON_WED_FRI
from edc.forms.facts import FACTS
from edc.forms.registers import REGISTERS
from edc.label import Label
from edc.randomization.design import Arm, Design, Level, StratificationFactor
from edc.randomization.masking import RESTRICTED_FORMS, RESTRICTED_ITEMS
from edc.randomization.minimisation import Minimisation
from edc.study.study import Study
from edc.study.visits import Created, Planned, Schedule, Visit, Window, planned

CODE = "NCT06599346"
TARGET = 120

DESIGN = Design(
    study=CODE,
    arms=tuple(Arm(code.value, label=code.label) for code in ARM.codes),
    ratio=(1, 1),
    factors=(
        StratificationFactor(
            "RDSTR1",
            label=Label(en="Target site", zh="靶部位"),
            levels=tuple(Level(code.value, label=code.label) for code in INJSITE.codes),
        ),
        StratificationFactor(
            "RDSTR2",
            label=Label(en="Transplant type", zh="移植类型"),
            # A syngeneic transplant counts as autologous.
            levels=tuple(
                Level(code.value, label=code.label) for code in HCTTYP.codes if code.value != "SYN"
            ),
        ),
    ),
    block_sizes=(4, 6),
    slots_per_stratum=TARGET,
    target=TARGET,
)

# Not in use: the trial's participants follow stratified blocks. Declared to be compared with them,
# and to be taken up by an amendment; see docs/decisions/0020-minimisation-as-a-setting.md.
MINIMISATION = Minimisation(
    study=CODE,
    arms=DESIGN.arms,
    factors=(
        *DESIGN.factors,
        StratificationFactor(
            "GRADE",
            label=Label(en="Baseline grade of the target site", zh="靶部位基线分级"),
            levels=(
                Level("LOW", label=Label(en="Grade 0-2", zh="0–2级")),
                Level("HIGH", label=Label(en="Grade 3-4", zh="3–4级")),
            ),
        ),
    ),
    chance=800,
    target=TARGET,
)

# By which participants are allocated.
RANDOMISATION: Design | Minimisation = DESIGN

# The conditions of the matrix. A site is assessed from the first visit planned on or after the day
# its injury began: one that appears late adds its CRF to later visits only.
_INJURED = "INJ.{0} == 'Y' and not INJ.{1} > target_date"
ORAL = _INJURED.format("INJORAL", "INJORDAT")
SKIN = _INJURED.format("INJSKIN", "INJSKDAT")
BLADDER = _INJURED.format("INJBLAD", "INJBLDAT")
ALLOGENEIC = "HSCT.HCTTYP == 'ALLO'"
MAY_BEAR_CHILDREN = "DM.SEX == 'F' and DM.CHILDPOT == 'Y'"

SV, VS, PE, GVHD, ENG, RSP, PRO = (
    planned("SV"), planned("VS"), planned("PE"), planned("GVHD", ALLOGENEIC), planned("ENG"),
    planned("RSP"), planned("PRO"),
)  # fmt: skip
PREGT = planned("PREGT", MAY_BEAR_CHILDREN)
OM, SK, BC = planned("OM", ORAL), planned("SK", SKIN), planned("BC", BLADDER)
SITES = (OM, SK, BC)


def _panels(*codes: str, when: str = "", optional: bool = False) -> tuple[Planned, ...]:
    """Plan panels of the laboratory."""
    return tuple(planned("LB", when, optional=optional, part=code) for code in codes)


VIRUSES_AND_DRUGS = _panels("VLOAD", "DRUG", when=ALLOGENEIC)
URINE_OF_BLADDER = _panels("URIN", when=BLADDER)


def _main(
    code: str, number: str, label: Label, day: int, window: Window, *crfs: Planned
) -> Visit:  # fmt: skip
    """Declare a visit that stands in the order of the visit dates."""
    created = Created.REGISTRATION if day <= 0 else Created.RANDOMISATION
    return Visit(
        code=code, number=number, label=label, created=created,
        target=day, window=window, crfs=crfs, main=True,
    )  # fmt: skip


SCREENING = _main(
    "SCR", "1", Label(en="Screening", zh="筛选期"), -7, Window(0, 7),
    SV, *map(planned, ("DM", "HSCT", "INJ", "VIR", "CV")), PREGT, VS, PE,
    *_panels("CBC", "CHEM", "COAG", "URIN"), planned("IE"),
)  # fmt: skip
BASELINE = _main(
    "BL", "2", Label(en="Baseline and randomisation", zh="基线与随机"), 0, Window(1, 0),
    SV, PREGT, VS, PE, *_panels("CBC", "CHEM", "URIN"), *VIRUSES_AND_DRUGS, planned("RAND"),
    *SITES, PRO, GVHD,
)  # fmt: skip
# The skin is measured on days of its own; mouth and bladder every day.
SKIN_DAYS = frozenset({3, 7, 10, 14})
DAILY = [
    Visit(
        code=f"DA{day:02}", number=f"3.{day:02}", created=Created.RANDOMISATION, group="DA",
        label=Label(en=f"Daily assessment, day {day}", zh=f"每日评估（第{day}天）"),
        target=day,
        crfs=(
            SV, *_panels("CBC", optional=True), *URINE_OF_BLADDER,
            *(SITES if day in SKIN_DAYS else (OM, BC)), PRO,
        ),
    )
    for day in range(1, 15)
]  # fmt: skip
THREE_A_WEEK = [
    Visit(
        code=f"DB{day}", number=f"25.{day}", created=Created.RANDOMISATION, group="DB",
        label=Label(en=f"Three a week, day {day}", zh=f"每周三次评估（第{day}天）"),
        target=day, window=Window(1, 1), weekdays=MON_WED_FRI,
        crfs=(SV, *URINE_OF_BLADDER, OM, BC),
    )
    for day in range(15, 29)
]  # fmt: skip
# Only what came back is assessed again.
AFTER_RECURRENCE = Visit(
    code="DR", number="85", created=Created.RECURRENCE, group="DR",
    label=Label(en="Three a week after recurrence", zh="复发后每周三次评估"),
    window=Window(1, 1), weekdays=MON_WED_FRI,
    crfs=(
        SV, *_panels("URIN", when="'BLAD' in sites_back"), planned("OM", "'ORAL' in sites_back"),
        planned("SK", "'SKIN' in sites_back"), planned("BC", "'BLAD' in sites_back"),
    ),
)  # fmt: skip
# CRF UNS says which CRFs are needed; INF is a log. DM, HSCT, INJ and VIR do not repeat: what is
# new is corrected where they stand.
PANELS = ("CBC", "CHEM", "COAG", "URIN", "VLOAD", "DRUG")
UNSCHEDULED = Visit(
    code="UNS", number="90", created=Created.BY_SITE,
    label=Label(en="Unscheduled", zh="计划外访视"),
    crfs=(
        planned("UNS"), SV,
        *(
            planned(crf, f"'{crf}' in forms_needed")
            for crf in ("CV", "PREGT", "VS", "PE", "OM", "SK", "BC", "GVHD", "RSP")
        ),
        *_panels(*PANELS, when="'LB' in forms_needed", optional=True),
    ),
)  # fmt: skip

# What the folded visits of one group are called together.
VISIT_GROUPS = {
    "DA": Label(en="Daily assessments", zh="每日评估"),
    "DB": Label(en="Three a week", zh="每周三次评估"),
    "DR": Label(en="Three a week after recurrence", zh="复发后每周三次评估"),
}

DAY_7 = Label(en="Day 7", zh="第7天")
DAY_14 = Label(en="Day 14", zh="第14天")
DAY_21 = Label(en="Day 21", zh="第21天")
DAY_28 = Label(en="Day 28, primary endpoint", zh="第28天（主要终点）")
DAY_60 = Label(en="Day 60", zh="第60天")
DAY_100 = Label(en="Day 100", zh="第100天")
MONTH_6 = Label(en="Month 6", zh="第6个月")
MONTH_12 = Label(en="Month 12", zh="第12个月")
BLOOD = _panels("CBC", "CHEM")

# The sites are graded at the daily visits of days 7 and 14, not at V7 and V14.
SCHEDULE = Schedule(
    (
        SCREENING,
        BASELINE,
        *DAILY,
        _main("V7", "10", DAY_7, 7, Window(1, 1), SV, VS, *BLOOD, *_panels("URIN"), GVHD, RSP),
        _main(
            "V14", "20", DAY_14, 14, Window(1, 1),
            SV, VS, PE, *BLOOD, *_panels("COAG", "URIN"), *VIRUSES_AND_DRUGS, GVHD, RSP,
        ),
        *THREE_A_WEEK,
        _main(
            "V21", "30", DAY_21, 21, Window(2, 2),
            SV, VS, *_panels("CBC"), *URINE_OF_BLADDER, *SITES, PRO, GVHD, RSP,
        ),
        _main(
            "V28", "40", DAY_28, 28, Window(2, 2),
            SV, PREGT, VS, PE, *BLOOD, *_panels("COAG", "URIN"), *VIRUSES_AND_DRUGS, *SITES, PRO,
            GVHD, ENG, RSP,
        ),
        _main(
            "FU60", "50", DAY_60, 60, Window(7, 7),
            SV, VS, *BLOOD, *VIRUSES_AND_DRUGS, *SITES, PRO, GVHD, ENG, RSP,
        ),
        _main(
            "FU100", "60", DAY_100, 100, Window(7, 7),
            SV, PREGT, VS, PE, *BLOOD, *VIRUSES_AND_DRUGS, *SITES, PRO, GVHD, ENG, RSP,
        ),
        _main("M6", "70", MONTH_6, 180, Window(14, 14), SV, VS, *BLOOD, GVHD, RSP),
        _main("M12", "80", MONTH_12, 365, Window(30, 30), SV, VS, *BLOOD, GVHD, RSP),
        AFTER_RECURRENCE,
        UNSCHEDULED,
    )
)  # fmt: skip

STUDY = Study(
    code=CODE,
    name=Label(
        en="Effects of Mesenchymal Stem Cell Culture Supernatant on the Prevention and Treatment "
        "of Mucosal Injury in Hematology Patients",
        zh="间充质干细胞培养上清防治血液病患者黏膜损伤的研究",
    ),
    short_name=Label(en="MSC-MucInj", zh="MSC上清黏膜损伤研究"),
    version="1.0",
    all_crfs=CRFS,
    schedule=SCHEDULE,
    registers=REGISTERS,
    design=DESIGN,
    target=TARGET,
    all_facts=FACTS,
    restricted=RESTRICTED_ITEMS | {(form, "*") for form in RESTRICTED_FORMS},
)
