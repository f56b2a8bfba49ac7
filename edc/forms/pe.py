"""Physical examination."""

from __future__ import annotations

from edc.forms.codelists import NY
from edc.forms.codelists_findings import NCS
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, Text, between

PE = Crf(
    code="PE",
    label=Label(en="Physical examination", zh="体格检查"),
    date_item="PEDAT",
    sdtm="PE",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Physical examination", zh="体格检查"),
            items=(
                Choice(
                    code="PEPERF",
                    label=Label(en="Examination done", zh="是否检查"),
                    codes=NY,
                    cdash=True,
                    sdtm="PE.PESTAT",
                ),
                Date(
                    code="PEDAT",
                    label=Label(en="Date", zh="检查日期"),
                    shown_when=parse("PEPERF == 'Y'"),
                    hard=between("consent_date", "today"),
                    soft=between("visit_date", "visit_date"),
                    cdash=True,
                    sdtm="PE.PEDTC",
                ),
                Choice(
                    code="PEGENRES",
                    label=Label(en="General condition", zh="一般情况"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PEGENTX",
                    label=Label(en="General condition: describe", zh="一般情况：异常描述"),
                    max_length=200,
                    shown_when=parse("PEGENRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PESKNRES",
                    label=Label(en="Skin", zh="皮肤"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PESKNTX",
                    label=Label(en="Skin: describe", zh="皮肤：异常描述"),
                    max_length=200,
                    shown_when=parse("PESKNRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PEORLRES",
                    label=Label(en="Mouth, head and neck", zh="口腔/头面"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PEORLTX",
                    label=Label(en="Mouth, head and neck: describe", zh="口腔/头面：异常描述"),
                    max_length=200,
                    shown_when=parse("PEORLRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PELYMRES",
                    label=Label(en="Lymph nodes", zh="淋巴结"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PELYMTX",
                    label=Label(en="Lymph nodes: describe", zh="淋巴结：异常描述"),
                    max_length=200,
                    shown_when=parse("PELYMRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PELNGRES",
                    label=Label(en="Lungs", zh="肺"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PELNGTX",
                    label=Label(en="Lungs: describe", zh="肺：异常描述"),
                    max_length=200,
                    shown_when=parse("PELNGRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PEHRTRES",
                    label=Label(en="Heart", zh="心"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PEHRTTX",
                    label=Label(en="Heart: describe", zh="心：异常描述"),
                    max_length=200,
                    shown_when=parse("PEHRTRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PEABDRES",
                    label=Label(en="Abdomen", zh="腹部"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PEABDTX",
                    label=Label(en="Abdomen: describe", zh="腹部：异常描述"),
                    max_length=200,
                    shown_when=parse("PEABDRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PEHSPRES",
                    label=Label(en="Liver and spleen", zh="肝脾"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PEHSPTX",
                    label=Label(en="Liver and spleen: describe", zh="肝脾：异常描述"),
                    max_length=200,
                    shown_when=parse("PEHSPRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PEGUTRES",
                    label=Label(en="Urinary and genital", zh="泌尿生殖"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PEGUTTX",
                    label=Label(en="Urinary and genital: describe", zh="泌尿生殖：异常描述"),
                    max_length=200,
                    shown_when=parse("PEGUTRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PEEXTRES",
                    label=Label(en="Limbs, oedema", zh="四肢水肿"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PEEXTTX",
                    label=Label(en="Limbs, oedema: describe", zh="四肢水肿：异常描述"),
                    max_length=200,
                    shown_when=parse("PEEXTRES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
                Choice(
                    code="PENEURES",
                    label=Label(en="Nervous system", zh="神经"),
                    codes=NCS,
                    shown_when=parse("PEPERF == 'Y'"),
                    sdtm="PE.PEORRES",
                ),
                Text(
                    code="PENEUTX",
                    label=Label(en="Nervous system: describe", zh="神经：异常描述"),
                    max_length=200,
                    shown_when=parse("PENEURES in ('NCS', 'CS')"),
                    sdtm="PE.PEORRES",
                ),
            ),
        ),
    ),
)
