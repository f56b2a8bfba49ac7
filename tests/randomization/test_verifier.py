"""The stand-alone check finds every allocation that does not follow the published list."""

from __future__ import annotations

import ast
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edc.randomization import proof, verifier
from edc.randomization.commitment import merkle_levels, path_in
from edc.randomization.design import Design
from edc.randomization.lists import AllocationList, generate
from tests.randomization.support import OTHER_SEED, SEED, TRANSPLANT, designs, seeds, trial_design

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
# Which stratum each participant belongs to, in the order in which they came.
ARRIVALS = ("ORAL/ALLO", "ORAL/AUTO", "ORAL/ALLO", "SKIN/ALLO", "ORAL/ALLO", "BLAD/AUTO")
VERIFIER = Path(verifier.__file__)
STRIDE = min(11, int(os.environ.get("EDC_TAMPER_STRIDE", "11")))


def made_list(design: Design | None = None, *, seed: str = SEED) -> AllocationList:
    design = design or trial_design(slots=10, target=10)
    return generate(design, seed=seed, purpose="test")


def leaves_of(made: AllocationList) -> list[str]:
    return [made.header_hash(), *(made.slot_hash(slot) for slot in made.slots)]


def allocated(
    made: AllocationList, arrivals: tuple[str, ...] = ARRIVALS, *, opened: bool = False
) -> list[proof.ProvenAllocation]:
    """Return an allocation for each arrival, a minute apart."""
    found = []
    for index, stratum in enumerate(arrivals):
        slot = made.slots_of(stratum)[arrivals[:index].count(stratum)]
        found.append(
            proof.ProvenAllocation(
                number=f"R{index + 1:03d}",
                participant=f"01-{index + 1:03d}",
                stratum=stratum,
                sequence=slot.sequence,
                leaf=made.slot_hash(slot),
                allocated_at=START + timedelta(minutes=index),
                opened=(slot.arm, slot.salt) if opened else None,
            )
        )
    return found


def proof_of(made: AllocationList, *, opened: bool = False) -> Any:
    """Return the proof as its reader gets it: through its text."""
    content = proof.document(
        made.commitment_document(),
        leaves=leaves_of(made),
        allocations=allocated(made, opened=opened),
        covers="all",
        made_at=START + timedelta(hours=1),
    )
    return json.loads(proof.write_document(content))


def trail_of(allocations: list[dict[str, Any]], made: AllocationList) -> list[bytes]:
    """Return the lines of a trail that tell of the list and of these allocations."""
    commitment = made.commitment_document()
    names = ("list_id", "purpose", "algorithm", "slots", "root", "sha256")
    entries: list[dict[str, Any]] = [
        {"kind": "event", "new_values": {name: commitment[name] for name in names}},
        {"kind": "event", "new_values": {}},
        {"kind": "update", "table": "slot", "new_values": None},
    ]
    for one in allocations:
        number, levels = one["number"], one["stratum"].split("/")
        given_ = {"stratum": one["stratum"], "slot_hash": one["leaf"]}
        taken = {name: one[name] for name in ("allocated_at", "entered_at")}
        entries += [
            {"kind": "event", "new_values": {"randomisation_number": number, **given_}},
            {
                "kind": "update",
                "table": "slot",
                "new_values": {"randomisation_number": number, **taken},
            },
        ]
        entries += [
            {"kind": "insert", "table": "data_point", "item": item, "new_values": {"value": level}}
            for item, level in zip(("INJPRIM", "HCTTYP"), levels, strict=False)
        ]
        for entry in entries[-2 - len(levels) :]:
            entry["participant"] = one["participant"]
    whole = [{"table": "", "item": "", "participant": "", **entry} for entry in entries]
    return [json.dumps(entry, ensure_ascii=False).encode() for entry in whole]


def problems(checks: list[verifier.Check]) -> list[str]:
    return [en for check in checks for en, _ in check.problems]


def test_allocations_that_follow_the_list_pass_every_check() -> None:
    made = made_list()
    document = proof_of(made, opened=True)

    checks = verifier.verify(
        made.commitment_document(),
        document,
        trail=trail_of(document["allocations"], made),
        clear_list=made.write().encode(),
    )

    assert problems(checks) == []
    assert [check.count > 0 for check in checks] == [True] * 11


@given(designs(), seeds, st.data())
def test_each_slot_of_any_list_is_proved_and_opened(
    design: Design, seed: str, data: st.DataObject
) -> None:
    made = made_list(design, seed=seed)
    slot = data.draw(st.sampled_from(made.slots))
    one = proof.ProvenAllocation(
        number="R001",
        participant="01-001",
        stratum=slot.stratum,
        sequence=slot.sequence,
        leaf=made.slot_hash(slot),
        allocated_at=START,
        opened=(slot.arm, slot.salt),
    )
    commitment = made.commitment_document()
    content = proof.document(
        commitment, leaves=leaves_of(made), allocations=[one], covers="one", made_at=START
    )

    checks = verifier.verify(commitment, content, clear_list=made.write().encode())

    assert problems(checks) == []


def test_a_proof_shows_a_masked_reader_no_arm_no_salt_and_no_other_slot() -> None:
    made = made_list()
    text = json.dumps(proof_of(made))
    used = {one.leaf for one in allocated(made)}
    # A leaf beside the way up is a salted hash as any other; what it stands for is nowhere.
    assert not [slot for slot in made.slots if slot.salt in text]
    assert '"opened": null' in text
    assert "block" not in text
    assert [one["leaf"] for one in proof_of(made)["allocations"]] == [
        one.leaf for one in allocated(made)
    ]
    assert len(used) == len(ARRIVALS)


def swapped(first: int, second: int) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        """Let two participants change places, as if one had been let past."""
        one, other = document["allocations"][first], document["allocations"][second]
        for name in ("stratum", "sequence", "place", "leaf", "path", "opened"):
            one[name], other[name] = other[name], one[name]

    return change


def put(index: int, **values: object) -> Callable[[Any], None]:
    return lambda document: document["allocations"][index].update(values)


ATTACKS: dict[str, tuple[Callable[[Any], None], str]] = {
    "a slot kept back": (lambda d: d["allocations"].pop(2), "R004 stands for R003"),
    "the last slot kept back and the next used": (
        lambda d: d["allocations"].pop(0),
        "R002 stands for R001",
    ),
    "two who changed places": (swapped(0, 2), "was used where 1 was next"),
    "a slot given twice": (
        lambda d: d["allocations"].append({**d["allocations"][5], "number": "R007"}),
        "is used again",
    ),
    "a participant randomised twice": (put(3, participant="01-001"), "participant 01-001"),
    "a slot of another stratum": (put(0, stratum="SKIN/ALLO"), "does not stand at"),
    "another place": (put(0, place=2), "does not stand at"),
    "a stratum that is none": (put(0, stratum="LUNG/ALLO"), "does not stand at"),
    "another slot's hash": (put(0, leaf="0" * 64), "does not lead to the root"),
    "a time before the one before": (
        put(3, allocated_at="2026-03-02T01:01:30+00:00"),
        "earlier than the number before",
    ),
    "a time that has not come": (
        put(5, allocated_at="2026-03-02T03:00:00+00:00"),
        "after the proof was made",
    ),
    "an envelope entered before it was opened": (
        put(5, entered_at="2026-03-02T01:04:59+00:00"),
        "before it happened",
    ),
    "another arm": (lambda d: d["allocations"][0]["opened"].update(arm="OTHER"), "does not open"),
    "another salt": (
        lambda d: d["allocations"][0]["opened"].update(salt="0" * 64),
        "does not open",
    ),
    "no whole number": (put(0, sequence=True), "proof.allocations[1].sequence"),
    "a fact left out": (lambda d: d["allocations"][0].pop("opened"), "proof.allocations[1].opened"),
    "a time without its offset": (
        put(0, allocated_at="2026-03-02T01:00:00"),
        "proof.allocations[1].allocated_at",
    ),
    "another root": (lambda d: d["commitment"].update(root="0" * 64), "root is not what you hold"),
    "another header": (lambda d: d.update(header_path=[]), "header does not lead"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_does_not_follow_the_list_is_named(attack: str) -> None:
    made = made_list()
    document = proof_of(made, opened=True)
    change, expected = ATTACKS[attack]
    change(document)

    found = problems(verifier.verify(made.commitment_document(), document))

    assert any(expected in problem for problem in found), found


def with_envelope(made: AllocationList, *, passed_at: timedelta, index: int = 4) -> Any:
    """Return a proof in which the third slot of ORAL/ALLO was passed over by an envelope."""
    document = proof_of(made)
    one, slot = document["allocations"][index], made.slots_of("ORAL/ALLO")[3]
    place = one["place"] + 1
    path = path_in(merkle_levels(leaves_of(made)), place=place)
    one.update(
        sequence=4,
        place=place,
        leaf=made.slot_hash(slot),
        path=list(path),
        entered_at=one["allocated_at"],
        allocated_at="2026-03-02T00:30:00+00:00",
    )
    at = (START + timedelta(minutes=index) + passed_at).isoformat()
    document["passed_over"] = [{"stratum": "ORAL/ALLO", "sequence": 3, "passed_over_at": at}]
    return document


def test_an_envelope_opened_out_of_turn_leaves_no_gap_but_a_slot_passed_over() -> None:
    made = made_list()
    commitment = made.commitment_document()
    document = with_envelope(made, passed_at=timedelta(0))
    trail = trail_of(document["allocations"], made)
    passed = {**document["passed_over"][0], "kind": "update", "table": "slot", "item": ""}
    told = {"passed_over_at": passed.pop("passed_over_at")}
    trail.append(json.dumps({**passed, "participant": "", "new_values": told}).encode())

    assert problems(verifier.verify(commitment, document, trail=trail)) == []
    found = problems(verifier.verify(commitment, document, trail=trail[:-1]))
    assert found == ["other slots were passed over"]


def test_a_slot_passed_over_afterwards_or_out_of_turn_is_named() -> None:
    made = made_list()
    commitment = made.commitment_document()
    late = with_envelope(made, passed_at=timedelta(seconds=1))
    silent = {**with_envelope(made, passed_at=timedelta(0)), "passed_over": []}
    ahead = {"stratum": "SKIN/AUTO", "sequence": 2, "passed_over_at": START.isoformat()}

    assert "passed over only later" in problems(verifier.verify(commitment, late))[0]
    assert "where 3 was next" in problems(verifier.verify(commitment, silent))[0]
    (found,) = problems(verifier.verify(commitment, {**proof_of(made), "passed_over": [ahead]}))
    assert found == "slot 2 of SKIN/AUTO was passed over out of turn"


def test_a_slot_both_used_and_passed_over_is_named() -> None:
    made = made_list()
    both = {"stratum": "ORAL/ALLO", "sequence": 1, "passed_over_at": START.isoformat()}

    found = problems(
        verifier.verify(made.commitment_document(), {**proof_of(made), "passed_over": [both]})
    )

    assert found == ["slot 1 of ORAL/ALLO was passed over out of turn"]


TRAIL_ATTACKS: dict[str, tuple[Callable[[list[dict[str, Any]]], object], str]] = {
    "an allocation that the trail does not have": (lambda told: told.pop(), "R006: 0 entries"),
    "one that only the trail has": (
        lambda told: told.append({**told[0], "number": "R007", "participant": "01-007"}),
        "R007: not in the proof",
    ),
    "one that was written twice": (lambda told: told.append(told[0]), "R001: 2 entries"),
    "another slot": (lambda told: told[0].update(leaf="0" * 64), "leaf is 000"),
    "another stratum": (lambda told: told[0].update(stratum="SKIN/AUTO"), "stratum is SKIN/AUTO"),
    "another time": (
        lambda told: told[0].update(allocated_at="2026-03-02T00:59:00+00:00"),
        "allocated_at is 2026-03-02T00:59",
    ),
    "another participant": (
        lambda told: told[0].update(participant="01-009"),
        "participant is 01-009",
    ),
}


@pytest.mark.parametrize("attack", TRAIL_ATTACKS)
def test_a_trail_that_tells_another_story_is_named(attack: str) -> None:
    made = made_list()
    document = proof_of(made)
    told = copy.deepcopy(document["allocations"])
    change, expected = TRAIL_ATTACKS[attack]
    change(told)

    trail = trail_of(told, made)
    found = problems(verifier.verify(made.commitment_document(), document, trail=trail))

    assert any(expected in problem for problem in found), found


def test_another_list_or_one_loaded_late_is_named_from_the_trail() -> None:
    made, other = made_list(), made_list(seed=OTHER_SEED)
    document = proof_of(made)
    told = document["allocations"]
    foreign = verifier.verify(made.commitment_document(), document, trail=trail_of(told, other))
    first, *rest = trail_of(told, made)
    late = verifier.verify(made.commitment_document(), document, trail=[*rest, first])
    broken = verifier.verify(made.commitment_document(), document, trail=[*rest, b"{", b"\xff"])

    twice = verifier.verify(made.commitment_document(), document, trail=[first, first, *rest])
    untold = verifier.verify(made.commitment_document(), document, trail=rest)

    assert problems(twice) == ["it was loaded 2 times"]
    assert [check.count for check in untold if "loaded once" in check.en] == [0]
    assert "another list was loaded" in problems(foreign)
    assert "loaded after an allocation" in problems(late)
    assert len([found for found in problems(broken) if "cannot be read" in found]) == 2


def test_strata_other_than_those_on_the_crf_are_named() -> None:
    made = made_list()
    document = proof_of(made)
    lines = trail_of(document["allocations"], made)
    lines = [line.replace(b'{"value": "BLAD"}', b'{"value": "SKIN"}') for line in lines]

    found = problems(verifier.verify(made.commitment_document(), document, trail=lines))

    assert found == ["R006: SKIN was recorded"]


def test_a_participant_of_another_site_is_asked_of_nobody() -> None:
    made = made_list()
    document = proof_of(made)
    trail = trail_of(document["allocations"][:3], made)
    for one in document["allocations"][3:]:
        one["participant"] = None

    checks = verifier.verify(made.commitment_document(), document, trail=trail)

    assert problems(checks) == []


def test_a_name_left_out_of_the_proof_hides_nothing_that_the_trail_tells() -> None:
    made = made_list()
    document = proof_of(made)
    told = copy.deepcopy(document["allocations"])
    for one in document["allocations"]:
        one["participant"] = None
    document["allocations"][0]["allocated_at"] = "2026-03-02T00:30:00+00:00"

    found = verifier.verify(made.commitment_document(), document, trail=trail_of(told, made))

    assert problems(found) == ["R001: allocated_at is 2026-03-02T01:00:00+00:00 there"]


def test_many_allocations_do_not_pass_as_one() -> None:
    made = made_list()
    document = proof_of(made) | {"covers": "one"}
    del document["allocations"][2]  # a gap, which is not looked for in a proof of one

    found = problems(verifier.verify(made.commitment_document(), document))
    alone = document | {"allocations": document["allocations"][:1]}
    skipped = {"stratum": "ORAL/ALLO", "sequence": 9, "passed_over_at": "2026-03-02T01:00:00+00:00"}

    assert found == ["it says that it covers one allocation"]
    assert problems(verifier.verify(made.commitment_document(), alone)) == []
    assert problems(
        verifier.verify(made.commitment_document(), alone | {"passed_over": [skipped]})
    ) == ["it says that it covers one allocation"]


def test_participants_that_only_look_different_are_refused() -> None:
    made = made_list()
    document = proof_of(made)
    document["allocations"][1]["participant"] = "0１-001"

    assert problems(verifier.verify(made.commitment_document(), document)) == [
        "proof.allocations[2].participant is missing or wrong"
    ]


def test_another_list_in_clear_is_not_the_one_committed_to() -> None:
    made, other = made_list(), made_list(seed=OTHER_SEED)

    found = verifier.verify(
        made.commitment_document(), proof_of(made), clear_list=other.write().encode()
    )
    unreadable = verifier.verify(made.commitment_document(), proof_of(made), clear_list=b"[]")

    assert {"its SHA-256 is another", "its root is another"} < set(problems(found))
    assert problems(unreadable) == ["it cannot be read as a list"]


@settings(max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists) | st.just({}))
def test_what_is_no_proof_is_refused_and_never_a_fault(content: Any) -> None:
    commitment = made_list().commitment_document()

    for checks in (verifier.verify(commitment, content), verifier.verify(content, {})):
        assert problems(checks)
        assert list(verifier.report(checks))


@given(st.integers(1, 300), st.data())
def test_a_leaf_leads_to_the_root_from_its_own_place_only(count: int, data: st.DataObject) -> None:
    leaves = [verifier.leaf_hash(index) for index in range(count)]
    place = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(-1, count))
    root = verifier.merkle_root(leaves)
    path = path_in(merkle_levels(leaves), place=place)

    assert verifier.root_above(leaves[place], place=place, leaves=count, path=path) == root
    if other != place:
        led = verifier.root_above(leaves[place], place=other, leaves=count, path=path)
        assert led != root


def test_every_changed_bit_of_a_proof_is_noticed_but_for_when_it_was_made() -> None:
    made = made_list(trial_design(factors=(TRANSPLANT,), slots=6, target=6))
    arrivals = ("ALLO", "AUTO")
    content = proof.document(
        made.commitment_document(),
        leaves=leaves_of(made),
        allocations=allocated(made, arrivals, opened=True),
        covers="all",
        made_at=START + timedelta(hours=1),
    )
    text = proof.write_document(content).encode()
    trail = [
        line
        for line in trail_of(json.loads(text)["allocations"], made)
        if b"data_point" not in line
    ]
    commitment = made.commitment_document()

    def holds(changed: bytes) -> bool:
        try:
            found = json.loads(changed.decode())
        except ValueError:
            return False
        return not problems(verifier.verify(commitment, found, trail=trail))

    assert holds(text)
    tried, unnoticed = 0, []
    for bit in range(0, 8 * len(text), STRIDE):
        changed = bytearray(text)
        changed[bit // 8] ^= 1 << (bit % 8)
        tried += 1
        if holds(bytes(changed)):
            line = text.count(b"\n", 0, bit // 8)
            unnoticed.append(text.splitlines()[line])
    sys.stdout.write(f"proof: {tried} bits, {tried - len(unnoticed)} noticed\n")
    # A proof may be made at any moment after the last allocation: it says nothing more.
    assert {line.split(b'"')[1] for line in unnoticed} <= {b"made_at"}
    assert tried > 1000


# --- the file by itself -------------------------------------------------------------------------


def run_alone(folder: Path, *names: str) -> tuple[int, str]:
    """Run the file as a sceptic does: copied away, with a Python that sees nothing else."""
    copied = folder / "verifier.py"
    copied.write_bytes(VERIFIER.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(copied), *names],
        capture_output=True,
        cwd=folder,
        check=False,
        env={"PYTHONIOENCODING": "utf-8"},
    )
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def written(folder: Path) -> AllocationList:
    made = made_list()
    document = proof_of(made, opened=True)
    contents = {
        "commitment.json": json.dumps(made.commitment_document()).encode(),
        "proof.json": json.dumps(document).encode(),
        "trail.jsonl": b"\n".join(trail_of(document["allocations"], made)) + b"\n",
        "list.json": made.write().encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return made


def test_the_file_alone_checks_the_files_of_an_export(tmp_path: Path) -> None:
    made = written(tmp_path)
    names = ("commitment.json", "proof.json", "trail.jsonl", "--list", "list.json")

    code, told = run_alone(tmp_path, *names)

    assert code == 0, told
    assert "Everything that was checked holds · 所核查内容全部一致" in told
    # Without these a printout would not say which list it is about, nor that it is a test list.
    assert f"list      {made.list_id} ({made.purpose})" in told
    assert f"root      {made.commitment().root}" in told
    assert told.count("\nok") + told.startswith("ok") == 11


def test_the_file_alone_ends_with_one_when_something_is_wrong(tmp_path: Path) -> None:
    written(tmp_path)
    text = (tmp_path / "proof.json").read_text()
    (tmp_path / "proof.json").write_text(text.replace('"sequence": 1,', '"sequence": 2,', 1))

    code, told = run_alone(tmp_path, "commitment.json", "proof.json")
    absent, sentence = run_alone(tmp_path, "commitment.json", "nothing.json")

    assert code == 1
    assert "FAILED" in told
    assert absent == 1
    assert "A file cannot be read" in sentence
    assert "Traceback" not in told + sentence


@pytest.mark.parametrize("name", ["commitment.json", "proof.json", "trail.jsonl"])
def test_a_file_that_says_one_thing_twice_is_not_read_as_either(tmp_path: Path, name: str) -> None:
    written(tmp_path)
    first, second = {
        "commitment.json": ('{"format"', '{"root": "0", "format"'),
        "proof.json": ('"covers": "all"', '"covers": "one", "covers": "all"'),
        "trail.jsonl": ('"kind": "event"', '"kind": "insert", "kind": "event"'),
    }[name]
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert first in text
    (tmp_path / name).write_text(text.replace(first, second, 1), encoding="utf-8")

    code, told = run_alone(tmp_path, "commitment.json", "proof.json", "trail.jsonl")

    assert code == 1, told
    assert "cannot be read" in told


def test_the_file_needs_the_standard_library_and_an_old_python_only() -> None:
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"), feature_version=(3, 8))

    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names | {"__future__"}
