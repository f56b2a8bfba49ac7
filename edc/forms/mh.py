"""Medical history and allergies."""

from __future__ import annotations

from edc.forms.codelists import NY, NYU
from edc.forms.codelists_grades import CTCAE15
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, PartialDate, Text

MH = Crf(
    code="MH",
    label=Label(en="Medical history and allergies", zh="既往病史与过敏史"),
    occurs=Occurs.LOG,
    date_item="MHSTDAT",
    row_title=("MHTERM", "MHSTDAT"),
    sdtm="MH",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Medical history and allergies", zh="既往病史与过敏史"),
            items=(
                Choice(
                    code="MHYN",
                    label=Label(en="Any relevant history (form level)", zh="是否有相关病史"),
                    codes=NY,
                    cdash=True,
                    sdtm="MH",
                ),
                Text(
                    code="MHTERM",
                    label=Label(en="Condition", zh="疾病/症状"),
                    max_length=200,
                    shown_when=parse("MHYN == 'Y'"),
                    cdash=True,
                    sdtm="MH.MHTERM",
                ),
                PartialDate(
                    code="MHSTDAT",
                    label=Label(en="Start", zh="开始日期"),
                    shown_when=parse("MHYN == 'Y'"),
                    # hard: <= ICDAT
                    cdash=True,
                    sdtm="MH.MHSTDTC",
                ),
                Choice(
                    code="MHONGO",
                    label=Label(en="Ongoing", zh="是否持续"),
                    codes=NYU,
                    shown_when=parse("MHYN == 'Y'"),
                    cdash=True,
                    sdtm="MH.MHENRTPT",
                ),
                PartialDate(
                    code="MHENDAT",
                    label=Label(en="End", zh="结束日期"),
                    shown_when=parse("MHONGO == 'N'"),
                    # hard: >= MHSTDAT, <= today
                    cdash=True,
                    sdtm="MH.MHENDTC",
                ),
                Choice(
                    code="MHGRADE",
                    label=Label(en="CTCAE grade at baseline", zh="基线CTCAE分级"),
                    codes=CTCAE15,
                    shown_when=parse("MHONGO == 'Y'"),
                    # hard: 1 to 4
                    sdtm="SUPPMH",
                ),
                Choice(
                    code="MHALL",
                    label=Label(en="Allergy", zh="过敏史"),
                    codes=NYU,
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
)
