"""The batches of the product at a site, kept by the pharmacist.

On a given day a batch counts as released if its release date is not after that day and its state
was not yet another one. A batch that is recalled or has expired keeps its release date: by it the
doses given before are judged. The day of the present state is the day it was entered.
"""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY
from edc.forms.codelists_treatment import PRODST, STORE
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.items import Choice, Date, DecimalNumber, File, Integer, System, Text, between
from edc.study.study import Register

_WAS_RELEASED = parse("BTST in ('REL', 'EXP', 'RECALL')")

BATCH = Register(
    code="BATCH",
    label=Label(en="Product batch register (site level)", zh="制品批次登记（中心级）"),
    key="BTLOT",
    shown_with=("BTST", "BTEXP"),
    items=(
        Text(
            code="BTLOT",
            label=Label(en="Batch number", zh="批号"),
            max_length=30,
            scanned=True,
            sdtm="DA.DAREFID",
        ),
        Text(
            code="BTSRC",
            label=Label(
                en="Cell source (e.g. umbilical cord), donor code, passage",
                zh="细胞来源（如脐带）、供者编码、代次",
            ),
            max_length=100,
            sdtm="DI",
        ),
        Date(
            code="BTMFG",
            label=Label(en="Made on", zh="生产日期"),
            hard=between(None, "today"),
            sdtm="DA",
        ),
        Date(
            code="BTEXP",
            label=Label(en="Expiry", zh="有效期至"),
            hard=between("BTMFG + 1", None),
            sdtm="DA",
        ),
        Choice(
            code="BTSTORE",
            label=Label(en="Storage", zh="储存条件"),
            codes=STORE,
            sdtm="DA",
        ),
        DecimalNumber(
            code="BTVOL",
            label=Label(en="Volume per container", zh="单容器装量"),
            places=1,
            unit=units.MILLILITRE,
            hard=between(0.5, 500),
            soft=between(10, 60),
            sdtm="DA",
        ),
        DecimalNumber(
            code="BTPROT",
            label=Label(en="Total protein", zh="总蛋白浓度"),
            places=1,
            unit=units.UG_PER_ML,
            required=False,
            hard=between(0, 100000),
            sdtm="DI",
        ),
        DecimalNumber(
            code="BTPART",
            label=Label(en="Particles (exosomes)", zh="外泌体颗粒浓度"),
            places=2,
            unit=units.PARTICLES_9,
            required=False,
            hard=between(0, 10000),
            sdtm="DI",
        ),
        Choice(
            code="BTSTER",
            label=Label(
                en="Sterility, mycoplasma, endotoxin, virus tests passed",
                zh="无菌、支原体、内毒素、病毒检测合格",
            ),
            codes=NY,
            expected="Y",
            sdtm="DI",
        ),
        Choice(
            code="BTST",
            label=Label(en="State", zh="批次状态"),
            codes=PRODST,
            sdtm="DA",
        ),
        System(code="BTSTDT", label=Label(en="In this state since", zh="当前状态起始日期")),
        Date(
            code="BTREL",
            label=Label(en="Release date", zh="放行日期"),
            required=parse("BTST == 'REL'"),
            shown_when=_WAS_RELEASED,
            hard=between("BTMFG", "today"),
            sdtm="DA",
        ),
        File(
            code="BTCERT",
            label=Label(en="Certificate of release", zh="放行检验报告"),
            required=False,
            shown_when=_WAS_RELEASED,
            types=("application/pdf",),
        ),
        Integer(
            code="BTRECV",
            label=Label(en="Containers received", zh="接收数量"),
            unit=units.CONTAINERS,
            hard=between(0, None),
            sdtm="DA.DAORRES",
        ),
        Integer(
            code="BTDISP",
            label=Label(en="Containers dispensed", zh="发放数量"),
            unit=units.CONTAINERS,
            hard=between(0, None),
            sdtm="DA.DAORRES",
        ),
        Integer(
            code="BTRET",
            label=Label(en="Containers returned", zh="回收数量"),
            unit=units.CONTAINERS,
            hard=between(0, None),
            sdtm="DA.DAORRES",
        ),
        Integer(
            code="BTDEST",
            label=Label(en="Containers destroyed", zh="销毁数量"),
            unit=units.CONTAINERS,
            hard=between(0, None),
            sdtm="DA.DAORRES",
        ),
        File(
            code="BTTLOG",
            label=Label(en="Temperature log", zh="温度记录文件"),
            required=False,
            types=("text/csv", "application/pdf"),
            sdtm="not in SDTM",
        ),
    ),
    checks=(
        check(
            "BATCH-01",
            "H",
            "BTST == 'REL' and BTSTER != 'Y'",
            en="Cannot release: tests not passed.",
            zh="检测未合格，不得放行。",
            item="BTST",
        ),
        check(
            "BATCH-03",
            "S",
            "BTST in ('RECALL', 'REJ')",
            en="Lists every participant who got this batch.",
            zh="列出使用该批次的全部受试者。",
            item="BTST",
        ),
    ),
)
