"""A small trial to build, break and fill: three CRFs, two visits, one register."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edc.label import Label
from edc.randomization.design import Arm, Design
from edc.study.checks import check
from edc.study.codelists import CodeList, Unit
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DecimalNumber,
    Integer,
    Item,
    MultiChoice,
    PartialDate,
    Reference,
    Text,
    between,
)
from edc.study.study import Register, Study
from edc.study.visits import Created, Schedule, Visit, Window, planned

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope


def both(text: str) -> Label:
    return Label(en=text, zh=f"{text}（中文）")


NY = CodeList.of("NY", "C66742", ("Y", "Yes", "是"), ("N", "No", "否"))
CAUSE = CodeList.of("CAUSE", "sponsor", ("RT", "Radiation", "放疗"), ("OTH", "Other", "其他"))
GRADE = CodeList.of("GRADE", "sponsor", ("0", "None", "无"), ("3", "Severe", "重度"))
YEAR = Unit.of("a", "years", "岁")
KILOGRAM = Unit.of("kg")
DOSE = Unit.of("{dose}", "dose", "次")


def double_weight(scope: RecordScope) -> str | None:
    """Double the weight; a rule of no source but this test."""
    weight = scope.text("WEIGHT")
    return str(2 * float(weight)) if weight else None


INJ = Crf(
    code="INJ",
    label=both("Injury"),
    date_item="INJDAT",
    sections=(
        Section(
            code="INJ1",
            label=both("Sites"),
            items=(
                PartialDate(code="INJDAT", label=both("Onset")),
                Choice(code="ORAL", label=both("Oral"), codes=NY),
                MultiChoice(
                    code="CAUSE", label=both("Cause"), codes=CAUSE, shown_when=parse("ORAL == 'Y'")
                ),
                Text(
                    code="OTHER",
                    label=both("Other"),
                    shown_when=parse("'OTH' in CAUSE"),
                    required=parse("visit == 'SCR'"),
                ),
                Integer(code="AGE", label=both("Age"), unit=YEAR, hard=between(18, 120)),
            ),
        ),
    ),
    checks=(check("INJ-01", "Q", "ORAL == 'N' and AGE > 60", en="Check.", zh="请核对。"),),
)

OM = Crf(
    code="OM",
    label=both("Oral assessment"),
    date_item="OMDAT",
    assesses=True,
    sections=(
        Section(
            code="OM1",
            label=both("Grade"),
            items=(
                Date(code="OMDAT", label=both("Date")),
                Choice(code="OMWHO", label=both("Grade"), codes=GRADE, shown_when=None),
                Choice(
                    code="AGAIN",
                    label=both("Severe again"),
                    codes=NY,
                    shown_when=parse("OMWHO == 3 and empty(previous.AGAIN)"),
                ),
                DecimalNumber(code="WEIGHT", label=both("Weight"), unit=KILOGRAM),
                Calculated(
                    code="DOUBLE", label=both("Double"), rule=double_weight, reads=("WEIGHT",)
                ),
                Text(
                    code="WHY",
                    label=both("Why"),
                    required=False,
                    shown_when=parse("INJ.ORAL == 'Y' and count(AE) > 1 and DOUBLE > 100"),
                ),
            ),
        ),
    ),
)

AE = Crf(
    code="AE",
    label=both("Adverse event"),
    occurs=Occurs.LOG,
    date_item="AESTDAT",
    row_title=("AETERM",),
    sections=(
        Section(
            code="AE1",
            label=both("Event"),
            items=(
                Text(code="AETERM", label=both("Term")),
                PartialDate(code="AESTDAT", label=both("Start")),
                Reference(code="VERSION", label=both("Version"), to="ICV", required=False),
            ),
        ),
        Section(
            code="AE2",
            label=both("Doses"),
            repeats=5,
            row_label=both("Dose"),
            numbered="DOSENO",
            items=(
                Integer(code="DOSENO", label=both("Number"), unit=DOSE),
                Choice(code="GIVEN", label=both("Given"), codes=NY),
                Text(code="LOT", label=both("Lot"), shown_when=parse("GIVEN == 'Y'")),
            ),
        ),
    ),
)

ICV = Register(
    code="ICV",
    label=both("Consent versions"),
    key="VER",
    items=(Text(code="VER", label=both("Version")), Date(code="FROM", label=both("From"))),
)

SCHEDULE = Schedule(
    (
        Visit(
            code="SCR",
            number="1",
            label=both("Screening"),
            created=Created.REGISTRATION,
            target=-7,
            window=Window(0, 7),
            main=True,
            crfs=(planned("INJ"),),
        ),
        Visit(
            code="V7",
            number="10",
            label=both("Day 7"),
            created=Created.RANDOMISATION,
            target=7,
            window=Window(1, 1),
            main=True,
            crfs=(planned("OM", "INJ.ORAL == 'Y'"),),
        ),
        Visit(
            code="V14",
            number="20",
            label=both("Day 14"),
            created=Created.RANDOMISATION,
            target=14,
            window=Window(1, 1),
            main=True,
            crfs=(planned("OM"),),
        ),
        Visit(
            code="UNS",
            number="90",
            label=both("Unscheduled"),
            created=Created.BY_SITE,
            crfs=(planned("OM", optional=True),),
        ),
    )
)

DESIGN = Design(
    study="TEST",
    arms=(Arm("SOC", label=both("Standard")), Arm("MSC", label=both("Product"))),
    ratio=(1, 1),
    block_sizes=(4,),
    slots_per_stratum=20,
    target=20,
)


def build(**changes: Any) -> Study:
    """Return the small study, with parts of it replaced."""
    declared: dict[str, Any] = {
        "code": "TEST",
        "name": both("A small trial"),
        "short_name": both("Small"),
        "version": "1",
        "all_crfs": (INJ, OM, AE),
        "schedule": SCHEDULE,
        "registers": (ICV,),
        "design": DESIGN,
        "target": 20,
    }
    return Study(**(declared | changes))


def with_item(crf: Crf, code: str, **changes: Any) -> Crf:
    """Return *crf* with one of its items changed."""

    def changed(item: Item) -> Item:
        return replace(item, **changes) if item.code == code else item

    sections = tuple(
        replace(section, items=tuple(changed(item) for item in section.items))
        for section in crf.sections
    )
    return replace(crf, sections=sections)


def with_more(crf: Crf, *items: Item) -> Crf:
    """Return *crf* with more items in its first section."""
    first, *others = crf.sections
    return replace(crf, sections=(replace(first, items=(*first.items, *items)), *others))
