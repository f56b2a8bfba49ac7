"""The CRF page over HTTP: what it refuses, and that nothing is lost or half saved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup

from edc import clock
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from tests.conftest import TemplateFinder
from tests.factories import create_user, signed_in_client
from tests.services.casebook_support import enter
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.live import Hospital, open_hospital
from tests.support.trail import contents

VITALS = {
    "VSPERF": "Y", "VSDAT.year": "2026", "VSDAT.month": "1", "VSDAT.day": "5", "TEMP": "36.8",
}  # fmt: skip
PLACE = ("SCR", "VS", 1)


@pytest.fixture(scope="module")
def hospital(sqlite_templates: TemplateFinder) -> Iterator[Hospital]:
    template = sqlite_templates("migrated")
    url = template.create()
    found = open_hospital(url)
    yield found
    found.ward.database.engine.dispose()
    template.drop(url)


@pytest.fixture
def nurse(hospital: Hospital) -> BrowserClient:
    return signed_in_client(hospital.app, hospital.ward.nurse)


@pytest.fixture
def subject_id(hospital: Hospital) -> int:
    return hospital.consented_subject()


def address(subject_id: int, place: tuple[str, str, int] = PLACE) -> str:
    visit, form, row = place
    return f"/subjects/{subject_id}/crf/{visit or '-'}/{form}/{row}"


def fields_of(page: BeautifulSoup) -> dict[str, Any]:
    """Return what the page's form would send as it stands: single values only."""
    form = page.find("form", id="crf-form")
    assert form is not None
    sent: dict[str, Any] = {}
    for control in form.find_all(["input", "select", "textarea"]):
        hidden = control.find_parent("fieldset", disabled=True)
        if control.get("form", "crf-form") != "crf-form":
            continue  # an answer to a query, sent with a form of its own
        if hidden or not control.get("name") or control.has_attr("disabled"):
            continue
        if control.get("type") in ("radio", "checkbox") and not control.has_attr("checked"):
            continue
        if control.name == "select":
            chosen = control.find("option", selected=True)
            sent[control["name"]] = chosen["value"] if chosen else ""
        else:
            sent[control["name"]] = control.get("value", control.text.strip())
    return sent


def stored(hospital: Hospital, subject_id: int, item: str) -> str | None:
    with hospital.ward.database.reading() as session:
        record = open_casebook(session, subject_id).book.records.get(PLACE)
    cell = record.cells.get((item, 1)) if record else None
    return cell.value if cell else None


def version(hospital: Hospital, subject_id: int) -> int:
    with hospital.ward.database.reading() as session:
        return open_casebook(session, subject_id).versions.get(PLACE, 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_opening_any_page_of_data_entry_writes_nothing(hospital: Hospital, language: str) -> None:
    browser = signed_in_client(hospital.app, hospital.ward.nurse, language=language)
    paths = ["/subjects", "/enrolment", "/enrolment/people?group=screened"]
    for one in (hospital.registered, hospital.consented, hospital.randomised):
        paths.append(f"/subjects/{one}")
        page = browser.page(f"/subjects/{one}")
        paths += [link["href"] for link in page.select("main table a[href*='/crf/']")]
    browser.page(paths[0])
    before = contents(hospital.ward.database)
    for path in paths:
        assert browser.get(path).status_code == 200, path
    after = contents(hospital.ward.database)
    # The session's own clock is no data of the study.
    assert {name for name in before if before[name] != after[name]} <= {"user_session"}
    assert len(paths) > 40


def test_a_save_comes_back_to_the_casebook_at_its_visit(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    answer = nurse.post(address(subject_id), {"_version": "0", "TEMP": "36.8", "VSPERF": "Y"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/subjects/{subject_id}#SCR"
    assert stored(hospital, subject_id, "TEMP") == "36.8"


def test_a_started_crf_lists_what_it_lacks_with_links_to_the_fields(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    assert nurse.page(address(subject_id)).select(".crf-owed") == []
    nurse.post(address(subject_id), {"_version": "0", "VSPERF": "Y", "TEMP": "36.8"})
    page = nurse.page(address(subject_id))
    links = {link["href"] for link in page.select(".crf-owed a")}
    assert {"#VSDAT", "#PULSE"} <= links
    assert "#TEMP" not in links
    assert all(page.find(id=str(link)[1:]) is not None for link in links)


def test_what_another_role_gives_is_listed_without_a_link(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    place = ("SCR", "IE", 1)
    nurse.post(address(subject_id, place), {"_version": "0", "INC01": "Y"})
    owed = nurse.page(address(subject_id, place)).select_one(".crf-owed")
    assert owed is not None
    assert "#IECONF" not in {link["href"] for link in owed.select("a")}


def test_the_sentence_after_a_save_names_the_crf_and_what_is_asked_about(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    typed = {"_version": "0", "VSPERF": "Y", "TEMP": "39.9", "_action": "next"}
    answer = nurse.post(address(subject_id), typed)
    told = text_of(nurse.get(answer.headers["Location"]))
    assert "SCR VS is saved." in told
    assert "1 query was opened: SCR VS Body temperature (axillary)" in told


def test_behind_a_consent_come_the_crfs_that_it_opens(
    nurse: BrowserClient, hospital: Hospital
) -> None:
    subject_id = hospital.consented_subject()
    place = ("", "IC", 1)
    page = fields_of(nurse.page(address(subject_id, place)))
    answer = nurse.post(address(subject_id, place), page | {"_action": "next"})
    assert answer.headers["Location"] == address(subject_id, ("SCR", "SV", 1))


def test_a_crf_that_waits_for_the_consent_leads_to_it(
    nurse: BrowserClient, hospital: Hospital
) -> None:
    page = nurse.page(address(hospital.registered))
    consent = address(hospital.registered, ("", "IC", 1))
    assert page.select(f".kit-notice a[href='{consent}']") != []
    assert nurse.page(address(hospital.consented)).select(".kit-notice a") == []


def test_a_failure_is_screened_once_more_and_then_no_more(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    investigator = signed_in_client(hospital.app, hospital.ward.investigator)
    today = clock.today()
    failed = {
        "_version": "0", "EXC06": "Y", "IECONF": "N", "SFYN": "Y", "SFREAS": "IE", "RESCR": "Y",
        "SFDAT.year": str(today.year), "SFDAT.month": str(today.month), "SFDAT.day": str(today.day),
    }  # fmt: skip
    answer = investigator.post(address(subject_id, ("SCR", "IE", 1)), failed)
    assert answer.status_code == 303
    casebook = f"/subjects/{subject_id}"
    again = f"form[action='{casebook}/rescreen']"
    assert nurse.page(casebook).select(again) != []
    assert nurse.post(f"{casebook}/rescreen").status_code == 303
    assert nurse.page(casebook).select(again) == []


def test_a_refused_save_keeps_every_typed_value_and_stores_none(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    typed = VITALS | {
        "_version": "0",
        "TEMP": "99",
        "PULSE": "七十",
        "VSDAT.day": "31",
        "VSDAT.month": "2",
    }
    answer = nurse.post(address(subject_id), typed)
    assert answer.status_code == 422
    page = parsed(answer)
    again = fields_of(page)
    assert {name: again[name] for name in typed} == typed
    named = [link["href"] for link in page.select(".govuk-error-summary__list a")]
    assert named == ["#VSDAT", "#TEMP", "#PULSE"]
    assert all(page.select(target) for target in named)
    assert version(hospital, subject_id) == 0


@pytest.mark.parametrize(
    "typed",
    ["NaN", "inf", "-inf", "1e400", "1" + "0" * 400, "36\x008", "٣٦٫٨", "36,8", "36.85", "thirty"],
)
def test_what_is_no_number_is_refused_at_its_field(
    nurse: BrowserClient, hospital: Hospital, subject_id: int, typed: str
) -> None:
    answer = nurse.post(address(subject_id), {"_version": "0", "VSPERF": "Y", "TEMP": typed})
    assert answer.status_code == 422
    errors = [link["href"] for link in parsed(answer).select(".govuk-error-summary__list a")]
    assert errors == ["#TEMP"]
    assert version(hospital, subject_id) == 0


@pytest.mark.parametrize("typed", ["３６．８", " 36.8 ", "36.80", "36。8"])
def test_a_number_in_the_keyboard_s_own_figures_is_read(
    nurse: BrowserClient, hospital: Hospital, subject_id: int, typed: str
) -> None:
    answer = nurse.post(address(subject_id), {"_version": "0", "VSPERF": "Y", "TEMP": typed})
    assert answer.status_code == 303
    assert stored(hospital, subject_id, "TEMP") == "36.8"


def test_a_megabyte_of_text_is_refused_in_words(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    answer = nurse.post(
        address(subject_id), {"_version": "0", "VSPERF": "Y", "TEMP": "9" * 1_000_000}
    )
    assert answer.status_code == 422
    assert version(hospital, subject_id) == 0


def test_a_value_of_a_hidden_item_is_refused(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    answer = nurse.post(address(subject_id), {"_version": "0", "VSPERF": "N", "TEMP": "36.8"})
    assert answer.status_code == 422
    assert "[HIDDEN:TEMP]" in text_of(answer)
    assert version(hospital, subject_id) == 0


@pytest.mark.parametrize("name", ["NOTHING", "BMI", "TEMP.2", "TEMP.0", "<b>"])
def test_an_item_that_the_crf_does_not_take_is_refused(
    nurse: BrowserClient, hospital: Hospital, subject_id: int, name: str
) -> None:
    answer = nurse.post(address(subject_id), {"_version": "0", "VSPERF": "Y", name: "1"})
    assert answer.status_code == 422
    assert "Nothing has been saved" in text_of(answer)
    assert version(hospital, subject_id) == 0


@pytest.mark.parametrize("forged", ["", "7", "-1", "0x1", "1" * 30, "９９", "1.0", "abc"])
def test_a_forged_version_saves_nothing_and_asks_which_version_holds(
    nurse: BrowserClient, hospital: Hospital, subject_id: int, forged: str
) -> None:
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    answer = nurse.post(address(subject_id), {"_version": forged, "VSPERF": "Y", "TEMP": "37.2"})
    assert answer.status_code == 409
    assert stored(hospital, subject_id, "TEMP") == "36.8"


def test_a_stale_page_shows_both_versions_and_saves_the_chosen_ones(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    ward = hospital.ward
    enter(ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8", "PULSE": "80", "RESP": "18"})
    mine = fields_of(nurse.page(address(subject_id))) | {"TEMP": "37.5", "PULSE": "90"}
    enter(ward, subject_id, PLACE, {"TEMP": "38.0", "RESP": "20"}, reason="Typing error")

    conflict = nurse.post(address(subject_id), mine | {"_reason_choice": "New information"})
    assert conflict.status_code == 409
    page = parsed(conflict)
    both = {
        field.legend.text: [v.text for v in field.select(".kit-compare__value")]
        for field in page.select(".kit-compare__item")
    }
    assert both == {
        "Body temperature (axillary)": ["38.0 °C", "37.5 °C"],
        "Pulse": ["80 beats/min", "90 beats/min"],
        "Respiratory rate": ["20 breaths/min", "18 breaths/min"],
    }
    # What one of the two alone changed is settled; what both changed is left to the reader.
    sent = fields_of(page)
    assert "_keep.TEMP" not in sent
    assert (sent["_keep.PULSE"], sent["_keep.RESP"]) == ("yours", "theirs")
    assert "Nurse Zhang" in text_of(conflict)

    compared = ["", "TEMP", "PULSE", "RESP"]
    undecided = nurse.post(address(subject_id), sent | {"_compared": compared})
    assert undecided.status_code == 409
    assert "Choose one of the two versions" in text_of(undecided)
    assert version(hospital, subject_id) == 2

    sent = fields_of(parsed(undecided)) | {"_keep.TEMP": "theirs", "_compared": compared}
    assert sent["_reason"] + sent.get("_reason_choice", "") == "New information"
    assert nurse.post(address(subject_id), sent).status_code == 303
    assert [stored(hospital, subject_id, item) for item in ("TEMP", "PULSE", "RESP")] == [
        "38.0", "90", "20",
    ]  # fmt: skip


def test_a_third_save_in_between_is_compared_anew(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    ward = hospital.ward
    enter(ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    mine = fields_of(nurse.page(address(subject_id))) | {"TEMP": "37.5", "_reason": "Source"}
    enter(ward, subject_id, PLACE, {"TEMP": "38.0"}, reason="Typing error")
    sent = fields_of(parsed(nurse.post(address(subject_id), mine)))
    enter(ward, subject_id, PLACE, {"TEMP": "39.0"}, reason="Typing error")
    sent |= {"_keep.TEMP": "yours", "_compared": ["", "TEMP"]}
    answer = nurse.post(address(subject_id), sent)
    assert answer.status_code == 409
    assert "39.0 °C" in text_of(answer)
    assert stored(hospital, subject_id, "TEMP") == "39.0"


def test_two_who_add_the_same_row_of_a_log_keep_both_rows(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    first = ("", "AE", 1)
    mine = fields_of(nurse.page(address(subject_id, first))) | {"AEYN": "Y", "AETERM": "Nausea"}
    enter(hospital.ward, subject_id, first, {"AEYN": "Y", "AETERM": "Fever"})
    conflict = nurse.post(address(subject_id, first), mine)
    assert conflict.status_code == 409
    button = parsed(conflict).find("button", value="row")
    assert button is not None
    sent = fields_of(parsed(conflict)) | {"_action": "row", "_compared": ["", "AETERM"]}
    assert nurse.post(str(button["formaction"]), sent).status_code == 303
    with hospital.ward.database.reading() as session:
        rows = open_casebook(session, subject_id).book.of_form("AE")
    assert sorted(str(row.cells["AETERM", 1].value) for row in rows) == ["Fever", "Nausea"]


def test_a_post_without_its_token_is_refused_in_words_and_stores_nothing(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    answer = nurse.post(address(subject_id), {"_version": "0", "TEMP": "36.8"}, csrf=False)
    assert answer.status_code == 400
    assert "Nothing was saved" in text_of(answer)
    assert version(hospital, subject_id) == 0


def test_changing_a_saved_value_needs_a_reason(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    sent = fields_of(nurse.page(address(subject_id))) | {"TEMP": "37.1"}
    refused = nurse.post(address(subject_id), sent)
    assert refused.status_code == 422
    assert parsed(refused).select_one(".govuk-error-summary__list a")["href"] == "#_reason"  # type: ignore[index]
    assert stored(hospital, subject_id, "TEMP") == "36.8"
    assert nurse.post(address(subject_id), sent | {"_reason": " "}).status_code == 422
    assert nurse.post(address(subject_id), sent | {"_reason": "Misread"}).status_code == 303
    assert stored(hospital, subject_id, "TEMP") == "37.1"


def test_an_answer_that_is_asked_no_longer_stays_in_sight_until_it_is_cleared(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "N"}, reason="Another participant's")

    page = nurse.page(address(subject_id))
    field = page.find(id="field-TEMP")
    assert field is not None
    assert not field.has_attr("hidden")
    assert not field.has_attr("data-shown-when"), "the browser must not hide it either"
    thread = field.find_next_sibling("article")
    assert thread is not None
    assert "no longer asked" in thread.get_text()
    assert thread["id"] in str(field), "who hears the field is led to the query"
    assert page.find(id="field-PULSE").has_attr("hidden")  # type: ignore[union-attr]

    sent = fields_of(page) | {"TEMP": "", "_reason": "Not measured"}
    assert nurse.post(address(subject_id), sent).status_code == 303
    assert stored(hospital, subject_id, "TEMP") is None
    after = nurse.page(address(subject_id))
    assert after.find(id="field-TEMP").has_attr("hidden")  # type: ignore[union-attr]
    assert "no longer asked" not in after.get_text()


def test_filling_what_was_empty_needs_no_reason(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    sent = fields_of(nurse.page(address(subject_id))) | {"PULSE": "80"}
    assert nurse.post(address(subject_id), sent).status_code == 303
    assert stored(hospital, subject_id, "PULSE") == "80"


def test_the_reason_why_a_value_is_missing_comes_back_and_survives_the_next_save(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    sent = {"_version": "0", "VSPERF": "Y", "TEMP.missing": "ND", "TEMP.missing_reason": "Asleep"}
    assert nurse.post(address(subject_id), sent).status_code == 303
    again = fields_of(nurse.page(address(subject_id)))
    assert (again["TEMP.missing"], again["TEMP.missing_reason"]) == ("ND", "Asleep")
    assert nurse.post(address(subject_id), again | {"PULSE": "80"}).status_code == 303
    with hospital.ward.database.reading() as session:
        cell = open_casebook(session, subject_id).book.records[PLACE].cells["TEMP", 1]
    assert (cell.missing, cell.missing_reason) == ("ND", "Asleep")


@pytest.mark.parametrize("refused", [False, True])
def test_a_change_of_language_saves_nothing_and_keeps_input_errors_and_version(
    nurse: BrowserClient, hospital: Hospital, subject_id: int, refused: bool
) -> None:
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    sent = fields_of(nurse.page(address(subject_id))) | {"TEMP": "99", "_reason": "Misread"}
    if refused:
        sent = fields_of(parsed(nurse.post(address(subject_id), sent)))
    enter(hospital.ward, subject_id, PLACE, {"PULSE": "80"})
    answer = nurse.post(address(subject_id), sent | {"_language": "zh"})
    assert answer.status_code == 200
    page = parsed(answer)
    assert page.html["lang"] == "zh-CN"  # type: ignore[index]
    again = fields_of(page)
    assert (again["TEMP"], again["_reason"], again["_version"]) == ("99", "Misread", "1")
    assert bool(page.select(".govuk-error-summary")) == refused
    assert stored(hospital, subject_id, "TEMP") == "36.8"
    # The version typed over is still the one that was opened: nobody's save is written over.
    answer = nurse.post(address(subject_id), again | {"TEMP": "37.0"})
    assert answer.status_code == 409


def test_the_comparison_too_can_be_read_in_the_other_language(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    mine = fields_of(nurse.page(address(subject_id))) | {"TEMP": "37.5", "_reason": "Source"}
    enter(hospital.ward, subject_id, PLACE, {"TEMP": "38.0"}, reason="Typing error")
    sent = fields_of(parsed(nurse.post(address(subject_id), mine)))
    sent |= {"_keep.TEMP": "yours", "_compared": ["", "TEMP"], "_language": "zh"}
    answer = nurse.post(address(subject_id), sent)
    assert answer.status_code == 200
    again = fields_of(parsed(answer))
    assert (again["_keep.TEMP"], again["TEMP"]) == ("yours", "37.5")
    assert "腋温" in text_of(answer)
    assert version(hospital, subject_id) == 2


def test_a_draft_is_offered_to_its_owner_alone_and_used_over_the_version_it_was_typed_on(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    enter(hospital.ward, subject_id, PLACE, {"VSPERF": "Y", "TEMP": "36.8"})
    typed = fields_of(nurse.page(address(subject_id))) | {"TEMP": "37.7", "_reason": "Misread"}
    assert nurse.post(f"{address(subject_id)}/draft", typed).status_code == 204
    assert stored(hospital, subject_id, "TEMP") == "36.8"
    enter(hospital.ward, subject_id, PLACE, {"TEMP": "39.0"}, reason="Typing error")

    offered = nurse.get(address(subject_id))
    assert "unsaved draft" in text_of(offered)
    assert fields_of(parsed(offered))["TEMP"] == "39.0"
    other = create_user(hospital.ward.database, role=Role.RESEARCH_NURSE, site=hospital.ward.site)
    assert "unsaved draft" not in text_of(
        signed_in_client(hospital.app, other).get(address(subject_id))
    )

    used = fields_of(nurse.page(f"{address(subject_id)}?draft=use"))
    assert (used["TEMP"], used["_reason"], used["_version"]) == ("37.7", "Misread", "1")
    assert nurse.post(address(subject_id), used).status_code == 409
    assert nurse.post(f"{address(subject_id)}/draft/drop").status_code == 303
    assert "unsaved draft" not in text_of(nurse.get(address(subject_id)))


@pytest.mark.parametrize("forged", ["", "9" * 400, "x"])
def test_a_draft_with_a_forged_version_is_no_fault(
    nurse: BrowserClient, subject_id: int, forged: str
) -> None:
    answer = nurse.post(f"{address(subject_id)}/draft", {"_version": forged, "TEMP": "37"})
    assert answer.status_code == 204
    assert nurse.get(f"{address(subject_id)}?draft=use").status_code == 200


def test_a_draft_of_a_crf_that_the_visit_does_not_have_is_not_kept(
    nurse: BrowserClient, subject_id: int
) -> None:
    for place in (("SCR", "OM", 1), ("NOWHERE", "VS", 1), ("SCR", "VS", 2), ("", "AE", 7)):
        answer = nurse.post(f"{address(subject_id, place)}/draft", {"_version": "0"})
        assert answer.status_code == 404, place


def test_what_is_sent_after_the_session_has_ended_is_not_lost_in_silence(
    hospital: Hospital, subject_id: int
) -> None:
    nobody = BrowserClient(hospital.app)
    answer = nobody.post(address(subject_id), {"_version": "0", "TEMP": "36.8"})
    assert answer.status_code == 302
    page = nobody.get(answer.headers["Location"])
    assert "What you sent was not saved" in text_of(page)
    assert parsed(page).find("input", attrs={"name": "next"})["value"] == address(subject_id)  # type: ignore[index]
    assert version(hospital, subject_id) == 0


def test_the_preview_works_out_values_and_stores_nothing(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    sent = {"_version": "0", "VSPERF": "Y", "HEIGHT": "１７２", "WEIGHT": "68.0"}
    answer = nurse.post(f"{address(subject_id)}/preview", sent)
    assert json.loads(answer.get_data())["values"]["BMI"] == "22.99"
    assert version(hospital, subject_id) == 0


def test_an_item_of_another_role_is_shown_and_cannot_be_typed(
    nurse: BrowserClient, hospital: Hospital, subject_id: int
) -> None:
    place = ("SCR", "IE", 1)
    page = nurse.page(address(subject_id, place))
    assert all(box.has_attr("disabled") for box in page.select("[name=IECONF]"))
    doctor = signed_in_client(hospital.app, hospital.ward.investigator)
    theirs = doctor.page(address(subject_id, place))
    assert not any(box.has_attr("disabled") for box in theirs.select("[name=IECONF]"))
    forged = nurse.post(address(subject_id, place), {"_version": "0", "IECONF": "Y"})
    assert forged.status_code == 422


def test_the_next_crf_of_the_visit_follows_a_save(nurse: BrowserClient, subject_id: int) -> None:
    answer = nurse.post(
        address(subject_id, ("SCR", "SV", 1)),
        {"_version": "0", "SVSTAT": "DONE", "_action": "next"},
    )
    assert answer.headers["Location"] == address(subject_id, ("SCR", "DM", 1))


def test_a_static_file_carries_a_digest_in_its_path_and_so_do_its_imports(
    nurse: BrowserClient,
) -> None:
    page = nurse.page("/subjects")
    script = str(page.select_one("script[type=module]")["src"])  # type: ignore[index]
    assert script.count("/") == 4
    assert "?" not in script
    with nurse.get(script.replace("app.js", "skip.js")) as module:
        assert module.status_code == 200
        assert "./conditions.js" in module.get_data(as_text=True)


def test_a_crf_that_waits_for_consent_says_so_before_anything_is_typed(
    nurse: BrowserClient, hospital: Hospital
) -> None:
    path = address(hospital.registered)
    page = nurse.get(path)
    assert page.status_code == 200
    assert "consent" in text_of(page)
    assert parsed(page).find("form", id="crf-form") is None


def test_what_was_typed_is_still_there_when_the_crf_is_no_longer_open(
    nurse: BrowserClient, hospital: Hospital
) -> None:
    typed = {"_version": "0", "VSPERF": "Y", "TEMP": "36.8"}
    answer = nurse.post(address(hospital.registered), typed)
    assert answer.status_code == 422
    assert "consent" in parsed(answer).select_one("[data-error-summary]").text  # type: ignore[union-attr]
    assert fields_of(parsed(answer))["TEMP"] == "36.8"
    assert version(hospital, hospital.registered) == 0
