"""Infection."""

from __future__ import annotations

from edc.forms.codelists import NYU
from edc.forms.codelists_grades import CTCAE15
from edc.forms.codelists_laboratory import INFSITE, INFTYPE
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, Date, Reference, Text, between

INF = Crf(
    code="INF",
    label=Label(en="Infection", zh="感染事件"),
    occurs=Occurs.LOG,
    date_item="INFSTDAT",
    row_title=("INFTYPE", "INFSITE", "INFSTDAT"),
    sdtm="CE, MB",
    sections=(
        Section(
            code="INFECTION",
            label=Label(en="Infection", zh="感染"),
            items=(
                Choice(
                    code="INFTYPE",
                    label=Label(en="Type", zh="感染类型"),
                    codes=INFTYPE,
                    sdtm="CE.CECAT",
                ),
                Choice(
                    code="INFSITE",
                    label=Label(en="Site", zh="感染部位"),
                    codes=INFSITE,
                    sdtm="CE.CELOC",
                ),
                Text(
                    code="INFORG",
                    label=Label(en="Organism", zh="病原体"),
                    max_length=100,
                    shown_when=parse("INFTYPE != 'UNK'"),
                    sdtm="MB.MBORRES",
                ),
            ),
        ),
        Section(
            code="COURSE",
            label=Label(en="Course", zh="经过"),
            items=(
                Date(
                    code="INFSTDAT",
                    label=Label(en="Start", zh="开始日期"),
                    hard=between(None, "today"),
                    sdtm="CE.CESTDTC",
                ),
                Date(
                    code="INFENDAT",
                    label=Label(en="End", zh="结束日期"),
                    hint=Label(en="Empty while it goes on", zh="仍在持续时不填"),
                    required=False,
                    hard=between("INFSTDAT", "today"),
                    sdtm="CE.CEENDTC",
                ),
                Choice(
                    code="INFGR",
                    label=Label(en="CTCAE grade", zh="CTCAE分级"),
                    codes=CTCAE15,
                    sdtm="CE.CETOXGR",
                ),
                Choice(
                    code="INFINJ",
                    label=Label(
                        en="Entry through the study injury suspected", zh="疑经研究损伤部位入侵"
                    ),
                    codes=NYU,
                    sdtm="SUPPCE",
                ),
                Reference(
                    code="INFAE",
                    label=Label(en="Linked AE", zh="关联不良事件"),
                    to="AE",
                    required=False,
                    sdtm="RELREC",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "INF-01",
            "Q",
            "INFGR >= 3 and empty(INFAE)",
            en="Grade 3 or more needs an AE.",
            zh="≥3级感染应有不良事件记录。",
            item="INFAE",
        ),
    ),
)
