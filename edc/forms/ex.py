"""MSC supernatant given."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import INJSITE, NY
from edc.forms.codelists_treatment import DOSADJ, NOTGIV, PRETOL, ROUTE
from edc.forms.derivations import pending
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

EX = Crf(
    code="EX",
    label=Label(en="MSC supernatant given", zh="MSC上清给药记录"),
    occurs=Occurs.LOG,
    date_item="EXSTDAT",
    row_title=("EXSTDAT", "EXSTTIM", "EXROUTE", "EXDOSE"),
    sdtm="EC, EX",
    sections=(
        Section(
            code="MAIN",
            label=Label(en="MSC supernatant given", zh="MSC上清给药记录"),
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
                System(
                    code="EXTRT",
                    label=Label(en="Product = MSC culture supernatant", zh="制品=MSC培养上清"),
                    cdash=True,
                    sdtm="EX.EXTRT",
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
                    shown_when=parse("EXROUTE == 'TOPICAL'"),
                    hard=between(1, 10),
                    unit=units.LESION,
                    sdtm="EX.EXLNKID",
                ),
                Reference(
                    code="EXLOT",
                    label=Label(en="Batch number (scan)", zh="批号（扫码）"),
                    to="USER",
                    shown_when=parse("ECOCCUR == 'Y'"),
                    # hard: in batch register
                    cdash=True,
                    sdtm="EX.EXLOT",
                ),
                Text(
                    code="EXKIT",
                    label=Label(en="Container number (scan)", zh="容器编号（扫码）"),
                    max_length=30,
                    shown_when=parse("ECOCCUR == 'Y'"),
                    sdtm="DA.DAREFID",
                ),
                Calculated(
                    code="EXEXP",
                    label=Label(en="Expiry from the register", zh="有效期（来自批次登记）"),
                    rule=pending.pending,
                    holds="decimal",
                    sdtm="SUPPEX",
                ),
                DateTime(
                    code="EXTHAW",
                    label=Label(en="Taken out of storage or thawed at", zh="出库/复温时间"),
                    shown_when=parse("ECOCCUR == 'Y'"),
                    # hard: <= start
                    # soft: within 4 h before start
                    sdtm="SUPPEX",
                ),
                DecimalNumber(
                    code="EXTEMPS",
                    label=Label(en="Storage temperature at hand-over", zh="交接时储存温度"),
                    places=1,
                    unit=units.CELSIUS,
                    shown_when=parse("ECOCCUR == 'Y'"),
                    hard=between(-200, 40),
                    # soft: 2 to 8 (or by store)
                    sdtm="SUPPEX",
                ),
                DecimalNumber(
                    code="EXTEMPA",
                    label=Label(en="Temperature when given", zh="给药时温度"),
                    places=1,
                    unit=units.CELSIUS,
                    required=False,
                    shown_when=parse("ECOCCUR == 'Y'"),
                    hard=between(0, 42),
                    soft=between(15, 37),
                    sdtm="SUPPEX",
                ),
                Calculated(
                    code="EXPLVOL",
                    label=Label(
                        en="Planned volume (15 oral, 50 bladder, skin by area)",
                        zh="计划用量（口腔15，膀胱50，皮肤按面积）",
                    ),
                    rule=pending.pending,
                    holds="decimal",
                    unit=units.MILLILITRE,
                    sdtm="EC.ECDOSE (planned)",
                ),
                DecimalNumber(
                    code="EXDOSE",
                    label=Label(en="Volume given", zh="实际用量"),
                    places=1,
                    unit=units.MILLILITRE,
                    shown_when=parse("ECOCCUR == 'Y'"),
                    # hard: oral 1-50; bladder 1-100; skin 0.1-500
                    # soft: oral 12-18; bladder 45-55; skin 1-100
                    cdash=True,
                    sdtm="EX.EXDOSE, EXDOSU",
                ),
                DecimalNumber(
                    code="EXAREA",
                    label=Label(en="Skin area treated", zh="外用面积"),
                    places=1,
                    unit=units.SQUARE_CM,
                    shown_when=parse("EXROUTE == 'TOPICAL'"),
                    hard=between(0.1, 10000),
                    soft=between(1, 1000),
                    sdtm="SUPPEX",
                ),
                Date(
                    code="EXSTDAT",
                    label=Label(en="Date", zh="给药日期"),
                    hard=between("consent_date", "today"),
                    # soft: D0 to D28
                    cdash=True,
                    sdtm="EX.EXSTDTC",
                ),
                Time(
                    code="EXSTTIM",
                    label=Label(en="Start", zh="开始时间"),
                    shown_when=parse("ECOCCUR == 'Y'"),
                    cdash=True,
                    sdtm="EX.EXSTDTC",
                ),
                Time(
                    code="EXENTIM",
                    label=Label(en="End", zh="结束时间"),
                    shown_when=parse("ECOCCUR == 'Y'"),
                    # hard: > start
                    cdash=True,
                    sdtm="EX.EXENDTC",
                ),
                Calculated(
                    code="EXDWELL",
                    label=Label(en="Contact time", zh="接触时间"),
                    rule=pending.pending,
                    holds="decimal",
                    unit=units.MINUTE,
                    hard=between(0, 600),
                    # soft: oral 2-10; bladder 20-120; skin 10-120
                    sdtm="SUPPEX",
                ),
                Choice(
                    code="PRETOL",
                    label=Label(en="What happened to the product", zh="制品去向"),
                    codes=PRETOL,
                    shown_when=parse("ECOCCUR == 'Y'"),
                    sdtm="SUPPEX",
                ),
                Choice(
                    code="EXADJ",
                    label=Label(en="Change from plan", zh="剂量调整"),
                    codes=DOSADJ,
                    shown_when=parse("ECOCCUR == 'Y'"),
                    # soft: NONE
                    cdash=True,
                    sdtm="EX.EXADJ",
                ),
                Choice(
                    code="EXREACT",
                    label=Label(en="Reaction during or within 2 h", zh="给药中或2小时内反应"),
                    codes=NY,
                    shown_when=parse("ECOCCUR == 'Y'"),
                    expected="N",
                    sdtm="AE link",
                ),
                System(
                    code="EXBY",
                    label=Label(
                        en="Given by (signed-in user) and second check", zh="给药人及双人核对人"
                    ),
                    sdtm="SUPPEX",
                ),
            ),
        ),
    ),
)
