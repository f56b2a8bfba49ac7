"""The balance page: pooled for everybody who follows enrolment, by arm for one role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edc.permissions import Permission, Role, grants
from edc.protocol import DESIGN, STUDY
from tests.support.visitors import Doorstep

PAGE = "/randomisation/balance"
READERS = [role for role in Role if grants(role, Permission.ENROLMENT_READ)]
LABELS = [label for arm in DESIGN.arms for label in (arm.label.en, arm.label.zh)]


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


def test_only_the_independent_statistician_is_shown_arms(doorstep: Doorstep) -> None:
    for role in READERS:
        page = doorstep.browser(role).page(PAGE)
        text = page.get_text().replace(STUDY.short_name.en, "")
        shown = [label for label in LABELS if label in text]
        heads = [cell.get_text(strip=True) for cell in page.select("thead th")]
        if role is Role.INDEPENDENT_STATISTICIAN:
            assert shown
            assert "Difference between arms" in heads
        else:
            assert shown == [], role
            assert "Difference between arms" not in heads
            assert "Pooled over arms" in text


def test_the_table_by_arm_adds_up_to_the_pooled_one(doorstep: Doorstep) -> None:
    page = doorstep.browser(Role.INDEPENDENT_STATISTICIAN).page(PAGE)
    rows = [
        [int(cell.get_text(strip=True)) for cell in row.select("td")]
        for row in page.select("tbody tr")
    ]

    # Six strata, the whole, three sites, two types of transplant.
    assert len(rows) == 12
    for allocated, *arms, difference in rows:
        assert sum(arms) == allocated
        assert max(arms) - min(arms) == difference
    assert rows[6][0] > 0


def test_the_page_says_nothing_of_blocks_in_either_language(doorstep: Doorstep) -> None:
    english = doorstep.browser(Role.INDEPENDENT_STATISTICIAN).page(PAGE).get_text()
    chinese = doorstep.browser(Role.INDEPENDENT_STATISTICIAN, language="zh").page(PAGE).get_text()

    assert "随机均衡" in chinese
    assert "口腔" in chinese
    assert "block" not in english.lower()
    assert "区组" not in chinese
