"""The blood disease, the transplant and its conditioning."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY, NYU, SEX
from edc.forms.codelists_transplant import (
    COND,
    CONDREG,
    DONTYP,
    DX,
    DXSTAT,
    GVHDPRO,
    HCTSRC,
    HCTTYP,
    HLAM,
    SERO,
)
from edc.label import Label
from edc.study.checks import Deviation, check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import (
    Choice,
    Date,
    DecimalNumber,
    Integer,
    MultiChoice,
    PartialDate,
    Text,
    between,
)

NOT_AUTOLOGOUS = parse("HCTTYP != 'AUTO'")
ALLOGENEIC = parse("HCTTYP == 'ALLO'")


HSCT = Crf(
    code="HSCT",
    label=Label(en="Disease and transplant history", zh="原发病与移植资料"),
    note=Label(
        en="T0 is the day of stem-cell infusion. Update this CRF after a second transplant.",
        zh="T0为干细胞回输当日；二次移植后更新本表。",
    ),
    date_item="HCTDAT",
    sdtm="MH, PR, CM, SC",
    sections=(
        Section(
            code="DISEASE",
            label=Label(en="Underlying disease", zh="原发病"),
            items=(
                Choice(
                    code="DX",
                    label=Label(en="Primary diagnosis", zh="原发病诊断"),
                    codes=DX,
                    sdtm="MH.MHTERM (MHCAT PRIMARY DIAGNOSIS)",
                ),
                Text(
                    code="DXOT",
                    label=Label(en="Other diagnosis", zh="其他诊断"),
                    max_length=100,
                    shown_when=parse("DX == 'OTH'"),
                    sdtm="MH.MHTERM",
                ),
                PartialDate(
                    code="DXDAT",
                    label=Label(en="Date of diagnosis", zh="确诊日期"),
                    hard=between(None, "HCTDAT"),
                    sdtm="MH.MHSTDTC",
                ),
                Choice(
                    code="DXSTAT",
                    label=Label(en="Disease status at transplant", zh="移植时疾病状态"),
                    codes=DXSTAT,
                    sdtm="RS",
                ),
                Integer(
                    code="HCTCI",
                    label=Label(en="HCT comorbidity index", zh="HCT-CI评分"),
                    unit=units.SCORE,
                    required=False,
                    hard=between(0, 29),
                    soft=between(0, 8),
                    sdtm="QS or RS",
                ),
            ),
        ),
        Section(
            code="TRANSPLANT",
            label=Label(en="Transplant", zh="移植"),
            items=(
                Integer(
                    code="HCTNUM",
                    label=Label(en="Which transplant is this", zh="第几次移植"),
                    unit=units.TRANSPLANTS,
                    hard=between(1, 5),
                    soft=between(1, 2),
                    sdtm="SUPPPR",
                ),
                Choice(
                    code="HCTTYP",
                    label=Label(en="Transplant type (stratum)", zh="移植类型（分层因素）"),
                    codes=HCTTYP,
                    hint=Label(
                        en="Stratification factor. A syngeneic transplant counts as autologous.",
                        zh="分层因素；同基因移植按自体移植计。",
                    ),
                    sdtm="PR.PRTRT, SC",
                ),
                Choice(
                    code="HCTSRC",
                    label=Label(en="Stem-cell source", zh="干细胞来源"),
                    codes=HCTSRC,
                    sdtm="PR.PRSCAT",
                ),
                Date(
                    code="HCTDAT",
                    label=Label(en="T0: date of stem-cell infusion", zh="T0：干细胞回输日期"),
                    hint=Label(
                        en="The first day, if the infusion was split.", zh="分次回输时填写首日。"
                    ),
                    hard=between(None, "today"),
                    sdtm="PR.PRSTDTC",
                ),
                DecimalNumber(
                    code="CD34",
                    label=Label(en="CD34+ cells", zh="CD34+细胞数"),
                    places=2,
                    unit=units.CELLS_6,
                    required=False,
                    hard=between(0.01, 50),
                    soft=between(1, 15),
                    sdtm="SUPPPR",
                ),
                DecimalNumber(
                    code="MNC",
                    label=Label(en="Mononuclear cells", zh="单个核细胞数"),
                    places=2,
                    unit=units.CELLS_8,
                    required=False,
                    hard=between(0.01, 60),
                    soft=between(2, 20),
                    sdtm="SUPPPR",
                ),
            ),
        ),
        Section(
            code="DONOR",
            label=Label(en="Donor and match", zh="供者与配型"),
            items=(
                Choice(
                    code="DONTYP",
                    label=Label(en="Donor", zh="供者类型"),
                    codes=DONTYP,
                    shown_when=NOT_AUTOLOGOUS,
                    sdtm="SC",
                ),
                Choice(
                    code="DONSEX",
                    label=Label(en="Donor sex", zh="供者性别"),
                    codes=SEX,
                    required=False,
                    shown_when=NOT_AUTOLOGOUS,
                    sdtm="SC",
                ),
                Integer(
                    code="DONAGE",
                    label=Label(en="Donor age", zh="供者年龄"),
                    unit=units.YEAR,
                    required=False,
                    shown_when=parse("HCTTYP != 'AUTO' and DONTYP != 'CBU'"),
                    hard=between(0, 80),
                    soft=between(10, 60),
                    sdtm="SC",
                ),
                Choice(
                    code="HLAM",
                    label=Label(en="HLA match", zh="HLA配型"),
                    codes=HLAM,
                    shown_when=ALLOGENEIC,
                    sdtm="SC",
                ),
                Choice(
                    code="SERO",
                    label=Label(en="CMV serostatus donor/recipient", zh="CMV血清学（供者/受者）"),
                    codes=SERO,
                    required=False,
                    shown_when=ALLOGENEIC,
                    sdtm="SC",
                ),
                Choice(
                    code="ABOMIS",
                    label=Label(en="ABO mismatch", zh="ABO血型不合"),
                    codes=NYU,
                    required=False,
                    shown_when=ALLOGENEIC,
                    sdtm="SC",
                ),
            ),
        ),
        Section(
            code="CONDITIONING",
            label=Label(en="Conditioning", zh="预处理"),
            items=(
                Choice(
                    code="COND",
                    label=Label(en="Conditioning intensity", zh="预处理强度"),
                    codes=COND,
                    sdtm="CM.CMSCAT",
                ),
                Choice(
                    code="CONDREG",
                    label=Label(en="Conditioning regimen", zh="预处理方案"),
                    codes=CONDREG,
                    sdtm="CM.CMTRT (CMCAT CONDITIONING)",
                ),
                Text(
                    code="CONDOT",
                    label=Label(en="Other regimen", zh="其他方案"),
                    max_length=200,
                    shown_when=parse("CONDREG == 'OTH'"),
                    sdtm="CM.CMTRT",
                ),
                Date(
                    code="CONDSTDT",
                    label=Label(en="First day of conditioning", zh="预处理开始日期"),
                    hard=between(None, "HCTDAT"),
                    soft=between("HCTDAT - 14", "HCTDAT - 4"),
                    soft_text=Label(
                        en="Conditioning usually begins 4 to 14 days before the infusion.",
                        zh="预处理通常于回输前4～14天开始。",
                    ),
                    sdtm="CM.CMSTDTC",
                ),
                Date(
                    code="CONDENDT",
                    label=Label(en="Last day of conditioning", zh="预处理结束日期"),
                    sdtm="CM.CMENDTC",
                ),
                Choice(
                    code="TBIYN",
                    label=Label(en="Total body irradiation", zh="全身照射（TBI）"),
                    codes=NY,
                    sdtm="PR",
                ),
                DecimalNumber(
                    code="TBIDOSE",
                    label=Label(en="TBI total dose", zh="TBI总剂量"),
                    places=1,
                    unit=units.GRAY,
                    shown_when=parse("TBIYN == 'Y'"),
                    hard=between(0.5, 16),
                    soft=between(2, 13.2),
                    sdtm="PR.PRDOSE",
                ),
                Integer(
                    code="TBIFX",
                    label=Label(en="TBI fractions", zh="TBI分割次数"),
                    unit=units.FRACTIONS,
                    shown_when=parse("TBIYN == 'Y'"),
                    hard=between(1, 12),
                    soft=between(1, 8),
                    sdtm="SUPPPR",
                ),
                Choice(
                    code="CRYO",
                    label=Label(en="Oral cryotherapy during conditioning", zh="预处理期口腔冷疗"),
                    codes=NYU,
                    sdtm="CM",
                ),
            ),
        ),
        Section(
            code="RADIOTHERAPY",
            label=Label(en="Local radiotherapy", zh="局部放疗"),
            items=(
                Choice(
                    code="RTYN",
                    label=Label(
                        en="Other radiotherapy to the injured area", zh="损伤部位既往局部放疗"
                    ),
                    codes=NY,
                    sdtm="PR",
                ),
                DecimalNumber(
                    code="RTDOSE",
                    label=Label(en="Local dose", zh="局部放疗剂量"),
                    places=1,
                    unit=units.GRAY,
                    shown_when=parse("RTYN == 'Y'"),
                    hard=between(1, 80),
                    soft=between(20, 60),
                    sdtm="PR.PRDOSE",
                ),
                PartialDate(
                    code="RTENDAT",
                    label=Label(en="Last radiotherapy", zh="末次放疗日期"),
                    shown_when=parse("RTYN == 'Y'"),
                    hard=between(None, "today"),
                    sdtm="PR.PRENDTC",
                ),
            ),
        ),
        Section(
            code="PROPHYLAXIS",
            label=Label(en="Prophylaxis", zh="预防用药"),
            items=(
                MultiChoice(
                    code="GVHDPRO",
                    label=Label(en="GVHD prophylaxis", zh="GVHD预防方案"),
                    codes=GVHDPRO,
                    shown_when=ALLOGENEIC,
                    sdtm="CM (CMCAT GVHD PROPHYLAXIS)",
                ),
                DecimalNumber(
                    code="ATGDOSE",
                    label=Label(en="ATG total dose", zh="ATG总剂量"),
                    places=1,
                    unit=units.MG_PER_KG,
                    required=False,
                    shown_when=parse("'ATG' in GVHDPRO"),
                    hard=between(0.5, 60),
                    soft=between(2.5, 12),
                    sdtm="CM.CMDOSE",
                ),
                Choice(
                    code="MESNA",
                    label=Label(en="Mesna or forced hydration given", zh="使用美司钠/强化水化"),
                    codes=NYU,
                    sdtm="CM",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "HSCT-01",
            "H",
            "HCTTYP == 'AUTO' and DONTYP != 'AUTO' or HCTTYP in ('ALLO', 'SYN') and DONTYP == 'AUTO'",
            en="Donor does not fit an autologous transplant.",
            zh="自体移植与供者类型不符。",
            item="DONTYP",
        ),
        check(
            "HSCT-02",
            "Q",
            "COND == 'HDT' and HCTTYP != 'AUTO'",
            en="High-dose therapy is for autologous transplant.",
            zh="大剂量化疗选项仅用于自体移植。",
        ),
        check(
            "HSCT-03",
            "Q",
            "CONDREG in ('TBICY', 'TBIVP') and (empty(TBIYN) or TBIYN != 'Y')",
            en="TBI regimen but TBI not recorded.",
            zh="含TBI方案但未记录TBI。",
            item="TBIYN",
        ),
        check(
            "HSCT-04",
            "H",
            "CONDENDT > HCTDAT or CONDSTDT > CONDENDT",
            en="Conditioning dates out of order.",
            zh="预处理日期顺序有误。",
        ),
        check(
            "HSCT-05",
            "Q",
            "randomisation_date - HCTDAT > 180",
            en="Transplant long before randomisation: please confirm.",
            zh="移植距随机超过180天，请确认。",
        ),
        check(
            "HSCT-06",
            "Q",
            "changed(HCTTYP) or changed(INJ.INJPRIM)",
            en="A stratification factor changed: the stratum used stays; record a stratification error.",
            zh="分层因素随机后更改：原分层不变，需记录分层错误。",
            # Minor unless whoever accepts it finds it major (section 5.5).
            proposes=Deviation("RAND", "MIN"),
        ),
        check(
            "HSCT-07",
            "Q",
            "HCTSRC == 'CB' and DONTYP != 'CBU' or DONTYP == 'CBU' and HCTSRC != 'CB'",
            en="Source and donor do not agree.",
            zh="干细胞来源与供者不一致。",
        ),
    ),
)
