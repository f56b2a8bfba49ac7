"""``edc demo`` fills a study of its own once, and touches nobody else's."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from config import read_settings
from edc.cli import edc
from edc.errors import EdcError, InstallationFault
from edc.models import AuditTransaction, Site, User
from edc.models.session import create_engine_for
from edc.permissions import Role
from edc.randomization.sealing import SealingKey
from edc.services.health import faults
from edc.services.passwords import STANDARD
from edc.services.sessions import roles_in_force
from edc.services.unit_of_work import Database
from edc.simulation import demo_study
from tests.factories import create_site, open_database


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give an installation's empty folder; what the command puts into the environment goes."""
    return use(tmp_path / "instance", monkeypatch)


def use(folder: Path, patched: pytest.MonkeyPatch) -> Path:
    """Let the folder be that of the installation, with nothing else in the environment."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EDC_")}
    patched.setattr(os, "environ", kept | {"EDC_INSTANCE": str(folder)})
    return folder


@dataclass(frozen=True)
class Filled:
    """An installation with a demo study, of which tests take a copy, and what was printed."""

    folder: Path
    output: str


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Fill the smallest demo study once."""
    with pytest.MonkeyPatch.context() as patched:
        folder = use(tmp_path_factory.mktemp("filled") / "instance", patched)
        return Filled(folder, done(demo("--participants", "1")))


def demo(*arguments: str) -> Result:
    """Run ``edc demo`` without serving."""
    return CliRunner().invoke(
        edc, ["demo", "--no-serve", *arguments], obj=lambda: read_settings(os.environ)
    )


def done(result: Result) -> str:
    """Return what was printed by a command that succeeded."""
    assert result.exception is None, result.output
    return result.output


def refusal(result: Result) -> EdcError:
    """Return what the command refused with; it is told in both languages."""
    assert isinstance(result.exception, InstallationFault)
    assert result.exception.message.en
    assert result.exception.message.zh
    return result.exception


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_fills_its_own_study_and_a_second_run_changes_nothing(
    instance: Path, filled: Filled
) -> None:
    assert "1 randomised" in filled.output
    shutil.copytree(filled.folder, instance)
    before = digest(instance / "demo.db")
    accounts = (instance / "demo-accounts.json").read_text(encoding="utf-8")
    for account in json.loads(accounts).values():
        assert f" {account['username']} " in filled.output
        assert f" {account['password']} " in filled.output
    assert not list(instance.glob("*.partial*"))
    again = done(demo())
    assert "is there" in again
    assert "演示研究已存在" in again
    assert digest(instance / "demo.db") == before
    assert (instance / "demo-accounts.json").read_text(encoding="utf-8") == accounts
    # Another study than the one that is there is not made of it.
    assert refusal(demo("--seed", "2")).rule == "DEMO-OTHER"
    assert refusal(demo("--participants", "2")).rule == "DEMO-OTHER"
    check_accounts(json.loads(accounts), instance)
    check_installation(instance)


def check_accounts(accounts: dict[str, dict[str, str]], instance: Path) -> None:
    """Require that every role has a sign-in that works at once."""
    assert list(accounts) == [str(role) for role in Role]
    engine = create_engine_for(f"sqlite:///{instance / 'demo.db'}")
    with Database(engine).reading() as session:
        users = {user.username: user for user in session.scalars(select(User))}
        for role, account in accounts.items():
            user = users[account["username"]]
            assert STANDARD.is_right(user.password_hash, account["password"])
            assert not user.must_change_password
            assert set(roles_in_force(user.roles).values()) == {Role(role)}
    engine.dispose()


def check_installation(instance: Path) -> None:
    """Require that it is fit to serve, and that its secrets are its owner's alone."""
    settings = read_settings(os.environ)
    assert settings.is_demo
    assert settings.instance == instance
    database = Database(create_engine_for(settings.database_url))
    assert [fault.name for fault in faults(database, settings) if fault.stops] == []
    database.engine.dispose()
    for name in ("demo-secrets.json", "demo-accounts.json"):
        assert stat.S_IMODE((instance / name).stat().st_mode) == 0o600


def test_it_fills_the_empty_database_that_is_named(
    instance: Path, unmigrated_database_url: str
) -> None:
    os.environ["EDC_DATABASE_URL"] = unmigrated_database_url
    done(demo("--participants", "1", "--seed", "5"))
    assert not (instance / "demo.db").exists()
    with open_database(unmigrated_database_url).reading() as session:
        first = session.scalars(select(AuditTransaction).order_by(AuditTransaction.id)).first()
        assert first is not None
        assert first.action == demo_study.CREATE
        count = session.scalar(select(func.count(AuditTransaction.id)))
    assert "seed 5" in done(demo())
    with open_database(unmigrated_database_url).reading() as session:
        assert session.scalar(select(func.count(AuditTransaction.id))) == count


def test_it_refuses_a_study_that_is_not_its_own(instance: Path, database_url: str) -> None:
    database = open_database(database_url)
    create_site(database, code="09")
    os.environ["EDC_DATABASE_URL"] = database_url
    refused = refusal(demo("--participants", "1"))
    assert refused.rule == "DEMO-FOREIGN"
    with database.reading() as session:
        assert list(session.scalars(select(Site.code))) == ["09"]


def test_it_refuses_a_database_of_another_program_and_leaves_every_byte(
    instance: Path, tmp_path: Path
) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE ward (name TEXT)")
    connection.close()
    before = digest(path)
    os.environ["EDC_DATABASE_URL"] = f"sqlite:///{path}"
    assert refusal(demo()).rule == "DEMO-FOREIGN"
    assert digest(path) == before


def test_it_refuses_a_file_that_is_no_database(instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("ward rounds at eight\n" * 50, encoding="utf-8")
    before = digest(path)
    os.environ["EDC_DATABASE_URL"] = f"sqlite:///{path}"
    refusal(demo())
    assert digest(path) == before


class Interrupted(Exception):
    """Stands for Ctrl-C in the middle of the filling."""


def interrupt(*_arguments: Any, **_named: Any) -> None:
    raise Interrupted


def test_an_interrupted_filling_leaves_nothing_and_the_next_run_fills(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(demo_study, "simulate", interrupt)
        assert isinstance(demo("--participants", "1").exception, Interrupted)
    assert not (instance / "demo.db").exists()
    assert "1 randomised" in done(demo("--participants", "1"))


def test_a_server_database_left_half_filled_is_named_as_such(
    instance: Path, monkeypatch: pytest.MonkeyPatch, postgresql_url: str
) -> None:
    os.environ["EDC_DATABASE_URL"] = postgresql_url
    with monkeypatch.context() as patched:
        patched.setattr(demo_study, "simulate", interrupt)
        assert isinstance(demo("--participants", "1").exception, Interrupted)
    assert refusal(demo()).rule == "DEMO-UNFINISHED"


def test_a_study_of_lost_secrets_is_not_served(instance: Path, filled: Filled) -> None:
    shutil.copytree(filled.folder, instance)
    secrets = instance / "demo-secrets.json"
    kept = json.loads(secrets.read_text(encoding="utf-8"))
    secrets.unlink()
    assert refusal(demo()).rule == "DEMO-SECRETS"
    made = json.loads(secrets.read_text(encoding="utf-8"))
    assert SealingKey.from_text(made["EDC_ALLOCATION_KEY"]) != SealingKey.from_text(
        kept["EDC_ALLOCATION_KEY"]
    )
