"""The notices pages, the count in the menu, and the notices on a casebook, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from edc import clock
from edc.models import Notice
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from tests.factories import database_of
from tests.services.casebook_support import Ward, enter
from tests.support.client import BrowserClient
from tests.support.visitors import Doorstep

WITHDRAWN_ALL = {"en": "Visits after the withdrawal are closed", "zh": "撤回后不再生成访视"}


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


@pytest.fixture
def ward(doorstep: Doorstep) -> Ward:
    database, world = database_of(doorstep.app), doorstep.world
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    return Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR))


def give_to_control(doorstep: Doorstep, ward: Ward) -> int:
    soc = doorstep.world.subjects["soc"]
    today = clock.today().isoformat()
    enter(ward, soc, ("", "EX", 1), {"ECOCCUR": "Y", "EXSTDAT": today})
    return soc


def page(browser: BrowserClient, path: str = "/notices") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def count_in_menu(body: str) -> int:
    menu = body.partition('class="kit-nav"')[2].partition("</nav>")[0]
    entry = re.search(r'href="/notices"[^>]*>\s*[^<]*(?:<span[^>]*>(\d+)\+?</span>)?', menu)
    assert entry is not None
    return int(entry[1] or 0)


def notice_ids(doorstep: Doorstep, subject_id: int) -> list[int]:
    with database_of(doorstep.app).reading() as session:
        return list(session.scalars(select(Notice.id).where(Notice.subject_id == subject_id)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_list_names_the_participant_the_place_and_what_has_happened(
    doorstep: Doorstep, language: str
) -> None:
    withdrawn = doorstep.world.subjects["withdrawn"]
    body = page(doorstep.browser(Role.INVESTIGATOR, language=language))
    assert WITHDRAWN_ALL[language] in body
    assert f'href="/subjects/{withdrawn}"' in body
    assert f'href="/subjects/{withdrawn}/crf/-/IC/2#ICWDTYP"' in body
    assert count_in_menu(body) == 1


def test_seen_it_waits_no_longer_and_is_still_listed_under_all_that_stand(
    doorstep: Doorstep,
) -> None:
    browser = doorstep.browser(Role.INVESTIGATOR)
    (notice,) = notice_ids(doorstep, doorstep.world.subjects["withdrawn"])

    answer = browser.post(
        "/notices/seen",
        {"notice": str(notice), "next": "/notices?show=unseen", "csrf_token": browser.csrf_token()},
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/notices?show=unseen")
    unseen, current = page(browser), page(browser, "/notices?show=current")
    assert WITHDRAWN_ALL["en"] not in unseen
    assert "Nothing waits for you." in unseen
    assert WITHDRAWN_ALL["en"] in current
    assert count_in_menu(current) == 0
    assert count_in_menu(page(doorstep.browser(Role.RESEARCH_NURSE))) == 1


def test_the_casebook_shows_what_waits_for_the_person(doorstep: Doorstep) -> None:
    withdrawn = doorstep.world.subjects["withdrawn"]
    for role, is_told in ((Role.RESEARCH_NURSE, True), (Role.MONITOR, False)):
        body = page(doorstep.browser(role), f"/subjects/{withdrawn}")
        assert (WITHDRAWN_ALL["en"] in body) == is_told


def test_a_notice_that_tells_the_arm_changes_no_page_of_a_masked_reader(
    doorstep: Doorstep, ward: Ward
) -> None:
    soc = doorstep.world.subjects["soc"]
    readers = {role: doorstep.browser(role) for role in (Role.DATA_MANAGER, Role.SAFETY_OFFICER)}
    paths = ("/notices?show=all", f"/subjects/{soc}", "/subjects")
    before = {
        (role, path): words(page(one, path)) for role, one in readers.items() for path in paths
    }

    give_to_control(doorstep, ward)

    for (role, path), seen in before.items():
        assert words(page(readers[role], path)) == seen, (role, path)
    assert "EX-01" in page(doorstep.browser(Role.INVESTIGATOR))


def words(body: str) -> str:
    """Return a page's words, without its times and tokens."""
    text = re.sub(r"<[^>]*>", " ", body.partition("<main")[2])
    menu = body.partition('class="kit-nav"')[2].partition("</nav>")[0]
    shown = re.sub(r"<[^>]*>", " ", menu) + re.sub(r"\d{2}:\d{2}(:\d{2})?", "", text)
    return " ".join(shown.split())


def test_nobody_marks_what_they_may_not_know(doorstep: Doorstep, ward: Ward) -> None:
    soc = give_to_control(doorstep, ward)
    browser = doorstep.browser(Role.DATA_MANAGER)
    answer = browser.post(
        "/notices/seen",
        {"notice": [str(one) for one in notice_ids(doorstep, soc)] + ["x", "9" * 30],
         "csrf_token": browser.csrf_token()},
    )  # fmt: skip
    assert answer.status_code == 303
    assert "EX-01" in page(doorstep.browser(Role.RESEARCH_NURSE), "/notices?show=unseen")
    assert browser.post("/notices/seen", {"csrf_token": "forged"}).status_code == 400


@pytest.mark.parametrize(
    "query", ["show=no&page=0", "page=99999999999999999999", "participant=%00", "participant=%25"]
)
def test_an_odd_address_is_read_as_a_plain_one(doorstep: Doorstep, query: str) -> None:
    page(doorstep.browser(Role.INVESTIGATOR), f"/notices?{query}")


def test_after_marking_one_is_led_only_to_a_page_of_this_server(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.INVESTIGATOR)
    answer = browser.post(
        "/notices/seen", {"next": "//elsewhere.example", "csrf_token": browser.csrf_token()}
    )
    assert answer.headers["Location"] == "/"
