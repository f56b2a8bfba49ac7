"""The injured sites at baseline: they decide which assessments are due."""

from __future__ import annotations

from edc.forms import units
from edc.forms.codelists import INJCAUSE, INJSITE, NY
from edc.forms.derivations import enrolment
from edc.forms.injury_sites import SITES
from edc.label import Label
from edc.study.checks import check
from edc.study.conditions import parse
from edc.study.crf import Crf, Section
from edc.study.items import Calculated, Choice, Date, MultiChoice, Text, between

# Site → none of its grades at baseline is above 0, and the one that is always asked is 0.
GRADED_NONE = {
    "INJORAL": "at('BL', OM.OMWHO) == 0",
    "INJSKIN": "at('BL', SK.SKCTCUL) == 0 and count_above(0, at('BL', SK.SKCTCRD), "
    "at('BL', SK.SKRTOG), at('BL', SK.SKGVST)) == 0",
    "INJBLAD": "at('BL', BC.BCGRD) == 0",
}


def _event_at(onset: str) -> str:
    """Return whether an adverse event began when the site was injured, or may have."""
    near = f"not AESTDAT < this.{onset} - 3 and not AESTDAT > this.{onset} + 3"
    return f"any(AE, AEYN == 'Y' and {near})"


INJ = Crf(
    code="INJ",
    label=Label(en="Baseline injury", zh="基线损伤情况"),
    note=Label(
        en="A site that appears later is added here with its start date.",
        zh="后续新出现的损伤部位在此补充，并填写开始日期。",
    ),
    sdtm="MH, CE",
    sections=(
        Section(
            code="ORAL",
            label=Label(en="Mouth", zh="口腔"),
            items=(
                Choice(
                    code="INJORAL",
                    label=Label(en="Oral mucositis present", zh="存在口腔黏膜损伤"),
                    codes=NY,
                    sdtm="CE.CEOCCUR",
                ),
                Date(
                    code="INJORDAT",
                    label=Label(en="Start of oral injury", zh="口腔损伤开始日期"),
                    shown_when=parse("INJORAL == 'Y'"),
                    hard=between(None, "today"),
                    soft=between("visit_date - 30", None),
                    sdtm="CE.CESTDTC",
                ),
            ),
        ),
        Section(
            code="SKIN",
            label=Label(en="Skin", zh="皮肤"),
            items=(
                Choice(
                    code="INJSKIN",
                    label=Label(en="Skin injury present", zh="存在皮肤损伤"),
                    codes=NY,
                    sdtm="CE.CEOCCUR",
                ),
                Date(
                    code="INJSKDAT",
                    label=Label(en="Start of skin injury", zh="皮肤损伤开始日期"),
                    shown_when=parse("INJSKIN == 'Y'"),
                    hard=between(None, "today"),
                    soft=between("visit_date - 60", None),
                    sdtm="CE.CESTDTC",
                ),
            ),
        ),
        Section(
            code="BLADDER",
            label=Label(en="Bladder", zh="膀胱"),
            items=(
                Choice(
                    code="INJBLAD",
                    label=Label(
                        en="Bladder injury (haemorrhagic cystitis) present",
                        zh="存在膀胱损伤（出血性膀胱炎）",
                    ),
                    codes=NY,
                    sdtm="CE.CEOCCUR",
                ),
                Date(
                    code="INJBLDAT",
                    label=Label(en="Start of bladder injury", zh="膀胱损伤开始日期"),
                    shown_when=parse("INJBLAD == 'Y'"),
                    hard=between(None, "today"),
                    soft=between("visit_date - 60", None),
                    sdtm="CE.CESTDTC",
                ),
            ),
        ),
        Section(
            code="TARGET",
            label=Label(en="Target site and cause", zh="靶部位与病因"),
            items=(
                Choice(
                    code="INJPRIM",
                    label=Label(
                        en="Primary (target) site (stratum)", zh="主要靶损伤部位（分层因素）"
                    ),
                    codes=INJSITE,
                    hint=Label(
                        en="Stratification factor: it cannot be corrected for the allocation later.",
                        zh="分层因素：随机后更正不改变原分层。",
                    ),
                    sdtm="SC",
                ),
                MultiChoice(
                    code="INJCAUSE",
                    label=Label(en="Likely cause", zh="可能病因"),
                    codes=INJCAUSE,
                    sdtm="SUPPCE",
                ),
                Text(
                    code="INJPRTRT",
                    label=Label(
                        en="Treatment for this injury before the study", zh="入组前针对该损伤的治疗"
                    ),
                    max_length=300,
                    required=False,
                    sdtm="CM",
                ),
                Calculated(
                    code="INJONSTD",
                    label=Label(
                        en="Days from start of target injury to randomisation",
                        zh="靶损伤开始至随机天数",
                    ),
                    rule=enrolment.days_from_onset,
                    reads=("INJPRIM", "INJORDAT", "INJSKDAT", "INJBLDAT", "RAND.RDDTM"),
                    holds="integer",
                    places=0,
                    unit=units.DAY,
                    soft=between(0, 14),
                    sdtm="ADSL",
                ),
            ),
        ),
    ),
    checks=(
        check(
            "INJ-01",
            "H",
            "(INJORAL == 'N' or missing(INJORAL)) and (INJSKIN == 'N' or missing(INJSKIN)) and (INJBLAD == 'N' or missing(INJBLAD))",
            en="At least one injured site is needed.",
            zh="至少应有一个损伤部位。",
        ),
        check(
            "INJ-02",
            "H",
            "INJPRIM == 'ORAL' and (INJORAL == 'N' or missing(INJORAL)) or INJPRIM == 'SKIN' and (INJSKIN == 'N' or missing(INJSKIN)) or INJPRIM == 'BLAD' and (INJBLAD == 'N' or missing(INJBLAD))",
            en="The target site must be an injured site.",
            zh="靶部位须为已损伤部位。",
            item="INJPRIM",
        ),
        check(
            "INJ-03",
            "Q",
            "INJORDAT < HSCT.CONDSTDT or INJSKDAT < HSCT.CONDSTDT or INJBLDAT < HSCT.CONDSTDT",
            en="Injury began before conditioning: please confirm.",
            zh="损伤早于预处理，请确认。",
        ),
        *(
            check(
                "INJ-04",
                "Q",
                f"{present} == 'Y' and {graded_none}",
                en="Site marked injured but graded 0.",
                zh="标记损伤但分级为0。",
            )
            for present, graded_none in GRADED_NONE.items()
        ),
        # Section 3.5, rule 4, which the table of checks does not have.
        *(
            check(
                "INJ-05",
                "S",
                f"{site.onset_item} > randomisation_date and not {_event_at(site.onset_item)}",
                en="A site was injured after randomisation: record it as an adverse event too.",
                zh="随机后新出现损伤部位，请同时登记不良事件。",
                item=site.onset_item,
            )
            for site in SITES.values()
        ),
    ),
)
