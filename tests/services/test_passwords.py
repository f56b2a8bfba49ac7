"""What a password may be, and what is kept of it."""

from __future__ import annotations

import itertools
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edc.errors import PasswordRefused
from edc.services.passwords import (
    LONGEST,
    SHORTEST,
    STANDARD,
    Hashing,
    check_rules,
    is_common,
    make_one_time_password,
)  # fmt: skip
from tests.factories import CHEAP

PINYIN = ("zhangwei", "wangfang", "liuyang", "lina", "chenjing", "woaini", "xiaoming", "baobei")
WORDS = ("password", "qwerty", "admin", "welcome", "iloveyou", "dragon", "hospital", "sunshine")
NUMBERS = ("123456", "5201314", "1314520", "888888", "147258369", "19900101", "20080808", "112233")


def long_common_passwords() -> list[str]:
    """Return common passwords of the permitted length, as people join them."""
    pieces = [*PINYIN, *WORDS]
    joined = ["".join(parts) for parts in itertools.product(pieces, pieces, NUMBERS)]
    marked = [
        f"{piece.capitalize()}{mark}{number}{end}"
        for piece, mark, number, end in itertools.product(pieces, "@_-#.", NUMBERS, ("", "!", "!!"))
    ]
    return [password for password in joined + marked if SHORTEST <= len(password) <= LONGEST]


def test_more_than_three_thousand_common_passwords_of_permitted_length_are_refused() -> None:
    passwords = set(long_common_passwords())
    assert len(passwords) > 3000
    assert [password for password in passwords if not is_common(password)] == []


@pytest.mark.parametrize(
    "password",
    [
        "123456789012", "qwertyuiop[]", "1qaz2wsx3edc", "P@ssw0rd2024!", "passwordpassword",
        "abcabcabcabc", "aaaaaaaaaaaa", "ａｂｃａｂｃａｂｃａｂｃ", "woaini5201314",
        "Woaini@1314520", "我爱你我爱你5201314", "zhangwei19880808", "wangli-1990-01-01",
        "Liverpool1234", "manchesterunited", "iloveyou1234567", "Admin@Admin2025", "qazwsxedc12345",
        "5201314woaini", "Hospital2026!",
    ],
)  # fmt: skip
def test_a_password_that_others_would_try_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused) as refusal:
        check_rules(password, username="nurse.li")
    assert refusal.value.rule == "PASSWORD-COMMON"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "kettle rain sofa nine", "青山不改绿水长流后会有期",
        "长河落日圆，大漠孤烟直。", "I walked to work in the rain", "tr0ub4dor&3xx-plum",
        "yangtai shang de mao bu chi yu", "Zm7 plum otter rain",
    ],
)  # fmt: skip
def test_a_sentence_in_either_language_is_accepted_without_rules_about_its_signs(
    password: str,
) -> None:
    check_rules(password, username="nurse.li", full_name="Li Na")
    assert not is_common(password)


@pytest.mark.parametrize(
    ("length", "accepted"), [(11, False), (12, True), (128, True), (129, False)]
)
def test_a_password_has_twelve_to_a_hundred_and_twenty_eight_characters(
    length: int, accepted: bool
) -> None:
    password = ("水瓶kettle rain sofa nine otter plum " * 5)[:length]
    if accepted:
        check_rules(password, username="nurse.li")
    else:
        with pytest.raises(PasswordRefused) as refusal:
            check_rules(password, username="nurse.li")
        assert refusal.value.rule == "PASSWORD-LENGTH"


@pytest.mark.parametrize("password", ["my-Nurse.Li-rain-sofa", "kettle Li Na rain sofa"])
def test_a_password_must_not_contain_its_owners_names(password: str) -> None:
    with pytest.raises(PasswordRefused) as refusal:
        check_rules(password, username="nurse.li", full_name="Li Na")
    assert refusal.value.rule == "PASSWORD-NAME"


def test_nothing_of_a_long_password_is_cut_off() -> None:
    stem = "kettle rain sofa nine otter plum " * 3
    stored = CHEAP.hash(stem[:72] + "A")
    assert CHEAP.is_right(stored, stem[:72] + "A")
    assert not CHEAP.is_right(stored, stem[:72] + "B")
    assert not CHEAP.is_right(stored, (stem[:72] + "A").upper())


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_two_keyboards_that_compose_a_character_apart_agree(password: str) -> None:
    stored = CHEAP.hash(unicodedata.normalize("NFD", password))
    assert CHEAP.is_right(stored, unicodedata.normalize("NFC", password))


def test_the_stored_text_names_argon2id_and_its_cost_so_that_it_can_be_replaced() -> None:
    stored = CHEAP.hash("kettle rain sofa nine")
    assert stored.startswith("$argon2id$")
    assert STANDARD.is_outdated(stored)
    assert not STANDARD.is_outdated(STANDARD.hash("kettle rain sofa nine"))


def test_the_standard_cost_is_felt_by_a_guesser_and_not_by_a_person() -> None:
    stored = STANDARD.hash("kettle rain sofa nine")
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        assert STANDARD.is_right(stored, "kettle rain sofa nine")
        taken.append(time.perf_counter() - start)
    assert 0.005 < min(taken) < 0.5
    assert STANDARD.memory_kib >= 19 * 1024
    assert STANDARD.passes >= 2


def test_an_unknown_account_is_compared_at_the_same_cost() -> None:
    costly = Hashing(memory_kib=8 * 1024, passes=2)
    stored = costly.hash("kettle rain sofa nine")
    costly.is_right(None, "first")  # makes the decoy

    def duration(known: str | None) -> float:
        taken = []
        for _ in range(7):
            start = time.perf_counter()
            assert not costly.is_right(known, "some other words here")
            taken.append(time.perf_counter() - start)
        return min(taken)

    assert duration(None) == pytest.approx(duration(stored), rel=0.5)


def test_one_time_passwords_are_long_readable_and_never_twice_the_same() -> None:
    made = {make_one_time_password() for _ in range(1000)}
    assert len(made) == 1000
    assert not any(set("ilo01") & set(password) for password in made)
    assert all(len(password) >= SHORTEST for password in made)
