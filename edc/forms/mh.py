"""Medical history and allergies."""

from __future__ import annotations

from edc.forms.codelists import NY, NYU
from edc.forms.codelists_grades import CTCAE15
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, PartialDate, Text, between

# Asked once for the participant, on the first row; further rows are opened for a condition.
ONCE = parse("row == 1")
CONDITION = parse("row > 1 or MHYN == 'Y'")

MH = Crf(
    code="MH",
    label=Label(en="Medical history and allergies", zh="既往病史与过敏史"),
    note=Label(
        en="One row for each condition. The blood disease and the transplant are on HSCT.",
        zh="每种疾病或症状填写一行。原发病及移植情况填写在HSCT表。",
    ),
    occurs=Occurs.LOG,
    date_item="MHSTDAT",
    row_title=("MHTERM", "MHSTDAT"),
    sdtm="MH",
    sections=(
        Section(
            code="HISTORY",
            label=Label(en="History", zh="病史"),
            items=(
                Choice(
                    code="MHYN",
                    label=Label(en="Any relevant history", zh="是否有相关病史"),
                    codes=NY,
                    shown_when=ONCE,
                    cdash=True,
                    sdtm="MH",
                ),
                Text(
                    code="MHTERM",
                    label=Label(en="Condition", zh="疾病/症状"),
                    max_length=200,
                    shown_when=CONDITION,
                    cdash=True,
                    sdtm="MH.MHTERM",
                ),
                PartialDate(
                    code="MHSTDAT",
                    label=Label(en="Start", zh="开始日期"),
                    shown_when=CONDITION,
                    hard=between(None, "consent_date"),
                    cdash=True,
                    sdtm="MH.MHSTDTC",
                ),
                Choice(
                    code="MHONGO",
                    label=Label(en="Ongoing", zh="是否持续"),
                    codes=NYU,
                    shown_when=CONDITION,
                    cdash=True,
                    sdtm="MH.MHENRTPT",
                ),
                PartialDate(
                    code="MHENDAT",
                    label=Label(en="End", zh="结束日期"),
                    shown_when=parse("MHONGO == 'N'"),
                    hard=between(None, "today"),
                    cdash=True,
                    sdtm="MH.MHENDTC",
                ),
                Choice(
                    code="MHGRADE",
                    label=Label(en="CTCAE grade at baseline", zh="基线CTCAE分级"),
                    codes=CTCAE15,
                    shown_when=parse("MHONGO == 'Y'"),
                    hard=between(1, 4),
                    sdtm="SUPPMH",
                ),
            ),
        ),
        Section(
            code="ALLERGY",
            label=Label(en="Allergies", zh="过敏史"),
            items=(
                Choice(
                    code="MHALL",
                    label=Label(en="Allergy", zh="过敏史"),
                    codes=NYU,
                    shown_when=ONCE,
                    sdtm="MH (MHCAT ALLERGY)",
                ),
                Text(
                    code="MHALLTX",
                    label=Label(
                        en="Allergen and reaction (serum, culture media, antibiotics, latex, food)",
                        zh="过敏原及反应（血清、培养基、抗生素、乳胶、食物等）",
                    ),
                    max_length=200,
                    shown_when=parse("MHALL == 'Y'"),
                    sdtm="MH.MHTERM",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "MH-01",
            "H",
            "MHENDAT < MHSTDAT",
            en="End before start.",
            zh="结束日期早于开始日期。",
        ),
        check(
            "MH-02",
            "Q",
            "names_product_component == 'Y' and IE.EXC03 == 'N'",
            en="Check exclusion 3.",
            zh="请核对排除标准3。",
            item="MHALLTX",
        ),
        check(
            "MH-03",
            "W",
            "MHONGO == 'Y' and recorded_as_event == 'Y'",
            en="Record as AE only if the grade rose above baseline.",
            zh="仅在分级较基线加重时记录为不良事件。",
            item="MHTERM",
        ),
    ),
)
