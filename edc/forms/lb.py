"""Laboratory results: one CRF for each panel and sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.codelists import NY
from edc.forms.codelists_findings import CTCG
from edc.forms.codelists_laboratory import LBQ, NRIND
from edc.forms.ctcae_laboratory import rules
from edc.forms.derivations import laboratory
from edc.forms.lb_checks import CHECKS, has_qualifier
from edc.forms.lb_tests import PANELS, TESTS, LabTest
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Part, Section
from edc.study.items import (
    Calculated,
    Choice,
    Conversion,
    Date,
    DecimalNumber,
    Item,
    Reference,
    Text,
    Time,
    between,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DONE = parse("LBPERF == 'Y'")
PLACES = 4


def _result(test: LabTest) -> Item:
    hard = between(*test.hard) if test.hard else None
    soft = between(*test.soft) if test.soft else None
    if test.is_calculated:
        return Calculated(
            code=test.code, label=test.label, unit=test.unit, hard=hard, soft=soft,
            rule=laboratory.creatinine_clearance, shown_when=DONE, sdtm="LB.LBORRES",
            reads=("CREAT", "LBDAT", "DM.SEX", *laboratory.BORN, "VS.WEIGHT"),
        )  # fmt: skip
    if test.codes is not None:
        only_first = test.most == test.codes.values[0]
        return Choice(
            code=test.code, label=test.label, codes=test.codes, required=test.is_required,
            expected=test.most if only_first else None,
            soft=None if only_first else between(f"'{test.codes.values[0]}'", f"'{test.most}'"),
            shown_when=DONE, sdtm="LB.LBORRES",
        )  # fmt: skip
    converted = None
    if test.other_unit is not None:
        converted = Conversion(f"{test.code}_LBORIG", *test.other_unit)
    return DecimalNumber(
        code=test.code, label=test.label, unit=test.unit, places=PLACES, fills=False,
        converted=converted, required=test.is_required, hard=hard, soft=soft, shown_when=DONE, sdtm="LB.LBORRES",
    )  # fmt: skip


def _row(test: LabTest) -> Iterator[Item]:
    """Return the items of a test's row: its result, the limits, the flag and what it means."""
    low, high, flag = (f"{test.code}_{item}" for item in ("LBORNRLO", "LBORNRHI", "LBNRIND"))
    qualifier = f"{test.code}_LBQUAL"
    qualified = (test.code, qualifier) if has_qualifier(test) else (test.code,)

    def named(en: str, zh: str) -> Label:
        return Label(en=f"{test.label.en}: {en}", zh=f"{test.label.zh}：{zh}")

    yield _result(test)
    if test.other_unit is not None:
        unit = test.other_unit[0]
        yield DecimalNumber(
            code=f"{test.code}_LBORIG",
            label=named(f"as reported in {unit.label.en}", f"以{unit.label.zh}报告的数值"),
            unit=unit, places=PLACES, fills=False, required=False, shown_when=DONE,
            sdtm="LB.LBORRES",
        )  # fmt: skip
    if has_qualifier(test):
        yield Choice(
            code=qualifier,
            label=named("below or above the measuring limit", "低于/高于检测限"),
            codes=LBQ, required=False, shown_when=DONE, sdtm="LB.LBORRES",
        )  # fmt: skip
    for code, label, rule in (
        (low, named("lower reference limit", "参考下限"), laboratory.lower_limit(test)),
        (high, named("upper reference limit", "参考上限"), laboratory.upper_limit(test)),
    ):
        yield Calculated(
            code=code, label=label, rule=rule, reads=(test.code, *laboratory.PERSON),
            unit=test.unit, holds="choice" if test.codes else "decimal", codes=test.codes,
            cdash=True, sdtm=f"LB.{code.rpartition('_')[2]}",
        )  # fmt: skip
    yield Calculated(
        code=flag, label=named("low, normal, high", "偏低/正常/偏高"), rule=laboratory.flag(test),
        reads=(*qualified, low, high), holds="choice", codes=NRIND, cdash=True, sdtm="LB.LBNRIND",
    )  # fmt: skip
    if test.code in rules():
        earlier: tuple[str, ...] = ()
        if laboratory.reads_baseline(test.code):
            earlier = (f"LB.{test.code}", f"LB.{flag}", "RAND.RDDTM")
        yield Calculated(
            code=f"{test.code}_LBTOXGR",
            label=named("proposed CTCAE grade", "建议CTCAE分级"),
            rule=laboratory.grade(test), reads=(*qualified, low, high, "LBDAT", *earlier),
            holds="choice", codes=CTCG, cdash=True, sdtm="LB.LBTOXGR",
        )  # fmt: skip
    yield Choice(
        code=f"{test.code}_LBCLSIG",
        label=named("clinically significant", "有无临床意义"),
        codes=NY, cdash=True, shown_when=parse(f"{flag} in ('LOW', 'HIGH')"),
        sdtm="LB.LBCLSIG",
    )  # fmt: skip


LB = Crf(
    code="LB",
    label=Label(en="Laboratory", zh="实验室检查"),
    date_item="LBDAT",
    sdtm="LB",
    parts=tuple(Part(panel, label) for panel, label in PANELS.items()),
    as_last=("LBLAB",),
    checks=CHECKS,
    sections=(
        Section(
            code="SAMPLE",
            label=Label(en="Sample", zh="样本"),
            items=(
                Choice(
                    code="LBPERF", label=Label(en="Panel done", zh="是否检测"), codes=NY,
                    cdash=True, sdtm="LB.LBSTAT",
                ),
                Date(
                    code="LBDAT", label=Label(en="Sample date", zh="采样日期"), shown_when=DONE,
                    hard=between("consent_date - 28", "today"), cdash=True, sdtm="LB.LBDTC",
                ),
                Time(
                    code="LBTIM", label=Label(en="Sample time", zh="采样时间"), required=False,
                    shown_when=DONE, cdash=True, sdtm="LB.LBDTC",
                ),
                Reference(
                    code="LBLAB",
                    label=Label(en="Laboratory", zh="检验科室"),
                    hint=Label(
                        en="Its reference limits for the sample date are used",
                        zh="按采样日期采用该科室的参考范围",
                    ),
                    to="LAB", shown_when=DONE, sdtm="LB.LBNAM",
                ),
            ),
        ),
        *(
            Section(
                code=panel,
                label=label,
                part=panel,
                layout="laboratory",
                items=tuple(item for test in TESTS if test.panel == panel for item in _row(test)),
            )
            for panel, label in PANELS.items()
        ),
        Section(
            code="COMMENT",
            label=Label(en="Comment", zh="备注"),
            items=(
                Text(
                    code="LBCOM", label=Label(en="Comment", zh="备注"), max_length=200,
                    required=False, sdtm="CO",
                ),
            ),
        ),
    ),
)  # fmt: skip
