"""The registers of the site to which CRFs refer: consent and protocol versions, batches."""

from __future__ import annotations

from edc.forms.batch import BATCH
from edc.forms.lab_limits import LAB
from edc.label import Label
from edc.study.items import Date, Text
from edc.study.study import Register

ICF = Register(
    code="ICF",
    label=Label(en="Versions of the consent form", zh="知情同意书版本"),
    key="ICVER",
    shown_with=("ICVERDAT", "ICAPPDAT"),
    in_force_from="ICAPPDAT",
    items=(
        Text(code="ICVER", label=Label(en="Version", zh="版本号"), max_length=30),
        Date(code="ICVERDAT", label=Label(en="Version date", zh="版本日期")),
        Date(code="ICAPPDAT", label=Label(en="Ethics approval date", zh="伦理批准日期")),
    ),
)

PROTOCOL = Register(
    code="PROTOCOL",
    label=Label(en="Versions of the protocol", zh="方案版本"),
    key="IEVER",
    shown_with=("APPDAT",),
    in_force_from="APPDAT",
    items=(
        Text(code="IEVER", label=Label(en="Version", zh="版本号"), max_length=30),
        Date(code="APPDAT", label=Label(en="Ethics approval date", zh="伦理批准日期")),
    ),
)

REGISTERS = (ICF, PROTOCOL, BATCH, LAB)
