"""The mistakes that people of the simulated trial make: one or more for each edit check.

A mistake is a row of ``MISTAKES``: the check that it sets off, the CRF on which it is made, what is
typed instead of the right answers, and what becomes of it. It is made by the first participant whom
it fits; which one that is follows from the seed. Those of every day are made again and again.
Mistakes that take more than one page are told in ``edc.simulation.episodes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from edc.simulation.slips import (
    ALLERGIC,
    OVER,
    REVERSED,
    TOO_FEW,
    away,
    before_consent,
    before_the_event,
    container_of_another,
    day_before_last_dose,
    day_before_zero,
    diary_of_another_day,
    diary_unlike_the_ward,
    end_first,
    ended_by,
    expired,
    far_from_yesterday,
    fatal_too_early,
    fever,
    flagged,
    from_pilot_batch,
    given,
    graded_0,
    judged_wrongly,
    lesion,
    lesion_grown,
    lesion_left_out,
    long_before,
    more_by,
    no_criterion,
    no_site,
    nutrition_unrecorded,
    older_grade,
    older_version,
    opioid_unrecorded,
    other_response,
    other_target,
    other_trial,
    same_hour,
    target_injury,
    tenfold_opioid,
    too_early,
    transplant_last_year,
    typed,
    unflagged,
    unusual_volume,
    where,
    wider_than_long,
    wrong_site,
    yet_to_come,
    young,
)

if TYPE_CHECKING:
    from edc.services.casebooks import Place
    from edc.simulation.slips import Wrong


class Fate(StrEnum):
    """What becomes of a mistake."""

    REFUSED = "refused"  # by the system, at once; then the right answers are saved
    CORRECTED = "corrected"  # by a colleague some days later, with a reason
    SOON = "soon"  # by whoever made it, before the participant is randomised
    STAYS = "stays"  # and is answered, or not


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row of the table.

    :param check: the id of the check that it sets off.
    :param at: the CRF, as ``OM``, ``LB:CHEM`` or ``RSP@V28``.
    :param shows_later: the check fires by what is entered afterwards.
    """

    check: str
    at: str
    wrong: Wrong
    becomes: Fate = Fate.CORRECTED
    is_everyday: bool = False
    shows_later: bool = False

    def fits(self, place: Place) -> bool:
        """Tell whether the mistake is made on that CRF."""
        visit, form, row = place
        where, _, when = self.at.partition("@")
        crf, _, part = where.partition(":")
        if crf != form or (when and not visit.startswith(when)):
            return False
        return not part or _PARTS.index(part) + 1 == row


_PARTS: Final = ("CBC", "CHEM", "COAG", "URIN", "VLOAD", "DRUG")


M: Final = Mistake
F: Final = Fate

MISTAKES: Final[tuple[Mistake, ...]] = (
    # Consent, visits, persons
    M("IC-01", "IC", yet_to_come("ICDAT"), F.REFUSED),
    M("IC-03", "IC", older_version, F.STAYS),
    M("SV-02", "SV", yet_to_come("SVSTDAT"), F.REFUSED),
    M("SV-01", "SV@V", away("SVSTDAT", -6, -5), is_everyday=True),
    M("SV-01", "SV@DA", away("SVSTDAT", -3, -1), is_everyday=True),
    M("SV-03", "SV@V14", away("SVSTDAT", -11)),
    M("DM-02", "DM", young, shows_later=True),
    M("DM-03", "DM", where("CHILDPOT", "Y", "POST", CHILDPOT="NA", CONTRA=None), F.REFUSED),
    M("HSCT-01", "HSCT", where("HCTTYP", "ALLO", DONTYP="AUTO"), F.REFUSED),
    M("HSCT-02", "HSCT", where("HCTTYP", "ALLO", COND="HDT")),
    M("HSCT-03", "HSCT", where("TBIYN", "N", CONDREG="TBICY")),
    M("HSCT-04", "HSCT", away("CONDENDT", 5), F.REFUSED),
    M("HSCT-05", "HSCT", transplant_last_year, shows_later=True),
    M("IE-03", "HSCT", typed(HCTDAT=None), F.SOON, shows_later=True),
    M("HSCT-07", "HSCT", where("HCTTYP", "ALLO", HCTSRC="CB")),
    # Screening
    M("MH-01", "MH", given("MHTERM", MHONGO="N", **REVERSED), F.REFUSED),
    M("MH-02", "MH", where("MHALL", "N", **ALLERGIC), shows_later=True),
    M("INJ-01", "INJ", no_site, F.REFUSED),
    M("INJ-02", "INJ", other_target, F.REFUSED),
    M("INJ-03", "INJ", long_before),
    M("INJ-04", "OM@BL", typed(OMWHO=0), shows_later=True),
    M("INJ-04", "SK@BL", graded_0),
    M("INJ-04", "BC@BL", typed(BCGRD=0)),
    M("VIR-01", "VIR", away("VIRDAT", -40), F.STAYS, shows_later=True),
    M("VIR-02", "VIR", where("HBCAB", "NEG", HBSAG="POS"), F.SOON, shows_later=True),
    M("IC-02", "VIR", away("VIRDAT", -1), F.STAYS),
    M("CV-01", "CV", typed(LVEF=37)),
    M("IE-08", "CV", typed(NYHA=3), shows_later=True),
    M("VS-01", "VS", typed(SYSBP=78, DIABP=118), F.REFUSED),
    M("VS-02", "VS", more_by("WEIGHT", 11), is_everyday=True),
    M("VS-03", "VS@BL", fever, F.STAYS),
    M("VS-04", "VS", given("ECOG", ECOG=0, KPS=60)),
    M("VS-05", "VS@V28", typed(ECOG=5, KPS=0)),
    M("SOFT:PULSE", "VS", more_by("PULSE", 60, 80), is_everyday=True),
    M("PE-01", "PE@V28", typed(PEHRTRES="CS", PEHRTTX="心前区可闻及2/6级收缩期杂音")),
    M("PE-02", "PE@BL", where("PEORLRES", "CS", PEORLRES="NORM", PEORLTX=None), shows_later=True),
    # Laboratory
    M("LB-01", "LB:CBC@V", unflagged("NEUT", "6.2")),
    M("LB-02", "LB:CHEM", typed(BILDIR="35.2", BILDIR_LBCLSIG="N")),
    M("LB-03", "LB:CBC", flagged("HGB", "11.8")),
    M("LB-04", "LB:CHEM@BL", flagged("K", "6.3")),
    M("LB-05", "LB:CHEM@V28", given("CRP_LBCLSIG", CRP_LBCLSIG="Y")),
    M("LB-05", "LB:CBC@V14", given("HGB_LBCLSIG", HGB_LBCLSIG="Y")),
    M("LB-06", "LB:CBC@V28", flagged("PLAT", "31"), F.STAYS, shows_later=True),
    M("LB-07", "LB:CBC@V28", away("LBDAT", -9), is_everyday=True),
    M("LB-08", "LB:CBC", yet_to_come("LBDAT"), F.REFUSED),
    M("LB-09", "LB:COAG", typed(LBLAB="LAB02"), F.STAYS),
    M("LB-10", "LB:VLOAD", typed(CMVDNA=None, CMVDNA_LBQUAL="LT")),
    # Eligibility, as the nurse fills it in
    M("IE-05", "IE", typed(EXC01K="Y"), F.SOON),
    M("IE-06", "LB:CHEM@SCR", flagged("BILI", "82.4"), shows_later=True),
    M("IE-07", "LB:CHEM@SCR", flagged("CREAT", "465"), shows_later=True),
    M("IE-11", "IE", other_trial, F.STAYS),
    # Assessments of the mouth
    M("OM-01", "OM", older_grade, is_everyday=True),
    M("OM-02", "OM@D", where("OMWHO", 1, OMWHO=2)),
    M("OM-03", "OM", where("OMWHO", 0, OMPNRST=3), is_everyday=True),
    M("OM-04", "OM", where("OMWHO", 3, OMWHO=4)),
    M("OM-05", "OM", where("OMDIET", "LIQ", OMDIET="NPO", OMTPN="N"), is_everyday=True),
    M("OM-06", "OM@D", far_from_yesterday),
    M("OM-07", "OM@D", typed(OMCTC=5)),
    M("OM-08", "OM@D", where("OMWHO", 3, 4, OMCTC=0)),
    M("OM-08", "OM@D", where("OMWHO", 0, 1, OMCTC=3)),
    M("OM-09", "OM", opioid_unrecorded),
    M("OM-10", "OM", nutrition_unrecorded),
    M("OM-11", "OM@DA", same_hour, F.REFUSED),
    M("OM-12", "OM", given("OMULE", **TOO_FEW)),
    M("OM-13", "OM", typed(OMMASK="N"), F.STAYS),
    M("OM-14", "OM@D", where("OMWHO", 1, 2, OMWHO=3), shows_later=True),
    M("SOFT:OMOPIME", "OM", tenfold_opioid, is_everyday=True),
    # Skin and bladder
    M("SK-01", "SK", wider_than_long, F.REFUSED),
    M("SK-02", "SK", lesion(SLHEAL="Y")),
    M("SK-03", "SK", given("SKGVST", SKBSA="60.0")),
    M("SK-04", "SK@D", lesion(SLLOC="NECK")),
    M("SK-05", "SK@D", lesion_left_out),
    M("SK-06", "SK@D", lesion_grown),
    M("SK-07", "SK", lesion(SLINF="Y")),
    M("BC-01", "BC", where("BCGRD", 2, 3, 4, BCURCOL="CLEAR")),
    M("BC-02", "BC", where("BCGRD", 1, 2, BCGRD=3)),
    M("BC-03", "BC", where("BCGRD", 0, 1, BCGRD=0, BCURCOL="PINK")),
    M("BC-04", "BC", where("BCGRD", 1, 2, 3, BCOBST="Y")),
    M("BC-05", "BC", where("BCCATH", "N", BCCBI="Y")),
    M("BC-06", "BC", given("BKVUQ", BKVUQ="EQ", BKVU=0), F.REFUSED),
    M("BC-07", "BC", typed(BCUWBC=14, BCUCULT="POS")),
    M("BC-08", "BC", typed(BCTRANS="Y")),
    # Diary, GVHD, engraftment, response
    M("PRO-01", "PRO", diary_of_another_day, F.REFUSED),
    M("PRO-04", "PRO@V28", away("PRODAT", -6), F.REFUSED),
    M("PRO-03", "PRO", diary_unlike_the_ward, F.STAYS),
    M("GVHD-02", "GVHD", where("AGVYN", "Y", AGVLIV=3)),
    M("GVHD-03", "GVHD", where("AGVYN", "Y", AGVLGI=2)),
    M("GVHD-04", "GVHD", where("AGVYN", "Y", AGVSKIN=4)),
    M("GVHD-05", "GVHD@BL", where("AGVYN", "Y", AGVSKIN=0), shows_later=True),
    M("ENG-01", "ENG", too_early),
    M("ENG-02", "ENG", typed(NEUENG="N", NEUENGDT=None)),
    M("RSP-01", "RSP", other_response, is_everyday=True),
    M("RSP-02", "RSP", typed(RSPSURV="N")),
    M("RSP-03", "RSP", typed(RESCUE="Y")),
    M("RSP-04", "RSP@M", typed(SECMAL="Y")),
    M("UNS-01", "UNS", typed(UNSREAS="AE"), F.STAYS, shows_later=True),
    # The product
    M("EX-02", "EX", day_before_zero),
    M("EX-03", "EX", expired),
    M("EX-04", "EX", wrong_site),
    M("EX-05", "EX", unusual_volume),
    M("EX-06", "EX", given("EXTEMPS", EXTEMPS="14.5"), F.STAYS),
    M("EX-07", "EX", container_of_another, F.STAYS),
    M("EX-08", "EX", given("EXREACT", EXREACT="Y")),
    M("BATCH-02", "EX", from_pilot_batch),
    # What else is given
    M("STC-01", "STC", end_first("STCSTDAT", "STCONGO", "STCENDAT"), F.REFUSED),
    M("CM-01", "CM", end_first("CMSTDAT", "CMONGO", "CMENDAT"), F.REFUSED),
    M("CM-02", "CM", before_the_event),
    M("CM-03", "CM", where("CMCAT", "NUT", "ANAL", CMTRT="帕利夫明（外购）")),
    # Adverse events
    M("AE-01", "AE", end_first("AESTDAT", "AEONGO", "AEENDAT"), F.REFUSED),
    M("AE-02", "AE", before_consent, F.REFUSED),
    M("AE-03", "AE", no_criterion, F.REFUSED),
    M("AE-04", "AE", typed(AECTCID="CTC5-0178", AETERM="恶心", AETOXGR=4), F.REFUSED),
    M("AE-05", "AE", where("AEOUT", "NOT RECOVERED/NOT RESOLVED", AEOUT="FATAL")),
    M("AE-06", "AE", where("AESER", "N", AECTCID="CTC5-0006", AETERM="粒缺伴发热", AETOXGR=4)),
    M("AE-07", "AE", where("AEONGO", "Y", **OVER)),
    M("AE-08", "AE", where("AEOUT", "NOT RECOVERED/NOT RESOLVED", AEOUT="FATAL", AEONGO="Y")),
    M("AE-09", "AE", where("AEACN", "DOSE NOT CHANGED", AEACN="DRUG WITHDRAWN")),
    M("AE-10", "AE", where("AECONTRT", "N", AECONTRT="Y")),
    M("AE-11", "AE", judged_wrongly, F.REFUSED),
    M("AE-15", "AE", target_injury),
    M("INF-01", "INF", given("INFAE", INFAE=None, INFGR=3)),
    # The ends
    M("EOT-01", "EOT", day_before_last_dose),
    M("EOT-02", "EOT", where("EOTREAS", "COMP", EOTREAS="HEAL")),
    M("DTH-01", "DTH", fatal_too_early),
    M("DTH-02", "DTH", typed(DTHCAUS="PROD", DTHAE=None)),
    M("EOS-01", "EOS", ended_by("LTFU", EOSREAS="COMPLETED", EOSTRIES=None)),
    M("EOS-02", "EOS", ended_by("COMPLETED", "PHYS", EOSREAS="DEATH")),
    M("EOS-03", "EOS", ended_by("COMPLETED", "PHYS", EOSREAS="WBS")),
    M("EOS-04", "EOS", given("EOSTRIES", EOSTRIES=1)),
)  # fmt: skip
