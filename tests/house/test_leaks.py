"""Two worlds that are equal but for the arms are the same to every masked role, byte for byte.

Whatever differs on any page, in any file or mail, or in the answer to any request would tell an
arm. ``EDC_LEAK`` sets how many participants the worlds have; ``make leak`` follows many over weeks,
as each masked role, in both languages, on both databases. ``EDC_LEAK_PAGES`` sets how many pages
each of them opens.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from edc import clock
from edc.permissions import Role
from tests.conftest import DATABASES, TemplateFinder
from tests.house.test_masking import MASKED, kind_of
from tests.support.leak_search import (
    HIDDEN_PLACES,
    OPEN_PLACES,
    Seen,
    Visitor,
    bases,
    differences,
    doors,
    each_page,
    hidden_doors,
)
from tests.support.twins import Moment, Twin

PARTICIPANTS = int(os.environ.get("EDC_LEAK", "0"))
IS_FULL = PARTICIPANTS > 0
WEEKS = 4 if IS_FULL else 2
LANGUAGES = ("en", "zh") if IS_FULL else ("en",)
MOST_CRAWLED = int(os.environ.get("EDC_LEAK_PAGES", "500")) if IS_FULL else 40
MOST_KNOCKED_AT = MOST_CRAWLED // 2
MOST_PROBED = min(6, max(1, PARTICIPANTS // 2))  # participants
PLACES = (*HIDDEN_PLACES, *OPEN_PLACES) if IS_FULL else (HIDDEN_PLACES[0], *OPEN_PLACES[:2])


@pytest.fixture(scope="module")
def time() -> Moment:
    return Moment()


@pytest.fixture(scope="module", params=DATABASES if IS_FULL else DATABASES[:1])
def twins(request: pytest.FixtureRequest, time: Moment) -> Iterator[list[Twin]]:
    """Give the two worlds; what a test writes, it writes in both."""
    find: TemplateFinder = request.getfixturevalue(f"{request.param}_templates")
    template = find("migrated")
    urls = [template.create(), template.create()]
    many = max(1, PARTICIPANTS)
    with clock.replaced(time):
        made = [
            Twin(url, time, is_mirrored=n > 0, participants=many, weeks=WEEKS)
            for n, url in enumerate(urls)
        ]
    yield made
    for url in urls:
        template.drop(url)


@pytest.fixture(scope="module")
def elsewhere(twins: list[Twin], time: Moment) -> list[str]:
    """Return addresses to which somebody who knows the arms is led, in either world."""
    found: dict[str, None] = {}
    with clock.replaced(time):
        for role in (Role.UNMASKED_MONITOR, Role.PHARMACIST):
            for twin in twins:
                visitor = Visitor(twin, role)
                starts = [*bases(twin), "/product", "/queries?state=all", "/deviations?state=all"]
                seen = visitor.crawl(starts, kind=each_page, most=MOST_CRAWLED)
                found |= dict.fromkeys(sorted(seen.reached))
                visitor.close()
    return list(found)


def ask(twin: Twin, role: Role, language: str) -> tuple[Seen, Visitor]:
    """Ask whatever a role can ask, and return what it is answered."""
    visitor = Visitor(twin, role, language=language)
    people = {course.who for course in twin.courses}
    kind = each_page if IS_FULL else lambda address: kind_of(address, people)  # one of a kind
    found = visitor.crawl(doors(twin), kind=kind, most=MOST_CRAWLED)
    for base in bases(twin)[:MOST_PROBED]:
        visitor.probe(hidden_doors(base), found)
    visitor.act(bases(twin)[:2], found, places=PLACES)
    visitor.collect(found)
    return found, visitor


def knock(
    visitors: list[Visitor], seen: list[Seen], addresses: list[str]
) -> tuple[list[str], list[str]]:
    """Open, in both worlds, what only those who treat are led to; return it with what differs.

    What is there for the role in one of the worlds under a number drawn at random is left out.
    """
    known = {address for one in seen for address in one.reached}
    opened, different = [], []
    unknown = [address for address in addresses if address not in known]
    # As many as one has time for, from everywhere in the list.
    for address in unknown[:: 1 + len(unknown) // MOST_KNOCKED_AT]:
        answers = [visitor.browser.get(address) for visitor in visitors]
        found = [Seen() for _ in answers]
        for one, answer in zip(found, answers, strict=True):
            one.keep(address, answer)
        if found[0].answers[0][0] != address and 200 in {a.status_code for a in answers}:
            continue
        opened.append(address)
        different += differences(*found)
    return opened, different


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", MASKED)
def test_whatever_a_masked_role_asks_the_answer_is_the_same_in_both_arms(
    twins: list[Twin],
    elsewhere: list[str],
    time: Moment,
    role: Role,
    language: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arms = list(zip(*(twin.arms for twin in twins), strict=True))
    assert all(sorted(pair) == ["MSC", "SOC"] for pair in arms)
    with clock.replaced(time):
        asked = [ask(twin, role, language) for twin in twins]
        seen = [found for found, _visitor in asked]
        visitors = [visitor for _found, visitor in asked]
        opened, different = knock(visitors, seen, elsewhere)
        for visitor in visitors:
            visitor.close()
    different = differences(*seen) + different
    compared = len(seen[0].answers) + len(opened)
    if IS_FULL:
        with capsys.disabled():
            sys.stdout.write(
                f"\n{role} ({language}): {compared} answers compared, {len(different)} differ\n"
            )
    assert different == []
    assert compared > 80
    assert len(opened) > 10, "nothing that only those who treat are led to was asked for"


def test_the_worlds_differ_to_those_who_treat(twins: list[Twin], time: Moment) -> None:
    with clock.replaced(time):
        seen = []
        for twin in twins:
            visitor = Visitor(twin, Role.UNMASKED_MONITOR)
            seen.append(visitor.crawl(bases(twin)[:1], kind=each_page, most=10))
            visitor.close()
    assert differences(*seen) != []
