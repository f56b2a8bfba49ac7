"""Randomisation: written by the allocation service; a person adds only what went wrong."""

from __future__ import annotations

from edc.forms.codelists import ARM, INJSITE, NY, RSTAT
from edc.forms.codelists_transplant import HCTTYP
from edc.forms.derivations import allocation
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Reference, System, Text

# Set by the act of linking, to which the data manager and the statistician both belong; typed by
# nobody alone.
BY_TWO_PERSONS = frozenset({"data_manager and statistician"})

RAND = Crf(
    code="RAND",
    label=Label(en="Randomisation", zh="随机化"),
    date_item="RDDTM",
    system_only=True,
    sdtm="DM, DS, SE",
    sections=(
        Section(
            code="READY",
            label=Label(en="Readiness and strata", zh="随机条件与分层"),
            items=(
                Calculated(
                    code="RDELIG",
                    label=Label(
                        en="Ready: consent, IE confirmed, INJ, HSCT, BL assessments, pregnancy test complete with no open hard check",
                        zh="随机前核查通过",
                    ),
                    codes=NY,
                    rule=allocation.ready_to_randomise,
                    reads=(
                        "IC.*",
                        "DM.*",
                        "HSCT.*",
                        "INJ.*",
                        "VIR.*",
                        "IE.*",
                        "PREGT.*",
                        "VS.*",
                        "LB.*",
                        "OM.*",
                        "SK.*",
                        "BC.*",
                    ),
                    holds="choice",
                    expected="Y",
                ),
                Calculated(
                    code="RDSTR1",
                    label=Label(en="Stratum 1: target site", zh="分层因素1：靶部位"),
                    codes=INJSITE,
                    rule=allocation.target_site,
                    reads=("INJ.INJPRIM",),
                    holds="choice",
                    sdtm="SUPPDM",
                ),
                Calculated(
                    code="RDSTR2",
                    label=Label(
                        en="Stratum 2: autologous or allogeneic (SYN counts as AUTO: proposal)",
                        zh="分层因素2：移植类型",
                    ),
                    codes=HCTTYP,
                    rule=allocation.transplant_type,
                    reads=("HSCT.HCTTYP",),
                    holds="choice",
                    sdtm="SUPPDM",
                ),
                System(
                    code="RDCONF",
                    label=Label(
                        en="Requester confirms strata and identity, signs",
                        zh="申请人核对分层信息及受试者并签名",
                    ),
                    codes=NY,
                    expected="Y",
                ),
            ),
        ),
        Section(
            code="ALLOCATION",
            label=Label(en="Allocation", zh="分配结果"),
            items=(
                System(
                    code="RDNUM",
                    label=Label(en="Randomisation number", zh="随机号"),
                    sdtm="SUPPDM.RANDNO",
                ),
                System(
                    code="RDDTM",
                    holds="datetime",
                    label=Label(en="Date and time (server)", zh="随机日期时间"),
                    sdtm="DS.DSSTDTC (RANDOMIZED)",
                ),
                System(code="RDBY", label=Label(en="Requested by", zh="操作者")),
                System(
                    code="RDARM",
                    label=Label(en="Arm", zh="分组"),
                    codes=ARM,
                    sdtm="DM.ARMCD, DM.ARM",
                ),
                System(code="RDSTAT", label=Label(en="State", zh="状态"), codes=RSTAT),
                System(
                    code="RDMANUAL",
                    label=Label(
                        en="By sealed envelope, entered afterwards", zh="信封随机（事后补录）"
                    ),
                    codes=NY,
                    sdtm="SUPPDM",
                ),
            ),
        ),
        Section(
            code="ERROR",
            label=Label(en="Errors found later", zh="事后发现的错误"),
            items=(
                Choice(
                    code="RDERR",
                    label=Label(en="Randomisation error found later", zh="事后发现随机错误"),
                    codes=NY,
                    required=False,
                    expected="N",
                    changed_by=frozenset({"investigator", "data_manager"}),
                    sdtm="DV",
                ),
                Text(
                    code="RDERRTX",
                    label=Label(en="Describe; correct stratum if wrong", zh="错误说明及正确分层"),
                    max_length=500,
                    shown_when=parse("RDERR == 'Y'"),
                    changed_by=frozenset({"investigator", "data_manager"}),
                    sdtm="SUPPDV",
                ),
                Choice(
                    code="RDVOID",
                    label=Label(
                        en="Slot used but void (registered twice)",
                        zh="随机号已用但作废（重复登记）",
                    ),
                    codes=NY,
                    required=False,
                    expected="N",
                    changed_by=BY_TWO_PERSONS,
                    sdtm="SUPPDM",
                ),
                Reference(
                    code="RDLINK",
                    label=Label(
                        en="Other registration of the same person", zh="同一受试者的另一登记号"
                    ),
                    to="SUBJECT",
                    shown_when=parse("RDVOID == 'Y'"),
                    changed_by=BY_TWO_PERSONS,
                    sdtm="SUPPDM",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "RAND-01",
            "H",
            "empty(RDNUM) and (empty(RDELIG) or RDELIG != 'Y')",
            en="Not ready to be randomised: complete what is listed as missing.",
            zh="未满足随机条件，请完成所列缺项。",
            item="RDELIG",
        ),
        check(
            "RAND-02",
            "H",
            "empty(RDNUM) and randomised == 'Y'",
            en="This participant is already randomised; the number given stands.",
            zh="该受试者已随机，以原随机号为准。",
            item="RDNUM",
        ),
        check(
            "RAND-03",
            "Q",
            "randomisation_date - consent_date > 14 or any(LB, visit == 'SCR' and not empty(LBDAT)) and not any(LB, visit == 'SCR' and randomisation_date - LBDAT <= 7)",
            en="Screening results are old.",
            zh="筛选结果过期。",
            item="RDDTM",
        ),
        check(
            "RAND-04",
            "S",
            "empty(RDNUM) and target_reached == 'Y'",
            en="Target reached: randomisation closed until the sponsor reopens.",
            zh="已达目标例数，随机关闭。",
            item="RDNUM",
        ),
    ),
)
