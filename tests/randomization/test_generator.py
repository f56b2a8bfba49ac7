"""The generator agrees with NIST's published vectors and favours no number and no order."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from itertools import permutations

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

# NIST CAVP, DRBG vectors, HMAC_DRBG.rsp without reseed: [SHA-256], no prediction resistance, no
# additional input, 1024 returned bits. Each is the second of two requests.
# (entropy input, nonce, personalisation, returned bits)
NIST_VECTORS = [
    (
        "ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488",
        "659ba96c601dc69fc902940805ec0ca8",
        "",
        (
            "e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89"
            "d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba6e624abf07745bc1"
            "07694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668"
            "961df86803482cb37ed6d5c0bb8d50cf1f50d476aa0458bdaba806f48be9dcb8"
        ),
    ),
    (
        "79737479ba4e7642a221fcfd1b820b134e9e3540a35bb48ffae29c20f5418ea3",
        "3593259c092bef4129bc2c6c9e19f343",
        "",
        (
            "cf5ad5984f9e43917aa9087380dac46e410ddc8a7731859c84e9d0f31bd43655"
            "b924159413e2293b17610f211e09f770f172b8fb693a35b85d3b9e5e63b1dc25"
            "2ac0e115002e9bedfb4b5b6fd43f33b8e0eafb2d072e1a6fee1f159df9b51e6c"
            "8da737e60d5032dd30544ec51558c6f080bdbdab1de8a939e961e06b5f1aca37"
        ),
    ),
    (
        "b340907445b97a8b589264de4a17c0bea11bb53ad72f9f33297f05d2879d898d",
        "65cb27735d83c0708f72684ea58f7ee5",
        "",
        (
            "75183aaaf3574bc68003352ad655d0e9ce9dd17552723b47fab0e84ef903694a"
            "32987eeddbdc48efd24195dbdac8a46ba2d972f5808f23a869e71343140361f5"
            "8b243e62722088fe10a98e43372d252b144e00c89c215a76a121734bdc485486"
            "f65c0b16b8963524a3a70e6f38f169c12f6cbdd169dd48fe4421a235847a23ff"
        ),
    ),
    (
        "5cacc68165a2e2ee20812f35ec73a79dbf30fd475476ac0c44fc6174cdac2b55",
        "6f885496c1e63af620becd9e71ecb824",
        "e72dd8590d4ed5295515c35ed6199e9d211b8f069b3058caa6670b96ef1208d0",
        (
            "f1012cf543f94533df27fedfbf58e5b79a3dc517a9c402bdbfc9a0c0f721f9d5"
            "3faf4aafdc4b8f7a1b580fcaa52338d4bd95f58966a243cdcd3f446ed4bc546d"
            "9f607b190dd69954450d16cd0e2d6437067d8b44d19a6af7a7cfa8794e5fbd72"
            "8e8fb2f2e8db5dd4ff1aa275f35886098e80ff844886060da8b1e7137846b23b"
        ),
    ),
    (
        "8df013b4d103523073917ddf6a869793059e9943fc8654549e7ab22f7c29f122",
        "da2625af2ddd4abcce3cf4fa4659d84e",
        "b571e66d7c338bc07b76ad3757bb2f9452bf7e07437ae8581ce7bc7c3ac651a9",
        (
            "b91cba4cc84fa25df8610b81b641402768a2097234932e37d590b1154cbd23f9"
            "7452e310e291c45146147f0da2d81761fe90fba64f94419c0f662b28c1ed94da"
            "487bb7e73eec798fbcf981b791d1be4f177a8907aa3c401643a5b62b87b89d66"
            "b3a60e40d4a8e4e9d82af6d2700e6f535cdb51f75c321729103741030ccc3a56"
        ),
    ),
    (
        "8ca4a964e1ff68753db86753d09222e09b888b500be46f2a3830afa9172a1d6d",
        "a59394e0af764e2f21cf751f623ffa6c",
        "eb8164b3bf6c1750a8de8528af16cffdf400856d82260acd5958894a98afeed5",
        (
            "fc5701b508f0264f4fdb88414768e1afb0a5b445400dcfdeddd0eba67b4fea8c"
            "056d79a69fd050759fb3d626b29adb8438326fd583f1ba0475ce7707bd294ab0"
            "1743d077605866425b1cbd0f6c7bba972b30fbe9fce0a719b044fcc139435489"
            "5a9f8304a2b5101909808ddfdf66df6237142b6566588e4e1e8949b90c27fc1f"
        ),
    ),
]


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


@pytest.mark.parametrize(("entropy", "nonce", "personalisation", "expected"), NIST_VECTORS)
def test_the_generator_gives_the_bits_that_nist_publishes(
    entropy: str, nonce: str, personalisation: str, expected: str
) -> None:
    drbg = HmacDrbg(bytes.fromhex(entropy + nonce), personalisation=bytes.fromhex(personalisation))

    drbg.generate(128)

    assert drbg.generate(128).hex() == expected


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
