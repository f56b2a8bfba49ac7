"""Concomitant medication."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_treatment import CMCAT, CMROUTE, FREQ, INDIC
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, DecimalNumber, PartialDate, Reference, Text, between

CM = Crf(
    code="CM",
    label=Label(en="Concomitant medication", zh="合并用药"),
    occurs=Occurs.LOG,
    date_item="CMSTDAT",
    row_title=("CMTRT", "CMSTDAT"),
    sdtm="CM",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Concomitant medication", zh="合并用药"),
            items=(
                Choice(
                    code="CMYN",
                    label=Label(en="Any medication (form level)", zh="是否有合并用药"),
                    codes=NY,
                    cdash=True,
                    sdtm="CM",
                ),
                Text(
                    code="CMTRT",
                    label=Label(en="Medicine (generic name)", zh="药品通用名"),
                    max_length=200,
                    shown_when=parse("CMYN == 'Y'"),
                    cdash=True,
                    sdtm="CM.CMTRT",
                ),
                Choice(
                    code="CMCAT",
                    label=Label(en="Category", zh="类别"),
                    codes=CMCAT,
                    shown_when=parse("CMYN == 'Y'"),
                    cdash=True,
                    sdtm="CM.CMCAT",
                ),
                Choice(
                    code="CMINDC",
                    label=Label(en="Reason", zh="用药原因"),
                    codes=INDIC,
                    shown_when=parse("CMYN == 'Y'"),
                    cdash=True,
                    sdtm="CM.CMINDC",
                ),
                Reference(
                    code="CMAENO",
                    label=Label(en="Linked AE", zh="关联不良事件"),
                    to="USER",
                    shown_when=parse("CMINDC == 'AE'"),
                    sdtm="RELREC",
                ),
                DecimalNumber(
                    code="CMDOSE",
                    label=Label(en="Single dose", zh="单次剂量"),
                    places=3,
                    required=False,
                    shown_when=parse("CMYN == 'Y'"),
                    # hard: > 0
                    cdash=True,
                    unit=units.DOSE,
                    sdtm="CM.CMDOSE",
                ),
                Text(
                    code="CMDOSU",
                    label=Label(en="Unit", zh="单位"),
                    max_length=20,
                    shown_when=parse("not empty(CMDOSE)"),
                    # hard: UCUM or list
                    cdash=True,
                    sdtm="CM.CMDOSU",
                ),
                Choice(
                    code="CMDOSFRQ",
                    label=Label(en="Frequency", zh="频次"),
                    codes=FREQ,
                    required=False,
                    shown_when=parse("CMYN == 'Y'"),
                    cdash=True,
                    sdtm="CM.CMDOSFRQ",
                ),
                Choice(
                    code="CMROUTE",
                    label=Label(en="Route", zh="途径"),
                    codes=CMROUTE,
                    shown_when=parse("CMYN == 'Y'"),
                    cdash=True,
                    sdtm="CM.CMROUTE",
                ),
                PartialDate(
                    code="CMSTDAT",
                    label=Label(en="Start", zh="开始日期"),
                    shown_when=parse("CMYN == 'Y'"),
                    hard=between(None, "today"),
                    cdash=True,
                    sdtm="CM.CMSTDTC",
                ),
                Choice(
                    code="CMONGO",
                    label=Label(en="Ongoing", zh="是否持续"),
                    codes=NY,
                    shown_when=parse("CMYN == 'Y'"),
                    cdash=True,
                    sdtm="CM.CMENRTPT",
                ),
                PartialDate(
                    code="CMENDAT",
                    label=Label(en="End", zh="结束日期"),
                    shown_when=parse("CMONGO == 'N'"),
                    # hard: >= CMSTDAT, <= today
                    cdash=True,
                    sdtm="CM.CMENDTC",
                ),
                Text(
                    code="CMATC",
                    label=Label(en="ATC code (coder)", zh="ATC编码（编码员）"),
                    max_length=7,
                    required=False,
                    # hard: ^[A-Z][0-9]{2}.*
                    sdtm="CM.CMCLASCD",
                ),
            ),
        ),
    ),
)
