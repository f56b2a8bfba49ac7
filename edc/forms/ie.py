"""Eligibility: the criteria, the investigator's confirmation and a screen failure."""

from __future__ import annotations

from edc.forms.codelists import NY, SFREAS
from edc.forms.derivations import enrolment
from edc.forms.derivations.enrolment import CRITERIA
from edc.forms.ie_checks import LABORATORY_AND_FINDINGS
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, Reference, System, Text, between

IE = Crf(
    code="IE",
    label=Label(en="Eligibility", zh="入选/排除标准"),
    sdtm="IE",
    sections=(
        Section(
            code="VERSION",
            label=Label(en="Protocol", zh="方案"),
            items=(
                Reference(
                    code="IEVER",
                    label=Label(en="Protocol version", zh="方案版本号"),
                    to="PROTOCOL",
                    sdtm="TI.TIVERS",
                ),
            ),
        ),
        Section(
            code="INCLUSION",
            label=Label(en="Inclusion criteria", zh="入选标准"),
            items=(
                Choice(
                    code="INC01",
                    label=Label(en="I1. Aged 18 or over", zh="入选1：年龄≥18岁"),
                    codes=NY,
                    expected="Y",
                    sdtm="IE (IETESTCD INC01)",
                ),
                Choice(
                    code="INC02",
                    label=Label(en="I2. Has undergone HSCT", zh="入选2：已接受造血干细胞移植"),
                    codes=NY,
                    expected="Y",
                    sdtm="IE",
                ),
                Choice(
                    code="INC03",
                    label=Label(
                        en="I3. Mucosal or skin injury (oral, skin or bladder) after HSCT, chemotherapy or radiotherapy",
                        zh="入选3：HSCT/化疗/放疗后出现黏膜损伤（口腔、皮肤或膀胱）",
                    ),
                    codes=NY,
                    expected="Y",
                    sdtm="IE",
                ),
                Choice(
                    code="INC04",
                    label=Label(en="I4. Informed consent given", zh="入选4：已签署知情同意书"),
                    codes=NY,
                    expected="Y",
                    sdtm="IE",
                ),
                Choice(
                    code="INC05",
                    label=Label(
                        en="I5. Able and willing to follow the study",
                        zh="入选5：依从性良好，能配合研究",
                    ),
                    codes=NY,
                    expected="Y",
                    sdtm="IE",
                ),
            ),
        ),
        Section(
            code="EXCLUSION",
            label=Label(en="Exclusion criteria", zh="排除标准"),
            items=(
                Choice(
                    code="EXC01",
                    label=Label(
                        en="E1. Severe heart, liver or kidney dysfunction",
                        zh="排除1：严重心、肝、肾功能障碍",
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="IE",
                ),
                Choice(
                    code="EXC01H",
                    label=Label(
                        en="E1a. Heart (proposed: NYHA III-IV or LVEF < 40%)",
                        zh="排除1a：心脏（建议：NYHA Ⅲ–Ⅳ级或LVEF<40%）",
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="SUPPIE",
                ),
                Choice(
                    code="EXC01L",
                    label=Label(
                        en="E1b. Liver (proposed: bilirubin > 3 x ULN or ALT/AST > 5 x ULN, not from the study condition)",
                        zh="排除1b：肝脏（建议：胆红素>3×ULN或ALT/AST>5×ULN）",
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="SUPPIE",
                ),
                Choice(
                    code="EXC01K",
                    label=Label(
                        en="E1c. Kidney (proposed: creatinine clearance < 30 mL/min or dialysis)",
                        zh="排除1c：肾脏（建议：肌酐清除率<30 mL/min或透析）",
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="SUPPIE",
                ),
                Choice(
                    code="EXC02",
                    label=Label(
                        en="E2. Active infection not under control", zh="排除2：未控制的活动性感染"
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="IE",
                ),
                Text(
                    code="EXC02TX",
                    label=Label(
                        en="Describe the infection and its control", zh="感染及控制情况说明"
                    ),
                    max_length=200,
                    shown_when=parse("EXC02 == 'Y'"),
                    sdtm="SUPPIE",
                ),
                Choice(
                    code="EXC03",
                    label=Label(
                        en="E3. Allergy to MSC supernatant or its components",
                        zh="排除3：对MSC上清或其成分过敏",
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="IE",
                ),
                Choice(
                    code="EXC04",
                    label=Label(en="E4. Pregnant or breast-feeding", zh="排除4：妊娠或哺乳期"),
                    codes=NY,
                    expected="N",
                    sdtm="IE",
                ),
                Choice(
                    code="EXC05",
                    label=Label(
                        en="E5. HIV infection (restricted field)", zh="排除5：HIV感染（限权字段）"
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="IE",
                ),
                Choice(
                    code="EXC06",
                    label=Label(en="E6. Active hepatitis B or C", zh="排除6：活动性乙型或丙型肝炎"),
                    codes=NY,
                    expected="N",
                    sdtm="IE",
                ),
                Choice(
                    code="EXC07",
                    label=Label(
                        en="E7. Another clinical trial in the last 4 weeks",
                        zh="排除7：近4周内参加过其他临床试验",
                    ),
                    codes=NY,
                    expected="N",
                    sdtm="IE",
                ),
                Date(
                    code="EXC07DAT",
                    label=Label(
                        en="Date of last intervention in the other trial", zh="其他试验末次干预日期"
                    ),
                    required=False,
                    hard=between(None, "today"),
                    sdtm="SUPPIE",
                ),
            ),
        ),
        Section(
            code="CONFIRMATION",
            label=Label(en="Confirmation", zh="资格确认"),
            items=(
                Calculated(
                    code="IEYN",
                    label=Label(en="All criteria met", zh="是否符合全部入排标准"),
                    codes=NY,
                    rule=enrolment.all_criteria_met,
                    reads=CRITERIA,
                    holds="choice",
                    expected="Y",
                    cdash=True,
                    sdtm="IE.IEORRES",
                ),
                Choice(
                    code="IECONF",
                    label=Label(
                        en="Investigator confirms eligibility (electronic signature)",
                        zh="研究者确认入选资格（电子签名）",
                    ),
                    codes=NY,
                    changed_by=frozenset({"investigator"}),
                    sdtm="DS",
                ),
                System(
                    code="IECONFDT",
                    holds="datetime",
                    label=Label(en="Date and time of confirmation", zh="确认日期时间"),
                    sdtm="DS",
                ),
            ),
        ),
        Section(
            code="FAILURE",
            label=Label(en="Screen failure", zh="筛选失败"),
            items=(
                Choice(
                    code="SFYN",
                    label=Label(en="Screen failure", zh="筛选失败"),
                    codes=NY,
                    shown_when=parse("IEYN == 'N' or IECONF == 'N'"),
                    sdtm="DS.DSDECOD SCREEN FAILURE",
                ),
                Choice(
                    code="SFREAS",
                    label=Label(en="Main reason", zh="主要原因"),
                    codes=SFREAS,
                    shown_when=parse("SFYN == 'Y'"),
                    sdtm="DS.DSTERM",
                ),
                Date(
                    code="SFDAT",
                    label=Label(en="Date of screen failure", zh="筛选失败日期"),
                    shown_when=parse("SFYN == 'Y'"),
                    hard=between("consent_date", "today"),
                    sdtm="DS.DSSTDTC",
                ),
                Choice(
                    code="RESCR",
                    label=Label(en="May be screened once more", zh="是否允许再次筛选（限1次）"),
                    codes=NY,
                    shown_when=parse("SFYN == 'Y'"),
                    sdtm="SUPPDS",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "IE-01",
            "H",
            "IECONF == 'Y' and IEYN == 'N'",
            en="Cannot confirm: a criterion is not met.",
            zh="存在不符合的标准，不能确认入选。",
        ),
        check(
            "IE-02",
            "Q",
            "INC01 == 'Y' and DM.AGE < 18",
            en="Answer does not agree with age.",
            zh="与年龄不一致。",
        ),
        check(
            "IE-03",
            "Q",
            "INC02 == 'Y' and empty(HSCT.HCTDAT) or HSCT.HCTDAT > today",
            en="HSCT date missing or in the future.",
            zh="缺少移植日期或移植日期晚于今天。",
            item="INC02",
        ),
        check(
            "IE-04",
            "Q",
            "INC03 == 'Y' and not (INJ.INJORAL == 'Y' or INJ.INJSKIN == 'Y' or INJ.INJBLAD == 'Y')",
            en="No injured site recorded.",
            zh="未记录损伤部位。",
        ),
        check(
            "IE-05",
            "Q",
            "(empty(EXC01) or EXC01 != 'Y') and (EXC01H == 'Y' or EXC01L == 'Y' or EXC01K == 'Y')",
            en="Sub-answers do not agree with E1.",
            zh="与排除1子项不一致。",
        ),
        *LABORATORY_AND_FINDINGS,
        check(
            "IE-11",
            "Q",
            "EXC07 == 'N' and consent_date - EXC07DAT < 28",
            en="Other trial ended less than 28 days ago.",
            zh="距其他试验末次干预不足28天。",
        ),
        check(
            "IE-13",
            "H",
            "rescreening_asked == 'Y' and not empty(DM.SCRPREV)",
            en="Only one re-screening is allowed.",
            zh="仅允许再次筛选1次。",
            item="RESCR",
        ),
    ),
)
