"""The generator agrees with NIST's published vectors and favours no number and no order."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.randomization.generator import (
    HmacDrbg,
    RandomStream,
    SeedRefused,
    new_seed,
    seed_bytes,
)
from tests.randomization.support import OTHER_SEED, SEED, evenly_spread, seeds

NIST = Path(__file__).with_name("nist_hmac_drbg_sha256.rsp")


def nist_vectors() -> list[dict[str, list[bytes]]]:
    """Read the published vectors; a name that stands twice holds two values."""
    vectors: list[dict[str, list[bytes]]] = []
    for line in NIST.read_text(encoding="ascii").splitlines():
        name, _, value = (part.strip() for part in line.partition("="))
        if name == "COUNT":
            vectors.append({})
        elif vectors and name and name[0] not in "#[":
            vectors[-1].setdefault(name, []).append(bytes.fromhex(value))
    return vectors


def second_implementation(seed: bytes, label: str, limits: list[int]) -> list[int]:
    """Draw numbers below each limit, written from the module's description alone."""

    def mac(key: bytes, data: bytes) -> bytes:
        return hmac.new(key, data, hashlib.sha256).digest()

    material = seed + b"edc-randomization/1|" + label.encode("utf-8")
    k, v = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        k = mac(k, v + mark + material)
        v = mac(k, v)
    waiting: list[int] = []
    drawn: list[int] = []
    for limit in limits:
        bits = len(f"{limit - 1:b}") if limit > 1 else 0
        while True:
            number = 0
            for _ in range(-(-bits // 8)):
                if not waiting:
                    v = mac(k, v)
                    waiting = list(v)
                    k = mac(k, v + b"\x00")
                    v = mac(k, v)
                number = number * 256 + waiting.pop(0)
            number %= 2**bits
            if number < limit:
                drawn.append(number)
                break
    return drawn


def test_the_generator_gives_the_bits_of_all_240_vectors_that_nist_publishes() -> None:
    passed = 0
    for vector in nist_vectors():
        (entropy,), (nonce,) = vector["EntropyInput"], vector["Nonce"]
        (personalisation,) = vector["PersonalizationString"]
        drbg = HmacDrbg(entropy + nonce, personalisation=personalisation)
        first, second = (drbg.generate(128, additional=text) for text in vector["AdditionalInput"])
        assert [second] == vector["ReturnedBits"]
        assert first != second
        passed += 1

    assert passed == 240


@given(seeds, st.text(max_size=20), st.lists(st.integers(1, 2**40), max_size=40))
def test_a_second_implementation_draws_the_same_numbers(
    seed: str, label: str, limits: list[int]
) -> None:
    stream = RandomStream(seed_bytes(seed), label=label)

    assert [stream.below(limit) for limit in limits] == second_implementation(
        seed_bytes(seed), label, limits
    )


@given(seeds, st.lists(st.integers(0, 100), max_size=10))
def test_how_a_stream_is_read_does_not_change_it(seed: str, counts: list[int]) -> None:
    piecewise = RandomStream(seed_bytes(seed), label="x")
    at_once = RandomStream(seed_bytes(seed), label="x")

    assert b"".join(piecewise.take(count) for count in counts) == at_once.take(sum(counts))


def test_streams_of_one_seed_under_two_labels_share_nothing() -> None:
    first = RandomStream(seed_bytes(SEED), label="stratum|ORAL/ALLO").take(4000)
    second = RandomStream(seed_bytes(SEED), label="stratum|ORAL/AUTO").take(4000)

    equal_bits = sum(8 - (a ^ b).bit_count() for a, b in zip(first, second, strict=True))

    # 32,000 bits: five standard deviations (89.4 each) about the half.
    assert abs(equal_bits - 16000) < 447


@pytest.mark.parametrize("limit", [2, 3, 5, 6, 7, 10, 100])
def test_every_number_below_a_limit_is_equally_likely(limit: int) -> None:
    stream = RandomStream(seed_bytes(SEED), label=f"below {limit}")

    observed: Counter[object] = Counter(stream.below(limit) for _ in range(20_000))

    assert set(observed) <= set(range(limit))
    assert evenly_spread(observed, cells=limit)


def test_a_generator_that_favours_one_number_is_found_out() -> None:
    stream = RandomStream(seed_bytes(SEED), label="bytes")

    # A remainder instead of a new draw: 256 = 2 * 100 + 56 favours the numbers below 56.
    observed: Counter[object] = Counter(byte % 100 for byte in stream.take(20_000))

    assert not evenly_spread(observed, cells=100)


def test_every_order_of_four_is_equally_likely() -> None:
    stream = RandomStream(seed_bytes(OTHER_SEED), label="orders")

    observed: Counter[object] = Counter(tuple(stream.shuffled("ABCD")) for _ in range(24_000))

    assert set(observed) == set(permutations("ABCD"))
    assert evenly_spread(observed, cells=24)


@given(seeds, st.lists(st.integers()))
def test_shuffling_keeps_what_is_shuffled(seed: str, items: list[int]) -> None:
    shuffled = RandomStream(seed_bytes(seed), label="x").shuffled(items)

    assert Counter(shuffled) == Counter(items)


def test_a_choice_is_one_of_the_items() -> None:
    stream = RandomStream(seed_bytes(SEED), label="choice")

    assert {stream.choice((4, 6)) for _ in range(100)} == {4, 6}


def test_a_new_seed_has_more_than_256_bits_and_is_never_the_same() -> None:
    first, second = new_seed(), new_seed()

    assert len(seed_bytes(first)) == 48
    assert first != second


def test_spaces_and_capitals_do_not_make_another_seed() -> None:
    assert seed_bytes(f"  {SEED.upper()}\n") == seed_bytes(SEED)


@pytest.mark.parametrize(
    "seed", ["", "abc", "ab" * 31, "0" * 65, "g" * 64, "0x" + "a" * 62, "１" * 64, "a b" * 30]
)
def test_a_short_or_miswritten_seed_is_refused(seed: str) -> None:
    with pytest.raises(SeedRefused):
        seed_bytes(seed)


def test_impossible_draws_are_refused() -> None:
    stream = RandomStream(seed_bytes(SEED), label="x")

    with pytest.raises(ValueError, match="below 0"):
        stream.below(0)
    with pytest.raises(ValueError, match="at least 32 bytes"):
        RandomStream(b"short", label="x")
    with pytest.raises(ValueError, match="0 to 65536 bytes"):
        HmacDrbg(bytes(32)).generate(65_537)
