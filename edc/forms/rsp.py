"""Response and follow-up: the investigator's judgement beside what the scores say."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import NY, RELST, RESP
from edc.forms.derivations import response
from edc.forms.derivations.rhythm import RHYTHM_READS
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, Integer, between

TARGET_READS = (
    "RSPDAT", "INJ.INJPRIM", *response.ORAL_READS, *response.SKIN_READS, *response.BLADDER_READS,
    *RHYTHM_READS,
)  # fmt: skip

# A serious event of another kind is not the record of the tumour.
OF_A_TUMOUR = (
    "entry(AECTCID, 'soc') == 'Neoplasms benign, malignant and unspecified (incl cysts and polyps)'"
)

RSP = Crf(
    code="RSP",
    label=Label(en="Response and follow-up", zh="疗效与随访"),
    date_item="RSPDAT",
    sdtm="RS, DS",
    sections=(
        Section(
            code="STATE",
            label=Label(en="State", zh="状态"),
            items=(
                Date(
                    code="RSPDAT",
                    label=Label(en="Date", zh="评估日期"),
                    hard=between("consent_date", "today"),
                    soft=between("visit_date", "visit_date"),
                    soft_text=Label(
                        en="The date differs from the date of the visit.",
                        zh="评估日期与访视日期不一致。",
                    ),
                    sdtm="RS.RSDTC",
                ),
                Choice(
                    code="RSPSURV",
                    label=Label(en="Alive", zh="是否存活"),
                    codes=NY,
                    sdtm="SS.SSORRES",
                ),
            ),
        ),
        Section(
            code="RESPONSE",
            label=Label(en="Response, investigator", zh="疗效（研究者判定）"),
            items=(
                Choice(
                    code="RSPORAL",
                    label=Label(en="Response, mouth (investigator)", zh="口腔疗效（研究者）"),
                    codes=RESP,
                    shown_when=parse("INJ.INJORAL == 'Y' and visit not in ('M6', 'M12')"),
                    sdtm="RS",
                ),
                Choice(
                    code="RSPSKIN",
                    label=Label(en="Response, skin (investigator)", zh="皮肤疗效（研究者）"),
                    codes=RESP,
                    shown_when=parse("INJ.INJSKIN == 'Y' and visit not in ('M6', 'M12')"),
                    sdtm="RS",
                ),
                Choice(
                    code="RSPBLAD",
                    label=Label(en="Response, bladder (investigator)", zh="膀胱疗效（研究者）"),
                    codes=RESP,
                    shown_when=parse("INJ.INJBLAD == 'Y' and visit not in ('M6', 'M12')"),
                    sdtm="RS",
                ),
            ),
        ),
        Section(
            code="DERIVED",
            label=Label(en="Response, from the scores", zh="疗效（系统推算）"),
            items=(
                Calculated(
                    code="RSPORALC",
                    label=Label(en="Response derived, mouth", zh="口腔疗效（系统推算）"),
                    codes=RESP,
                    rule=response.oral_response,
                    reads=("RSPDAT", "INJ.INJORAL", *response.ORAL_READS),
                    holds="choice",
                    sdtm="RS",
                ),
                Calculated(
                    code="RSPSKINC",
                    label=Label(en="Response derived, skin", zh="皮肤疗效（系统推算）"),
                    codes=RESP,
                    rule=response.skin_response,
                    reads=("RSPDAT", "INJ.INJSKIN", *response.SKIN_READS),
                    holds="choice",
                    sdtm="RS",
                ),
                Calculated(
                    code="RSPBLADC",
                    label=Label(en="Response derived, bladder", zh="膀胱疗效（系统推算）"),
                    codes=RESP,
                    rule=response.bladder_response,
                    reads=("RSPDAT", "INJ.INJBLAD", *response.BLADDER_READS),
                    holds="choice",
                    sdtm="RS",
                ),
                Calculated(
                    code="RSPTGT",
                    label=Label(en="Response at the target site", zh="靶部位疗效"),
                    codes=RESP,
                    rule=response.target_response,
                    reads=("INJ.INJORAL", "INJ.INJSKIN", "INJ.INJBLAD", *TARGET_READS),
                    holds="choice",
                    sdtm="RS (OVRLRESP)",
                ),
                Calculated(
                    code="HEALYN",
                    label=Label(en="Target site fully healed so far", zh="靶部位是否已完全愈合"),
                    codes=NY,
                    rule=response.target_healed,
                    reads=TARGET_READS,
                    holds="choice",
                    sdtm="ADTTE",
                ),
                Calculated(
                    code="HEALDAT",
                    label=Label(en="First day of confirmed healing", zh="首次确认愈合日期"),
                    rule=response.target_healing_date,
                    reads=TARGET_READS,
                    holds="date",
                    sdtm="ADTTE",
                ),
            ),
        ),
        Section(
            code="RECURRENCE",
            label=Label(en="Recurrence and rescue", zh="复发与补救"),
            items=(
                Choice(
                    code="RECUR",
                    label=Label(en="Came back after healing", zh="愈合后复发"),
                    codes=NY,
                    shown_when=parse("HEALYN == 'Y'"),
                    expected="N",
                    sdtm="CE",
                ),
                Date(
                    code="RECDAT",
                    label=Label(en="Came back on", zh="复发日期"),
                    shown_when=parse("RECUR == 'Y'"),
                    hard=between("HEALDAT + 1", "today"),
                    sdtm="CE.CESTDTC",
                ),
                Choice(
                    code="RESCUE",
                    label=Label(en="Rescue treatment since last visit", zh="上次访视以来补救治疗"),
                    codes=NY,
                    sdtm="CM",
                ),
            ),
        ),
        Section(
            code="DISEASE",
            label=Label(en="Blood disease and follow-up", zh="原发病与随访"),
            items=(
                Choice(
                    code="DISREL",
                    label=Label(en="Status of the blood disease", zh="原发病状态"),
                    codes=RELST,
                    sdtm="RS",
                ),
                Date(
                    code="DISRELDT",
                    label=Label(en="Relapse date", zh="复发日期"),
                    shown_when=parse("DISREL == 'REL'"),
                    hard=between(None, "today"),
                    sdtm="CE",
                ),
                Choice(
                    code="SECMAL",
                    label=Label(en="New tumour", zh="新发肿瘤"),
                    codes=NY,
                    shown_when=parse("visit in ('M6', 'M12')"),
                    expected="N",
                    sdtm="AE",
                ),
                Integer(
                    code="ADMDAYS",
                    label=Label(en="Days in hospital since last visit", zh="上次访视以来住院天数"),
                    unit=units.DAY,
                    required=False,
                    hard=between(0, 365),
                    sdtm="HO",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "RSP-01",
            "Q",
            "RSPORAL != RSPORALC or RSPSKIN != RSPSKINC or RSPBLAD != RSPBLADC",
            en="Response does not fit the scores.",
            zh="疗效判定与评分不符。",
        ),
        check(
            "RSP-02",
            "Q",
            "RSPSURV == 'N' and not any(DTH)",
            en="Death form needed.",
            zh="须填写死亡记录。",
        ),
        check(
            "RSP-03",
            "Q",
            "RESCUE == 'Y' and not any(STC, STCRESC == 'Y') and not any(CM, CMCAT == 'RESC')",
            en="Rescue treatment not recorded.",
            zh="未记录补救治疗。",
        ),
        check(
            "RSP-04",
            "Q",
            f"SECMAL == 'Y' and not (any(SAE) and any(AE, AESER == 'Y' and {OF_A_TUMOUR}))",
            en="New tumour is an important medical event.",
            zh="新发肿瘤应按SAE记录。",
        ),
    ),
)
