"""Sealed arms open only in their own slot and under their own key, and look alike."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edc.randomization.generator import new_seed
from edc.randomization.lists import generate
from edc.randomization.sealing import (
    KeyRefused,
    SealBroken,
    SealingKey,
    SlotAddress,
    new_key,
    open_arm,
    open_salt,
    seal_arm,
)
from tests.randomization.support import trial_design

KEY = SealingKey(bytes(range(32)))
SALT = "5a" * 32
ADDRESS = SlotAddress("0123456789abcdef", stratum="ORAL/ALLO", sequence=7)

arm_codes = st.from_regex(r"[A-Z][A-Z0-9_]{0,15}", fullmatch=True)


def sealed_arm(arm: str = "MSC") -> str:
    return seal_arm(arm, salt=SALT, address=ADDRESS, key=KEY)


@given(arm_codes, st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_a_sealed_arm_opens_to_itself(arm: str, salt: str) -> None:
    sealed = seal_arm(arm, salt=salt, address=ADDRESS, key=KEY)

    assert open_arm(sealed, address=ADDRESS, key=KEY) == arm
    assert open_salt(sealed, address=ADDRESS, key=KEY) == salt


@given(arm_codes)
def test_every_sealed_arm_has_the_same_length(arm: str) -> None:
    assert len(sealed_arm(arm)) == len(sealed_arm("MSC")) == 103


def test_the_same_arm_sealed_twice_looks_different() -> None:
    assert len({sealed_arm() for _ in range(100)}) == 100


def test_a_whole_list_is_sealed_without_a_repeated_or_telling_text() -> None:
    allocation_list = generate(trial_design(), seed=new_seed(), purpose="test")
    key = SealingKey.from_text(new_key())
    sealed = [
        seal_arm(
            slot.arm,
            salt=slot.salt,
            address=SlotAddress(
                allocation_list.list_id, stratum=slot.stratum, sequence=slot.sequence
            ),
            key=key,
        )
        for slot in allocation_list.slots
    ]

    assert len(set(sealed)) == 720
    assert {len(text) for text in sealed} == {103}


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(ADDRESS, list_id="fedcba9876543210"),
        replace(ADDRESS, stratum="ORAL/AUTO"),
        replace(ADDRESS, sequence=8),
    ],
)
def test_a_sealed_arm_does_not_open_in_another_slot(elsewhere: SlotAddress) -> None:
    with pytest.raises(SealBroken):
        open_arm(sealed_arm(), address=elsewhere, key=KEY)


def test_a_sealed_arm_does_not_open_under_another_key() -> None:
    with pytest.raises(SealBroken) as refusal:
        open_arm(sealed_arm(), address=ADDRESS, key=SealingKey(bytes(32)))

    assert "密钥" in refusal.value.message.zh


def test_every_changed_bit_of_a_sealed_arm_is_noticed() -> None:
    content = base64.urlsafe_b64decode(sealed_arm() + "=")

    for bit in range(8 * len(content)):
        altered = bytearray(content)
        altered[bit // 8] ^= 1 << bit % 8
        text = base64.urlsafe_b64encode(altered).rstrip(b"=").decode()
        with pytest.raises(SealBroken):
            open_arm(text, address=ADDRESS, key=KEY)


@settings(max_examples=300)
@given(st.data())
def test_every_changed_character_of_a_sealed_arm_is_noticed(data: st.DataObject) -> None:
    sealed = sealed_arm()
    place = data.draw(st.integers(0, len(sealed) - 1))
    character = data.draw(st.characters().filter(lambda found: found != sealed[place]))

    with pytest.raises(SealBroken):
        open_arm(sealed[:place] + character + sealed[place + 1 :], address=ADDRESS, key=KEY)


@pytest.mark.parametrize("text", ["", "A", "AQ", "AQ==", "AQ" * 7, "MSC", "口腔"])
def test_what_is_no_sealed_arm_does_not_open(text: str) -> None:
    with pytest.raises(SealBroken):
        open_arm(text, address=ADDRESS, key=KEY)


@pytest.mark.parametrize(
    ("arm", "salt"), [("", SALT), ("A" * 17, SALT), ("A\x00", SALT), ("MSC", ""), ("MSC", "zz")]
)
def test_what_is_no_arm_or_salt_is_not_sealed(arm: str, salt: str) -> None:
    with pytest.raises(ValueError, match=r"an arm has|hexadecimal"):
        seal_arm(arm, salt=salt, address=ADDRESS, key=KEY)


def test_a_key_is_read_padded_or_not_and_known_by_its_fingerprint() -> None:
    text = base64.urlsafe_b64encode(KEY.secret).decode()

    assert SealingKey.from_text(f" {text}\n") == SealingKey.from_text(text.rstrip("=")) == KEY
    assert KEY.fingerprint() == "05f629a94b839089"
    assert SealingKey.from_text(new_key()).fingerprint() != KEY.fingerprint()


@pytest.mark.parametrize(
    "text", ["", "secret", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "口", "+" * 43]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyRefused):
        SealingKey.from_text(text)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(KeyRefused):
        SealingKey(bytes(16))


def test_printing_a_key_does_not_show_it() -> None:
    assert repr(KEY) == "SealingKey()"
