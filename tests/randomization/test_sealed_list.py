"""The sealed list: opened by two keys, and refused whole after any change."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edc.randomization.design import Design
from edc.randomization.list_keys import (
    ListKey,
    ListKeyRefused,
    PublicListKey,
)
from edc.randomization.lists import ListRefused, generate
from edc.randomization.sealed_list import inspect, receive, seal
from edc.randomization.sealing import SealingKey
from tests.randomization.support import OTHER_SEED, SEED, small_design, trial_design

INSTALLATION = ListKey.of_installation(SealingKey(bytes(range(32))))
RECOVERY = ListKey.new()
PASSPHRASE = "a long walk by the river"


def sealed(design: Design | None = None, *, seed: str = SEED) -> str:
    made = generate(design or small_design(), seed=seed, purpose="production")
    return seal(made, installation=INSTALLATION.public(), recovery=RECOVERY.public())


SEALED = sealed()


@pytest.mark.parametrize("key", [INSTALLATION, RECOVERY], ids=["installation", "recovery"])
def test_installation_and_statistician_each_open_the_same_list(key: ListKey) -> None:
    expected = generate(small_design(), seed=SEED, purpose="production")

    assert receive(SEALED, key=key, design=small_design()) == expected


def test_the_sealed_file_tells_the_commitment_and_neither_arm_nor_block() -> None:
    made = generate(small_design(), seed=SEED, purpose="production")
    found = json.loads(SEALED)

    assert found["commitment"] == made.commitment_document()
    assert inspect(SEALED).document == made.commitment_document()
    assert not [slot.salt for slot in made.slots if slot.salt in SEALED]
    assert "block" not in SEALED


def test_the_length_of_the_file_does_not_tell_how_many_blocks_were_drawn() -> None:
    lengths = {
        len(sealed(trial_design(slots=20, target=20), seed=f"{n:02x}" * 32)) for n in range(8)
    }

    assert len(lengths) == 1


@settings(max_examples=150)
@given(st.integers(0, 8 * len(SEALED.encode()) - 1))
def test_a_file_altered_by_one_bit_is_refused(bit: int) -> None:
    content = bytearray(SEALED.encode())
    content[bit // 8] ^= 1 << bit % 8

    for key in (INSTALLATION, RECOVERY):
        with pytest.raises(ListRefused) as refusal:
            receive(content.decode(errors="replace"), key=key, design=small_design())
        assert refusal.value.message.zh


@given(st.integers(0, len(SEALED) - 1))
def test_a_truncated_file_is_refused(kept: int) -> None:
    with pytest.raises(ListRefused):
        receive(SEALED[:kept], key=INSTALLATION, design=small_design())


def test_parts_of_two_files_make_no_list() -> None:
    one, other = json.loads(SEALED), json.loads(sealed(seed=OTHER_SEED))
    for part in ("commitment", "keys", "content"):
        mixed = json.dumps({**one, part: other[part]}, ensure_ascii=False, sort_keys=True, indent=1)
        with pytest.raises(ListRefused, match="damaged or was altered"):
            receive(mixed + "\n", key=INSTALLATION, design=small_design())


def test_another_key_opens_nothing_and_is_named() -> None:
    with pytest.raises(ListRefused, match="sealed for other keys") as refusal:
        receive(SEALED, key=ListKey.new(), design=small_design())

    assert INSTALLATION.public().fingerprint() in refusal.value.message.zh


def test_a_list_in_clear_is_refused_as_such() -> None:
    clear = generate(small_design(), seed=SEED, purpose="production").write()

    with pytest.raises(ListRefused, match="in clear"):
        receive(clear, key=INSTALLATION, design=small_design())


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(small_design(), study="OTHER"), "made for study"),
        (replace(small_design(), ratio=(2, 1), block_sizes=(6,)), "the ratio"),
        (trial_design(), "the strata"),
    ],
)
def test_a_list_of_another_study_or_ratio_is_refused_with_the_reason(
    other: Design, said: str
) -> None:
    with pytest.raises(ListRefused, match=said):
        receive(SEALED, key=INSTALLATION, design=other)


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "nothing", "[" * 100_000, "\ufeff{}"])
def test_what_is_no_sealed_list_is_refused(text: str) -> None:
    with pytest.raises(ListRefused):
        receive(text, key=INSTALLATION, design=small_design())


def test_a_public_key_survives_a_telephone_and_no_slip_of_the_pen() -> None:
    text = INSTALLATION.public().text()

    read = PublicListKey.from_text(f" {text[:20]}\n{text[20:]} ")

    assert read.fingerprint() == INSTALLATION.public().fingerprint()
    for place in range(len(text)):
        wrong = "A" if text[place] != "A" else "B"
        with pytest.raises(ListKeyRefused):
            PublicListKey.from_text(text[:place] + wrong + text[place + 1 :])


def test_the_installation_key_follows_from_the_sealing_key_alone() -> None:
    again = ListKey.of_installation(SealingKey(bytes(range(32))))
    other = ListKey.of_installation(SealingKey(bytes(range(1, 33))))

    assert again.public().text() == INSTALLATION.public().text()
    assert other.public().text() != INSTALLATION.public().text()


def test_the_recovery_key_opens_by_its_passphrase_alone() -> None:
    written = RECOVERY.write(passphrase=PASSPHRASE)

    assert ListKey.from_file(written, passphrase=PASSPHRASE).public().text() == (
        RECOVERY.public().text()
    )
    altered = written.replace(b"edclist1-", b"edclist1-A")
    for content, passphrase in ((written, "another"), (altered, PASSPHRASE), (b"[]", PASSPHRASE)):
        with pytest.raises(ListKeyRefused, match="cannot be opened"):
            ListKey.from_file(content, passphrase=passphrase)
    with pytest.raises(ListKeyRefused, match="at least 12"):
        RECOVERY.write(passphrase="short")


def test_printing_a_key_shows_nothing_of_it() -> None:
    raw = RECOVERY.key.private_bytes_raw()

    assert raw.hex() not in repr(RECOVERY)
    assert repr(RECOVERY) == "ListKey()"
