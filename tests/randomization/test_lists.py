"""A list follows its design, comes out the same for the same seed, and shows any alteration."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from itertools import groupby, islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edc.randomization.blocks import block_content, permuted_blocks
from edc.randomization.commitment import (
    Commitment,
    SlotProof,
    merkle_path,
    verify,
    write_document,
)
from edc.randomization.design import Design, Level
from edc.randomization.generator import RandomStream, SeedRefused, new_seed, seed_bytes
from edc.randomization.lists import AllocationList, ListRefused, Slot, generate, read
from edc.randomization.verifier import merkle_root
from edc.study.label import Label
from tests.randomization.support import (
    OTHER_SEED,
    SEED,
    SITE,
    TRANSPLANT,
    designs,
    evenly_spread,
    seeds,
    small_design,
    trial_design,
)

HEX = "0123456789abcdef"


def arms_of(allocation_list: AllocationList, stratum: str) -> list[str]:
    return [slot.arm for slot in allocation_list.slots_of(stratum)]


def production_list(design: Design | None = None) -> AllocationList:
    return generate(design or trial_design(), seed=SEED, purpose="production")


@given(designs(), seeds)
def test_each_block_keeps_the_ratio_exactly(design: Design, seed: str) -> None:
    allocation_list = generate(design, seed=seed, purpose="test")

    for stratum in design.strata():
        slots = allocation_list.slots_of(stratum.key)
        assert [slot.sequence for slot in slots] == list(range(1, design.slots_per_stratum + 1))
        blocks = [list(block) for _, block in groupby(slots, key=lambda slot: slot.block)]
        for block in blocks[:-1]:
            assert len(block) in design.block_sizes
            content = block_content(design, size=len(block))
            assert Counter(slot.arm for slot in block) == Counter(content)
        assert len(blocks[-1]) <= max(design.block_sizes)


@given(designs(), seeds)
def test_a_list_is_read_back_as_it_was_written(design: Design, seed: str) -> None:
    allocation_list = generate(design, seed=seed, purpose="production")

    read_back = read(allocation_list.write(), design=design)

    assert read_back == allocation_list
    assert read_back.sha256() == allocation_list.sha256()


def test_the_same_seed_gives_the_same_list_bit_for_bit_for_ever() -> None:
    allocation_list = production_list()

    assert allocation_list.list_id == "51027887083e5cf6"
    assert (
        allocation_list.sha256()
        == "d4b6e3748c14c53f5b673dcc0760ac0ef1b5756b9f8cfac71d35f8f2ef0faa2b"
    )
    assert (
        allocation_list.commitment().root
        == "005e7af2de83fcc62c5394ac7d9d91faeb76717838108e9a4471bf24b9297b73"
    )
    assert (
        "".join(arm[0] for arm in arms_of(allocation_list, "ORAL/ALLO")[:24])
        == "MSMSSSMMSMMSSSMMMSSMSMMS"
    )


def test_the_checksum_is_that_of_the_file() -> None:
    text = production_list().write()

    assert production_list().sha256() == hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_the_file_is_readable_json_with_one_slot_a_line_and_no_seed() -> None:
    text = production_list().write()
    content = json.loads(text)

    assert len(content["slots"]) == 720
    assert content["slots"][0].keys() == {
        "arm",
        "block",
        "position",
        "salt",
        "sequence",
        "stratum",
    }
    assert len(text.splitlines()) == 720 + 3
    assert SEED[:32] not in text.lower()


def test_another_seed_gives_another_list() -> None:
    other = generate(trial_design(), seed=OTHER_SEED, purpose="production")

    assert other.list_id != production_list().list_id
    assert [slot.arm for slot in other.slots] != [slot.arm for slot in production_list().slots]


def test_a_test_list_tells_nothing_of_the_production_list_of_the_same_seed() -> None:
    test_list = generate(trial_design(), seed=SEED, purpose="test")

    assert test_list.list_id != production_list().list_id
    agreeing = sum(
        test.arm == real.arm
        for test, real in zip(test_list.slots, production_list().slots, strict=True)
    )
    assert 300 < agreeing < 420  # 720 tosses: 360 give or take four standard deviations


def test_a_stratum_s_list_does_not_depend_on_the_other_strata() -> None:
    lip = Level("LIP", label=Label(en="Lip", zh="唇"))
    wider = trial_design(factors=(replace(SITE, levels=(lip, *SITE.levels)), TRANSPLANT))

    widened = generate(wider, seed=SEED, purpose="production")

    for stratum in trial_design().strata():
        assert widened.slots_of(stratum.key) == production_list().slots_of(stratum.key)


def test_no_two_strata_share_a_list() -> None:
    allocation_list = production_list()
    lists = {tuple(arms_of(allocation_list, s.key)) for s in trial_design().strata()}

    assert len(lists) == 6


def test_a_longer_list_begins_with_the_shorter() -> None:
    longer = production_list(trial_design(slots=200))

    for stratum in trial_design().strata():
        shorter = production_list().slots_of(stratum.key)
        assert longer.slots_of(stratum.key)[: len(shorter)] == shorter


def test_a_hundred_thousand_allocations_are_balanced() -> None:
    design = trial_design(factors=(), slots=100_000)

    arms = arms_of(generate(design, seed=SEED, purpose="test"), "ALL")

    running, furthest, changes = 0, 0, 0
    for before, arm in pairwise(["", *arms]):
        running += 1 if arm == "MSC" else -1
        furthest = max(furthest, abs(running))
        changes += arm != before
    assert furthest == 3
    assert abs(running) <= 3
    # Within a block of 2m, neighbours differ with probability m/(2m-1); between blocks with 1/2.
    expected = 100_000 * (3 * 2 / 3 + 5 * 3 / 5 + 2 * 1 / 2) / 10
    assert abs(changes - expected) < 800


def test_both_block_sizes_and_every_order_occur_equally_often() -> None:
    stream = RandomStream(seed_bytes(SEED), label="blocks")
    blocks = [b.arms for b in islice(permuted_blocks(trial_design(), stream=stream), 20_000)]

    fours: Counter[object] = Counter(block for block in blocks if len(block) == 4)
    sixes: Counter[object] = Counter(block for block in blocks if len(block) == 6)

    assert abs(fours.total() - 10_000) < 354  # five standard deviations
    assert (len(fours), len(sixes)) == (6, 20)
    assert evenly_spread(fours, cells=6)
    assert evenly_spread(sixes, cells=20)


def test_every_edit_of_one_character_is_refused() -> None:
    design = small_design()
    text = production_list(design).write()

    for place, character in enumerate(text):
        replacement = "1" if character == "0" else "0"
        for edited in (
            text[:place] + replacement + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + " " + text[place:],
        ):
            with pytest.raises(ListRefused):
                read(edited, design=design)


@settings(max_examples=300)
@given(st.data())
def test_any_character_anywhere_is_refused(data: st.DataObject) -> None:
    design = small_design()
    text = production_list(design).write()
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters().filter(lambda found: found != text[place]))

    with pytest.raises(ListRefused):
        read(text[:place] + character + text[place + 1 :], design=design)


@given(st.integers(0, 2000))
def test_a_truncated_list_is_refused(kept: int) -> None:
    text = production_list(small_design()).write()

    with pytest.raises(ListRefused):
        read(text[: min(kept, len(text) - 1)], design=small_design())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"format":"edc-allocation-list/1"}',
        "[" * 100_000,
        "NaN",
        "1" * 5000,
        "\ufeff{}",
    ],
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ListRefused):
        read(text, design=trial_design())


def test_windows_line_ends_are_refused() -> None:
    text = production_list(small_design()).write()

    with pytest.raises(ListRefused):
        read(text.replace("\n", "\r\n"), design=small_design())


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        (trial_design(ratio=(2, 1), block_sizes=(6,)), "the ratio, the block sizes"),
        (trial_design(factors=(TRANSPLANT,)), "the strata"),
        (trial_design(block_sizes=(4,)), "the block sizes"),
        (trial_design(slots=121), "the length"),
    ],
)
def test_a_list_of_another_design_is_refused(other: Design, differing: str) -> None:
    with pytest.raises(ListRefused, match=f"another design.* differs is {differing}") as refusal:
        read(production_list().write(), design=other)

    assert "不同之处" in refusal.value.message.zh


def test_a_list_of_another_study_is_refused_by_its_name() -> None:
    with pytest.raises(ListRefused, match="made for study NCT06599346, and this is study OTHER"):
        read(production_list().write(), design=replace(trial_design(), study="OTHER"))


def test_the_public_document_tells_the_design_without_a_block_or_an_arm_of_a_slot() -> None:
    made = production_list()

    content = json.loads(write_document(made.commitment_document()))

    assert content == {
        "format": "edc-commitment/1",
        "list_id": made.list_id,
        "purpose": "production",
        "algorithm": "HMAC_DRBG-SHA-256/1",
        "slots": 720,
        "root": made.commitment().root,
        "header_hash": made.header_hash(),
        "sha256": hashlib.sha256(made.write().encode()).hexdigest(),
        "design": {
            "study": "NCT06599346",
            "arms": ["SOC", "MSC"],
            "ratio": [1, 1],
            "factors": [
                {"code": "INJPRIM", "levels": ["ORAL", "SKIN", "BLAD"]},
                {"code": "HCTTYP", "levels": ["AUTO", "ALLO"]},
            ],
            "slots_per_stratum": 120,
        },
    }
    leaves = [made.header_hash(), *(made.slot_hash(slot) for slot in made.slots)]
    assert merkle_root(leaves) == content["root"]


def test_a_list_of_another_version_of_the_algorithm_is_refused() -> None:
    text = production_list().write().replace("HMAC_DRBG-SHA-256/1", "HMAC_DRBG-SHA-256/2")

    with pytest.raises(ListRefused, match="another version"):
        read(text, design=trial_design())


def test_a_refusal_does_not_tell_what_the_list_holds() -> None:
    allocation_list = production_list(small_design())
    text = allocation_list.write().replace('"sequence":3', '"sequence":"3"', 1)

    with pytest.raises(ListRefused) as refusal:
        read(text, design=small_design())

    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
    assert "MSC" not in str(refusal.value)


def test_printing_a_list_shows_no_arm_and_no_salt() -> None:
    allocation_list = production_list(small_design())
    printed = repr(allocation_list.slots[0]) + repr(replace(allocation_list))

    assert allocation_list.slots[0].salt not in printed
    assert "arm=" not in printed
    assert "slots=(" not in printed


def swapped(slots: tuple[Slot, ...], first: int, second: int) -> tuple[Slot, ...]:
    order = list(slots)
    order[first], order[second] = order[second], order[first]
    return tuple(order)


def test_slots_that_break_the_design_do_not_build_a_list() -> None:
    allocation_list = production_list(small_design())
    slots = allocation_list.slots
    other_arm = {"SOC": "MSC", "MSC": "SOC"}[slots[0].arm]
    broken = [
        slots[1:],
        slots[:-1],
        (*slots, slots[-1]),
        swapped(slots, 0, 1),
        tuple(reversed(slots)),
        (replace(slots[0], arm=other_arm), *slots[1:]),
        (*slots[:-1], replace(slots[-1], arm="XYZ")),
        (replace(slots[0], position=2), *slots[1:]),
        (replace(slots[0], salt="00"), *slots[1:]),
        tuple(replace(slot, block=slot.block + 1) for slot in slots),
        tuple(replace(slot, block=1, position=slot.sequence) for slot in slots),
        tuple(replace(slot, stratum="ALL") for slot in slots),
    ]

    for wrong in broken:
        with pytest.raises(ListRefused):
            replace(allocation_list, slots=wrong)


def test_a_list_of_unknown_purpose_or_without_its_salts_does_not_build() -> None:
    allocation_list = production_list(small_design())

    for wrong in ({"purpose": "training"}, {"list_id": "A"}, {"header_salt": ""}):
        with pytest.raises(ListRefused):
            replace(allocation_list, **wrong)  # type: ignore[arg-type]


def test_a_short_seed_gives_no_list() -> None:
    with pytest.raises(SeedRefused):
        generate(trial_design(), seed="00" * 16, purpose="test")


def test_a_new_seed_gives_a_list() -> None:
    allocation_list = generate(trial_design(), seed=new_seed(), purpose="test")

    assert len(allocation_list.slots) == 720


@given(designs(), seeds, st.data())
def test_each_slot_is_proved_under_the_commitment(
    design: Design, seed: str, data: st.DataObject
) -> None:
    allocation_list = generate(design, seed=seed, purpose="production")
    slot = data.draw(st.sampled_from(allocation_list.slots))

    proof = allocation_list.prove(stratum=slot.stratum, sequence=slot.sequence)

    assert proof.arm == slot.arm
    assert verify(proof, commitment=allocation_list.commitment())


def proof_and_commitment() -> tuple[SlotProof, Commitment]:
    allocation_list = production_list()
    return (
        allocation_list.prove(stratum="ORAL/ALLO", sequence=7),
        allocation_list.commitment(),
    )


def test_a_proof_altered_anywhere_fails() -> None:
    proof, commitment = proof_and_commitment()
    other_arm = {"SOC": "MSC", "MSC": "SOC"}[proof.arm]
    altered = [
        replace(proof, list_id="0" * 16),
        replace(proof, stratum="ORAL/AUTO"),
        replace(proof, sequence=8),
        replace(proof, arm=other_arm),
        replace(proof, salt=proof.salt[::-1]),
        replace(proof, place=0),
        replace(proof, place=proof.place + 1),
        replace(proof, place=proof.leaves),
        replace(proof, leaves=proof.leaves - 1),
        replace(proof, path=proof.path[1:]),
        replace(proof, path=proof.path[:-1]),
        replace(proof, path=(*proof.path, proof.path[0])),
        replace(proof, path=()),
        replace(proof, path=("not a hash", *proof.path[1:])),
        replace(proof, path=tuple(reversed(proof.path))),
    ]

    assert [change for change in altered if verify(change, commitment=commitment)] == []


def test_a_proof_fails_under_another_list_s_commitment() -> None:
    proof, commitment = proof_and_commitment()
    other = generate(trial_design(), seed=OTHER_SEED, purpose="production").commitment()

    assert not verify(proof, commitment=other)
    assert not verify(proof, commitment=replace(commitment, root=other.root))


def test_a_proof_of_no_slot_cannot_be_asked_for() -> None:
    with pytest.raises(KeyError):
        production_list().prove(stratum="ORAL/ALLO", sequence=121)


def test_the_commitment_binds_the_purpose_the_blocks_and_each_salt() -> None:
    allocation_list = production_list()
    slots = allocation_list.slots
    salt = slots[0].salt
    other_salt = salt[:-1] + HEX[HEX.index(salt[-1]) - 1]

    roots = {
        allocation_list.commitment().root,
        replace(allocation_list, purpose="test").commitment().root,
        replace(allocation_list, header_salt="0" * 64).commitment().root,
        replace(allocation_list, slots=(replace(slots[0], salt=other_salt), *slots[1:]))
        .commitment()
        .root,
    }

    assert len(roots) == 4


def test_a_slot_s_hash_is_the_one_its_proof_leads_from() -> None:
    allocation_list = production_list(small_design())
    leaves = ["0" * 64, *(allocation_list.slot_hash(slot) for slot in allocation_list.slots)]
    slot = allocation_list.slots[4]

    proof = allocation_list.prove(stratum=slot.stratum, sequence=slot.sequence)

    assert merkle_path(leaves, place=5)[:2] == proof.path[:2]


# RFC 6962 inputs as published with the reference log's tests: leaves d0 … d7.
RFC6962_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
RFC6962_LEAVES += ["606162636465666768696a6b6c6d6e6f"]
RFC6962_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("count", RFC6962_ROOTS)
def test_the_tree_is_that_of_rfc_6962(count: int) -> None:
    leaves = [
        hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).hexdigest() for leaf in RFC6962_LEAVES[:count]
    ]

    assert merkle_root(leaves) == RFC6962_ROOTS[count]
