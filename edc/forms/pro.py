"""Symptom diary."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_findings import COMPBY
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, Integer, System, between

PRO = Crf(
    code="PRO",
    label=Label(en="Symptom diary", zh="症状日记（受试者填写）"),
    date_item="PRODAT",
    sdtm="QS",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Symptom diary", zh="症状日记（受试者填写）"),
            items=(
                Date(
                    code="PRODAT",
                    label=Label(en="Day the diary is about", zh="日记日期"),
                    # hard: today or yesterday until 12:00
                    # soft: today
                    sdtm="QS.QSDTC",
                ),
                System(
                    code="PROSTAMP",
                    label=Label(en="Filled in at", zh="填写时间"),
                    sdtm="QS.QSDTC",
                ),
                Choice(
                    code="PROBY",
                    label=Label(en="Filled in by", zh="填写方式"),
                    codes=COMPBY,
                    sdtm="QS.QSEVAL",
                ),
                Integer(
                    code="PRO01",
                    label=Label(en="Mouth or throat pain at its worst", zh="口腔或咽喉疼痛最重时"),
                    unit=units.SCORE,
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO02",
                    label=Label(en="Trouble swallowing", zh="吞咽困难程度"),
                    unit=units.SCORE,
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO03",
                    label=Label(
                        en="Trouble eating because of the mouth", zh="因口腔不适影响进食程度"
                    ),
                    unit=units.SCORE,
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO04",
                    label=Label(
                        en="Trouble talking because of the mouth", zh="因口腔不适影响说话程度"
                    ),
                    unit=units.SCORE,
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO05",
                    label=Label(en="Dry mouth", zh="口干程度"),
                    unit=units.SCORE,
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO06",
                    label=Label(en="Skin pain or itch", zh="皮肤疼痛或瘙痒程度"),
                    unit=units.SCORE,
                    shown_when=parse("INJ.INJSKIN == 'Y'"),
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO07",
                    label=Label(en="Pain or burning when passing urine", zh="排尿疼痛或灼热程度"),
                    unit=units.SCORE,
                    shown_when=parse("INJ.INJBLAD == 'Y'"),
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO08",
                    label=Label(en="Sleep disturbed by the injury", zh="因损伤影响睡眠程度"),
                    unit=units.SCORE,
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Integer(
                    code="PRO09",
                    label=Label(en="How bad was the day overall", zh="总体不适程度"),
                    unit=units.SCORE,
                    hard=between(0, 10),
                    sdtm="QS",
                ),
                Choice(
                    code="PRO10",
                    label=Label(
                        en="Study rinse, ointment or instillation used as told (MSC arm only; hidden from masked roles)",
                        zh="是否按要求使用研究制品（仅试验组）",
                    ),
                    codes=NY,
                    sdtm="EC",
                ),
            ),
        ),
    ),
)
