"""What bad input gets: a sentence in the person's language, what was typed still there, no row."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from edc.label import Language
from edc.models import AuditEntry, CrfEntry, DataPoint
from edc.permissions import Role
from edc.protocol import STUDY
from edc.services import admission
from edc.services.casebooks import Place, open_casebook
from edc.study.crf import Occurs
from edc.study.items import Item, Unreadable
from tests.factories import database_of
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.trail import contents
from tests.support.visitors import Doorstep
from tests.support.world import SERIOUS_ROW

PLACES: dict[str, Place] = {
    **{crf.code: ("", crf.code, 1) for crf in STUDY.all_crfs if crf.occurs is not Occurs.VISIT},
    **{form: ("SCR", form, 1) for form in ("DM", "HSCT", "INJ", "IE", "VIR", "CV", "PREGT", "PE")},
    **{form: ("BL", form, 1) for form in ("VS", "RAND", "OM", "SK", "BC", "PRO", "LB")},
    **{form: ("V7", form, 1) for form in ("SV", "RSP", "GVHD")},
    "ENG": ("V28", "ENG", 1),
    "UNS": ("UNS01", "UNS", 1),
    "SAE": ("", "SAE", SERIOUS_ROW),
}
"""Where each CRF of the study is filled in for a randomised participant."""
PANELS = [("V14", "LB", row) for row in range(2, len(STUDY.crfs["LB"].parts) + 1)]

NUMBERS = ("integer", "decimal")
DAYS = ("date", "partial_date", "datetime")
CLOSED = ("choice", "multi")
WORDS = ("text", "longtext")
EVERY = (*NUMBERS, *DAYS, *CLOSED, *WORDS, "time", "reference")
NO_DAY = {"year": "2026", "month": "2", "day": "30"}

BAD: dict[str, tuple[tuple[str, ...], str | dict[str, str]]] = {
    "not a number": (NUMBERS, "NaN"),
    "infinite": (NUMBERS, "-Infinity"),
    "with an exponent": (NUMBERS, "1e400"),
    "10^400 in full": (NUMBERS, "1" + "0" * 400),
    "Arabic-Indic digits": (NUMBERS, "١٢٣"),
    "Devanagari digits": (NUMBERS, "३६"),
    "a point without digits": (NUMBERS, "36."),
    "hexadecimal": (NUMBERS, "0x1F"),
    "words": ((*NUMBERS, *CLOSED, "time"), "about 36"),
    "NUL": (EVERY, "36\x00.6"),
    "a control character": (EVERY, "36\x1b[2J"),
    "a non-character": (EVERY, "36\uffff"),
    "the mark of bytes that were no text": (EVERY, "36\ufffd"),
    "30 February": (DAYS, NO_DAY),
    "a month 13": (DAYS, NO_DAY | {"month": "13"}),
    "a year of other digits": (DAYS, {"year": "٢٠٢٦", "month": "3", "day": "1"}),
    "a day before there were patients": (DAYS, {"year": "0001", "month": "1", "day": "1"}),
    "an endless year": (DAYS, {"year": "9" * 5000, "month": "1", "day": "1"}),
    "a control character in a day": (DAYS, {"year": "2026", "month": "\x00", "day": "1"}),
    "too long": (("text",), "长" * 5000),
    "too long a story": (("longtext",), "长" * 20_001),
    "a code of no list": (CLOSED, "'; DROP TABLE subject; --"),
}
"""What is typed into which kinds of items; each of them must refuse it."""


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


@pytest.fixture
def both(any_world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(any_world_url)
    yield doorstep
    doorstep.close()


def address(doorstep: Doorstep, place: Place) -> str:
    visit, form, row = place
    return f"/subjects/{doorstep.world.subjects['soc']}/crf/{visit or '-'}/{form}/{row}"


def version_of(doorstep: Doorstep, place: Place) -> int:
    with database_of(doorstep.app).reading() as session:
        return open_casebook(session, doorstep.world.subjects["soc"]).versions.get(place, 0)


def rows(doorstep: Doorstep) -> tuple[int, ...]:
    """Return how many rows there are of what a save would write."""
    with database_of(doorstep.app).reading() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (CrfEntry, DataPoint, AuditEntry)
        )


def send(browser: BrowserClient, path: str, fields: dict[str, str]) -> TestResponse:
    """Send a form as bytes, for some of what is sent is no text."""
    everything = {"csrf_token": browser.csrf_token(), **fields}
    return browser.client.post(
        path,
        data=urlencode(everything, errors="surrogatepass").encode(),
        content_type="application/x-www-form-urlencoded",
        environ_overrides=browser.environ,
    )


def fields_for(item: Item, bad: str | dict[str, str]) -> dict[str, str]:
    """Return the fields of one item as a browser would send them."""
    if isinstance(bad, dict):
        return {f"{item.code}.{part}": value for part, value in bad.items()}
    if item.kind in DAYS:
        return {f"{item.code}.year": bad, f"{item.code}.month": "1", f"{item.code}.day": "1"}
    return {item.code: bad}


def is_typed_in(item: Item) -> bool:
    """Tell whether its field can show again what was sent: options cannot."""
    return item.kind not in CLOSED and getattr(item, "scale", None) is None


def sentence(item: Item, bad: str | dict[str, str], language: Language) -> str:
    """Return what the item's own reader says of it."""
    typed: Any = bad
    if not isinstance(bad, dict) and item.kind in DAYS:
        typed = {"year": bad, "month": "1", "day": "1"}
    if item.kind == "multi":
        typed = [bad]
    try:
        item.read(typed)
    except Unreadable as refusal:
        return refusal.message.text(language)
    message = f"{item.code} takes {bad!r}"
    raise AssertionError(message)


def test_every_crf_has_a_place_here() -> None:
    assert set(PLACES) == {crf.code for crf in STUDY.all_crfs}
    kinds = {item.kind for crf in STUDY.all_crfs for item in crf.items if item.is_typed}
    assert kinds <= {*EVERY, "file", "table"}


def test_what_the_system_alone_writes_is_taken_from_nobody(doorstep: Doorstep) -> None:
    place = PLACES["UNBL"]
    browser = doorstep.browser(Role.INVESTIGATOR)
    before = contents(database_of(doorstep.app))
    fields = {"_version": "0", "UBWHY": "SAFE", "UBTX": "I have to know"}
    assert send(browser, address(doorstep, place), fields).status_code == 422
    assert contents(database_of(doorstep.app)) == before


@pytest.mark.parametrize(
    "place",
    [place for place in (*PLACES.values(), *PANELS) if not STUDY.crfs[place[1]].system_only],
    ids=lambda place: f"{place[1]}{place[2]}",
)
def test_nothing_bad_is_stored_and_every_item_says_why(doorstep: Doorstep, place: Place) -> None:
    crf = STUDY.crfs[place[1]].at(place[2])
    role = Role.INVESTIGATOR
    browsers = {language: doorstep.browser(role, language=language) for language in ("zh", "en")}
    version = str(version_of(doorstep, place))
    before = contents(database_of(doorstep.app))
    for number, (name, (kinds, bad)) in enumerate(BAD.items()):
        language: Language = "zh" if number % 2 else "en"
        items = [item for item in crf.items if item.kind in kinds and item.is_typed]
        items = [item for item in items if admission.may_type(crf, item, role)]
        if not items:
            continue
        fields = {"_version": version, "_reason": "x"}
        for item in items:
            fields |= fields_for(item, bad)
        answer = send(browsers[language], address(doorstep, place), fields)
        assert answer.status_code == 422, (name, answer.status_code)
        body, page = html.unescape(answer.get_data(as_text=True)), text_of(answer)
        for item in items:
            said = sentence(item, bad, language)
            assert " ".join(said.split()) in page, (name, item.code)
        typed = [bad] if isinstance(bad, str) else list(bad.values())
        if any(is_typed_in(item) for item in items):
            for text in typed:
                assert text in body, name
    assert contents(database_of(doorstep.app)) == before


def test_a_megabyte_of_text_is_refused_in_one_sentence(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE, language="zh")
    for form, code, text in (
        ("AE", "AETERM", "字" * 350_000),
        ("VS", "PULSE", "1" * 1_000_000),
        ("DM", "SUBJINIT", "Z" * 1_000_000),
        ("AE", "AECTCID", "C" * 1_000_000),
        ("IC", "ICTYPE", "I" * 1_000_000),
    ):
        place = PLACES[form]
        before = rows(doorstep)
        fields = {"_version": str(version_of(doorstep, place)), "_reason": "x", code: text}
        answer = send(browser, address(doorstep, place), fields)
        assert answer.status_code == 422, code
        assert parsed(answer).find(class_="govuk-error-summary") is not None
        assert rows(doorstep) == before


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_lone_surrogate_is_never_stored_as_something_else(doorstep: Doorstep, kind: str) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    before = rows(doorstep)
    token = browser.csrf_token().encode()
    if kind == "multipart/form-data":
        parts = {
            b"csrf_token": token,
            b"_version": b"1",
            b"AETERM": b"a\xed\xb2\x80",
            b"_reason": b"x",
        }
        data = (
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % part
                for part in parts.items()
            )
            + b"--x--\r\n"
        )
        kind += "; boundary=x"
    else:
        data = b"_version=1&_reason=x&AETERM=a%ED%B2%80&csrf_token=" + token
    path = address(doorstep, PLACES["AE"])
    answer = browser.client.post(path, data=data, content_type=kind)
    assert answer.status_code == (400 if "urlencoded" in kind else 422)
    assert "cannot be" in text_of(answer)
    assert rows(doorstep) == before


def test_a_reason_too_long_or_unreadable_is_refused(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    place = PLACES["VS"]
    for reason in ("x" * 501, "a\x00b", "\ufffd"):
        before = rows(doorstep)
        fields = {"_version": "1", "_reason": reason, "PULSE": "81"}
        answer = send(browser, address(doorstep, place), fields)
        assert answer.status_code == 422, reason[:5]
        assert rows(doorstep) == before


def test_full_width_digits_are_the_same_number(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE, language="zh")
    place = PLACES["VS"]
    fields = {"_version": "1", "_reason": "更正", "PULSE": "１２３", "TEMP": "３７．５"}
    assert send(browser, address(doorstep, place), fields).status_code == 303
    with database_of(doorstep.app).reading() as session:
        cells = open_casebook(session, doorstep.world.subjects["soc"]).book.records[place].cells
    assert (cells["PULSE", 1].value, cells["TEMP", 1].value) == ("123", "37.5")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("form", "fields", "sentences"),
    [
        ("AE", {"AEONGO": "Y", "AEENDAT.year": "2026", "AEENDAT.month": "1", "AEENDAT.day": "1"},
         ("根据其他回答，此项无需填写", "This item is not asked given the other answers")),
        ("VS", {"NOSUCH": "1"}, ("页面提交了该CRF不接受的条目", "does not take (NOSUCH)")),
        ("VS", {"PULSE.2": "80"}, ("页面提交了该CRF不接受的条目", "does not take (PULSE)")),
        ("VS", {"BMI": "22"}, ("页面提交了该CRF不接受的条目", "does not take (BMI)")),
        ("RAND", {"RDNUM": "R001"}, ("页面提交了该CRF不接受的条目", "does not take (RDNUM)")),
        ("VS", {"PULSE": "", "PULSE.missing": "XX", "PULSE.missing_reason": "x"},
         ("请选择无数据的原因代码", "Choose why there is no value")),
        ("VS", {"PULSE": "80", "PULSE.missing": "ND", "PULSE.missing_reason": "x"},
         ("两者只能选其一", "not both")),
        ("VS", {"PULSE": "", "PULSE.missing": "ND", "PULSE.missing_reason": "\x00"},
         ("无法保存的控制字符", "characters that cannot be stored")),
    ],
)  # fmt: skip
def test_what_the_page_did_not_ask_is_refused_whole(
    doorstep: Doorstep, form: str, fields: dict[str, str], sentences: tuple[str, str], language: str
) -> None:
    place = PLACES[form]
    browser = doorstep.browser(Role.INVESTIGATOR, language=language)
    before = contents(database_of(doorstep.app))
    sent = {"_version": str(version_of(doorstep, place)), "_reason": "x", **fields}
    if form != "RAND":
        sent |= {"TEMP": "37.7"} if form == "VS" else {"AETERM": "Shiver"}
    answer = send(browser, address(doorstep, place), sent)
    assert answer.status_code == 422
    assert sentences[language == "en"] in text_of(answer)
    assert contents(database_of(doorstep.app)) == before


@pytest.mark.parametrize(
    "version", ["", "0", "99", "-1", "1.0", "9" * 400, "１", "NaN", "1\x00", "\ufffd", "1; --"]
)
def test_a_forged_version_shows_both_versions_and_stores_nothing(
    doorstep: Doorstep, version: str
) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    before = contents(database_of(doorstep.app))
    fields = {"_version": version, "_reason": "x", "PULSE": "81", "NOSUCH": "1", "TEMP": "hot"}
    answer = send(browser, address(doorstep, PLACES["VS"]), fields)
    assert answer.status_code == 409
    page = html.unescape(answer.get_data(as_text=True))
    assert all(f'value="{typed}"' in page for typed in ("81", "hot"))
    assert contents(database_of(doorstep.app)) == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_the_token_nothing_is_stored_and_the_page_says_what_to_do(
    doorstep: Doorstep, language: str
) -> None:
    before = rows(doorstep)
    browser = doorstep.browser(Role.RESEARCH_NURSE, language=language)
    fields = {"_version": "1", "PULSE": "81", "_reason": "x", "csrf_token": ""}
    answer = send(browser, address(doorstep, PLACES["VS"]), fields)
    assert answer.status_code == 400
    said = {"zh": "页面打开时间过长或会话已更换", "en": "This page was open for too long"}
    assert said[language] in text_of(answer)
    assert rows(doorstep) == before


# What each of the databases refuses in its own way must be refused before it reaches them.
POISON = [
    "\x00",
    "a\x00b",
    "\udc80",
    "9" * 25,
    "-" + "9" * 25,
    "1e400",
    "\uffff",
    "' OR 1=1 --",
    "%",
]


@pytest.mark.parametrize("poison", POISON)
def test_neither_database_is_ever_handed_what_it_cannot_take(both: Doorstep, poison: str) -> None:
    nurse, monitor = both.browser(Role.RESEARCH_NURSE), both.browser(Role.MONITOR)
    admin, manager = both.browser(Role.ADMINISTRATOR), both.browser(Role.DATA_MANAGER)
    subject = both.world.subjects["soc"]
    before = rows(both)
    query = urlencode({"x": poison}, errors="surrogatepass")[2:]
    reads = [
        (nurse, "/subjects?q={}"), (nurse, "/subjects?state={}"), (nurse, "/subjects?after={}"),
        (nurse, "/subjects?before={}"), (nurse, "/enrolment/people?group=reason&value={}"),
        (nurse, "/enrolment/people?after={}"), (monitor, "/audit?before={}"),
        (monitor, "/audit?after={}"), (monitor, "/audit?participant={}"),
        (monitor, "/audit?text={}"), (monitor, "/audit?user={}&since={}"),
        (monitor, "/audit?form={}&item={}"), (nurse, f"/subjects/{subject}/crf/SCR/{{}}/1"),
        (nurse, f"/subjects/{subject}/crf/{{}}/DM/1"),
        (nurse, f"/subjects/{subject}/crf/-/AE/{{}}"),
        (nurse, f"/subjects/{subject}/history/SCR/DM/1/SUBJINIT/{{}}"), (nurse, "/subjects/{}"),
        (admin, "/people/{}"), (manager, "/registers/rows/{}"), (manager, "/registers/{}/ICF/new"),
    ]  # fmt: skip
    for browser, path in reads:
        answer = browser.get(path.replace("{}", query))
        assert answer.status_code < 500, path
    for browser, path, fields in (
        (nurse, "/subjects", {"site": poison}),
        (nurse, f"/subjects/{subject}/not-enrolled", {"reason": poison, "note": poison}),
        (nurse, f"/subjects/{subject}/randomise", {"stratum": poison, "confirm_identity": poison}),
        (nurse, f"{address(both, PLACES['VS'])}/draft", {"_version": poison, "PULSE": poison}),
        (nurse, f"{address(both, PLACES['VS'])}/preview", {"_version": poison, "PULSE": poison}),
        (nurse, address(both, PLACES["VS"]), {"_version": poison, "PULSE": poison}),
        (nurse, f"/subjects/{subject}/crf/{'V' * 40}/VS/1/draft", {"PULSE": poison}),
        (nurse, f"/subjects/{subject}/crf/BL/VS/99999999999/draft", {"PULSE": poison}),
        (nurse, "/language", {"_language": poison, "next": poison}),
        (nurse, "/account/password", {"old": poison, "new": poison}),
        (admin, "/people/new", {"username": poison, "full_name": "", "role": poison}),
        (admin, f"/people/{both.world.users['target'].id}/roles/new", {"site": poison}),
        (manager, f"/registers/{both.world.site_id}/ICF/new", {"ICVER": poison}),
    ):
        answer = send(browser, path, fields)
        assert answer.status_code < 500, path
    assert send(BrowserClient(both.app), "/sign-in", {"username": poison, "password": poison})
    entries = rows(both)
    assert entries[:2] == before[:2]
