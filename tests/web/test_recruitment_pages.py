"""The pages on which randomisation is stopped and closed, and on which envelopes are entered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from edc import clock
from edc.models import AllocationListRow, Envelope, Slot
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import DESIGN
from edc.services.allocation_lists import find_arm
from edc.services.unit_of_work import system_actor
from tests.factories import PASSWORD, database_of
from tests.services.casebook_support import KEY
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.visitors import Doorstep
from tests.support.world import find_world

WHY = "the test list was loaded"
ARM_WORDS = [word for arm in DESIGN.arms for word in (arm.label.en, arm.label.zh)]


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


def acts_on(page: BeautifulSoup) -> set[str]:
    return {str(form["id"]).removeprefix("act-") for form in page.select("form[id^=act-]")}


def move(browser: BrowserClient, act: str, **fields: object) -> int:
    typed = {"act": act, "reason": WHY, "password": PASSWORD, **fields}
    return browser.post("/recruitment", typed).status_code


def test_an_investigator_stops_and_the_independent_statistician_resumes(doorstep: Doorstep) -> None:
    doctor = doorstep.browser(Role.INVESTIGATOR)
    assert acts_on(doctor.page("/recruitment")) == {"stop"}
    assert move(doctor, "stop", password="") == 303
    ready = doorstep.world.subjects["ready"]
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    page = nurse.page(f"/subjects/{ready}/randomise")
    assert page.find(id="randomise-form") is None
    assert "stopped because of an incident" in page.get_text()
    assert page.select_one("a[href='/recruitment']") is not None
    sent = {"confirm_identity": "y", "confirm_strata": "y", "stratum": "ORAL/AUTO"}
    refused = nurse.post(f"/subjects/{ready}/randomise", sent)
    assert (refused.status_code, "STOPPED" in refused.get_data(as_text=True)) == (422, True)
    statistician = doorstep.browser(Role.INDEPENDENT_STATISTICIAN, language="zh")
    shown = statistician.page("/recruitment")
    assert WHY in shown.get_text()
    assert "随机已暂停" in shown.get_text()
    assert acts_on(shown) == {"resume"}
    assert move(statistician, "resume", password="wrong") == 422
    assert move(statistician, "resume") == 303
    assert nurse.page(f"/subjects/{ready}/randomise").find(id="randomise-form") is not None


def test_recruitment_closes_at_the_target_and_opens_to_a_new_one(doorstep: Doorstep) -> None:
    with database_of(doorstep.app).unit_of_work(system_actor(), "recruitment.close") as uow:
        row = uow.session.scalars(select(AllocationListRow)).one()
        row.closes_after = row.allocated
        count = row.allocated
    statistician = doorstep.browser(Role.STATISTICIAN)
    page = statistician.page("/recruitment")
    assert "The target is reached" in page.get_text()
    assert acts_on(page) == {"reopen"}
    for wrong in ("", "0", str(count), "12.5", "many", "９９", "123456"):
        answer = statistician.post(
            "/recruitment",
            {"act": "reopen", "reason": WHY, "password": PASSWORD, "new_target": wrong},
        )
        assert answer.status_code == 422
        assert parsed(answer).find("textarea", {"name": "reason"}).get_text().strip() == WHY
    assert move(statistician, "reopen", new_target=str(count + 1)) == 303
    assert "Randomisation is open" in statistician.page("/recruitment").get_text()
    assert f"{count} → {count + 1}" in statistician.page("/recruitment").get_text()


def test_nobody_moves_what_is_not_theirs(doorstep: Doorstep) -> None:
    for role in Role:
        if Permission.RANDOMISATION_REOPEN in GRANTS[role]:
            continue
        browser = doorstep.browser(role)
        assert move(browser, "close") == 403
    doctor = doorstep.browser(Role.INVESTIGATOR)
    assert move(doctor, "explode") == 422
    assert move(doctor, "stop", reason="") == 422
    with database_of(doorstep.app).reading() as session:
        assert session.scalars(select(AllocationListRow.gate)).one() == "open"


def test_the_allocation_shows_the_visits_at_once(doorstep: Doorstep) -> None:
    path = f"/subjects/{doorstep.world.subjects['soc']}/allocation"
    page = doorstep.browser(Role.RESEARCH_NURSE).page(path)
    (planned,) = [table for table in page.select("table") if "V28" in table.get_text()]
    for code in ("V7", "M12"):
        assert code in planned.get_text()
    assert "–" in planned.get_text()
    for role in (Role.MONITOR, Role.DATA_MANAGER):
        masked = doorstep.browser(role).page(path).get_text()
        assert "Envelope of this place" not in masked
        assert "V28" in masked


@pytest.fixture
def sheet(doorstep: Doorstep) -> dict[str, str]:
    """Return what is typed of the next envelope of the ready participant's stratum."""
    with database_of(doorstep.app).reading() as session:
        taken = session.scalars(select(Slot.sequence).where(Slot.subject_id.is_not(None))).all()
        loaded = session.scalars(select(AllocationListRow.loaded_at)).one()
    moment = clock.local(max(clock.now(), loaded))
    return {
        "stratum": "ORAL/AUTO",
        "sequence": str(max(taken) + 1),
        "arm": "MSC",
        "day": f"{moment:%Y-%m-%d}",
        "time": f"{moment:%H:%M:%S}",
        "unsealed_by": str(Role.PHARMACIST),
        "reason": "server down",
        "password": PASSWORD,
    }


def test_the_pharmacist_enters_an_envelope_and_the_investigator_confirms_it(
    doorstep: Doorstep, sheet: dict[str, str]
) -> None:
    ready = doorstep.world.subjects["ready"]
    path = f"/subjects/{ready}/envelope"
    pharmacist = doorstep.browser(Role.PHARMACIST)
    form = pharmacist.page(path).find(id="envelope-form")
    assert form is not None
    # What stands on the envelope is read there: the page proposes none of it.
    for name in ("stratum", "arm"):
        assert form.find("select", {"name": name}).find("option", selected=True)["value"] == ""
    assert pharmacist.post(path, sheet).status_code == 303
    assert "You cannot confirm what you entered" in pharmacist.page(path).get_text()
    doctor = doorstep.browser(Role.INVESTIGATOR)
    page = doctor.page(path)
    assert "server down" in page.get_text()
    (confirming,) = page.select("form[id^=confirm-]")
    action = str(confirming["action"])
    assert pharmacist.post(action, {"password": PASSWORD}).status_code == 403
    assert doctor.post(action, {"password": "wrong"}).status_code == 422
    done = doctor.post(action, {"password": PASSWORD})
    assert (done.status_code, done.headers["Location"]) == (303, f"/subjects/{ready}/allocation")
    with database_of(doorstep.app).reading() as session:
        arm = find_arm(session, ready, key=KEY)
    shown = doctor.page(f"/subjects/{ready}/allocation").get_text()
    assert "By sealed envelope, entered" in shown
    assert ("named the other arm" in shown) == (arm != "MSC")
    masked = doorstep.browser(Role.DATA_MANAGER).page(f"/subjects/{ready}/allocation").get_text()
    assert "named the other arm" not in masked
    recruitment = doorstep.browser(Role.STATISTICIAN).page("/recruitment").get_text()
    for word in ARM_WORDS:
        assert word not in recruitment
        assert word not in masked
    again = doctor.post(action, {"password": PASSWORD})
    assert again.status_code == 422


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stratum", "EYE/AUTO"), ("stratum", ""), ("sequence", "one"), ("sequence", ""),
        ("sequence", "999999999999"), ("sequence", "0000000001"), ("sequence", "²"), ("arm", ""),
        ("arm", "PLACEBO"),
        ("day", "2026-02-30"), ("day", ""), ("time", "25:00"), ("day", "2999-01-01"),
        ("unsealed_by", "nobody"), ("reason", ""), ("password", "wrong"),
        ("reason", "\x00"), ("reason", "x" * 900),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence_and_what_was_typed_stays(
    doorstep: Doorstep, sheet: dict[str, str], name: str, value: str
) -> None:
    path = f"/subjects/{doorstep.world.subjects['ready']}/envelope"
    answer = doorstep.browser(Role.RESEARCH_NURSE).post(path, sheet | {name: value})
    assert answer.status_code == 422
    page = parsed(answer)
    assert page.select_one(".govuk-error-summary, .kit-error-summary, [role=alert]") is not None
    kept = page.find("input", {"name": "sequence"})["value"]
    assert kept == (value.strip() if name == "sequence" else sheet["sequence"])
    with database_of(doorstep.app).reading() as session:
        assert session.scalars(select(Envelope)).all() == []


@pytest.mark.parametrize(
    ("role", "is_offered"),
    [(Role.PHARMACIST, True), (Role.DATA_MANAGER, False), (Role.OUTCOME_ASSESSOR, False)],
)
def test_an_envelope_opened_beside_the_system_is_entered_from_the_allocation(
    doorstep: Doorstep, role: Role, is_offered: bool
) -> None:
    here = f"/subjects/{doorstep.world.subjects['soc']}"
    link = doorstep.browser(role).page(f"{here}/allocation").select(f"a[href='{here}/envelope']")
    assert bool(link) is is_offered


def test_an_entry_is_sent_back_with_a_reason(doorstep: Doorstep, sheet: dict[str, str]) -> None:
    path = f"/subjects/{doorstep.world.subjects['ready']}/envelope"
    assert doorstep.browser(Role.RESEARCH_NURSE).post(path, sheet).status_code == 303
    doctor = doorstep.browser(Role.INVESTIGATOR, language="zh")
    (confirming,) = doctor.page(path).select("form[id^=confirm-]")
    action = str(confirming["action"]).replace("/confirm", "/refuse")
    unsaid = doctor.post(action, {"reason": ""})
    assert unsaid.status_code == 422
    page = parsed(unsaid)
    # What is wrong is told where it is seen, and the form that it is about stands open.
    assert page.select_one("a[href='#reason']") is not None
    assert page.select_one("details[open] form[id^=refuse-]") is not None
    assert doctor.post(action, {"reason": "the number is 7"}).status_code == 303
    assert "已退回" in text_of(doctor.get(path))


def test_a_masked_role_finds_no_envelope(doorstep: Doorstep, sheet: dict[str, str]) -> None:
    path = f"/subjects/{doorstep.world.subjects['ready']}/envelope"
    assert find_world(database_of(doorstep.app)).subjects == doorstep.world.subjects
    for role in Role:
        if Permission.ENVELOPE_ENTER not in GRANTS[role]:
            browser = doorstep.browser(role)
            assert browser.get(path).status_code == 403
            assert browser.post(path, sheet).status_code == 403


def test_an_entry_sealed_under_a_lost_key_can_still_be_sent_back(
    doorstep: Doorstep, sheet: dict[str, str]
) -> None:
    path = f"/subjects/{doorstep.world.subjects['ready']}/envelope"
    assert doorstep.browser(Role.RESEARCH_NURSE).post(path, sheet).status_code == 303
    other = Doorstep(
        database_of(doorstep.app).engine.url.render_as_string(hide_password=False),
        allocation_key="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    )
    doctor = other.browser(Role.INVESTIGATOR)
    page = doctor.page(path)
    assert "It can no longer be read" in page.get_text()
    (confirming,) = page.select("form[id^=confirm-]")
    action = str(confirming["action"])
    assert doctor.post(action, {"password": PASSWORD}).status_code == 503
    refusing = action.replace("/confirm", "/refuse")
    assert doctor.post(refusing, {"reason": "the key was lost"}).status_code == 303
    other.close()
