"""Concomitant medication."""

from __future__ import annotations

from edc.forms import dose_units, units
from edc.forms.codelists import NY
from edc.forms.codelists_treatment import CMCAT, CMROUTE, FREQ, INDIC
from edc.label import Label
from edc.study.checks import Deviation, check
from edc.study.conditions import parse
from edc.study.crf import Crf, Occurs, Section
from edc.study.items import Choice, DecimalNumber, PartialDate, Reference, Text, between

CHECKS = (
    check("CM-01", "H", "CMENDAT < CMSTDAT", en="End before start.", zh="结束早于开始。"),
    check(
        "CM-02",
        "Q",
        "CMINDC == 'AE' and CMSTDAT < entry(CMAENO, 'AESTDAT')",
        en="Medicine started before the AE it treats.",
        zh="用药早于所治疗的不良事件。",
        item="CMSTDAT",
    ),
    check(
        "CM-03",
        "Q",
        # Of days known in part every one they may be must lie within D0 to D28.
        "prohibited_medicine == 'Y' and CMSTDAT <= randomisation_date + 28 and "
        "(CMSTDAT >= randomisation_date or CMENDAT >= randomisation_date or "
        "CMONGO == 'Y' and not empty(randomisation_date))",
        en="Not allowed: deviation.",
        zh="禁用治疗，记录方案偏离。",
        item="CMTRT",
        proposes=Deviation("CM", "MAJ"),
    ),
    check(
        "CM-04",
        "W",
        "not empty(CMSTDAT) and any(CM, row != this.row and CMTRT == this.CMTRT and "
        "not empty(CMSTDAT) and (CMONGO == 'Y' or CMENDAT >= this.CMSTDAT) and "
        "(this.CMONGO == 'Y' or this.CMENDAT >= CMSTDAT))",
        en="Possible duplicate.",
        zh="可能重复记录。",
        item="CMTRT",
    ),
)

CM = Crf(
    code="CM",
    label=Label(en="Concomitant medication", zh="合并用药"),
    occurs=Occurs.LOG,
    date_item="CMSTDAT",
    row_title=("CMTRT", "CMCAT", "CMSTDAT", "CMENDAT"),
    sdtm="CM",
    checks=CHECKS,
    sections=(
        Section(
            code="MAIN",
            label=Label(en="Concomitant medication", zh="合并用药"),
            items=(
                Choice(
                    code="CMYN",
                    label=Label(en="Any medication", zh="是否有合并用药"),
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
                    to="AE",
                    shown_when=parse("CMINDC == 'AE'"),
                    sdtm="RELREC",
                ),
                DecimalNumber(
                    code="CMDOSE",
                    label=Label(en="Single dose", zh="单次剂量"),
                    places=3,
                    required=False,
                    shown_when=parse("CMYN == 'Y'"),
                    hard=between("0.001", None),
                    cdash=True,
                    unit=units.DOSE,
                    sdtm="CM.CMDOSE",
                ),
                Text(
                    code="CMDOSU",
                    label=Label(en="Unit", zh="单位"),
                    max_length=20,
                    pattern=dose_units.PATTERN,
                    pattern_text=Label(
                        en="Write the unit as mg, g, ug, mL, IU, mmol, mg/kg (UCUM) or as what is "
                        "counted: tablet, capsule, ampoule …",
                        zh="请填写UCUM单位（如mg、g、ug、mL、IU、mmol、mg/kg）或计数单位（片、粒、支等）。",
                    ),
                    suggestions=dose_units.SUGGESTED,
                    shown_when=parse("not empty(CMDOSE)"),
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
                    hard=between(None, "today"),
                    cdash=True,
                    sdtm="CM.CMENDTC",
                ),
                Text(
                    code="CMATC",
                    label=Label(en="ATC code (coder)", zh="ATC编码（编码员）"),
                    max_length=7,
                    pattern="[A-Z][0-9]{2}.*",
                    pattern_text=Label(
                        en="An ATC code starts with a letter and two digits, as A10 or N02AA01.",
                        zh="ATC编码以一个大写字母加两位数字开头，如A10、N02AA01。",
                    ),
                    required=False,
                    shown_when=parse("CMYN == 'Y'"),
                    changed_by=frozenset({"data_manager"}),
                    sdtm="CM.CMCLASCD",
                ),
            ),
        ),
    ),
)
