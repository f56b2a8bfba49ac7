"""Unmasking, the study lock and the planned release, through the pages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from edc.models import AuditEntry, AuditTransaction, Unmasking, User
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import DESIGN
from edc.services import digests, locking
from edc.services.casebooks import open_casebook
from edc.services.unit_of_work import Actor, system_actor
from tests.factories import PASSWORD, create_user, database_of, make_app, signed_in_client
from tests.services.casebook_support import open_ward
from tests.services.unmasking_support import WHY, Masked, masked
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.visitors import UNSAFE, Doorstep

ARMS = [word for arm in DESIGN.arms for word in (arm.label.en, arm.label.zh)]
ASKED = {"why": "SAFE", "explanation": WHY, "password": PASSWORD}


@pytest.fixture
def whom(sqlite_url: str) -> Iterator[Masked]:
    app = make_app(sqlite_url)
    found = masked(open_ward(database_of(app)))
    found.app = app
    yield found
    database_of(app).engine.dispose()


def browser(whom: Masked, user: User, language: str = "en") -> BrowserClient:
    assert whom.app is not None
    return signed_in_client(whom.app, user, language=language)


def here(whom: Masked, *more: object) -> str:
    return "/".join(map(str, (f"/subjects/{whom.subject_id}/unmasking", *more)))


def asked(whom: Masked, page: BrowserClient) -> int:
    assert page.post(here(whom), ASKED).status_code == 303
    with whom.ward.database.reading() as session:
        return session.scalars(select(Unmasking.id).order_by(Unmasking.id.desc())).first() or 0


def approved(whom: Masked, number: int) -> TestResponse:
    doctor = browser(whom, whom.ward.investigator)
    return doctor.post(here(whom, number, "decision"), {"act": "approve", "password": PASSWORD})


def shown_on(answer: TestResponse) -> str:
    """Return what a page shows, without the menu and the clock about it."""
    return str(parsed(answer).main)


def tells_arm(answer: TestResponse) -> bool:
    text = answer.get_data(as_text=True)
    return any(word in text for word in ARMS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_arm_stands_in_one_answer_and_in_no_other(whom: Masked, language: str) -> None:
    page = browser(whom, whom.assessor, language)
    casebook = f"/subjects/{whom.subject_id}"
    watched = [casebook, f"{casebook}/crf/BL/RAND/1", f"{casebook}/allocation", "/queries"]
    before = {path: shown_on(page.get(path)) for path in watched}
    number = asked(whom, page)
    assert approved(whom, number).status_code == 303
    wrong = page.post(here(whom, number, "arm"), {"password": "not this"})
    assert (wrong.status_code, tells_arm(wrong)) == (422, False)
    shown = page.post(here(whom, number, "arm"), {"password": PASSWORD})
    assert (shown.status_code, tells_arm(shown)) == (200, True)
    assert shown.headers["Cache-Control"] == "no-store"
    for again in (
        page.post(here(whom, number, "arm"), {"password": PASSWORD}),
        page.get(here(whom, number, "arm"), follow_redirects=True),
        page.get(here(whom)),
        browser(whom, whom.assessor).get(here(whom)),
        browser(whom, whom.ward.investigator).get("/unmasking"),
    ):
        assert not tells_arm(again)
    after = {path: shown_on(page.get(path)) for path in watched[1:]}
    assert after == {path: before[path] for path in watched[1:]}
    # A CRF is called like an arm; besides its name the casebook holds none, and UNBL adds none.
    now = shown_on(page.get(casebook))
    assert [now.count(word) for word in ARMS] == [before[casebook].count(word) for word in ARMS]


def test_an_approval_carries_no_text_into_the_trail(whom: Masked) -> None:
    number = asked(whom, browser(whom, whom.assessor))
    doctor = browser(whom, whom.ward.investigator)
    typed = {"act": "approve", "password": PASSWORD, "reason": "it is MSC"}
    assert doctor.post(here(whom, number, "decision"), typed).status_code == 303
    with whom.ward.database.reading() as session:
        assert "it is MSC" not in session.scalars(select(AuditTransaction.reason)).all()


def test_who_waits_is_told_to_telephone_until_it_is_approved(whom: Masked) -> None:
    page = browser(whom, whom.assessor)
    number = asked(whom, page)
    page.get(here(whom))  # what was told once is gone
    assert "telephone an investigator" in text_of(page.get(here(whom)))
    approved(whom, number)
    assert "telephone an investigator" not in text_of(page.get(here(whom)))


def test_a_lost_answer_is_a_look_and_the_next_one_is_asked_for_anew(whom: Masked) -> None:
    page = browser(whom, whom.assessor)
    number = asked(whom, page)
    approved(whom, number)
    page.post(here(whom, number, "arm"), {"password": PASSWORD}).close()
    answer = page.post(here(whom, number, "arm"), {"password": PASSWORD})
    assert answer.status_code == 422
    assert "shown once" in text_of(answer)
    assert parsed(page.get(here(whom))).select("#unmask-form")


@pytest.mark.parametrize(
    ("has_server", "has_address", "told"),
    [(True, True, "told by mail"), (False, True, "no mail could"), (True, False, "no mail could")],
)
def test_whoever_asks_is_told_to_telephone_when_no_mail_goes_out(
    whom: Masked, has_server: bool, has_address: bool, told: str
) -> None:
    url = whom.ward.database.engine.url.render_as_string(hide_password=False)
    whom.app = make_app(url, mail_host="mail.example" if has_server else "")
    with whom.ward.database.unit_of_work(system_actor(), "account.email") as uow:
        for user in (whom.assessor, whom.ward.investigator):
            found = uow.session.get_one(User, user.id)
            is_told = has_address or user is whom.assessor
            found.email = f"{found.username}@hospital.example" if is_told else None
    page = browser(whom, whom.assessor)
    asked(whom, page)
    answer = page.get(here(whom))
    assert told in text_of(answer)
    assert ("told by mail" in text_of(answer)) == (told == "told by mail")
    database_of(whom.app).engine.dispose()


def test_another_person_of_the_site_has_no_way_to_the_arm(whom: Masked) -> None:
    number = asked(whom, browser(whom, whom.assessor))
    approved(whom, number)
    other = create_user(whom.ward.database, role=Role.OUTCOME_ASSESSOR, site=whom.ward.site)
    page = browser(whom, other)
    assert page.post(here(whom, number, "arm"), {"password": PASSWORD}).status_code == 403
    assert WHY not in text_of(page.get(here(whom)))
    nurse = browser(whom, whom.ward.nurse)
    assert nurse.get(here(whom)).status_code == 403


def test_a_change_of_language_asks_and_approves_nothing(whom: Masked) -> None:
    page = browser(whom, whom.assessor)
    assert page.post(here(whom), ASKED | {"_language": "zh"}).status_code == 200
    assert parsed(page.post(here(whom), {"why": "SAFE", "explanation": "kept", "password": ""}))
    with whom.ward.database.reading() as session:
        assert session.scalars(select(Unmasking)).all() == []


def test_a_refusal_without_a_reason_leaves_its_form_open(whom: Masked) -> None:
    number = asked(whom, browser(whom, whom.assessor))
    doctor = browser(whom, whom.ward.investigator)
    sent = {"act": "refuse", "reason": "", "password": PASSWORD}
    answer = doctor.post(here(whom, number, "decision"), sent)
    assert answer.status_code == 422
    assert parsed(answer).select_one("details[open] form[id^=refuse-form-]") is not None


def test_what_was_typed_stays_when_the_request_is_refused(whom: Masked) -> None:
    page = browser(whom, whom.assessor)
    answer = page.post(here(whom), ASKED | {"password": "wrong"})
    assert answer.status_code == 422
    assert WHY in text_of(answer)
    assert PASSWORD not in answer.get_data(as_text=True)


def test_who_learned_by_accident_says_how_and_since_when(whom: Masked) -> None:
    page = browser(whom, whom.assessor)
    typed = {"how": "overheard", "day": "soon", "time": "", "password": PASSWORD}
    assert page.post(here(whom, "report"), typed).status_code == 422
    form = parsed(page.get(here(whom))).select_one("#report-form")
    assert form is not None
    # The page offers the present minute; the participant was randomised within it.
    day = str(form.select_one("[name=day]")["value"])  # type: ignore[index]
    answer = page.post(here(whom, "report"), typed | {"day": day, "time": "00:00"})
    assert answer.status_code == 422
    assert parsed(answer).select_one("[data-rule=TIME]") is not None
    assert "overheard" in text_of(answer)


def test_the_impact_is_put_on_record_by_another_person(whom: Masked) -> None:
    page = browser(whom, whom.assessor)
    number = asked(whom, page)
    approved(whom, number)
    page.post(here(whom, number, "arm"), {"password": PASSWORD})
    doctor = browser(whom, whom.ward.investigator)
    typed = {"impact": "no assessment since"}
    assert doctor.post(here(whom, number, "impact"), typed).status_code == 303
    assert "no assessment since" in text_of(doctor.get("/unmasking"))
    assert page.post(here(whom, number, "impact"), typed).status_code == 403


def test_the_assessment_page_leaves_the_mark_to_the_system(whom: Masked) -> None:
    page = browser(whom, whom.assessor)
    crf = f"/subjects/{whom.subject_id}/crf/DA01/OM/1"
    assert parsed(page.get(crf)).select("input[name=OMMASK]:not([disabled])")
    whom.unmasked()
    drawn = parsed(page.get(crf))
    assert drawn.select("input[name=OMMASK]:not([disabled])") == []
    assert "the system answers" in " ".join(drawn.get_text(" ").split())


def test_the_study_is_locked_unlocked_and_released_through_the_pages(
    whom: Masked, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = whom.ward.database
    manager = browser(whom, create_user(database, role=Role.DATA_MANAGER))
    assert "Not ready to be locked" in text_of(manager.get("/study-lock"))
    assert manager.post("/study-lock", {"password": PASSWORD}).status_code == 422
    monkeypatch.setattr(locking, "find_obstacles", lambda _session: [])
    monkeypatch.setattr(import_module("edc.web.views.locks"), "find_obstacles", lambda _session: [])
    assert manager.post("/study-lock", {"password": "wrong"}).status_code == 422
    assert manager.post("/study-lock", {"password": PASSWORD}).status_code == 303
    assert "what was locked" in text_of(manager.post("/study-lock/verify", follow_redirects=True))
    doctor = browser(whom, whom.ward.investigator)
    statistician = browser(whom, create_user(database, role=Role.STATISTICIAN))
    signed = {"why": "final analysis", "password": PASSWORD}
    assert doctor.post("/arms", signed).status_code == 303
    assert doctor.post("/arms", signed).status_code == 422
    assert not tells_arm(statistician.get("/arms"))
    assert statistician.post("/arms/file").status_code == 422
    assert statistician.post("/arms", signed).status_code == 303
    assert tells_arm(statistician.get("/arms"))
    assert not tells_arm(doctor.get("/arms"))
    sent = statistician.post("/arms/file")
    assert sent.get_json()["allocations"][0]["opened"]["arm"] in {"SOC", "MSC"}
    ask = {"reason": "a date is wrong", "password": PASSWORD}
    assert manager.post("/study-lock/unlock", ask).status_code == 303
    form = parsed(doctor.get("/study-lock")).select_one("#unlock-confirm-form")
    assert form is not None
    at = form.select_one("[name=asked_at]")
    assert at is not None
    typed = {"asked_at": str(at["value"]), "password": PASSWORD}
    assert doctor.post("/study-lock/unlock/confirm", typed).status_code == 303
    assert tells_arm(statistician.get("/arms")), "unlocking masks nobody again"
    assert "unlocked afterwards" in text_of(statistician.get("/arms"))


def test_the_data_manager_locks_a_crf_and_its_page_says_so(whom: Masked) -> None:
    manager = browser(whom, create_user(whom.ward.database, role=Role.DATA_MANAGER))
    locks = f"/subjects/{whom.subject_id}/locks"
    assert manager.post(locks, {"place": "BL/VS/1", "reason": ""}).status_code == 422
    assert manager.post(locks, {"place": "BL/NONE/1", "reason": "x"}).status_code == 404
    assert manager.post(locks, {"place": "BL/VS/1", "reason": "verified"}).status_code == 303
    nurse = browser(whom, whom.ward.nurse)
    crf = f"/subjects/{whom.subject_id}/crf/BL/VS/1"
    assert "This CRF is locked" in text_of(nurse.get(crf))
    answer = nurse.post(crf, {"_version": "1", "PULSE": "90", "_reason": "misread"})
    assert answer.status_code == 422
    assert "[LOCKED]" in text_of(answer)


def test_what_a_locked_casebook_held_back_is_written_when_it_is_unlocked(whom: Masked) -> None:
    manager = browser(whom, create_user(whom.ward.database, role=Role.DATA_MANAGER))
    locks = f"/subjects/{whom.subject_id}/locks"
    assert manager.post(locks, {"reason": "clean"}).status_code == 303
    whom.unmasked()

    def told() -> str | None:
        with whom.ward.database.reading() as session:
            return open_casebook(session, whom.subject_id).book.value("UNBL", "UBWHY")

    assert told() is None
    form = parsed(manager.get(locks)).select_one("form[id^=unlock-form-]")
    assert form is not None
    assert manager.post(str(form["action"]), {"reason": "to correct"}).status_code == 303
    assert told() == "SAFE"


def test_a_place_that_cannot_exist_is_not_found(postgresql_url: str) -> None:
    app = make_app(postgresql_url)
    whom = masked(open_ward(database_of(app)))
    whom.app = app
    manager = browser(whom, create_user(whom.ward.database, role=Role.DATA_MANAGER))
    rows = [f"SCR/DM/{row}" for row in ("99999", "00001" + "9" * 20, "9" * 5000)]
    for place in (*rows, "\x00/DM/1", "/DM/1", f"{'X' * 13}/DM/1", "SCR/DM"):
        typed = {"place": place, "reason": "a reason"}
        assert manager.post(f"/subjects/{whom.subject_id}/locks", typed).status_code == 404


def test_no_route_changes_locked_data(world_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "find_obstacles", lambda _session: [])
    doorstep = Doorstep(world_url)
    database = database_of(doorstep.app)
    manager = Actor(username="data_manager", role=Role.DATA_MANAGER)
    with database.unit_of_work(manager, "lock.study") as uow:
        locking.lock_study(uow, password_checked=True)

    def stands() -> tuple[str, int]:
        with database.reading() as session:
            return digests.data_sha256(session), digests.last_entry(session)

    locked = stands()
    sent = 0
    for role in Role:
        page = doorstep.browser(role)
        for rule, method in doorstep.operations():
            if method not in UNSAFE or rule.endpoint in {"account.sign_out", "account.end_session"}:
                continue
            answer = page.client.open(
                doorstep.path(rule, role), method=method, environ_overrides=page.environ,
                data=TYPED | {"csrf_token": page.csrf_token()},
            )  # fmt: skip
            assert answer.status_code < 500, rule.rule
            sent += 1
    assert sent > 400
    assert stands() == locked
    nurse, subject_id = doorstep.browser(Role.RESEARCH_NURSE), doorstep.world.subjects["ready"]
    for path, typed in (
        (f"/subjects/{subject_id}/crf/SCR/DM/1", {"_version": "1", "SUBJINIT": "AAAA"}),
        ("/subjects/screen", {"site": str(doorstep.world.site_id)}),
        (f"/subjects/{subject_id}/randomise", RANDOMISED),
    ):
        answer = nurse.post(path, typed | {"_reason": "misread"}, follow_redirects=True)
        if answer.status_code != 404:
            assert "locked" in text_of(answer), path
    assert stands() == locked
    doorstep.close()


RANDOMISED = {"confirm_identity": "y", "confirm_strata": "y", "stratum": "ORAL/AUTO"}
TYPED = {
    "password": "not this one", "reason": "a reason", "_reason": "a reason", "_version": "1",
    "text": "a text", "act": "raise", "site": "1", "seen": "1", "impact": "none", "why": "SAFE",
    "explanation": "needed", "how": "overheard", "place": "SCR/DM/1", "format": "csv",
    "SUBJINIT": "QQQQ", "ICVER": "V9.9", "ICVERDAT": "2020-01-05", "meaning": "reviewed",
} | RANDOMISED  # fmt: skip


def test_the_permissions_of_one_act_are_never_held_by_one_role() -> None:
    for role, held in GRANTS.items():
        assert not {Permission.STUDY_LOCK, Permission.STUDY_UNLOCK} <= held, role
        assert not {Permission.UNMASK_REQUEST, Permission.ARMS_READ} <= held, role


def test_the_trail_shows_the_unmasking_to_masked_readers_without_an_arm(whom: Masked) -> None:
    whom.unmasked()
    monitor = browser(whom, create_user(whom.ward.database, role=Role.MONITOR))
    answer = monitor.get("/audit")
    assert "Arm shown to one person" in text_of(answer)
    # The filter beside it names every CRF, and one of those is called like an arm.
    listed = " ".join(one.get_text(" ") for one in parsed(answer).select("table"))
    assert "Arm shown to one person" in listed
    assert not [word for word in ARMS if word in listed]
    with whom.ward.database.reading() as session:
        book = open_casebook(session, whom.subject_id).book
        assert book.value("UNBL", "UBWHY") == "SAFE"
        assert session.scalars(select(AuditEntry.id).limit(1)).first() is not None
