"""Conventions that a reader relies on without looking: each is a sentence here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BINARY_SUFFIXES = {".png", ".jpg", ".ico", ".woff2", ".pdf", ".xlsx", ".zip"}

# Written in pieces, so that this file does not break the rules it states.
REGISTRY_ADDRESS = re.compile(
    r'"resolved"|--(?:extra-)?index-url|--find-links|(?:pypi|pythonhosted|npmjs|yarnpkg)\.',
)
MACHINE_PATH = re.compile("|".join(("/" + "work/", "/" + "home/", "/" + "root/", "/" + "Users/")))
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK:")))

CLOCK_READ = re.compile(
    r"\bdatetime\.(?:now|utcnow|today)\b|\bdate\.today\b|\btime\.time(?:_ns)?\(|\butcnow\("
)
COMMIT = re.compile(r"\bcommit\(")
INLINE = re.compile(
    r"""\sstyle\s*=\s*["']|<style\b|javascript:"""
    # A block of JSON is data: no browser runs it.
    r"""|<script\b(?![^>]*\b(?:src=|type="application/json"))"""
    r"""|\son(?:click|change|input|submit|load|focus|blur|key\w+|mouse\w+|toggle|error)\s*=""",
    re.IGNORECASE,
)
UNESCAPED = re.compile(r"\|\s*safe\b|\bautoescape\s+false\b|\bMarkup\(")
MARKUP_FROM_TEXT = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file that git keeps, as it is in the working tree."""
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = answer.stdout.decode().split("\0")
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


def text_files() -> Iterator[Path]:
    return (path for path in tracked_files() if path.suffix not in BINARY_SUFFIXES)


def files_in(folder: str, *suffixes: str) -> list[Path]:
    """Return the files under a folder, tracked or not, so that a rule holds before a commit."""
    return sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)


def lines_matching(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    """Return each offending line with its place, to be compared with an empty list."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_lock_file_names_a_registry() -> None:
    locks = [path for path in text_files() if re.search(r"\.lock$|-lock\.json$", path.name)]
    assert {path.name for path in locks} >= {
        "requirements.lock",
        "requirements-dev.lock",
        "package-lock.json",
    }
    assert lines_matching(REGISTRY_ADDRESS, locks) == []


def test_every_python_lock_entry_has_a_hash() -> None:
    for path in ROOT.glob("requirements*.lock"):
        entries = re.split(r"(?m)^(?=[a-z0-9])", path.read_text(encoding="utf-8"))[1:]
        assert entries, path.name
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    assert lines_matching(MACHINE_PATH, text_files()) == []


def test_nothing_is_left_unfinished() -> None:
    locks = {".lock", ".json"}
    paths = (path for path in text_files() if path.suffix not in locks)
    assert lines_matching(UNFINISHED, paths) == []


def test_only_the_unit_of_work_commits() -> None:
    allowed = ROOT / "edc" / "services" / "unit_of_work.py"
    others = (path for path in files_in("edc", ".py") if path != allowed)
    assert lines_matching(COMMIT, others) == []


def test_only_the_clock_reads_the_time() -> None:
    allowed = ROOT / "edc" / "clock.py"
    others = (path for path in files_in("edc", ".py") if path != allowed)
    assert lines_matching(CLOCK_READ, others) == []


def test_no_template_switches_escaping_off() -> None:
    assert lines_matching(UNESCAPED, files_in("templates", ".html")) == []


def test_no_template_has_inline_script_or_style() -> None:
    assert lines_matching(INLINE, files_in("templates", ".html")) == []


def test_no_script_makes_markup_from_text() -> None:
    assert lines_matching(MARKUP_FROM_TEXT, files_in("edc/static/js", ".js", ".mjs")) == []


def makefile_targets() -> list[str]:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if re.match(r"[a-z][a-z-]*:(?!=)", line)]


def test_every_make_target_has_a_sentence() -> None:
    targets = makefile_targets()
    assert len(targets) >= 8
    assert [line for line in targets if not re.search(r" ## [A-Z].*\.$", line)] == []


@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_make_shows_every_target_with_its_sentence(arguments: list[str]) -> None:
    answer = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in makefile_targets():
        name, _, sentence = line.partition(" ## ")
        assert re.search(rf"\b{name.partition(':')[0]} +{re.escape(sentence)}", answer.stdout)
