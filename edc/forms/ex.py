"""MSC supernatant given: one row a dose, or a day's dose that was not given.

Only roles that may see the arm know that this CRF exists.
"""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import INJSITE, NY
from edc.forms.codelists_treatment import DOSADJ, NOTGIV, PRETOL, PRODUCT, ROUTE
from edc.forms.derivations import product
from edc.forms.dosing import by_route
from edc.forms.ex_checks import EX_CHECKS
from edc.forms.study_settings import TREATMENT_DAYS
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DateTime,
    DecimalNumber,
    Integer,
    Reference,
    System,
    Text,
    Time,
    between,
)

GIVEN = parse("ECOCCUR == 'Y'")
ON_SKIN = parse("EXROUTE == 'TOPICAL'")

_DOSE = Section(
    code="DOSE",
    label=Label(en="Dose", zh="给药"),
    items=(
        Choice(
            code="ECOCCUR",
            label=Label(en="Dose given", zh="是否给药"),
            codes=NY,
            sdtm="EC.ECOCCUR",
        ),
        Choice(
            code="NOTGIV",
            label=Label(en="Why not given", zh="未给药原因"),
            codes=NOTGIV,
            shown_when=parse("ECOCCUR == 'N'"),
            sdtm="EC.ECREASOC",
        ),
        Date(
            code="EXSTDAT",
            label=Label(en="Date", zh="给药日期"),
            hard=between("consent_date", "today"),
            soft=between(None, f"randomisation_date + {TREATMENT_DAYS}"),
            cdash=True,
            sdtm="EX.EXSTDTC",
        ),
        Choice(
            code="EXROUTE",
            label=Label(en="Route", zh="给药途径"),
            codes=ROUTE,
            cdash=True,
            sdtm="EX.EXROUTE",
        ),
        Choice(
            code="EXSITE",
            label=Label(en="Injury treated", zh="治疗部位"),
            codes=INJSITE,
            sdtm="EX.EXLOC",
        ),
        Integer(
            code="EXLESN",
            label=Label(en="Lesion number (skin)", zh="皮损编号（皮肤）"),
            shown_when=ON_SKIN,
            hard=between(1, 10),
            unit=units.LESION,
            sdtm="EX.EXLNKID",
        ),
        DecimalNumber(
            code="EXAREA",
            label=Label(en="Skin area treated", zh="外用面积"),
            places=1,
            unit=units.SQUARE_CM,
            shown_when=ON_SKIN,
            hard=between(0.1, 10000),
            soft=between(1, 1000),
            sdtm="SUPPEX",
        ),
    ),
)

_PRODUCT = Section(
    code="PRODUCT",
    label=Label(en="Product", zh="制品"),
    items=(
        System(
            code="EXTRT",
            label=Label(en="Product", zh="制品"),
            codes=PRODUCT,
            shown_when=GIVEN,
            cdash=True,
            sdtm="EX.EXTRT",
        ),
        Reference(
            code="EXLOT",
            label=Label(en="Batch number (scan)", zh="批号（扫码）"),
            to="BATCH",
            scanned=True,
            shown_when=GIVEN,
            cdash=True,
            sdtm="EX.EXLOT",
        ),
        Text(
            code="EXKIT",
            label=Label(en="Container number (scan)", zh="容器编号（扫码）"),
            max_length=30,
            scanned=True,
            shown_when=GIVEN,
            sdtm="DA.DAREFID",
        ),
        Calculated(
            code="EXEXP",
            label=Label(en="Expiry from the register", zh="有效期（来自批次登记）"),
            rule=product.expiry,
            reads=("EXLOT",),
            holds="date",
            shown_when=GIVEN,
            sdtm="SUPPEX",
        ),
        DateTime(
            code="EXTHAW",
            label=Label(en="Taken out of storage or thawed at", zh="出库/复温时间"),
            shown_when=GIVEN,
            hard=between(None, "dose_start"),
            soft=between("earliest_thaw", None),
            sdtm="SUPPEX",
        ),
        DecimalNumber(
            code="EXTEMPS",
            label=Label(en="Storage temperature at hand-over", zh="交接时储存温度"),
            places=1,
            unit=units.CELSIUS,
            shown_when=GIVEN,
            hard=between(-200, 40),
            sdtm="SUPPEX",
        ),
        DecimalNumber(
            code="EXTEMPA",
            label=Label(en="Temperature when given", zh="给药时温度"),
            places=1,
            unit=units.CELSIUS,
            required=False,
            shown_when=GIVEN,
            hard=between(0, 42),
            soft=between(15, 37),
            sdtm="SUPPEX",
        ),
    ),
)

_GIVING = Section(
    code="GIVING",
    label=Label(en="Giving the dose", zh="给药过程"),
    items=(
        Calculated(
            code="EXPLVOL",
            label=Label(en="Planned volume", zh="计划用量"),
            rule=product.planned_volume,
            reads=("EXROUTE", "EXAREA"),
            places=1,
            unit=units.MILLILITRE,
            sdtm="EC.ECDOSE (planned)",
        ),
        DecimalNumber(
            code="EXDOSE",
            label=Label(en="Volume given", zh="实际用量"),
            places=1,
            unit=units.MILLILITRE,
            shown_when=GIVEN,
            hard=between(by_route("possible", 0), by_route("possible", 1)),
            cdash=True,
            sdtm="EX.EXDOSE, EXDOSU",
        ),
        Time(
            code="EXSTTIM",
            label=Label(en="Start", zh="开始时间"),
            shown_when=GIVEN,
            cdash=True,
            sdtm="EX.EXSTDTC",
        ),
        Time(
            code="EXENTIM",
            label=Label(en="End", zh="结束时间"),
            shown_when=GIVEN,
            hard=between("earliest_end", None),
            cdash=True,
            sdtm="EX.EXENDTC",
        ),
        Calculated(
            code="EXDWELL",
            label=Label(en="Contact time", zh="接触时间"),
            rule=product.contact_minutes,
            reads=("EXSTTIM", "EXENTIM"),
            holds="integer",
            shown_when=GIVEN,
            unit=units.MINUTE,
            hard=between(0, 600),
            soft=between(by_route("contact", 0), by_route("contact", 1)),
            sdtm="SUPPEX",
        ),
        Choice(
            code="PRETOL",
            label=Label(en="What happened to the product", zh="制品去向"),
            codes=PRETOL,
            shown_when=GIVEN,
            sdtm="SUPPEX",
        ),
        Choice(
            code="EXADJ",
            label=Label(en="Change from plan", zh="剂量调整"),
            codes=DOSADJ,
            shown_when=GIVEN,
            expected="NONE",
            cdash=True,
            sdtm="EX.EXADJ",
        ),
    ),
)

_AFTERWARDS = Section(
    code="AFTER",
    label=Label(en="Afterwards", zh="给药后"),
    items=(
        Choice(
            code="EXREACT",
            label=Label(en="Reaction during or within 2 h", zh="给药中或2小时内反应"),
            codes=NY,
            shown_when=GIVEN,
            expected="N",
            sdtm="AE link",
        ),
        System(
            code="EXBY",
            label=Label(en="Given by (signed-in user) and second check", zh="给药人及双人核对人"),
            shown_when=GIVEN,
            sdtm="SUPPEX",
        ),
    ),
)

EX = Crf(
    code="EX",
    label=Label(en="MSC supernatant given", zh="MSC上清给药记录"),
    occurs=Occurs.LOG,
    date_item="EXSTDAT",
    row_title=("EXSTDAT", "EXSTTIM", "EXROUTE", "EXDOSE", "EXLOT", "EXKIT"),
    again=("EXROUTE", "EXSITE", "EXLESN", "EXAREA", "EXLOT"),
    sdtm="EC, EX",
    checks=EX_CHECKS,
    sections=(_DOSE, _PRODUCT, _GIVING, _AFTERWARDS),
)
