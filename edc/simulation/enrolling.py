"""From the screening log to randomisation: what is entered, and who does not come so far."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from edc.services.signing import Meaning
from edc.simulation import answers, pages, screening
from edc.simulation.follow_up import FollowUp
from edc.simulation.injuries import KINDS
from edc.simulation.laboratory import blood
from edc.simulation.registers import protocol_version

if TYPE_CHECKING:
    from datetime import date

    from edc.services.unit_of_work import Actor
    from edc.simulation.entry import Values
    from edc.simulation.participant import Participant
    from edc.simulation.stage import Steps

SCREENING: Final = "SCR"
BASELINE: Final = "BL"


class Fate(StrEnum):
    """How far a participant comes."""

    NEVER_CONSENTED = "never_consented"
    SCREEN_FAILURE = "screen_failure"
    WAITING = "waiting"  # filled in by the nurse, not yet confirmed by an investigator
    RANDOMISED = "randomised"
    RANDOMISED_AT_SECOND_SCREENING = "second_screening"
    TOO_LATE = "too_late"  # ready when the target is reached (RAND-04)


NEVER_CONSENTED = (
    ("WBC", "不愿参加临床研究"),
    ("PHYS", "主管医生认为目前不宜参加"),
    ("IE", "预筛时发现正在参加其他试验"),
    ("OTH", "拟转回当地医院治疗"),
)
SCREEN_FAILURES = (
    ("INC01", "IE"),
    ("EXC05", "IE"),
    ("EXC04", "IE"),
    ("EXC02", "IE"),
    ("EXC01L", "IE"),
    ("EXC06", "IE"),
    ("INC05", "IE"),
    ("", "HEAL"),
    ("", "WBC"),
)


# Criteria that the nurse thinks are met at first.
_OVERLOOKED: Final = ("INC01", "EXC05", "EXC04")


def come(whose: Participant) -> Steps:
    """Let a person come, and go as far as their fate lets them."""
    desk = whose.stage.desk
    yield whose.sits_down(whose.screened_on, 9)
    whose.subject_id = desk.screen(whose.nurse(), site_id=whose.stage.cast.sites[whose.site])
    if whose.fate is Fate.NEVER_CONSENTED:
        reason, note = whose.rng.choice(NEVER_CONSENTED)
        yield whose.sits_down(whose.screened_on, 15)
        desk.not_enrolled(whose.nurse(), subject_id=whose.subject_id, reason=reason, note=note)
        return
    yield from screen(whose, whose.screened_on)
    if whose.fate is Fate.RANDOMISED_AT_SECOND_SCREENING:
        yield from fail(whose, ("EXC02", "IE"), again=True)
        day = whose.today() + timedelta(days=whose.rng.randint(9, 16))
        yield whose.sits_down(day, 9)
        whose.subject_id = desk.screen_again(whose.nurse(), subject_id=whose.subject_id)
        yield from screen(whose, day)
        if whose.stage.blunders.once("IE-13", whose, is_rare=True):
            nurse = whose.nurse()
            desk.attempt(lambda: desk.screen_again(nurse, subject_id=whose.subject_id))
    if whose.fate is Fate.SCREEN_FAILURE:
        yield from fail(whose, whose.fails_by, again=False)
        return
    yield from confirm(whose)
    if whose.fate is not Fate.WAITING:
        yield from enter_baseline(whose)


def screen(whose: Participant, day: date) -> Steps:
    """Enter consent and the CRFs of the screening visit."""
    rng, who, nurse = whose.rng, whose.who, whose.nurse()
    yield whose.goes_on()
    whose.consented_on = day
    whose.rows.clear()
    whose.enter(nurse, ("", "IC", whose.next_row("IC")), whose.consent(day, "INIT"))
    infused = day - timedelta(days=rng.randint(20, 30) if who.stays_long else rng.randint(6, 14))
    began = day - timedelta(days=rng.randint(0, 3))
    whose.causes = answers.causes(rng, who)
    whose.blood = blood(rng, sex=who.sex, infused=infused, is_autologous=who.is_autologous)
    kinds = {site: KINDS[site] for site in who.injured}
    whose.injuries = [kind(rng, day, whose.causes) for kind in kinds.values()]
    signs = answers.vital_signs(rng, who, day, visit=SCREENING, weight=whose.weight)
    positive = {"HIV": "POS"} if whose.fails_by[0] == "EXC05" else {}
    found: list[tuple[str, Values]] = [
        ("SV", {"SVSTAT": "DONE", "SVSTDAT": day.isoformat(), "SVLOC": "IPD"}),
        ("DM", answers.demographics(rng, who)),
        ("HSCT", answers.transplant(rng, who, infused)),
        *(("MH", row) for row in screening.history(rng, day)),
        ("INJ", answers.injury(who, whose.causes, began)),
        ("VIR", screening.infections(rng, day) | positive),
        ("CV", screening.heart(rng, day)),
        ("VS", signs),
        ("PE", screening.body(rng, day, whose.grades_on(day))),
    ]
    if who.may_bear_children:
        found.append(("PREGT", _screening_test(whose, day)))
    blunders = whose.stage.blunders
    for form, values in found:
        yield whose.goes_on()
        if form == "INJ" and whose.is_to_be_randomised and blunders.once("IE-04", whose):
            whose.pending.append((nurse, (SCREENING, form, 1), values))
            continue
        is_log = form == "MH"
        place = ("" if is_log else SCREENING, form, whose.next_row(form) if is_log else 1)
        whose.enter(nurse, place, values)
    coagulation = ("COAG",) if whose.is_full else ()
    yield from whose.samples(SCREENING, day, ("CBC", "CHEM", *coagulation, "URIN"))
    if whose.is_to_be_randomised and blunders.once("IE-12", whose):
        yield whose.goes_on()
        infection = {
            "INFTYPE": "BAC", "INFSITE": "LUNG", "INFORG": "肺炎链球菌",
            "INFSTDAT": str(day - timedelta(days=4)), "INFGR": 3, "INFINJ": "N",
        }  # fmt: skip
        whose.save(nurse, ("", "INF", whose.next_row("INF")), infection)
    for injury in whose.injuries:
        yield from whose.care.begin(injury.site, began, is_severe=whose.is_full)


def _screening_test(whose: Participant, day: date) -> Values:
    """Return PREGT of the screening, which is forgotten once and positive once."""
    if whose.fails_by[0] == "EXC04":
        return screening.pregnancy_test(day) | {"PREGRES": "POS"}
    if whose.is_to_be_randomised and whose.stage.blunders.once("PREGT-01", whose):
        whose.is_untested = True
        return {"PREGDN": "N"}
    return screening.pregnancy_test(day)


def fail(whose: Participant, why: tuple[str, str], *, again: bool) -> Steps:
    """Enter IE with a criterion that is not met, or another reason for not going on."""
    criterion, _ = why
    place = (SCREENING, "IE", 1)
    met = answers.criteria(protocol_version(whose.today()))
    if criterion in _OVERLOOKED:
        yield whose.goes_on()
        if criterion == "EXC04":
            nurse = whose.nurse()
            whose.stage.desk.attempt(lambda: whose.save(nurse, place, met))
        else:
            whose.save(whose.nurse(), place, met)
    day = whose.screened_on + timedelta(days=whose.rng.randint(0, 3))
    yield whose.sits_down(day, 14)
    ended = {
        "IECONF": "N",
        "SFYN": "Y",
        "SFREAS": why[1],
        "SFDAT": whose.today().isoformat(),
        "RESCR": "Y" if again else "N",
    }
    answered = answers.criteria(protocol_version(day), not_met=criterion)
    investigator = whose.investigator()
    if criterion and whose.stage.blunders.once("IE-01", whose, is_rare=True):
        confirmed = answered | {"IECONF": "Y"}
        whose.stage.desk.attempt(lambda: whose.save(investigator, place, confirmed, reason="复核"))
    reason = "核对后更正" if criterion in _OVERLOOKED else ""
    whose.save(investigator, place, answered | ended, reason=reason)


def confirm(whose: Participant) -> Steps:
    """Let the nurse answer the criteria, and an investigator confirm and sign them."""
    yield whose.goes_on()
    place = (SCREENING, "IE", 1)
    whose.enter(whose.nurse(), place, answers.criteria(protocol_version(whose.today())))
    yield from whose.catches_up()
    if whose.fate is Fate.WAITING:
        return
    investigator = whose.investigator()
    yield whose.sits_down(whose.today() + timedelta(days=whose.rng.randint(0, 1)), 16)
    whose.save(investigator, place, {"IECONF": "Y"})
    yield whose.goes_on()
    whose.stage.desk.sign(investigator, whose.subject_id, place, Meaning.ELIGIBILITY_CONFIRMED)


def enter_baseline(whose: Participant) -> Steps:
    """Enter the baseline visit, randomise, and set the rest of the trial going."""
    blunders, desk = whose.stage.blunders, whose.stage.desk
    day = whose.today() + timedelta(days=whose.rng.randint(1, 3))
    if whose.fate is Fate.RANDOMISED and blunders.once("RAND-03", whose):
        day += timedelta(days=8)
    nurse, investigator = whose.nurse(), whose.investigator()
    whose.weight *= whose.rng.uniform(0.985, 1.005)
    yield whose.sits_down(day, 8)
    for injury in whose.injuries:
        injury.day_zero = day
    visit = {"SVSTAT": "DONE", "SVSTDAT": day.isoformat(), "SVLOC": "IPD"}
    whose.save(nurse, (BASELINE, "SV", 1), visit)
    if whose.is_untested or blunders.once("RAND-01", whose):
        yield whose.goes_on()
        desk.attempt(lambda: _randomise(whose, investigator))
    transplanted = () if whose.who.is_autologous else ("VLOAD", "DRUG")
    yield from whose.samples(BASELINE, day, ("CBC", "CHEM", "URIN", *transplanted))
    yield whose.goes_on()
    signs = answers.vital_signs(whose.rng, whose.who, day, visit=BASELINE, weight=whose.weight)
    whose.enter(nurse, (BASELINE, "VS", 1), signs)
    yield whose.goes_on()
    body = screening.body(whose.rng, day, whose.grades_on(day))
    whose.enter(nurse, (BASELINE, "PE", 1), body)
    if whose.who.may_bear_children:
        yield whose.goes_on()
        whose.enter(nurse, (BASELINE, "PREGT", 1), screening.pregnancy_test(day))
    whose.follow = after = FollowUp(whose, day_zero=day)
    if transplanted:
        yield whose.goes_on()
        pages.graft_versus_host(after, day, BASELINE)
    for injury in whose.injuries:
        yield from after.assess(injury, day, BASELINE)
    yield whose.goes_on()
    pages.diary(after, day, BASELINE)
    yield whose.sits_down(day, 11)
    if whose.fate is Fate.TOO_LATE:
        desk.attempt(lambda: _randomise(whose, investigator))
        return
    arm = _randomise(whose, investigator)
    if blunders.once("RAND-02", whose):
        other = "SKIN/AUTO" if whose.who.stratum != "SKIN/AUTO" else "SKIN/ALLO"
        desk.attempt(lambda: desk.allocate_again(investigator, whose.subject_id, stratum=other))
    after.begin(arm=arm or "")
    whose.stage.add(after.run())


def _randomise(whose: Participant, who: Actor) -> str | None:
    return whose.stage.desk.randomise(who, whose.subject_id, stratum=whose.who.stratum)
