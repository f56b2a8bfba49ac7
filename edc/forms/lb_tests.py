"""The laboratory tests of the trial: panel, unit, ranges and conversions (section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edc.forms import units
from edc.forms.codelists_laboratory import NITRITE, UPROT
from edc.label import Label

if TYPE_CHECKING:
    from edc.study.codelists import CodeList, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class LabTest:
    """A test: its code is the name of its result item.

    :param codes: the list of an ordinal test; its order is the order of the results.
    :param other_unit: another unit in which laboratories report the test, with the factor by which
        such a number is multiplied.
    :param most: the highest ordinal result that is usual, or the only one.
    :param is_calculated: the system works it out from other results.
    """

    panel: str
    code: str
    label: Label
    unit: Unit | None = None
    soft: tuple[str, str] | None = None
    hard: tuple[str, str] | None = None
    codes: CodeList | None = None
    other_unit: tuple[Unit, str] | None = None
    most: str = ""
    is_required: bool = False
    is_calculated: bool = False


PANELS: Final = {
    "CBC": Label(en="Blood count", zh="血常规"),
    "CHEM": Label(en="Chemistry", zh="生化"),
    "COAG": Label(en="Coagulation", zh="凝血"),
    "URIN": Label(en="Urinalysis", zh="尿常规"),
    "VLOAD": Label(en="Viral load", zh="病毒载量"),
    "DRUG": Label(en="Drug levels", zh="血药浓度"),
}

TESTS: Final = (
    LabTest(
        panel="CBC",
        code="WBC",
        label=Label(en="White blood cells", zh="白细胞计数"),
        unit=units.CELLS_9,
        soft=("0.1", "20"),
        hard=("0", "500"),
        is_required=True,
    ),
    LabTest(
        panel="CBC",
        code="NEUT",
        label=Label(en="Neutrophils, absolute", zh="中性粒细胞绝对值"),
        unit=units.CELLS_9,
        soft=("0", "15"),
        hard=("0", "400"),
        is_required=True,
    ),
    LabTest(
        panel="CBC",
        code="LYM",
        label=Label(en="Lymphocytes, absolute", zh="淋巴细胞绝对值"),
        unit=units.CELLS_9,
        soft=("0", "5"),
        hard=("0", "400"),
        is_required=True,
    ),
    LabTest(
        panel="CBC",
        code="HGB",
        label=Label(en="Haemoglobin", zh="血红蛋白"),
        unit=units.G_PER_L,
        other_unit=(units.G_PER_DL, "10"),
        soft=("60", "160"),
        hard=("10", "250"),
        is_required=True,
    ),
    LabTest(
        panel="CBC",
        code="PLAT",
        label=Label(en="Platelets", zh="血小板计数"),
        unit=units.CELLS_9,
        soft=("5", "400"),
        hard=("0", "3000"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="ALT",
        label=Label(en="Alanine aminotransferase", zh="丙氨酸氨基转移酶"),
        unit=units.U_PER_L,
        soft=("5", "200"),
        hard=("0", "20000"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="AST",
        label=Label(en="Aspartate aminotransferase", zh="天门冬氨酸氨基转移酶"),
        unit=units.U_PER_L,
        soft=("5", "200"),
        hard=("0", "20000"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="GGT",
        label=Label(en="Gamma-glutamyl transferase", zh="γ-谷氨酰转移酶"),
        unit=units.U_PER_L,
        soft=("5", "300"),
        hard=("0", "10000"),
    ),
    LabTest(
        panel="CHEM",
        code="ALP",
        label=Label(en="Alkaline phosphatase", zh="碱性磷酸酶"),
        unit=units.U_PER_L,
        soft=("30", "250"),
        hard=("0", "10000"),
    ),
    LabTest(
        panel="CHEM",
        code="BILI",
        label=Label(en="Total bilirubin", zh="总胆红素"),
        unit=units.UMOL_PER_L,
        other_unit=(units.MG_PER_DL, "17.1"),
        soft=("3", "60"),
        hard=("0", "1000"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="BILDIR",
        label=Label(en="Direct bilirubin", zh="直接胆红素"),
        unit=units.UMOL_PER_L,
        other_unit=(units.MG_PER_DL, "17.1"),
        soft=("0", "30"),
        hard=("0", "800"),
    ),
    LabTest(
        panel="CHEM",
        code="ALB",
        label=Label(en="Albumin", zh="白蛋白"),
        unit=units.G_PER_L,
        other_unit=(units.G_PER_DL, "10"),
        soft=("25", "50"),
        hard=("5", "80"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="CREAT",
        label=Label(en="Creatinine", zh="肌酐"),
        unit=units.UMOL_PER_L,
        other_unit=(units.MG_PER_DL, "88.4"),
        soft=("30", "150"),
        hard=("5", "3000"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="CRCL",
        label=Label(
            en="Creatinine clearance, Cockcroft-Gault, calculated",
            zh="肌酐清除率（Cockcroft-Gault，计算）",
        ),
        unit=units.ML_PER_MIN,
        soft=("30", "180"),
        hard=("0", "400"),
        is_calculated=True,
    ),
    LabTest(
        panel="CHEM",
        code="UREA",
        label=Label(en="Urea", zh="尿素"),
        unit=units.MMOL_PER_L,
        other_unit=(units.MG_PER_DL, "0.357"),
        soft=("1.5", "15"),
        hard=("0.1", "100"),
    ),
    LabTest(
        panel="CHEM",
        code="GLUC",
        label=Label(en="Glucose", zh="葡萄糖"),
        unit=units.MMOL_PER_L,
        other_unit=(units.MG_PER_DL, "1/18.0"),
        soft=("3.5", "11.1"),
        hard=("0.5", "80"),
    ),
    LabTest(
        panel="CHEM",
        code="K",
        label=Label(en="Potassium", zh="钾"),
        unit=units.MMOL_PER_L,
        soft=("3.0", "5.5"),
        hard=("1.0", "10.0"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="SODIUM",
        label=Label(en="Sodium", zh="钠"),
        unit=units.MMOL_PER_L,
        soft=("130", "148"),
        hard=("90", "200"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="CA",
        label=Label(en="Calcium", zh="钙"),
        unit=units.MMOL_PER_L,
        other_unit=(units.MG_PER_DL, "1/4.0"),
        soft=("1.9", "2.6"),
        hard=("0.5", "5.0"),
    ),
    LabTest(
        panel="CHEM",
        code="MG",
        label=Label(en="Magnesium", zh="镁"),
        unit=units.MMOL_PER_L,
        soft=("0.6", "1.1"),
        hard=("0.1", "5.0"),
    ),
    LabTest(
        panel="CHEM",
        code="PHOS",
        label=Label(en="Phosphate", zh="磷"),
        unit=units.MMOL_PER_L,
        soft=("0.6", "1.6"),
        hard=("0.05", "6.0"),
    ),
    LabTest(
        panel="CHEM",
        code="LDH",
        label=Label(en="Lactate dehydrogenase", zh="乳酸脱氢酶"),
        unit=units.U_PER_L,
        soft=("100", "500"),
        hard=("10", "30000"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="CRP",
        label=Label(en="C-reactive protein", zh="C反应蛋白"),
        unit=units.MG_PER_L,
        soft=("0", "150"),
        hard=("0", "800"),
        is_required=True,
    ),
    LabTest(
        panel="CHEM",
        code="PCT",
        label=Label(en="Procalcitonin", zh="降钙素原"),
        unit=units.NG_PER_ML,
        soft=("0", "5"),
        hard=("0", "1000"),
    ),
    LabTest(
        panel="COAG",
        code="INR",
        label=Label(en="INR", zh="国际标准化比值"),
        unit=units.RATIO,
        soft=("0.8", "1.5"),
        hard=("0.3", "20"),
        is_required=True,
    ),
    LabTest(
        panel="COAG",
        code="APTT",
        label=Label(en="APTT", zh="活化部分凝血活酶时间"),
        unit=units.SECOND,
        soft=("20", "45"),
        hard=("10", "250"),
        is_required=True,
    ),
    LabTest(
        panel="COAG",
        code="FIBRINO",
        label=Label(en="Fibrinogen", zh="纤维蛋白原"),
        unit=units.G_PER_L,
        other_unit=(units.MG_PER_DL, "1/100"),
        soft=("1.5", "5.0"),
        hard=("0.1", "20"),
        is_required=True,
    ),
    LabTest(
        panel="COAG",
        code="DDIMER",
        label=Label(en="D-dimer", zh="D-二聚体"),
        unit=units.MG_PER_L_FEU,
        soft=("0", "5"),
        hard=("0", "200"),
    ),
    LabTest(
        panel="URIN",
        code="URBC",
        label=Label(en="Urine red cells", zh="尿红细胞"),
        unit=units.PER_FIELD,
        soft=("0", "5"),
        hard=("0", "9999"),
        is_required=True,
    ),
    LabTest(
        panel="URIN",
        code="UWBC",
        label=Label(en="Urine white cells", zh="尿白细胞"),
        unit=units.PER_FIELD,
        soft=("0", "5"),
        hard=("0", "9999"),
        is_required=True,
    ),
    LabTest(
        panel="URIN",
        code="UPROT",
        label=Label(en="Urine protein", zh="尿蛋白"),
        codes=UPROT,
        most="1+",
        is_required=True,
    ),
    LabTest(
        panel="URIN",
        code="NITRITE",
        label=Label(en="Nitrite", zh="亚硝酸盐"),
        codes=NITRITE,
        most="NEG",
    ),
    LabTest(
        panel="VLOAD",
        code="CMVDNA",
        label=Label(en="CMV DNA, plasma", zh="血浆CMV DNA"),
        unit=units.COPIES_PER_ML,
        soft=("0", "100000"),
        hard=("0", "10000000000"),
    ),
    LabTest(
        panel="VLOAD",
        code="EBVDNA",
        label=Label(en="EBV DNA, plasma or blood", zh="EBV DNA"),
        unit=units.COPIES_PER_ML,
        soft=("0", "100000"),
        hard=("0", "10000000000"),
    ),
    LabTest(
        panel="DRUG",
        code="CSATR",
        label=Label(en="Ciclosporin trough", zh="环孢素谷浓度"),
        unit=units.NG_PER_ML,
        soft=("50", "400"),
        hard=("0", "3000"),
    ),
    LabTest(
        panel="DRUG",
        code="TACTR",
        label=Label(en="Tacrolimus trough", zh="他克莫司谷浓度"),
        unit=units.NG_PER_ML,
        soft=("3", "20"),
        hard=("0", "150"),
    ),
)

BY_CODE: Final = {test.code: test for test in TESTS}
