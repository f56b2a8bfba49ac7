"""Demographics; no name, identity number, telephone or hospital number."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import CHILDPOT, ETHCN, NY, NYU, SEX
from edc.forms.derivations import enrolment
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Integer, System, Text, between

# The expression language divides but keeps no remainder, so leap years are listed.
_LEAP_YEARS = ", ".join(str(year) for year in range(1920, 2100, 4))
DAYS_IN_MONTH = (
    f"28 if BRTHMO == 2 and BRTHYR not in ({_LEAP_YEARS}) else 29 if BRTHMO == 2"
    " else 30 if BRTHMO in (4, 6, 9, 11) else 31"
)


DM = Crf(
    code="DM",
    label=Label(en="Demographics", zh="人口学资料"),
    note=Label(
        en="No name, identity number, telephone or hospital number. The site keeps the identification list outside the EDC.",
        zh="不得填写姓名、身份证号、电话或住院号；受试者鉴认代码表由中心另行保存。",
    ),
    sdtm="DM",
    sections=(
        Section(
            code="ID",
            label=Label(en="Identification", zh="受试者标识"),
            items=(
                System(
                    code="SUBJID",
                    label=Label(en="Participant number", zh="受试者编号"),
                    cdash=True,
                    sdtm="DM.SUBJID",
                ),
                System(
                    code="SCRPREV",
                    label=Label(
                        en="Number of the first screening (re-screened)",
                        zh="首次筛选编号（再次筛选者）",
                    ),
                    sdtm="SUPPDM",
                ),
                Text(
                    code="SUBJINIT",
                    label=Label(
                        en="Name code (four pinyin initials)",
                        zh="姓名拼音缩写（4位）",
                    ),
                    max_length=4,
                    pattern="[A-Z]{4}",
                    pattern_text=Label(
                        en="Enter four capital letters, for example LWJU.",
                        zh="请输入4个大写字母，例如LWJU。",
                    ),
                    required=False,
                    sdtm="not exported",
                ),
            ),
        ),
        Section(
            code="BIRTH",
            label=Label(en="Birth and age", zh="出生日期与年龄"),
            items=(
                Integer(
                    code="BRTHYR",
                    label=Label(en="Year of birth", zh="出生年"),
                    unit=units.CALENDAR_YEAR,
                    hard=between(1920, "year(today)"),
                    cdash=True,
                    sdtm="DM.BRTHDTC",
                ),
                Integer(
                    code="BRTHMO",
                    label=Label(en="Month of birth", zh="出生月"),
                    unit=units.MONTH,
                    hard=between(1, 12),
                    cdash=True,
                    sdtm="DM.BRTHDTC",
                ),
                Integer(
                    code="BRTHDY",
                    label=Label(
                        en="Day of birth, if the site records it",
                        zh="出生日（按中心规定可不填）",
                    ),
                    unit=units.DAY_OF_MONTH,
                    required=False,
                    hard=between(1, DAYS_IN_MONTH),
                    cdash=True,
                    sdtm="DM.BRTHDTC",
                ),
                Calculated(
                    code="AGE",
                    label=Label(
                        en="Age at consent (with day missing, the 15th is used)",
                        zh="签署知情同意时年龄",
                    ),
                    rule=enrolment.age_at_consent,
                    reads=("BRTHYR", "BRTHMO", "BRTHDY", "IC.ICTYPE", "IC.ICDAT"),
                    holds="integer",
                    places=0,
                    unit=units.YEAR,
                    hard=between(0, 110),
                    cdash=True,
                    sdtm="DM.AGE, AGEU",
                ),
            ),
        ),
        Section(
            code="SEX",
            label=Label(en="Sex and child-bearing potential", zh="性别与生育能力"),
            items=(
                Choice(
                    code="SEX",
                    label=Label(en="Sex", zh="性别"),
                    codes=SEX,
                    cdash=True,
                    sdtm="DM.SEX",
                ),
                Choice(
                    code="CHILDPOT",
                    label=Label(en="Child-bearing potential", zh="生育能力"),
                    codes=CHILDPOT,
                    shown_when=parse("SEX == 'F'"),
                    sdtm="RP",
                ),
                Choice(
                    code="CONTRA",
                    label=Label(en="Effective contraception agreed", zh="同意采取有效避孕"),
                    codes=NY,
                    shown_when=parse("CHILDPOT == 'Y' or SEX == 'M'"),
                    expected="Y",
                    sdtm="RP",
                ),
            ),
        ),
        Section(
            code="BACKGROUND",
            label=Label(en="Background", zh="背景资料"),
            items=(
                Choice(
                    code="ETHGRP",
                    label=Label(en="Ethnic group", zh="民族"),
                    codes=ETHCN,
                    sdtm="SUPPDM (not DM.ETHNIC, which is Hispanic or not); DM.RACE = ASIAN",
                ),
                Text(
                    code="ETHGRPOT",
                    label=Label(en="Other ethnic group", zh="其他民族"),
                    max_length=50,
                    shown_when=parse("ETHGRP == 'OTH'"),
                    sdtm="SUPPDM",
                ),
                Choice(
                    code="SMOKE",
                    label=Label(en="Ever smoked", zh="吸烟史"),
                    codes=NYU,
                    required=False,
                    sdtm="SU",
                ),
                Choice(
                    code="DENTAL",
                    label=Label(
                        en="Dental check and treatment before transplant",
                        zh="移植前完成口腔科评估及处理",
                    ),
                    codes=NYU,
                    required=False,
                    sdtm="PR",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "DM-01",
            "Q",
            "AGE < 18",
            en="Under 18: inclusion 1 not met, cannot be confirmed eligible.",
            zh="年龄不足18岁，不符合入选标准1。",
        ),
        check(
            "DM-02",
            "Q",
            "AGE > 75",
            en="Age over 75: please check the year.",
            zh="年龄超过75岁，请核对出生年。",
        ),
        check(
            "DM-03",
            "H",
            "CHILDPOT == 'NA'",
            en="“Not applicable” is for men only.",
            zh="“不适用”仅用于男性。",
        ),
        check(
            "DM-04",
            "W",
            "possible_duplicate == 'Y'",
            en="Possible double enrolment: compare with that participant.",
            zh="可能重复入组，请核对。",
            item="SUBJINIT",
        ),
        check(
            "DM-05",
            "Q",
            "changed(SEX) or changed(BRTHYR) or changed(BRTHMO)",
            en="Key identifying data changed after randomisation: confirm the right person.",
            zh="随机后更改关键身份信息，请确认受试者身份。",
            item="BRTHYR",
        ),
    ),
)
