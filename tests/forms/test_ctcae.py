"""The CTCAE dictionary that comes with the program."""

from __future__ import annotations

import pytest

from edc.forms import ctcae
from edc.forms.ae import AE
from edc.forms.bc import BC
from edc.forms.om import OM
from edc.forms.sk import SK
from edc.study.items import Choice, Item


def test_every_term_is_there_with_the_grades_it_has() -> None:
    assert len(ctcae.terms()) == 837
    assert len({term.organ_class.en for term in ctcae.terms().values()}) == 26
    assert tuple(ctcae.terms()["CTC5-0262"].grades) == ("3", "4", "5")
    assert all(term.grades for term in ctcae.terms().values())
    assert all(text for term in ctcae.terms().values() for text in term.grades.values())


@pytest.mark.parametrize(
    ("graded", "term"),
    [
        (OM.by_code["OMCTC"], "CTC5-0177"),
        (SK.by_code["SKCTCRD"], "CTC5-0362"),
        (SK.by_code["SKCTCUL"], "CTC5-0813"),
        (BC.by_code["BCCTCC"], "CTC5-0650"),
        (BC.by_code["BCCTCH"], "CTC5-0653"),
    ],
    ids=lambda one: getattr(one, "code", None),
)
def test_the_grades_of_an_injured_site_are_shown_in_ctcaes_own_words(
    graded: Item, term: str
) -> None:
    assert isinstance(graded, Choice)
    none, *codes = graded.codes.codes
    assert none.value == "0"
    assert {code.value: code.label.en for code in codes} == {
        grade: f"{grade} {words}" for grade, words in ctcae.terms()[term].grades.items()
    }
    assert all(code.label.zh.startswith(f"{code.value}级 ") for code in graded.codes.codes)


def test_what_needs_a_text_is_asked_for_it() -> None:
    asked = AE.by_code["AECTCOT"].shown_when
    assert len(ctcae.keys_needing_text()) == 26
    assert asked is not None
    assert all(key in asked.source for key in ctcae.keys_needing_text())


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("mucositis oral", "CTC5-0177"),
        ("MUCOSITIS  Or", "CTC5-0177"),
        ("口腔黏膜炎", "CTC5-0177"),
        ("恶心", "CTC5-0178"),
        ("CTC5-0262", "CTC5-0262"),
        ("nausea", "CTC5-0178"),
    ],
)
def test_a_term_is_found_in_either_language_and_by_its_key(typed: str, first: str) -> None:
    assert ctcae.search(typed)[0].key == first


def test_nothing_typed_finds_nothing_and_a_list_stays_short() -> None:
    assert ctcae.search("  ") == []
    assert ctcae.search("no such term") == []
    assert len(ctcae.search("a", limit=5)) == 5


def test_the_dictionary_says_which_grades_an_event_may_have() -> None:
    assert ctcae.entries()["CTC5-0178"]["grades"] == ("1", "2", "3")
    assert ctcae.entries()["CTC5-0002"]["needs_text"] == "Y"
