"""Physical examination: the same question about each of eleven systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.forms.codelists import NY
from edc.forms.codelists_findings import NCS
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Choice, Date, Item, Text, between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.study.checks import EditCheck

SYSTEMS: Final = {
    "GEN": Label(en="General condition", zh="一般情况"),
    "SKN": Label(en="Skin", zh="皮肤"),
    "ORL": Label(en="Mouth, head and neck", zh="口腔/头面"),
    "LYM": Label(en="Lymph nodes", zh="淋巴结"),
    "LNG": Label(en="Lungs", zh="肺"),
    "HRT": Label(en="Heart", zh="心"),
    "ABD": Label(en="Abdomen", zh="腹部"),
    "HSP": Label(en="Liver and spleen", zh="肝脾"),
    "GUT": Label(en="Urinary and genital", zh="泌尿生殖"),
    "EXT": Label(en="Limbs, oedema", zh="四肢水肿"),
    "NEU": Label(en="Nervous system", zh="神经"),
}
# A finding at an injured site is the study injury: it is recorded on INJ and its assessments, and
# asking for an adverse event there would contradict AE-15.
INJURED: Final = {"SKN": "INJ.INJSKIN", "ORL": "INJ.INJORAL", "GUT": "INJ.INJBLAD"}
EXAMINED = parse("PEPERF == 'Y'")
# An adverse event in course that day is what the finding may belong to; or a history that goes on,
# unless the system was normal at baseline: what is new since then is not history.
_EXPLAINED = (
    "any(AE, not empty(AESTDAT) and not AESTDAT > this.PEDAT and not AEENDAT < this.PEDAT)"
    " or any(MH, MHONGO == 'Y') and not at('BL', PE.PE{code}RES) == 'NORM'"
)


def _of_system(code: str, name: Label) -> tuple[Item, Item]:
    return (
        Choice(
            code=f"PE{code}RES",
            label=name,
            codes=NCS,
            shown_when=EXAMINED,
            sdtm="PE.PEORRES",
        ),
        Text(
            code=f"PE{code}TX",
            label=Label(en=f"{name.en}: describe", zh=f"{name.zh}：异常描述"),
            max_length=200,
            shown_when=parse(f"PE{code}RES in ('NCS', 'CS')"),
            sdtm="PE.PEORRES",
        ),
    )


def _unexplained() -> Iterator[EditCheck]:
    """Declare PE-01, which is asked of every system."""
    for code in SYSTEMS:
        injured = f" and not {INJURED[code]} == 'Y'" if code in INJURED else ""
        yield check(
            "PE-01",
            "Q",
            f"PE{code}RES == 'CS' and PEDAT > randomisation_date{injured} "
            f"and not ({_EXPLAINED.format(code=code)})",
            en="Clinically significant finding without AE or history.",
            zh="有临床意义的异常未关联不良事件或病史。",
            item=f"PE{code}RES",
        )


PE = Crf(
    code="PE",
    label=Label(en="Physical examination", zh="体格检查"),
    date_item="PEDAT",
    sdtm="PE",
    sections=(
        Section(
            code="EXAM",
            label=Label(en="Examination", zh="检查"),
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
                    shown_when=EXAMINED,
                    hard=between("consent_date", "today"),
                    soft=between("visit_date", "visit_date"),
                    soft_text=Label(
                        en="The date differs from the date of the visit.",
                        zh="检查日期与访视日期不一致。",
                    ),
                    cdash=True,
                    sdtm="PE.PEDTC",
                ),
            ),
        ),
        Section(
            code="SYSTEMS",
            label=Label(en="Findings by system", zh="各系统检查结果"),
            rest="NORM",
            items=tuple(item for code in SYSTEMS for item in _of_system(code, SYSTEMS[code])),
        ),
    ),
    checks=(
        *_unexplained(),
        check(
            "PE-02",
            "Q",
            "PEORLRES == 'NORM' and any(OM, OMDAT == this.PEDAT and OMWHO >= 1)",
            en="Mouth normal here but mucositis graded.",
            zh="口腔检查正常但黏膜炎分级≥1。",
        ),
    ),
)
