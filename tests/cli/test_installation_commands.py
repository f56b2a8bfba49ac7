"""``edc db``, ``study``, ``user`` and ``doctor``, on a database as an installer finds it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from edc import clock
from edc.cli import edc, run
from edc.models import AuditTransaction, User, migrations
from edc.models.session import WRITES
from edc.services import health
from edc.services.health import Fault, faults
from edc.services.unit_of_work import Database, system_actor
from tests.factories import create_site, make_settings, open_database

GOOD = "q1Yv0mWmVbq7dXy3c9JtQh2kLzRn8sPfUoEgTaIw5xA"
OTHER = "Zk3nB8vQw1xT6yRr0sUu9pLm2cJh7gFf4dEeAaXxYyQ"


class Terminal:
    """Runs commands of one installation, as its terminal would."""

    def __init__(self, database_url: str, **changes: Any) -> None:
        self.settings = make_settings(
            database_url, **{"secret_key": GOOD, "allocation_key": OTHER} | changes
        )

    def run(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(edc, list(words), obj=lambda: self.settings, input=typed)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.engine.dispose()


@pytest.fixture
def terminal(database_url: str) -> Terminal:
    return Terminal(database_url)


def test_an_empty_database_is_brought_to_the_newest_tables(unmigrated_database_url: str) -> None:
    terminal = Terminal(unmigrated_database_url)
    assert "tables none" in terminal.run("db", "current").output
    assert terminal.run("db", "upgrade").exit_code == 0
    newest = migrations.head()
    assert f"tables {newest}, newest {newest}" in terminal.run("db", "current").output
    assert terminal.run("db", "upgrade").exit_code == 0


def test_the_study_has_no_mistake_and_prints_its_data_dictionary(terminal: Terminal) -> None:
    checked = terminal.run("study", "check")
    assert (checked.exit_code, "no mistake found" in checked.output) == (0, True)
    book = json.loads(terminal.run("study", "codebook", "--json").output)
    assert {"OM", "AE", "RAND"} <= {crf["code"] for crf in book["crfs"]}
    assert "OMWHO" in terminal.run("study", "codebook").output


def one_time_password(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output.strip().rsplit("：", 1)[1]


def test_the_first_administrator_is_made_by_answering_questions(
    terminal: Terminal, database: Database
) -> None:
    made = terminal.run("user", "add", typed="admin\nWang Lan\n\n")
    password = one_time_password(made)
    with database.reading() as session:
        user = session.scalars(select(User)).one()
        told = session.scalars(select(AuditTransaction)).all()
    assert (user.username, user.full_name, user.must_change_password) == ("admin", "Wang Lan", True)
    assert password not in user.password_hash
    assert len(password) >= 12
    assert {entry.username for entry in told} == {"command line"}
    assert all(entry.reason for entry in told)


def test_a_role_at_one_site_needs_a_site_that_exists(
    terminal: Terminal, database: Database
) -> None:
    create_site(database, code="01")
    words = ("user", "add", "--username", "zhang", "--full-name", "Zhang", "--role", "monitor")
    refused = terminal.run(*words, "--site", "99")
    assert refused.exit_code == 1
    assert "no site '99'" in refused.output
    assert terminal.run(*words, "--site", "01").exit_code == 0
    listed = terminal.run("user", "list").output
    assert "monitor at 01" in listed
    assert "never signed in" in listed


def test_a_reset_gives_another_password_and_asks_why(
    terminal: Terminal, database: Database
) -> None:
    first = one_time_password(terminal.run("user", "add", typed="admin\nWang Lan\n\n"))
    second = one_time_password(terminal.run("user", "reset", "ADMIN", typed="forgotten\n"))
    assert first != second
    with database.reading() as session:
        reasons = session.scalars(select(AuditTransaction.reason)).all()
    assert "forgotten" in reasons
    unknown = terminal.run("user", "reset", "nobody", "--reason", "x")
    assert (unknown.exit_code, "no account 'nobody'" in unknown.output) == (1, True)


def test_a_refusal_is_one_sentence_in_both_languages(
    database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["edc", "user", "add", "--username", "", "--full-name", "B", "--role", "monitor"]
    monkeypatch.setattr(sys, "argv", words)
    assert run(lambda: make_settings(database_url)) == 1
    said = capsys.readouterr().err
    assert said.startswith("edc: ")
    assert any("\u4e00" <= mark <= "\u9fff" for mark in said)


def names(found: Iterator[Fault]) -> list[str]:
    return [fault.name for fault in found]


def test_the_doctor_finds_nothing_wrong_with_a_sound_installation(terminal: Terminal) -> None:
    result = terminal.run("doctor")
    assert (result.exit_code, result.output) == (0, "nothing wrong found · 未发现问题\n")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret_key": "short"}, "EDC_SECRET_KEY is weak"),
        ({"secret_key": "a" * 43}, "EDC_SECRET_KEY is weak"),
        ({"allocation_key": "!" * 60}, "EDC_ALLOCATION_KEY is weak"),
        ({"secret_key": OTHER}, "must differ"),
        ({"environment": "production"}, "without TLS"),
    ],
)
def test_the_doctor_names_weak_secrets_and_open_cookies(
    sqlite_url: str, changes: dict[str, str], said: str
) -> None:
    result = Terminal(sqlite_url, **changes).run("doctor")
    assert result.exit_code == 1
    assert said in result.output
    for secret in (GOOD, OTHER, *changes.values()):
        assert len(secret) < 12 or secret not in result.output


def test_a_fresh_secret_is_one_that_the_doctor_accepts(sqlite_url: str) -> None:
    first, second = (Terminal(sqlite_url).run("doctor", "--new-secret").output for _ in range(2))
    assert first != second
    sound = Terminal(sqlite_url, secret_key=first.strip(), allocation_key=second.strip())
    assert sound.run("doctor").exit_code == 0


def test_the_doctor_says_that_migrations_are_behind(unmigrated_database_url: str) -> None:
    result = Terminal(unmigrated_database_url).run("doctor")
    assert (result.exit_code, "`edc db upgrade`" in result.output) == (1, True)
    refused = Terminal(unmigrated_database_url).run("serve")
    assert (refused.exit_code, "Run `edc db upgrade`" in refused.output) == (1, True)


def test_the_doctor_says_that_a_guard_is_gone(terminal: Terminal, database: Database) -> None:
    drop = {
        "sqlite": "DROP TRIGGER guard_data_point_update",
        "postgresql": "ALTER TABLE data_point DISABLE TRIGGER ALL",
    }[database.engine.dialect.name]
    with database.engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text(drop))
    found = list(faults(database, terminal.settings))
    assert names(iter(found)) == ["guards"]
    assert found[0].stops
    assert "data_point" in found[0].message.en


def test_the_doctor_says_that_the_clock_is_behind_the_trail(
    database: Database, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.unit_of_work(system_actor(), "site.create") as uow:
        uow.record()
    earlier = clock.now() - timedelta(days=1)
    monkeypatch.setattr(health.clock, "now", lambda: earlier)
    assert names(faults(database, terminal.settings)) == ["clock"]


def test_the_doctor_says_that_the_disk_is_nearly_full(
    database: Database, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "MIN_FREE_BYTES", 2**62)
    found = list(faults(database, terminal.settings))
    assert names(iter(found)) == ["disk"]
    assert not found[0].stops


def test_the_doctor_says_that_the_database_cannot_be_reached(tmp_path: Path) -> None:
    lost = Terminal("postgresql+psycopg://nobody@127.0.0.1:1/edc")
    result = lost.run("doctor")
    assert (result.exit_code, "无法连接数据库" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"EDC_SECRET_KEY": ""}, "EDC_SECRET_KEY is not set"),
        ({"EDC_ALLOCATION_KEY": ""}, "EDC_ALLOCATION_KEY is not set"),
        ({"EDC_ENV": "live"}, "EDC_ENV cannot be 'live'"),
        ({"EDC_IDLE_MINUTES": "soon"}, "EDC_IDLE_MINUTES cannot be 'soon'"),
        ({"EDC_TRUSTED_PROXIES": "-1"}, "EDC_TRUSTED_PROXIES cannot be '-1'"),
    ],
)
def test_the_program_does_not_start_with_a_setting_missing_or_wrong(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    environ = {
        "EDC_SECRET_KEY": GOOD, "EDC_ALLOCATION_KEY": OTHER, "EDC_INSTANCE": str(tmp_path),
        "PATH": "/usr/bin:/bin", **changes,
    }  # fmt: skip
    answer = subprocess.run(
        [sys.executable, "-c", "import config; config.main()", "doctor"],
        env=environ,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert said in answer.stderr
    assert any("\u4e00" <= mark <= "\u9fff" for mark in answer.stderr)
    assert "Traceback" not in answer.stderr


def test_settings_cannot_be_changed_while_the_program_runs(sqlite_url: str) -> None:
    settings = make_settings(sqlite_url)
    with pytest.raises(AttributeError):
        settings.environment = "production"  # type: ignore[misc]
    assert replace(settings, environment="demo").is_demo
