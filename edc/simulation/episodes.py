"""Mistakes and mishaps that take more than one page: each is told once, of whom it fits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from edc import clock
from edc.permissions import Role
from edc.simulation import safety
from edc.simulation.course import LAST_DAY
from edc.simulation.dosing import Dosing
from edc.simulation.events import AdverseEvent
from edc.simulation.injuries import KINDS
from edc.simulation.registers import CONSENT_FORMS
from edc.simulation.stage import moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.simulation.entry import Values
    from edc.simulation.follow_up import FollowUp
    from edc.simulation.stage import Steps

PRODUCT: Final = "MSC"
_PNEUMONIA_DAY, _ABOUT = 16, 3
_QUIET_DAYS: Final = range(118, 150)  # after D0: no visit of these days asks for consent again
_LAST_PREGNANCY: Final = date(2024, 10, 1)  # its outcome is to be known by the data cut


@dataclass(frozen=True, slots=True)
class Episode:
    """A story that sets off checks.

    :param check: the check it is told for; *fits* says of whom it can be told.
    """

    check: str
    fits: Callable[[FollowUp], bool]
    tell: Callable[[FollowUp], Steps]
    is_rare: bool = False


def begin(follow: FollowUp) -> None:
    """Let the stories begin that fit a participant who was just randomised."""
    whose = follow.whose
    for episode in EPISODES:
        if episode.fits(follow) and whose.stage.blunders.once(
            episode.check, whose, is_rare=episode.is_rare
        ):
            whose.stage.add(episode.tell(follow))


def _on(follow: FollowUp, day: int, hour: int) -> Steps:
    yield moment(follow.day_zero + timedelta(days=day), hour) + timedelta(
        seconds=follow.whose.rng.randrange(3000)
    )


def _other_target(follow: FollowUp) -> Steps:
    """Correct the target site after randomisation: the stratum that was used stays (HSCT-06)."""
    whose = follow.whose
    yield from _on(follow, 20, 15)
    if not whose.has_left:
        values = {"INJPRIM": whose.who.second}
        reason = "复核病历，主要损伤部位判断有误"
        whose.save(whose.investigator(), ("SCR", "INJ", 1), values, reason=reason)


def _is_free(follow: FollowUp, days: int) -> bool:
    """Tell whether no event begins at about that day that could be taken for the missing one."""
    on = follow.day_zero + timedelta(days=days)
    begins = {*follow.falls_ill_on, follow.day_zero + timedelta(days=_PNEUMONIA_DAY)}
    return all(abs((on - start).days) > _ABOUT for start in begins)


def _another_site(follow: FollowUp) -> Steps:
    """Let a second site be injured, first without its adverse event (INJ-05)."""
    whose = follow.whose
    site = "SKIN" if whose.who.site == "ORAL" else "ORAL"
    late = next(days for days in range(9, LAST_DAY) if _is_free(follow, days))
    on = follow.day_zero + timedelta(days=late)
    yield from _on(follow, late, 16)
    if whose.has_left:
        return
    item, day = {"SKIN": ("INJSKIN", "INJSKDAT"), "ORAL": ("INJORAL", "INJORDAT")}[site]
    found = {item: "Y", day: str(on)}
    whose.save(whose.nurse(), ("SCR", "INJ", 1), found, reason="随机后新发损伤，补充记录")
    injury = KINDS[site](whose.rng, on, whose.causes)
    injury.begin(arm=follow.arm)
    whose.injuries.append(injury)
    yield from _on(follow, late + 1, 9)
    if not whose.has_left:
        product = follow.arm == PRODUCT
        event: Values = {
            "AEYN": "Y", "AETERM": "斑丘疹", "AECTCID": "CTC5-0806", "AESTDAT": str(on),
            "AEONGO": "N", "AEENDAT": str(on + timedelta(days=1)), "AETOXGR": 1, "AESER": "N",
            "AEREL": "UNLK" if product else "NA", "AERELPR": "NOT" if product else "NA",
            "AEACN": "DOSE NOT CHANGED" if product else "NOT APPLICABLE", "AECONTRT": "N",
            "AEDIS": "N", "AEOUT": "RECOVERED/RESOLVED", "AESI": "N",
        }  # fmt: skip
        whose.save(whose.investigator(), ("", "AE", whose.next_row("AE")), event)


def _pregnancy(follow: FollowUp) -> Steps:
    """Find a pregnancy, give one more dose, report it late, and follow it to its outcome."""
    whose, desk, dosing = follow.whose, follow.whose.stage.desk, follow.dosing
    yield from _on(follow, 1, 15)
    if whose.has_left or dosing is None:
        return
    nurse, found_on = whose.nurse(), whose.today()
    code = desk.next_visit(whose.subject_id)
    whose.save(nurse, (code, "UNS", 1), {"UNSREAS": "REQ", "UNSFORM": ["PREGT"]})
    attended = {"SVSTAT": "DONE", "SVSTDAT": str(found_on), "SVLOC": "IPD"}
    whose.save(nurse, (code, "SV", 1), attended)
    positive = {"PREGDN": "Y", "PREGDAT": str(found_on), "PREGRES": "POS"}
    whose.save(nurse, (code, "PREGT", 1), positive)
    yield from _on(follow, 3, 22)
    dosing.is_over = True
    yield from _on(follow, 4, 16)
    if whose.has_left:
        return
    place = ("", "PREG", whose.next_row("PREG"))
    last = follow.day_zero - timedelta(days=20)
    told: Values = {
        "PGWHO": "Y", "PGAWDTM": f"{found_on}T17:00+08:00", "PGLMP": str(last),
        "PGEDD": str(last + timedelta(days=280)), "PGOUT": "ONGO",
    }  # fmt: skip
    investigator = whose.investigator()
    whose.save(investigator, place, told)
    desk.send(investigator, whose.subject_id, place)
    if follow.is_treated and dosing.last_given is not None:
        follow.is_treated = False
        ended = {"EOTDAT": str(dosing.last_given), "EOTREAS": "PREG"}
        whose.save(investigator, ("", "EOT", 1), ended)
    yield from _on(follow, 262, 10)
    born: Values = {"PGOUT": "LIVE", "PGOUTDAT": str(whose.today()), "PGDEF": "Y"}
    whose.save(investigator, place, born, reason="随访妊娠结局")
    yield from _on(follow, 268, 10)
    whose.save(investigator, place, {"PGDEF": "N"}, reason="误录，新生儿查体未见异常")


def _to_be_asked_again(follow: FollowUp) -> Steps:
    """Let two weeks pass after a new consent form, as the night sees it (IC-04)."""
    approved = next(on for _, _, on in CONSENT_FORMS if on > follow.day_zero)
    yield moment(approved + timedelta(days=16), 2)
    follow.whose.stage.desk.night(follow.whose.subject_id)


def _fits_new_version(follow: FollowUp) -> bool:
    days = ((on - follow.day_zero).days for _, _, on in CONSENT_FORMS)
    return follow.leaves is None and any(day in _QUIET_DAYS for day in days)


def _same_scores(follow: FollowUp) -> Steps:
    """Let a participant give the same score to everything, day after day (PRO-02)."""
    follow.is_monotonous = True
    yield from _on(follow, 12, 23)
    follow.is_monotonous = False


def _product_to_control(follow: FollowUp) -> Steps:
    """Give the product to a participant of the control arm (EX-01)."""
    whose = follow.whose
    yield from _on(follow, 2, 20)
    if not whose.has_left:
        doses = Dosing(whose, whose.injuries[0], whose.today(), 1, ends=lambda: date.max)
        doses.enter_dose(whose.today(), 13)


def _pneumonia(follow: FollowUp) -> Steps:
    """Let something serious befall somebody who is given the product."""
    on = follow.day_zero + timedelta(days=_PNEUMONIA_DAY)
    event = AdverseEvent(
        "CTC5-0310", "肺部感染", grade=3, start=on, end=on + timedelta(days=14), is_serious=True
    )
    yield from safety.report(follow.whose, event, arm=follow.arm)


def _unmasking(follow: FollowUp) -> Steps:
    """Let the sponsor's safety officer be told an arm."""
    whose = follow.whose
    yield from _on(follow, 6, 17)
    if not whose.has_left:
        whose.stage.desk.unmask(
            whose.stage.cast.one(Role.SAFETY_OFFICER),
            approves=whose.investigator(),
            subject_id=whose.subject_id,
            why="SAFE",
            explanation="出现严重过敏样反应，需明确是否使用制品以决定后续处理",
        )


def _graft_versus_self(follow: FollowUp) -> Steps:
    """Record GVHD after an autologous transplant (GVHD-01)."""
    whose = follow.whose
    yield from _on(follow, 36, 15)
    if whose.has_left:
        return
    values: Values = {
        "GVDAT": str(whose.today()), "AGVYN": "Y", "AGVONS": str(whose.today()), "AGVBSA": "10.0",
        "AGVSKIN": 1, "AGVLIV": 0, "AGVUGI": 0, "AGVSTOOL": 200, "AGVEPI": 1, "AGVLGI": 0,
        "AGVTRT": "N",
    }  # fmt: skip
    whose.save(whose.investigator(), ("V28", "GVHD", 1), values)


def _growth_factor(follow: FollowUp) -> Steps:
    """Treat the injury with what may confound the result (STC-02)."""
    whose = follow.whose
    yield from _on(follow, 3, 17)
    if not whose.has_left:
        values = {
            "STCTYPE": "GMCSF", "STCSITE": whose.who.site, "STCFRQ": "TID",
            "STCSTDAT": str(whose.today()), "STCONGO": "Y", "STCRESC": "N",
        }  # fmt: skip
        row = whose.next_row("STC")
        whose.save(whose.nurse(), ("", "STC", row), values)
        whose.care.going_on.setdefault(whose.who.site, []).append(row)


def _transfusions(follow: FollowUp) -> Steps:
    """Transfuse until a week before the platelets stand by themselves."""
    whose = follow.whose
    for day, product in ((1, "PLT"), (2, "RBC"), (4, "PLT"), (7, "PLT")):
        on = follow.day_zero + timedelta(days=day)
        if on > whose.blood.platelets_on - timedelta(days=8):
            break
        yield from _on(follow, day, 17)
        if whose.has_left:
            return
        row = whose.next_row("TX")
        values = {"TXDAT": str(on), "TXPROD": product, "TXUNITS": "1.0", "TXINJ": "N"}
        whose.enter(whose.nurse(), ("", "TX", row), values)


def _registered_twice(follow: FollowUp) -> Steps:
    """Let the data manager report that a person was registered twice, and a second confirm it."""
    whose, stage = follow.whose, follow.whose.stage
    first = whose.same_as
    if first is None:
        return
    yield from _on(follow, 3, 14)
    reason = "核对出生年月、性别与入院登记，两次登记为同一人"
    proposal = stage.desk.link(
        stage.cast.one(Role.DATA_MANAGER), void=whose.subject_id, counted=first.subject_id,
        reason=reason,
    )  # fmt: skip
    yield from _on(follow, 5, 14)
    stage.desk.confirm_link(stage.cast.one(Role.STATISTICIAN), proposal)


def local_moment(follow: FollowUp) -> str:
    """Return the present minute as a page posts it."""
    return f"{clock.local(follow.whose.stage.now):%Y-%m-%dT%H:%M}+08:00"


EPISODES: Final = (
    Episode("HSCT-06", lambda one: bool(one.whose.who.second), _other_target, is_rare=True),
    Episode("INJ-05", lambda one: not one.whose.who.second and one.leaves is None, _another_site),
    Episode(
        "PREGT-02",
        lambda one: (
            one.arm == PRODUCT
            and one.whose.who.may_bear_children
            and one.day_zero < _LAST_PREGNANCY
            and one.target.baseline > 1
            and one.leaves is None
        ),
        _pregnancy,
        is_rare=True,
    ),
    Episode("IC-04", _fits_new_version, _to_be_asked_again, is_rare=True),
    Episode("SAE", lambda one: one.arm == PRODUCT and one.leaves is None, _pneumonia, is_rare=True),
    Episode("PRO-02", lambda one: one.whose.is_full, _same_scores, is_rare=True),
    Episode("EX-01", lambda one: one.arm != PRODUCT, _product_to_control),
    Episode("UNBL", lambda _one: True, _unmasking),
    Episode(
        "GVHD-01",
        lambda one: one.whose.who.is_autologous and one.leaves is None,
        _graft_versus_self,
        is_rare=True,
    ),
    Episode("STC-02", lambda _one: True, _growth_factor),
)


def always(follow: FollowUp) -> None:
    """Let begin what is told of everybody whom it fits."""
    stage = follow.whose.stage
    if follow.whose.is_full:
        stage.add(_transfusions(follow))
    if follow.whose.same_as is not None:
        stage.add(_registered_twice(follow))
