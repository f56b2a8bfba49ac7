"""The pages on which investigators sign, nurses randomise and statisticians load the list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from edc.models import Slot, User
from edc.permissions import Permission, Role, grants
from edc.protocol import DESIGN, STUDY
from edc.randomization.masking import may_see_arm
from edc.services.casebooks import open_casebook
from edc.services.randomize import find_allocation
from edc.services.signing import signature_state
from tests.factories import PASSWORD, create_user, database_of, make_app, signed_in_client
from tests.services.casebook_support import (
    ELIGIBILITY,
    Ward,
    confirm,
    enter,
    open_ward,
    ready_subject,
    screen,
    screening_values,
)
from tests.support.client import BrowserClient, parsed, text_of

ARMS = [arm for one in DESIGN.arms for arm in (one.code, one.label.en, one.label.zh)]
SIGN = "/subjects/{}/sign/SCR/IE/1"
CONFIRMED = {"stratum": "ORAL/AUTO", "confirm_identity": "y", "confirm_strata": "y"}


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    made = make_app(sqlite_url)
    yield made
    database_of(made).engine.dispose()


@pytest.fixture
def ward(app: Flask) -> Ward:
    return open_ward(database_of(app))


@pytest.fixture
def nurse(app: Flask, ward: Ward) -> BrowserClient:
    return signed_in_client(app, ward.nurse)


@pytest.fixture
def investigator(app: Flask, ward: Ward) -> BrowserClient:
    return signed_in_client(app, ward.investigator)


def arms_in(text: str) -> list[str]:
    """Return the arms that a page or log names; names of study and CRF hold what one is called."""
    care = STUDY.crfs["STC"].label
    for name in ("MSC-MucInj", STUDY.short_name.en, STUDY.short_name.zh, care.en, care.zh):
        text = text.replace(name, "")
    return [arm for arm in ARMS if arm in text]


def client_of(app: Flask, ward: Ward, role: Role, *, language: str = "en") -> BrowserClient:
    user: User = create_user(ward.database, role=role, site=ward.site)
    return signed_in_client(app, user, language=language)


def confirmed_subject(ward: Ward) -> int:
    subject_id = screen(ward)
    for place, values in screening_values(ward).items():
        enter(ward, subject_id, place, values)
    confirm(ward, subject_id)
    return subject_id


def version_of(ward: Ward, subject_id: int) -> str:
    with ward.database.reading() as session:
        return str(open_casebook(session, subject_id).versions[ELIGIBILITY])


def signing(ward: Ward, subject_id: int, **changes: str) -> dict[str, str]:
    return {
        "_version": version_of(ward, subject_id),
        "meaning": "eligibility_confirmed",
        "password": PASSWORD,
        **changes,
    }


def is_signed(ward: Ward, subject_id: int) -> bool:
    with ward.database.reading() as session:
        return any(one.is_valid for one in signature_state(session, subject_id, ELIGIBILITY))


def is_randomised(ward: Ward, subject_id: int) -> bool:
    with ward.database.reading() as session:
        return find_allocation(session, subject_id) is not None


def test_the_investigator_reads_what_is_signed_and_signs_with_the_password(
    ward: Ward, investigator: BrowserClient
) -> None:
    subject_id = confirmed_subject(ward)
    page = investigator.page(SIGN.format(subject_id))
    words = page.get_text(" ")
    assert "I4. Informed consent given" in words
    assert "confirm that this participant is eligible" in words
    answer = investigator.post(SIGN.format(subject_id), signing(ward, subject_id))
    assert answer.status_code == 303
    assert is_signed(ward, subject_id)
    shown = text_of(investigator.get(answer.location))
    assert "Doctor Li" in shown
    assert "(UTC+08:00)" in shown


def test_a_wrong_password_signs_nothing_and_is_not_shown_again(
    ward: Ward, investigator: BrowserClient
) -> None:
    subject_id = confirmed_subject(ward)
    sent = signing(ward, subject_id, password="not the password at all")
    answer = investigator.post(SIGN.format(subject_id), sent)
    assert answer.status_code == 422
    assert "The password is wrong" in text_of(answer)
    assert "not the password at all" not in answer.get_data(as_text=True)
    assert not is_signed(ward, subject_id)


def test_repeated_wrong_passwords_are_delayed(ward: Ward, investigator: BrowserClient) -> None:
    subject_id = confirmed_subject(ward)
    statuses = [
        investigator.post(
            SIGN.format(subject_id), signing(ward, subject_id, password=f"wrong {number}")
        ).status_code
        for number in range(12)
    ]
    assert 429 in statuses
    assert not is_signed(ward, subject_id)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"_version": "99"}, 409),
        ({"_version": "9" * 400}, 409),
        ({"_version": "１"}, 409),
        ({"meaning": "reviewed"}, 422),
        ({"meaning": "believed"}, 404),
        ({"meaning": ""}, 404),
    ],
)
def test_a_forged_form_signs_nothing(
    ward: Ward, investigator: BrowserClient, changes: dict[str, str], status: int
) -> None:
    subject_id = confirmed_subject(ward)
    answer = investigator.post(SIGN.format(subject_id), signing(ward, subject_id, **changes))
    assert answer.status_code == status
    assert not is_signed(ward, subject_id)


def test_without_the_token_nothing_is_signed(ward: Ward, investigator: BrowserClient) -> None:
    subject_id = confirmed_subject(ward)
    answer = investigator.post(SIGN.format(subject_id), signing(ward, subject_id), csrf=False)
    assert answer.status_code == 400
    assert not is_signed(ward, subject_id)


def test_a_void_signature_is_shown_with_its_reason(ward: Ward, investigator: BrowserClient) -> None:
    subject_id = confirmed_subject(ward)
    investigator.post(SIGN.format(subject_id), signing(ward, subject_id))
    enter(ward, subject_id, ELIGIBILITY, {"EXC02": "Y", "EXC02TX": "fever", "IECONF": ""},
          role=Role.INVESTIGATOR, reason="Blood culture came back")  # fmt: skip
    page = investigator.page(SIGN.format(subject_id))
    mark = page.find(class_="kit-signature--void")
    assert mark is not None
    assert "Blood culture came back" in mark.get_text(" ")


def test_a_crf_never_saved_cannot_be_signed(ward: Ward, investigator: BrowserClient) -> None:
    subject_id = screen(ward)
    assert investigator.get(SIGN.format(subject_id)).status_code == 404


def test_a_nurse_cannot_open_the_signature_page(ward: Ward, nurse: BrowserClient) -> None:
    subject_id = confirmed_subject(ward)
    assert nurse.get(SIGN.format(subject_id)).status_code == 403


def test_the_missing_steps_are_listed_with_links(ward: Ward, nurse: BrowserClient) -> None:
    subject_id = screen(ward)
    page = nurse.page(f"/subjects/{subject_id}/randomise")
    block = page.find(attrs={"data-rule": "RAND-01"})
    assert block is not None
    links = {link["href"] for link in block.find_all("a")}
    assert f"/subjects/{subject_id}/crf/-/IC/1" in links
    assert f"/subjects/{subject_id}/crf/SCR/IE/1" in links
    assert page.find("form", id="randomise-form") is None
    answer = nurse.post(f"/subjects/{subject_id}/randomise", CONFIRMED)
    assert answer.status_code == 422
    assert parsed(answer).find(attrs={"data-rule": "RAND-01"}) is not None
    assert not is_randomised(ward, subject_id)


def test_the_investigator_is_led_to_the_signature_that_is_missing(
    ward: Ward, investigator: BrowserClient, nurse: BrowserClient
) -> None:
    subject_id = confirmed_subject(ward)
    path = f"/subjects/{subject_id}/randomise"
    assert investigator.page(path).find("a", href=SIGN.format(subject_id)) is not None
    assert nurse.page(path).find("a", href=SIGN.format(subject_id)) is None


def test_identity_and_strata_are_shown_and_must_be_confirmed(
    ward: Ward, nurse: BrowserClient
) -> None:
    subject_id = ready_subject(ward)
    path = f"/subjects/{subject_id}/randomise"
    words = " ".join(nurse.page(path).get_text(" ").split())
    for shown in ("ZSLI", "1985", "Male", "ORAL/AUTO"):
        assert shown in words
    for left_out in ("confirm_identity", "confirm_strata"):
        sent = {name: value for name, value in CONFIRMED.items() if name != left_out}
        answer = nurse.post(path, sent)
        assert answer.status_code == 422
        assert parsed(answer).find("a", href=f"#{left_out}") is not None
    assert not is_randomised(ward, subject_id)


def test_the_result_shows_number_stratum_time_and_arm(ward: Ward, nurse: BrowserClient) -> None:
    subject_id = ready_subject(ward)
    answer = nurse.post(f"/subjects/{subject_id}/randomise", CONFIRMED)
    assert answer.status_code == 303
    assert answer.location == f"/subjects/{subject_id}/allocation"
    page = nurse.page(answer.location)
    words = " ".join(page.get_text(" ").split())
    for shown in ("R001", "ORAL/AUTO", "(UTC+08:00)", "Nurse Zhang"):
        assert shown in words
    assert any(arm.label.en in words for arm in DESIGN.arms)
    assert page.title is not None
    assert not arms_in(page.title.get_text())


def test_the_same_form_sent_twice_leads_to_the_first_result(
    ward: Ward, nurse: BrowserClient
) -> None:
    subject_id = ready_subject(ward)
    path = f"/subjects/{subject_id}/randomise"
    answers = [nurse.post(path, CONFIRMED) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.location for answer in answers}) == 1
    with ward.database.reading() as session:
        assert session.query(Slot).filter(Slot.subject_id.is_not(None)).count() == 1


def test_opening_the_form_again_shows_the_number_only(ward: Ward, nurse: BrowserClient) -> None:
    subject_id = ready_subject(ward)
    path = f"/subjects/{subject_id}/randomise"
    nurse.post(path, CONFIRMED)
    answer = nurse.get(path)
    assert answer.status_code == 422
    page = parsed(answer)
    block = page.find(attrs={"data-rule": "RAND-02"})
    assert block is not None
    assert "R001" in block.get_text()
    assert page.find("form", id="randomise-form") is None
    assert not arms_in(answer.get_data(as_text=True))


def test_without_a_list_the_page_says_so(app: Flask) -> None:
    ward = open_ward(database_of(app), with_list=False)
    subject_id = ready_subject(ward)
    nurse = signed_in_client(app, ward.nurse)
    answer = nurse.post(f"/subjects/{subject_id}/randomise", CONFIRMED)
    assert answer.status_code == 422
    assert "No allocation list is loaded" in text_of(answer)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "role",
    sorted(role for role in Role if grants(role, Permission.CRF_READ)),
)
def test_the_arm_is_on_the_pages_of_permitted_roles_only(
    app: Flask, ward: Ward, role: Role, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    subject_id = ready_subject(ward)
    signed_in_client(app, ward.nurse).post(f"/subjects/{subject_id}/randomise", CONFIRMED)
    browser = client_of(app, ward, role, language=language)
    allocation = browser.get(f"/subjects/{subject_id}/allocation")
    others = [browser.get(f"/subjects/{subject_id}{path}") for path in ("", "/crf/BL/RAND/1")]
    others.append(browser.get("/subjects"))
    assert {answer.status_code for answer in others} == {200}
    assert allocation.status_code == 200
    shown = arms_in(allocation.get_data(as_text=True))
    assert bool(shown) is may_see_arm(role)
    if not may_see_arm(role):
        for answer in others:
            assert not arms_in(answer.get_data(as_text=True))
    assert not arms_in(capsys.readouterr().out)


def test_an_allocation_that_is_not_there_is_not_found(ward: Ward, nurse: BrowserClient) -> None:
    assert nurse.get(f"/subjects/{ready_subject(ward)}/allocation").status_code == 404
