"""Laboratory results: one CRF for each panel and sample."""

from __future__ import annotations

from edc.forms.codelists import NY
from edc.forms.codelists_findings import CTCG
from edc.forms.codelists_laboratory import LBQ
from edc.forms.derivations import pending
from edc.forms.lb_tests import PANELS, TESTS, LabTest
from edc.label import Label
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DecimalNumber,
    Item,
    Reference,
    Text,
    Time,
    between,
)

DONE = parse("LBPERF == 'Y'")


def _result(test: LabTest) -> Item:
    hard = between(*test.hard) if test.hard else None
    soft = between(*test.soft) if test.soft else None
    if test.is_calculated:
        return Calculated(
            code=test.code, label=test.label, unit=test.unit, rule=pending.pending,
            hard=hard, soft=soft, shown_when=DONE, sdtm="LB.LBORRES",
        )  # fmt: skip
    if test.codes is not None:
        return Choice(
            code=test.code, label=test.label, codes=test.codes, required=test.is_required,
            shown_when=DONE, sdtm="LB.LBORRES",
        )  # fmt: skip
    return DecimalNumber(
        code=test.code, label=test.label, unit=test.unit, places=4, required=test.is_required,
        hard=hard, soft=soft, shown_when=DONE, sdtm="LB.LBORRES",
    )  # fmt: skip


def _row(test: LabTest) -> tuple[Item, ...]:
    """Return the items of a test's row: its result, the limits, the flag and what it means."""

    def named(en: str, zh: str) -> Label:
        return Label(en=f"{test.label.en}: {en}", zh=f"{test.label.zh}：{zh}")

    def derived(code: str, label: Label, holds: str = "decimal", **more: object) -> Calculated:
        return Calculated(
            code=f"{test.code}_{code}", label=label, rule=pending.pending, cdash=True,
            holds=holds, sdtm=f"LB.{code}", **more,  # type: ignore[arg-type]
        )  # fmt: skip

    return (
        _result(test),
        Choice(
            code=f"{test.code}_LBQUAL",
            label=named("below or above the measuring limit", "低于/高于检测限"),
            codes=LBQ, required=False, shown_when=DONE, sdtm="LB.LBORRES",
        ),
        derived("LBORNRLO", named("lower reference limit", "参考下限")),
        derived("LBORNRHI", named("upper reference limit", "参考上限")),
        derived("LBNRIND", named("low, normal, high", "偏低/正常/偏高"), "text"),
        derived("LBTOXGR", named("proposed CTCAE grade", "建议CTCAE分级"), "choice", codes=CTCG),
        Choice(
            code=f"{test.code}_LBCLSIG",
            label=named("clinically significant", "有无临床意义"),
            codes=NY, cdash=True, shown_when=parse(f"{test.code}_LBNRIND in ('LOW', 'HIGH')"),
            sdtm="LB.LBCLSIG",
        ),
    )  # fmt: skip


LB = Crf(
    code="LB",
    label=Label(en="Laboratory", zh="实验室检查"),
    date_item="LBDAT",
    sdtm="LB",
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
                    label=Label(
                        en="Laboratory (holds reference limits by sex, age, date)",
                        zh="检验科室（含参考范围版本）",
                    ),
                    to="USER", shown_when=DONE, sdtm="LB.LBNAM",
                ),
            ),
        ),
        *(
            Section(
                code=panel,
                label=label,
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
