"""What is typed instead of the right answers, given the page and the participant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from edc.simulation.medicines import NUTRITION, OPIOID

if TYPE_CHECKING:
    from edc.simulation.entry import Values
    from edc.simulation.participant import Participant

Wrong: TypeAlias = "Callable[[Values, Participant], Values | None]"
"""What is typed instead, None where nothing can be; an item that is None is left out."""


def typed(**wrong: Any) -> Wrong:  # noqa: ANN401 - any answer
    """Type these answers whatever the right ones are."""
    return lambda _values, _whose: dict(wrong)


def where(item: str, *right: object, **wrong: Any) -> Wrong:  # noqa: ANN401 - any answer
    """Type these answers where the right answer to *item* is one of *right*."""
    codes = {str(one) for one in right}
    return lambda values, _whose: dict(wrong) if str(values.get(item)) in codes else None


def given(item: str, **wrong: Any) -> Wrong:  # noqa: ANN401 - any answer
    """Type these answers where *item* is answered."""
    return lambda values, _whose: dict(wrong) if item in values else None


def more_by(item: str, most: float, *more: float) -> Wrong:
    """Type a number that is so much higher, or lower."""

    def wrong(values: Values, whose: Participant) -> Values | None:
        if item not in values:
            return None
        right = float(values[item])
        found = right + whose.rng.choice((most, *more))
        return {item: f"{found:.1f}" if "." in str(values[item]) else str(round(found))}

    return wrong


def away(item: str, first: int, last: int | None = None, **more: Any) -> Wrong:  # noqa: ANN401
    """Type a day that is so many days away from the right one."""

    def wrong(values: Values, whose: Participant) -> Values | None:
        if item not in values:
            return None
        away = timedelta(days=whose.rng.randint(first, first if last is None else last))
        return {item: str(date.fromisoformat(str(values[item])) + away)} | more

    return wrong


def yet_to_come(item: str) -> Wrong:
    """Type a day that is yet to come."""
    return lambda values, whose: (
        {item: str(whose.today() + timedelta(days=3))} if item in values else None
    )


def flagged(code: str, result: str) -> Wrong:
    """Type a result that the laboratory calls high, and that nobody finds significant."""
    return lambda values, _whose: {code: result, f"{code}_LBCLSIG": "N"} if code in values else None


def unflagged(code: str, result: str) -> Wrong:
    """Type a result within the limits."""
    return lambda values, _whose: (
        {code: result} | ({f"{code}_LBCLSIG": None} if f"{code}_LBCLSIG" in values else {})
        if code in values
        else None
    )


# What needs a look at the participant


def older_version(values: Values, _whose: Participant) -> Values | None:
    """Sign a version that was no longer in force."""
    older = {"V2.0": "V1.0", "V3.0": "V2.0"}.get(str(values.get("ICVER")))
    return {"ICVER": older} if older and values["ICTYPE"] == "INIT" else None


def transplant_last_year(values: Values, _whose: Participant) -> Values:
    """Type every day of the transplant 200 days too early."""
    found: Values = {"DXDAT": f"{int(values['DXDAT'][:4]) - 1}{values['DXDAT'][4:]}"}
    for item in ("HCTDAT", "CONDSTDT", "CONDENDT"):
        found[item] = str(date.fromisoformat(values[item]) - timedelta(days=200))
    return found


def long_before(values: Values, whose: Participant) -> Values | None:
    """Let the injury begin long before the conditioning."""
    item = {"ORAL": "INJORDAT", "SKIN": "INJSKDAT", "BLAD": "INJBLDAT"}[whose.who.site]
    return away(item, -70)(values, whose)


def no_site(values: Values, _whose: Participant) -> Values:
    """Say of no site that it is injured."""
    found: Values = dict.fromkeys(("INJORAL", "INJSKIN", "INJBLAD"), "N")
    return found | {item: None for item in values if item.endswith("DAT")}


def other_target(_values: Values, whose: Participant) -> Values:
    """Name a site as the target that is not injured."""
    other = next(site for site in ("ORAL", "SKIN", "BLAD") if site not in whose.who.injured)
    return {"INJPRIM": other}


def young(values: Values, whose: Participant) -> Values:
    """Type a year of birth that makes the participant 78."""
    return {"BRTHYR": int(values["BRTHYR"]) - (78 - (whose.today() - whose.who.born).days // 365)}


def fever(values: Values, whose: Participant) -> Values | None:
    """Record a fever while the neutrophils are low."""
    is_low = whose.blood.neutrophils_on > date.fromisoformat(values["VSDAT"])
    return {"TEMP": "38.9"} if is_low else None


def same_hour(values: Values, whose: Participant) -> Values | None:
    """Type day and hour of the assessment before."""
    before = whose.last_assessed
    return {"OMDAT": before[0], "OMTIM": before[1]} if before and "OMTIM" in values else None


def far_from_yesterday(values: Values, whose: Participant) -> Values | None:
    """Grade the mouth far from the day before."""
    before = whose.last_assessed
    if (
        not before
        or (date.fromisoformat(values["OMDAT"]) - date.fromisoformat(before[0])).days != 1
    ):
        return None
    return {"OMWHO": 0 if int(before[2]) > 1 else 3}


def opioid_unrecorded(values: Values, whose: Participant) -> Values | None:
    """Record an opioid that CRF CM does not have."""
    if values["OMOPI"] == "Y" or whose.medicines.covers(OPIOID, whose.today()):
        return None
    return {"OMOPI": "Y", "OMOPIRT": "PO", "OMOPIME": 20}


def nutrition_unrecorded(values: Values, whose: Participant) -> Values | None:
    """Record feeding by vein that CRF CM does not have."""
    if values["OMTPN"] == "Y" or whose.medicines.covers(NUTRITION, whose.today()):
        return None
    return {"OMTPN": "Y"}


def lesion(**wrong: Any) -> Wrong:  # noqa: ANN401 - any answer
    """Type these answers for the first lesion while it is there."""

    def found(values: Values, _whose: Participant) -> Values | None:
        if values.get("SLHEAL.1") != "N":
            return None
        return {f"{item}.1": value for item, value in wrong.items()}

    return found


def lesion_left_out(values: Values, _whose: Participant) -> Values | None:
    """Leave the row of the first lesion out."""
    is_one_of_many = values.get("SLHEAL.1") == "N" and "SLNUM.2" in values
    return {item: None for item in values if item.endswith(".1")} if is_one_of_many else None


def lesion_grown(values: Values, _whose: Participant) -> Values | None:
    """Type a size of the first lesion that is out of all proportion."""
    if values.get("SLHEAL.1") != "N":
        return None
    return {"SLLEN.1": "48.0", "SLWID.1": "45.0"}


def wider_than_long(values: Values, _whose: Participant) -> Values | None:
    """Exchange length and width of the first lesion."""
    if values.get("SLHEAL.1") != "N":
        return None
    return {"SLWID.1": f"{float(values['SLLEN.1']) + 2:.1f}"}


def diary_of_another_day(_values: Values, whose: Participant) -> Values:
    """Fill a diary in for a day that is long past."""
    return {"PRODAT": str(whose.today() - timedelta(days=3))}


def diary_unlike_the_ward(values: Values, whose: Participant) -> Values | None:
    """Score the pain unlike the ward did that day."""
    pain = whose.last_pain
    if pain is None or pain[0] != values["PRODAT"]:
        return None
    return {"PRO01": 0 if pain[1] > 5 else 10}  # noqa: PLR2004 - the middle of the scale


def too_early(_values: Values, whose: Participant) -> Values | None:
    """Let the neutrophils engraft on a day of a low count."""
    seen = whose.consented_on  # the day of a sample
    is_low = seen is not None and seen < whose.blood.neutrophils_on
    return {"NEUENGDT": str(seen)} if is_low else None


def other_response(values: Values, whose: Participant) -> Values | None:
    """Judge the mouth unlike the scores do."""
    now = values.get("RSPORAL")
    others = [code for code in ("PR", "NR", "PD") if code != now]
    return {"RSPORAL": whose.rng.choice(others)} if now else None


def day_before_zero(values: Values, whose: Participant) -> Values | None:
    """Type a dose on the day before randomisation."""
    follow = whose.follow
    if follow is None or values.get("ECOCCUR") != "Y":
        return None
    before = follow.day_zero - timedelta(days=1)
    return {"EXSTDAT": str(before), "EXTHAW": f"{before}{values['EXTHAW'][10:]}"}


def expired(values: Values, whose: Participant) -> Values | None:
    """Name a batch that has expired."""
    lot = whose.stage.stock.expired(date.fromisoformat(values["EXSTDAT"]))
    return {"EXLOT": lot} if lot and values["ECOCCUR"] == "Y" else None


def container_of_another(values: Values, whose: Participant) -> Values | None:
    """Name the container of somebody else's dose."""
    other = whose.stage.stock.used_for_another(whose.site, whose.subject_id)
    return {"EXLOT": other[0], "EXKIT": other[1]} if other and "EXKIT" in values else None


def wrong_site(values: Values, whose: Participant) -> Values | None:
    """Name a site that the route does not reach."""
    other = next(site for site in ("ORAL", "BLAD", "SKIN") if site not in whose.who.injured)
    return {"EXSITE": other} if values["ECOCCUR"] == "Y" else None


def from_pilot_batch(values: Values, whose: Participant) -> Values | None:
    """Name a batch of which nothing is left."""
    is_given = values["ECOCCUR"] == "Y"
    return {"EXLOT": whose.stage.stock.PILOT, "EXKIT": "PILOT-0001"} if is_given else None


def unusual_volume(values: Values, _whose: Participant) -> Values | None:
    """Type a volume that is unusual for the route."""
    unusual = {"ORAL RINSE": "25.0", "TOPICAL": "0.5", "INTRAVESICAL": "80.0"}
    return {"EXDOSE": unusual[values["EXROUTE"]]} if "EXDOSE" in values else None


def before_consent(values: Values, whose: Participant) -> Values | None:
    """Let the event begin before the consent."""
    if whose.consented_on is None or values.get("AEONGO") != "Y":
        return None
    return {"AESTDAT": str(whose.consented_on - timedelta(days=2))}


def target_injury(values: Values, whose: Participant) -> Values | None:
    """Record the target injury as an adverse event."""
    if values["AESER"] == "Y" or values["AEREL"] not in ("NA", "NOT", "UNLK"):
        return None
    term, words = TARGETS[whose.who.site]
    return {"AECTCID": term, "AETERM": words, "AETOXGR": 2}


TARGETS: Final = {
    "ORAL": ("CTC5-0177", "口腔黏膜炎"),
    "SKIN": ("CTC5-0362", "放射性皮炎"),
    "BLAD": ("CTC5-0650", "非感染性膀胱炎"),
}


def judged_wrongly(values: Values, whose: Participant) -> Values | None:
    """Judge the relation to a product that was not given."""
    is_without = values["AEREL"] == "NA" and not whose.rows["EX"]
    return {"AEREL": "NOT"} if is_without else None


def no_criterion(values: Values, _whose: Participant) -> Values | None:
    """Call an event serious by no criterion."""
    if values["AESER"] != "N":
        return None
    criteria = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")
    return {"AESER": "Y", "AESERDAT": values["AESTDAT"]} | dict.fromkeys(criteria, "N")


def end_first(start: str, goes_on: str, end: str) -> Wrong:
    """Type an end before the start."""

    def wrong(values: Values, _whose: Participant) -> Values | None:
        if start not in values:
            return None
        before = date.fromisoformat(values[start]) - timedelta(days=2)
        return {goes_on: "N", end: str(before)}

    return wrong


def fatal_too_early(values: Values, _whose: Participant) -> Values:
    """Type a day of death that lies before the last records."""
    return {"DTHDAT": str(date.fromisoformat(values["DTHDAT"]) - timedelta(days=5))}


def ended_by(*reasons: str, **wrong: Any) -> Wrong:  # noqa: ANN401 - any answer
    """Type these answers where the study ended for one of the reasons."""
    return where("EOSREAS", *reasons, **wrong)


REVERSED: Final = {"MHSTDAT": "2015", "MHENDAT": "2012", "MHGRADE": None}
ALLERGIC: Final = {"MHALL": "Y", "MHALLTX": "二甲亚砜（DMSO）：胸闷"}
TOO_FEW: Final = {f"OM{place}{kind}": 9 for place in ("UL", "LL", "RC") for kind in "EU"}
OVER: Final = {"AEOUT": "RECOVERED/RESOLVED"}


def older_grade(values: Values, _whose: Participant) -> Values | None:
    """Type a grade one lower than the findings say."""
    return {"OMWHO": values["OMWHO"] - 1} if values["OMWHO"] > 1 else None


def tenfold_opioid(values: Values, _whose: Participant) -> Values | None:
    """Type a dose with a digit too many."""
    return {"OMOPIME": values["OMOPIME"] * 10} if "OMOPIME" in values else None


def other_trial(_values: Values, whose: Participant) -> Values:
    """Type the day of another trial's last dose, not long ago."""
    return {"EXC07DAT": str(whose.today() - timedelta(days=12))}


def graded_0(values: Values, _whose: Participant) -> Values:
    """Grade an injured skin 0."""
    return {"SKCTCUL": 0} | ({"SKGVST": 0} if "SKGVST" in values else {})


def before_the_event(values: Values, whose: Participant) -> Values | None:
    """Type a start before that of the event that is treated."""
    return away("CMSTDAT", -4)(values, whose) if values["CMINDC"] == "AE" else None


def day_before_last_dose(values: Values, whose: Participant) -> Values | None:
    """End the treatment a day before the last dose."""
    return away("EOTDAT", -1)(values, whose) if whose.is_on_product() else None
