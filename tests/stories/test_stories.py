"""Every story of this folder holds on both databases, through the web layer."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from edc.cli.story import group
from edc.stories.reader import StoryRefused, parse_story, read_story
from edc.stories.runner import run_story

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))
SHORT = """
story: T01
title: Consent
clock: 2024-03-04T08:00+08:00
users: {nurse: research_nurse, pi: investigator}
registers: {ICF: [{ICVER: V2.0, ICVERDAT: 2023-12-20, ICAPPDAT: 2024-01-10}]}
steps:
  - {do: screen, at: "2024-03-04T09:00+08:00", as: nurse, subject: A, expect: {state: REGISTERED}}
  - {do: enter, form: IC, row: 1, values: {ICTYPE: INIT, ICVER: V2.0}, expect: {crf: started}}
"""


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_the_story_holds(path: Path, database_url: str) -> None:
    story = read_story(path)

    results = run_story(story, database_url=database_url)

    assert [str(result.step) for result in results] == [str(step) for step in story.steps]
    failures = [f"{result.step}: {one}" for result in results for one in result.failures]
    assert failures == []


def run_steps(text: str, url: str) -> list[str]:
    """Return what does not hold in the story of that text."""
    results = run_story(parse_story(text), database_url=url)
    return [f"{result.step}: {one}" for result in results for one in result.failures]


def test_an_expectation_that_does_not_hold_names_step_expected_and_found(sqlite_url: str) -> None:
    wrong = SHORT.replace("crf: started", "crf: complete, state: CONSENTED")

    assert run_steps(wrong, sqlite_url) == [
        "step 2 (enter IC 1): crf: expected complete, found started",
        "step 2 (enter IC 1): state: expected CONSENTED, found REGISTERED",
    ]


def test_a_step_that_is_refused_fails_unless_the_story_expects_it(sqlite_url: str) -> None:
    consent_to_come = "ICVER: V2.0, ICDAT: 2024-03-05"
    unsaid = SHORT.replace("ICVER: V2.0}, expect: {crf: started}", f"{consent_to_come}}}")

    (failure,) = run_steps(unsaid, sqlite_url)

    assert failure.startswith("step 2 (enter IC 1): step: expected to be carried out, found")
    assert "[IC-01]" in failure


def test_a_step_that_is_carried_out_fails_when_the_story_expects_a_refusal(sqlite_url: str) -> None:
    wrong = SHORT.replace("crf: started", "refused: [IC-01]")

    assert run_steps(wrong, sqlite_url) == [
        "step 2 (enter IC 1): refused: expected [IC-01], found it was carried out"
    ]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("{do: verify, form: IC, row: 1}", "step 'verify' is not available"),
        ("{do: enter, form: XX, row: 1}", "CRF XX is not in this study"),
        ("{do: enter, form: SV, values: {SVSTAT: DONE}}", "CRF SV needs its visit"),
        ("{do: enter, form: IC, row: 1, values: {NOSUCH: Y}}", "CRF IC has no item NOSUCH"),
        ("{do: enter, subject: B, form: IC, row: 1}", "participant B is not registered"),
        ("{do: look, page: crf}", "page crf needs a form"),
        ("{do: register, register: NONE, rows: [{A: x}]}", "register NONE is not in this study"),
        ("{do: screen, values: {SUBJINIT: ABCD}}", "screening asks for no values"),
    ],
)
def test_a_step_that_cannot_be_carried_out_says_why(step: str, why: str, sqlite_url: str) -> None:
    (failure,) = run_steps(f"{SHORT}  - {step}\n", sqlite_url)

    assert why in failure


@pytest.mark.parametrize(
    ("expect", "why"),
    [
        ("sdv: {ICDAT: true}", "this expectation is not available"),
        ("proposes: [{DVCAT: RAND}]", "expected {DVCAT: RAND}, found []"),
        ("figures: {HEALTHY: 9}", "figure HEALTHY is not available"),
        ("figures: {HEALDAYS: 9}", "expected 9, found null"),
        ("analysis: {PP: MSC}", "analysis set PP is not available"),
        ('due: {SAE: "2024-03-05"}', "due SAE: expected 2024-03-05, found []"),
        ("late: [SAE]", "late: expected [SAE], found []"),
        ("alerts: [IC-05]", "alerts: expected [IC-05], found []"),
        ("audit: {ICDAT: [null, Y]}", "ICDAT has no audit entry"),
        ("unchanged: true", "this user has not looked at the page before"),
        ("derived: {NOSUCH: 1}", "CRF IC has no item NOSUCH"),
    ],
)
def test_an_expectation_that_cannot_be_judged_fails(expect: str, why: str, sqlite_url: str) -> None:
    (failure,) = run_steps(SHORT.replace("crf: started", expect), sqlite_url)

    assert why in failure


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("settings: {COLOUR: red}", "there is no setting COLOUR"),
        ("allocations: {A: MSC}", "A is never randomised"),
        ("allocations: {A: PLACEBO}", "there is no arm PLACEBO"),
    ],
)
def test_a_story_that_cannot_be_set_up_is_refused(line: str, why: str, sqlite_url: str) -> None:
    story = parse_story(f"{line}\n{SHORT}")

    with pytest.raises(StoryRefused, match=why):
        run_story(story, database_url=sqlite_url)


def test_a_register_row_without_its_key_is_refused(sqlite_url: str) -> None:
    story = parse_story(SHORT.replace("ICVER: V2.0, ICVERDAT", "ICVERDAT"))

    with pytest.raises(StoryRefused, match=r"registers: ICF row 1: .*ICVER"):
        run_story(story, database_url=sqlite_url)


def test_a_database_that_holds_a_study_is_not_touched(sqlite_url: str) -> None:
    story = parse_story(SHORT)
    run_story(story, database_url=sqlite_url)

    with pytest.raises(StoryRefused, match="not empty"):
        run_story(story, database_url=sqlite_url)


def test_the_program_prints_a_line_a_step_and_leaves_the_database(tmp_path: Path) -> None:
    file, database = tmp_path / "T01.yaml", tmp_path / "kept.db"
    file.write_text(SHORT, encoding="utf-8")

    result = CliRunner().invoke(group, ["run", str(file), "--keep", str(database)])

    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.output.splitlines()[1:3]] == ["ok", "ok"]
    assert "all as expected" in result.output
    assert database.stat().st_size > 0


def test_the_program_ends_with_1_and_lists_what_does_not_hold(tmp_path: Path) -> None:
    good, bad, broken = (tmp_path / f"{name}.yaml" for name in ("good", "bad", "broken"))
    good.write_text(SHORT, encoding="utf-8")
    bad.write_text(SHORT.replace("crf: started", "crf: complete"), encoding="utf-8")
    broken.write_text("story: T02\n", encoding="utf-8")

    result = CliRunner().invoke(group, ["run", str(good), str(bad), str(broken)])

    assert result.exit_code == 1
    end = result.output.partition("2 not as expected:")[2]
    assert "T01 step 2 (enter IC 1): crf: expected complete, found started" in end
    assert "title is missing" in end


def test_several_stories_use_one_database_after_one_another(
    tmp_path: Path, postgresql_url: str
) -> None:
    file = tmp_path / "T01.yaml"
    file.write_text(SHORT, encoding="utf-8")

    result = CliRunner().invoke(group, ["run", str(file), str(file), "--database", postgresql_url])

    assert result.exit_code == 0, result.output
    assert "2 stories, all as expected" in result.output


def test_a_kept_file_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "T01.yaml"
    file.write_text(SHORT, encoding="utf-8")

    result = CliRunner().invoke(group, ["run", str(file), "--keep", str(file)])

    assert result.exit_code == 2
    assert file.read_text(encoding="utf-8") == SHORT
