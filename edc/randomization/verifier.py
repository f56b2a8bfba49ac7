"""Check that a trial's allocations followed the list to which its statistician had committed.

This file stands alone. It needs Python 3.8 or later and nothing else, no network and no trust in
the system whose files it reads:

    python verifier.py commitment.json proof.json [trail.jsonl] [--list LIST]

- ``commitment.json`` was published before the first participant was randomised. Use the copy you
  kept from that day: a copy that came with the proof proves nothing.
- ``proof.json`` states every allocation (or one) with the hash of its slot, and leads from that
  hash to the commitment's root. An arm is in it only where its reader may see the arm.
- ``trail.jsonl`` is the audit trail, exported without a filter by somebody who reads every site.
- ``LIST`` is the statistician's list in clear, which leaves the safe after unmasking only.

It prints a line for each check with the number of things looked at ("nothing" where there was
nothing to look at), and ends with exit code 0 when all of them hold, otherwise 1.

How a list is committed to. Each slot has a leaf, and before them all stands a leaf for the header;
the tree over the leaves is that of RFC 6962, section 2.1:

    leaf = SHA-256(0x00, JSON of ["slot", list_id, stratum, sequence, arm, salt])
    node = SHA-256(0x01, left, right)

The salt has 256 random bits, so a leaf tells no arm. The slot with sequence s of the stratum with
index i (the last factor varies fastest) stands at place 1 + i * slots_per_stratum + s - 1. As
nobody finds two texts of one SHA-256, a leaf that leads to the root from its place stood there
when the root was published: with that stratum, that sequence and that arm.

What it cannot show: that the list was drawn by chance (the statistician's seed shows that, after
unmasking), or that nobody was told an arm by word of mouth.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from datetime import datetime
from itertools import groupby, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # older Pythons cannot run these spellings, and need not
    from collections.abc import Iterable, Iterator, Sequence

    Json = dict[str, Any]


class Check:
    """One question, how many things it was asked of, and every answer that was no."""

    def __init__(self, en: str, zh: str) -> None:
        """Begin without an answer."""
        self.en, self.zh = en, zh
        self.count = 0
        self.problems: list[tuple[str, str]] = []

    def expect(self, holds: bool, en: str, zh: str) -> bool:  # noqa: FBT001 - reads as a sentence
        """Count one answer; unless it *holds*, keep the sentences that say what is wrong."""
        self.count += 1
        if not holds:
            self.problems.append((en, zh))
        return holds


# --- the tree ----------------------------------------------------------------------------------


def leaf_hash(*values: object) -> str:
    """Return the hash of a leaf: JSON without blanks, keys sorted, in UTF-8, after a byte 0."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def node_hash(left: str, right: str) -> str:
    """Return the hash of two neighbours: the bytes of both after a byte 1."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def level_above(level: Sequence[str]) -> list[str]:
    """Return the hashes of neighbours in pairs; an odd last one moves up as it is."""
    pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + ([level[-1]] if len(level) % 2 else [])


def merkle_root(leaves: Sequence[str]) -> str:
    """Return the root over at least one leaf."""
    level = leaves
    while len(level) > 1:
        level = level_above(level)
    return level[0]


def root_above(leaf: str, *, place: int, leaves: int, path: Iterable[str]) -> str | None:
    """Return the root to which a path leads from *place*; nothing when its length is wrong.

    :param path: the hashes beside the way to the root, leaf first (RFC 9162, section 2.1.3.2).
    """
    here, last, found = place, leaves - 1, leaf
    if not 0 <= here <= last:
        return None
    for beside in path:
        if last == 0:
            return None
        while here == last and here % 2 == 0:  # without a neighbour it has moved up as it was
            here, last = here // 2, last // 2
        found = node_hash(beside, found) if here % 2 else node_hash(found, beside)
        here, last = here // 2, last // 2
    return found if last == 0 else None


# --- the files ---------------------------------------------------------------------------------


def loaded(content: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return what a file says; one that names a thing twice says two things.

    :raises ValueError: when it is no JSON, or a name occurs twice in one object.
    """
    return json.loads(content.decode(), object_pairs_hook=_named_once)


def _named_once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


COMMITMENT_FORMAT, PROOF_FORMAT = "edc-commitment/1", "edc-proof/1"
HASH, CODE = "[0-9a-f]{64}", "[A-Z][A-Z0-9_]{0,15}"
COUNT, MOMENT = object(), object()  # a whole number from 1; a moment with its offset

COMMITMENT = {
    "format": COMMITMENT_FORMAT,
    "list_id": "[0-9a-f]{16}",
    "purpose": "production|test",
    "algorithm": ".+",
    "slots": COUNT,
    "root": HASH,
    "header_hash": HASH,
    "sha256": HASH,
    "design": {
        "arms": [CODE],
        "factors": [{"code": CODE, "levels": [CODE]}],
        "slots_per_stratum": COUNT,
    },
}
ALLOCATION = {
    "number": "R[0-9]{3,}",
    "participant": (None, "[!-~]+"),  # None: of a site whose participants the reader does not see
    "stratum": ".+",
    "sequence": COUNT,
    "place": COUNT,
    "leaf": HASH,
    "path": [HASH],
    "allocated_at": MOMENT,
    "entered_at": (None, MOMENT),  # when an envelope's allocation was typed in afterwards
    "opened": (None, {"arm": CODE, "salt": HASH}),
}
PASSED_OVER = {"stratum": ".+", "sequence": COUNT, "passed_over_at": MOMENT}
PROOF = {
    "format": PROOF_FORMAT,
    "made_at": MOMENT,
    "covers": "all|one",
    "commitment": COMMITMENT,
    "header_path": [HASH],
    "allocations": [ALLOCATION],
    # Slots that are never used, because a later sealed envelope was opened out of turn.
    "passed_over": [PASSED_OVER],
}


def misfits(value: Any, shape: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield each part of a file that does not have the shape it should."""
    if isinstance(shape, tuple):
        if value is not shape[0]:
            yield from misfits(value, shape[1], where)
    elif isinstance(shape, dict) and isinstance(value, dict):
        for name, part in shape.items():
            yield from misfits(value.get(name, ...), part, f"{where}.{name}")
    elif isinstance(shape, list) and isinstance(value, list):
        for index, one in enumerate(value, start=1):
            yield from misfits(one, shape[0], f"{where}[{index}]")
    elif not _is_value(value, shape):
        yield where


def _is_value(value: object, shape: object) -> bool:
    if shape is COUNT:
        return type(value) is int and value >= 1
    if not isinstance(value, str):
        return False
    if shape is MOMENT:
        try:
            return datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            return False
    return isinstance(shape, str) and re.fullmatch(shape, value) is not None


def check_shape(commitment: object, proof: object) -> Check:
    """Check that both files are what they should be; nothing else is checked before."""
    check = Check("The files are a commitment and a proof", "文件为承诺文件和证明文件")
    for name, file, shape in (("commitment", commitment, COMMITMENT), ("proof", proof, PROOF)):
        wrong = list(misfits(file, shape, name))
        for where in wrong:
            check.expect(False, f"{where} is missing or wrong", f"{where}缺失或有误")
        check.count += not wrong
    if not check.problems and isinstance(proof, dict) and proof["covers"] == "one":
        # Of one allocation no order is asked: several must not pass under that name.
        alone = len(proof["allocations"]) == 1 and not proof["passed_over"]
        check.expect(alone, "it says that it covers one allocation", "证明自称仅涉及一例分配")
    return check


def strata_of(design: Json) -> list[str]:
    """List the strata of a commitment's design, the last factor varying fastest."""
    levels = [factor["levels"] for factor in design["factors"]]
    return ["/".join(codes) for codes in product(*levels)] if levels else ["ALL"]


def place_of(design: Json, *, stratum: str, sequence: int) -> int | None:
    """Return the place of a slot's leaf, or nothing when the design has no such slot."""
    strata, length = strata_of(design), int(design["slots_per_stratum"])
    if stratum not in strata or not 1 <= sequence <= length:
        return None
    return 1 + strata.index(stratum) * length + sequence - 1


# --- the proof ---------------------------------------------------------------------------------


def check_commitment(commitment: Json, proof: Json) -> Check:
    """Check that the proof is given under this very commitment, and that its header belongs."""
    check = Check("The proof stands under your commitment", "证明对应您所持的承诺")
    for name in sorted(set(commitment) | set(proof["commitment"])):
        same = name in commitment and proof["commitment"].get(name) == commitment[name]
        check.expect(same, f"{name} is not what you hold", f"{name}与您所持的不符")
    design, leaves = commitment["design"], commitment["slots"] + 1
    whole = commitment["slots"] == len(strata_of(design)) * design["slots_per_stratum"]
    check.expect(whole, "the slots do not fill the strata", "序号总数与分层不符")
    root = root_above(commitment["header_hash"], place=0, leaves=leaves, path=proof["header_path"])
    fits = root == commitment["root"]
    check.expect(fits, "the list's header does not lead to the root", "列表头无法推导至承诺根")
    return check


def check_membership(commitment: Json, proof: Json) -> Check:
    """Check that each allocation's slot was in the list, at the place of stratum and sequence."""
    check = Check("Each slot was in the list, at its place", "每个序号均在已承诺列表的相应位置")
    design, leaves = commitment["design"], commitment["slots"] + 1
    for one in proof["allocations"]:
        number, place = one["number"], one["place"]
        check.expect(
            place == place_of(design, stratum=one["stratum"], sequence=one["sequence"]),
            f"{number}: slot {one['sequence']} of {one['stratum']} does not stand at {place}",
            f"{number}：分层{one['stratum']}第{one['sequence']}号不在第{place}位",
        )
        root = root_above(one["leaf"], place=place, leaves=leaves, path=one["path"])
        check.expect(
            root == commitment["root"],
            f"{number}: the slot's hash does not lead to the root",
            f"{number}：序号哈希值无法推导至承诺根",
        )
    return check


def check_order(proof: Json) -> Check:
    """Check that numbers run from R001, and each stratum's slots from the first, without a gap.

    A slot that was passed over is no gap, if that was written before the next slot was used.
    """
    check = Check("Numbers and slots in order, without a gap", "随机号与序号依次使用、无跳号")
    passed = {(one["stratum"], one["sequence"]): one for one in proof["passed_over"]}
    due: dict[str, int] = {}
    for index, one in enumerate(proof["allocations"] if proof["covers"] == "all" else (), start=1):
        number, stratum, right = one["number"], one["stratum"], f"R{index:03d}"
        check.expect(number == right, f"{number} stands for {right}", f"应为{right}，实为{number}")
        due[stratum] = due.get(stratum, 0) + 1
        while (stratum, due[stratum]) in passed and one["sequence"] != due[stratum]:
            told = passed.pop((stratum, due[stratum]))["passed_over_at"]
            before = f"{number}: slot {due[stratum]} of {stratum} was "
            check.expect(
                datetime.fromisoformat(told) <= _written(one),
                before + "passed over only later",
                f"{number}：分层{stratum}第{due[stratum]}号事后才记为作废",
            )
            due[stratum] += 1
        check.expect(
            one["sequence"] == due[stratum],
            f"{number}: slot {one['sequence']} of {stratum} was used where {due[stratum]} was next",
            f"{number}：分层{stratum}应使用第{due[stratum]}号，实际使用第{one['sequence']}号",
        )
    for stratum, sequence in sorted(passed):
        due[stratum] = due.get(stratum, 0) + 1
        check.expect(
            sequence == due[stratum],
            f"slot {sequence} of {stratum} was passed over out of turn",
            f"分层{stratum}第{sequence}号未按顺序作废",
        )
    return check


def _written(one: Json) -> datetime:
    """Return when the system wrote an allocation: one by envelope was entered afterwards."""
    return datetime.fromisoformat(one["entered_at"] or one["allocated_at"])


def check_reuse(proof: Json) -> Check:
    """Check that no number, slot or participant occurs twice."""
    check = Check("No number, slot or participant twice", "随机号、序号、受试者均无重复")
    for name in ("number", "place", "leaf", "participant"):
        seen = set()
        for one in proof["allocations"]:
            value = one[name]
            if value is not None:
                again = f"{one['number']}: {name} {value} "
                check.expect(value not in seen, again + "is used again", again + "重复")
            seen.add(value)
    return check


def check_times(proof: Json) -> Check:
    """Check that time never runs backwards from one number to the next.

    What counts is when the system wrote an allocation: one by envelope was entered afterwards, with
    the true time beside.
    """
    check = Check("Times never run backwards", "时间顺序无倒退")
    latest, made = None, datetime.fromisoformat(proof["made_at"])
    for one in proof["allocations"]:
        number, happened = one["number"], datetime.fromisoformat(one["allocated_at"])
        written = _written(one)
        check.expect(
            happened <= written <= made,
            f"{number}: it was written before it happened, or after the proof was made",
            f"{number}：记录时间早于发生时间，或晚于证明生成时间",
        )
        check.expect(
            latest is None or latest <= written,
            f"{number}: it is earlier than the number before",
            f"{number}：时间早于前一随机号",
        )
        latest = written
    return check


def check_opened(commitment: Json, proof: Json) -> Check:
    """Check that each arm shown in the proof is the one that was committed to."""
    check = Check("Each arm shown is the one committed to", "所示组别与承诺一致")
    list_id, arms = commitment["list_id"], commitment["design"]["arms"]
    for one in proof["allocations"]:
        if one["opened"] is not None:
            arm, salt = one["opened"]["arm"], one["opened"]["salt"]
            leaf = leaf_hash("slot", list_id, one["stratum"], one["sequence"], arm, salt)
            check.expect(
                arm in arms and leaf == one["leaf"],
                f"{one['number']}: this arm does not open the slot",
                f"{one['number']}：所示组别与该序号不符",
            )
    return check


# --- the audit trail ---------------------------------------------------------------------------


class Trail:
    """What an exported trail says of the list and of its allocations."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Read the lines of a trail exported as JSON Lines."""
        self.unreadable: list[int] = []
        self.lists: list[Json] = []
        self.given: dict[str, list[Json]] = {}  # the act, by number: stratum and the slot's hash
        self.taken: dict[str, list[Json]] = {}  # the slot, by number: times and participant
        self.passed_over: list[str] = []  # when, of slots that are never used
        self.recorded: dict[tuple[str, str], str] = {}  # by participant and item
        for number, line in enumerate(lines, start=1):
            try:
                self._read(loaded(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                self.unreadable.append(number)

    def _read(self, entry: Json) -> None:
        new, participant = entry["new_values"] or {}, entry["participant"]
        number = str(new.get("randomisation_number"))
        if entry["kind"] == "event" and "slot_hash" in new:
            self.given.setdefault(number, []).append(new)
        elif entry["kind"] == "event" and {"list_id", "root", "slots"} <= set(new):
            self.lists.append({**new, "is_first": not self.given})
        elif entry["table"] == "slot" and new.get("passed_over_at"):
            self.passed_over.append(new["passed_over_at"])
        elif entry["table"] == "slot" and number != "None":
            self.taken.setdefault(number, []).append({**new, "participant": participant})
        elif entry["table"] == "data_point":
            self.recorded[participant, entry["item"]] = str(new.get("value"))


def check_loading(commitment: Json, trail: Trail) -> Check:
    """Check that this list, and no other, was loaded once, before the first allocation.

    A trail of some sites only does not tell of it: then nothing was looked at.
    """
    check = Check("The list was loaded once, before all of them", "列表仅载入一次，且早于全部分配")
    for held in trail.lists:
        names = ("list_id", "purpose", "algorithm", "slots", "root", "sha256")
        same = all(held.get(name) == commitment[name] for name in names)
        check.expect(same, "another list was loaded", "所载入的并非该列表")
        check.expect(held["is_first"], "loaded after an allocation", "列表载入晚于分配")
    if trail.lists:
        times = len(trail.lists)
        check.expect(times == 1, f"it was loaded {times} times", f"列表载入{times}次")
    return check


def check_trail(proof: Json, trail: Trail) -> Check:
    """Check that the trail tells the same of every allocation."""
    check = Check("The audit trail tells the same", "稽查轨迹与证明一致")
    for line in trail.unreadable:
        check.expect(False, f"line {line} cannot be read", f"第{line}行无法读取")
    if trail.lists and proof["covers"] == "all":
        # Both stand at no site, so whoever reads of the list reads of them.
        passed = sorted(one["passed_over_at"] for one in proof["passed_over"])
        same = sorted(trail.passed_over) == passed
        check.expect(same, "other slots were passed over", "作废的序号与轨迹不符")
    known = {one["number"] for one in proof["allocations"]}
    for number in sorted(set(trail.given) | set(trail.taken)) if proof["covers"] == "all" else []:
        only = f"{number}: "
        check.expect(number in known, only + "not in the proof", only + "不在证明中")
    for one in proof["allocations"]:
        number, is_named = one["number"], one["participant"] is not None
        # What a reader's trail tells of is compared, though the proof leaves out whose it is.
        if is_named or number in trail.given or number in trail.taken:
            _compare(check, one, trail.given.get(number, []), ("leaf", "stratum"))
            times = ("allocated_at", "entered_at")
            wanted = (*times, "participant") if is_named else times
            _compare(check, one, trail.taken.get(number, []), wanted)
    return check


def _compare(check: Check, one: Json, told: Sequence[Json], names: Sequence[str]) -> None:
    number, times = one["number"], len(told)
    en, zh = f"{number}: {times} entries, not one", f"{number}：轨迹有{times}条，而非一条"
    if check.expect(times == 1, en, zh):
        for name in names:
            found = told[0].get("slot_hash" if name == "leaf" else name)
            en, zh = f"{number}: {name} is {found} there", f"{number}：{name}在轨迹中为{found}"
            check.expect(found == one[name], en, zh)


def check_strata(commitment: Json, proof: Json, trail: Trail) -> Check:
    """Check that each stratum is the one recorded on the participant's CRF."""
    check = Check("Strata are those recorded on the CRF", "分层与CRF记录一致")
    for one in proof["allocations"]:
        levels = one["stratum"].split("/")
        for index, factor in enumerate(commitment["design"]["factors"]):
            found = trail.recorded.get((one["participant"], factor["code"]))
            if found is not None:
                en, zh = f"{one['number']}: {found} was recorded", f"{one['number']}：记录为{found}"
                check.expect([found] == levels[index : index + 1], en, zh)
    return check


# --- the list in clear, after unmasking --------------------------------------------------------


def leaves_of(held: Json) -> list[str]:
    """Return the leaves of a list in clear; the header's holds the sizes of all blocks drawn."""
    blocks = [
        [stratum, [len(list(block)) for _, block in groupby(rows, key=lambda slot: slot["block"])]]
        for stratum, rows in groupby(held["slots"], key=lambda slot: slot["stratum"])
    ]
    names = ("format", "algorithm", "list_id", "purpose", "design")
    header = leaf_hash("header", *(held[name] for name in names), blocks, held["header_salt"])
    columns = ("stratum", "sequence", "arm", "salt")
    slots = ([slot[column] for column in columns] for slot in held["slots"])
    return [header, *(leaf_hash("slot", held["list_id"], *slot) for slot in slots)]


def check_list(commitment: Json, proof: Json, content: bytes) -> Check:
    """Check that the list in clear is the committed one, and that every slot used came from it."""
    check = Check("The list in clear is the one committed to", "明文列表即为所承诺列表")
    try:
        leaves = leaves_of(loaded(content))
    except (ValueError, KeyError, TypeError, RecursionError):
        check.expect(False, "it cannot be read as a list", "无法读取为随机列表")
        return check
    same = hashlib.sha256(content).hexdigest() == commitment["sha256"]
    check.expect(same, "its SHA-256 is another", "其SHA-256不符")
    check.expect(merkle_root(leaves) == commitment["root"], "its root is another", "其承诺根不符")
    for one in proof["allocations"]:
        found = leaves[one["place"] : one["place"] + 1] == [one["leaf"]]
        en, zh = f"{one['number']}: another slot stands there", f"{one['number']}：该位置为其他序号"
        check.expect(found, en, zh)
    return check


# --- all of it ---------------------------------------------------------------------------------


def verify(
    commitment: object,
    proof: object,
    *,
    trail: Iterable[bytes] | None = None,
    clear_list: bytes | None = None,
) -> list[Check]:
    """Return every check with what it found; files that are not what they should be get only one.

    :param trail: the lines of an audit trail exported as JSON Lines.
    :param clear_list: the content of the list's file.
    """
    shape = check_shape(commitment, proof)
    if shape.problems or not isinstance(commitment, dict) or not isinstance(proof, dict):
        return [shape]
    given = (commitment, proof)
    checks = [shape, check_commitment(*given), check_membership(*given), check_order(proof)]
    checks += [check_reuse(proof), check_times(proof), check_opened(*given)]
    if trail is not None:
        told = Trail(trail)
        checks += [check_loading(commitment, told), check_trail(proof, told)]
        checks.append(check_strata(*given, told))
    if clear_list is not None:
        checks.append(check_list(*given, clear_list))
    return checks


def report(checks: Sequence[Check]) -> Iterator[str]:
    """Yield the lines that tell what was checked and found, in both languages."""
    for check in checks:
        word = "FAILED" if check.problems else "ok" if check.count else "nothing"
        yield f"{word:<8}{check.count:>6}  {check.en} · {check.zh}"
        for en, zh in check.problems:
            yield f"{'':<16}{en} · {zh}"
    problems = sum(len(check.problems) for check in checks)
    if problems:
        yield f"Problems: {problems}. Do not rely on this · 发现{problems}处问题，结果不可采信"
    else:
        yield "Everything that was checked holds · 所核查内容全部一致"


def heading(commitment: Json, proof: Json) -> Iterator[str]:
    """Yield what was checked, and against what, so that a printout stands for itself.

    :param commitment: the copy that was kept; its form, and the proof's, were found right.
    """
    yield from (
        f"study     {commitment['design']['study']}",
        f"list      {commitment['list_id']} ({commitment['purpose']})",
        f"root      {commitment['root']}",
        f"proof     {proof['made_at']}, allocations: {len(proof['allocations'])}",
        "",
    )


def source() -> bytes:
    """Return this file, to be given away beside what it checks."""
    return Path(__file__).read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the files named on the command line, print what was found, return the exit code."""
    about = "Check allocations against a published commitment · 依据公开承诺核查随机分配"
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("commitment", type=Path, help="commitment.json, the copy you kept")
    parser.add_argument("proof", type=Path, help="proof.json")
    parser.add_argument("trail", type=Path, nargs="?", help="trail.jsonl")
    parser.add_argument("--list", type=Path, help="the list in clear, after unmasking")
    named = parser.parse_args(arguments)
    try:
        trail = None if named.trail is None else named.trail.read_bytes().splitlines()
        kept, proof = (loaded(one.read_bytes()) for one in (named.commitment, named.proof))
        checks = verify(
            kept,
            proof,
            trail=trail,
            clear_list=None if named.list is None else named.list.read_bytes(),
        )
    except (OSError, ValueError, RecursionError) as problem:
        lines, failed = [f"A file cannot be read · 文件无法读取: {problem}"], True
    else:
        is_readable = not checks[0].problems
        lines = [*(heading(kept, proof) if is_readable else ()), *report(checks)]
        failed = any(check.problems for check in checks)
    text = "\n".join(lines) + "\n"
    # A terminal that cannot show Chinese shows question marks instead.
    coding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(coding, errors="replace").decode(coding))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
