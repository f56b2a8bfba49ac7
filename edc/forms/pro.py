"""Symptom diary: the participant's own scores, asked once for a day and never edited."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_findings import COMPBY
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, Integer, System, between

NONE = Label(en="0 = none", zh="0＝没有")
WORST = Label(en="10 = worst imaginable", zh="10＝能想象的最重")


def _score(code: str, en: str, zh: str, *, shown_when: str | None = None) -> Integer:
    """Declare a score from 0 to 10 of the last 24 hours."""
    return Integer(
        code=code,
        label=Label(en=en, zh=zh),
        unit=units.SCORE,
        scale=(NONE, WORST),
        shown_when=parse(shown_when) if shown_when else None,
        hard=between(0, 10),
        sdtm="QS",
    )


PRO = Crf(
    code="PRO",
    label=Label(en="Symptom diary", zh="症状日记（受试者填写）"),
    note=Label(
        en="The participant's own answers, for the last 24 hours. What is saved stays: nobody edits "
        "a diary.",
        zh="由受试者本人根据过去24小时的情况回答。日记保存后任何人不得修改。",
    ),
    date_item="PRODAT",
    sdtm="QS",
    answers_stay=Label(
        en="A saved answer of the diary is not changed, by anyone. If it looks wrong, say so in a "
        "query.",
        zh="日记答案保存后任何人不得修改；如有疑问，请通过质疑说明。",
    ),
    sections=(
        Section(
            code="DAY",
            label=Label(en="Day", zh="日期"),
            items=(
                Date(
                    code="PRODAT",
                    label=Label(en="Day the diary is about", zh="日记日期"),
                    hint=Label(
                        en="Today; yesterday until 12:00", zh="当天；中午12:00前可补填前一天"
                    ),
                    hard=between(None, "today"),
                    soft=between("PROSTAMP", "PROSTAMP"),
                    soft_text=Label(
                        en="The diary was filled in on another day than it is about.",
                        zh="填写日期与日记日期不是同一天。",
                    ),
                    sdtm="QS.QSDTC",
                ),
                System(
                    code="PROSTAMP",
                    label=Label(en="Filled in at", zh="填写时间"),
                    holds="datetime",
                    sdtm="QS.QSDTC",
                ),
                Choice(
                    code="PROBY",
                    label=Label(en="Filled in by", zh="填写方式"),
                    codes=COMPBY,
                    sdtm="QS.QSEVAL",
                ),
            ),
        ),
        Section(
            code="SCORES",
            label=Label(en="The last 24 hours", zh="过去24小时"),
            items=(
                _score("PRO01", "Mouth or throat pain at its worst", "口腔或咽喉疼痛最重时"),
                _score("PRO02", "Trouble swallowing", "吞咽困难程度"),
                _score("PRO03", "Trouble eating because of the mouth", "因口腔不适影响进食程度"),
                _score("PRO04", "Trouble talking because of the mouth", "因口腔不适影响说话程度"),
                _score("PRO05", "Dry mouth", "口干程度"),
                _score(
                    "PRO06", "Skin pain or itch", "皮肤疼痛或瘙痒程度",
                    shown_when="INJ.INJSKIN == 'Y'",
                ),
                _score(
                    "PRO07", "Pain or burning when passing urine", "排尿疼痛或灼热程度",
                    shown_when="INJ.INJBLAD == 'Y'",
                ),
                _score("PRO08", "Sleep disturbed by the injury", "因损伤影响睡眠程度"),
                _score("PRO09", "How bad was the day overall", "总体不适程度"),
            ),
        ),
        Section(
            code="PRODUCT",
            label=Label(en="Study product", zh="研究制品"),
            items=(
                Choice(
                    code="PRO10",
                    label=Label(
                        en="Study rinse, ointment or instillation used as told",
                        zh="是否按要求使用研究制品",
                    ),
                    codes=NY,
                    only_arm="MSC",
                    sdtm="EC",
                ),
            ),
        ),
    ),
    checks=(
        # Judged by when the diary was first saved, so that a saved one never comes too late.
        check(
            "PRO-01",
            "H",
            "PRODAT < diary_opens_on",
            en="Too late: the diary for that day is closed.",
            zh="已超过补填时限。",
        ),
        # Section 2: an assessment not done on its day is missed, never back-dated. Where a visit
        # may be held on several days its own day counts as well, also outside the window.
        check(
            "PRO-04",
            "H",
            "(PRODAT < window_start or PRODAT > window_end) "
            "and (window_start == window_end or empty(visit_date) or PRODAT != visit_date)",
            en="This day is not a day of this visit: give the diary at the visit of its own day.",
            zh="该日期不属于本次访视，请在日记日期对应的访视中填写。",
            item="PRODAT",
        ),
        check(
            "PRO-02",
            "W",
            "days_of_one_score >= 5",
            en="The same score on all items, 5 days running.",
            zh="连续5天全部同分。",
            item="PRODAT",
        ),
        check(
            "PRO-03",
            "Q",
            "any(OM, OMDAT == this.PRODAT and abs(this.PRO01 - (OMPNRST if empty(OMPNSWL) or OMPNRST >= OMPNSWL else OMPNSWL)) >= 5)",
            en="Diary and ward pain differ widely.",
            zh="日记与临床疼痛评分差异大。",
            item="PRO01",
        ),
    ),
)  # fmt: skip
