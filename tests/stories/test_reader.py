"""A story is read as it is written, and whatever is wrong is named by step and key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from edc.permissions import Role
from edc.stories.reader import StoryRefused, parse_story, read_story

HEAD = """
story: T01
title: A story
clock: 2024-03-04T08:00+08:00
users: {nurse: research_nurse, pi: investigator}
"""


def with_steps(*steps: str) -> str:
    """Return a story of these steps."""
    return HEAD + "steps:\n" + "".join(f"  - {step}\n" for step in steps)


def test_who_acts_and_for_whom_is_kept_until_it_changes() -> None:
    story = parse_story(
        with_steps(
            "{do: screen, as: nurse, subject: A}",
            "{do: enter, form: IC, row: 1}",
            "{do: enter, as: pi, form: IC, row: second, subject: B}",
            "{do: randomise}",
        )
    )

    assert [(step.by, step.subject) for step in story.steps] == [
        ("nurse", "A"),
        ("nurse", "A"),
        ("pi", "B"),
        ("pi", "B"),
    ]
    assert [step.keys.get("row") for step in story.steps] == [None, 1, "second", None]
    assert story.users == {"nurse": Role.RESEARCH_NURSE, "pi": Role.INVESTIGATOR}
    assert story.language == "zh"


def test_values_are_text_as_written_and_null_is_empty() -> None:
    values = '{A: 172.0, B: 2024-03-18, C: "10:20", D: null, E: NO, F: Y, G: [1, ATG], H: "null"}'
    story = parse_story(with_steps(f"{{do: enter, as: nurse, form: VS, values: {values}}}"))

    assert story.steps[0].keys["values"] == {
        "A": "172.0", "B": "2024-03-18", "C": "10:20", "D": None, "E": "NO", "F": "Y",
        "G": ["1", "ATG"], "H": "null",
    }  # fmt: skip


def test_times_keep_their_offset_and_a_status_is_one_number_or_several() -> None:
    story = parse_story(
        with_steps(
            '{do: look, at: "2024-03-04T10:30+08:00", as: pi, page: audit, expect: {status: 200}}',
            "{do: look, page: audit, expect: {status: [403, 404], unchanged: true}}",
        )
    )

    first, second = story.steps
    assert first.at == datetime.fromisoformat("2024-03-04T02:30+00:00")
    assert (first.expect["status"], second.expect["status"]) == ([200], [403, 404])
    assert second.expect["unchanged"] is True


def test_a_step_is_named_as_one_looks_for_it() -> None:
    story = parse_story(with_steps("{do: enter, as: pi, form: OM, visit: DA01}"))

    assert str(story.steps[0]) == "step 1 (enter OM DA01)"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- a list", "a story is a mapping"),
        ("story: T01\nstory: T02", "line 2: story is given twice"),
        ("story: [", "while parsing"),
        ("story: T01", "story: title is missing"),
        (HEAD, "story: steps is missing"),
        (HEAD + "colour: red\nsteps: []", "story: there is no key 'colour'"),
        (HEAD + "language: fr\nsteps: []", "language is zh or en, not fr"),
        (HEAD.replace("T08:00+08:00", "T08:00") + "steps: []", "clock: .* lacks its offset"),
        (HEAD.replace("2024-03-04T", "4 March ") + "steps: []", "clock: .* is no time"),
        (HEAD.replace("investigator", "surgeon") + "steps: []", "pi: there is no role 'surgeon'"),
        (HEAD.replace("pi:", "Dr Li:") + "steps: []", "users: 'Dr Li' is no name"),
        (HEAD + "allocations: {a: MSC}\nsteps: []", "allocations: 'a' is no participant"),
        (HEAD + "registers: {ICF: {ICVER: V1}}\nsteps: []", "registers: ICF takes a list of rows"),
    ],
)
def test_a_wrong_head_is_refused(text: str, why: str) -> None:
    with pytest.raises(StoryRefused, match=why):
        parse_story(text)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("{as: nurse}", r"step 2: do: there is no step None"),
        ("{do: dance}", r"step 2: do: there is no step 'dance'"),
        ("{do: screen, form: IC}", r"step 2 \(screen\): there is no key 'form'"),
        ("{do: enter}", r"step 2 \(enter\): form is missing"),
        ("{do: enter, form: IC, as: zoe}", r"step 2 \(enter\): as: 'zoe' is not among the users"),
        ("{do: enter, form: IC, subject: a1}", r"step 2 \(enter\): 'a1' is no participant"),
        ("{do: enter, form: IC, values: [A]}", r"step 2 \(enter\): values takes a mapping"),
        ("{do: enter, form: VS, missing: {TEMP: XX}}", r"missing: TEMP is ND, NK, NA or REF"),
        ("{do: sign, form: IE, password: mine}", r"password can only be given as wrong"),
        ("{do: look, page: news}", r"step 2 \(look\): page is one of casebook"),
        ("{do: rescreen}", r"step 2 \(rescreen\): same_as is missing"),
        ("{do: night, expect: {opened: [A]}}", r"expect: there is no key 'opened'"),
        ("{do: night, expect: {saved: Y}}", r"expect: saved takes true or false"),
        ("{do: night, expect: {open: AE-01}}", r"expect: open takes a list of texts"),
        ("{do: night, expect: {status: ok}}", r"expect: status takes whole numbers"),
        ('{do: night, at: "2024-03-03T08:00+08:00"}', r"the clock only moves forward"),
        ("night", r"step 2: a step is a mapping"),
    ],
)
def test_a_wrong_step_is_refused_by_its_number_and_key(step: str, why: str) -> None:
    with pytest.raises(StoryRefused, match=why):
        parse_story(with_steps("{do: screen, as: nurse, subject: A}", step))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoryRefused, match=r"absent\.yaml"):
        read_story(tmp_path / "absent.yaml")
