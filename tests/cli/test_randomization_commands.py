"""``edc randomization``: what a statistician does away from the server, and two persons at it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edc.cli import edc
from edc.errors import EdcError, NotPermitted, PasswordRefused
from edc.permissions import Role
from edc.protocol import DESIGN
from edc.randomization.list_keys import ListKey
from edc.randomization.lists import generate
from edc.randomization.sealed_list import receive, seal
from edc.randomization.sealing import SealingKey, new_key
from tests.factories import ALLOCATION_KEY, PASSWORD, create_user, make_settings, open_database
from tests.randomization.support import SEED

PASSPHRASE = "a long walk by the river"
MADE = generate(DESIGN, seed=SEED, purpose="test")


class Terminal:
    """Runs commands of one installation, as its terminal would."""

    def __init__(self, database_url: str, **changes: object) -> None:
        self.settings = make_settings(database_url, **changes)

    def run(self, *words: str, typed: str = "") -> Result:
        return CliRunner().invoke(
            edc, ["randomization", *words], obj=lambda: self.settings, input=typed
        )

    def act(self, *words: str, user: str, password: str = PASSWORD) -> Result:
        return self.run(*words, "--user", user, typed=f"{password}\n")

    def public_key(self) -> str:
        first, *_ = self.run("keys").output.splitlines()
        return first.split()[-1]


def away(*words: str, typed: str = "") -> Result:
    """Run a command where there is no installation: asking for its settings is a fault."""

    def no_settings() -> None:
        raise AssertionError

    return CliRunner().invoke(edc, ["randomization", *words], obj=no_settings, input=typed)


def make(folder: Path, *, key: str = "") -> Result:
    """Make the list of the tests' seed in a new directory, as the statistician does."""
    public = key or ListKey.of_installation(SealingKey.from_text(ALLOCATION_KEY)).public().text()
    return away(
        "generate", "--key", public, "--purpose", "test", "--out", str(folder), "--seed",
        typed=f"{SEED}\n{PASSPHRASE}\n{PASSPHRASE}\n",
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("statistician") / "list"
    result = make(folder)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def terminal(sqlite_url: str) -> Terminal:
    database = open_database(sqlite_url)
    create_user(database, role=Role.STATISTICIAN, username="stat")
    create_user(database, role=Role.DATA_MANAGER, username="manager")
    create_user(database, role=Role.STATISTICIAN, username="newcomer", must_change=True)
    database.engine.dispose()
    return Terminal(sqlite_url)


def test_a_list_is_made_without_an_installation_and_holds_no_arm_in_clear(made: Path) -> None:
    files = {path.name: path for path in made.iterdir()}
    assert set(files) == {
        "certificate.pdf", "commitment.json", "list.sealed.json", "recovery-key.json",
    }  # fmt: skip
    assert json.loads(files["commitment.json"].read_text()) == MADE.commitment_document()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (made, *files.values()))
    for path in files.values():
        assert MADE.slots[0].salt.encode() not in path.read_bytes()
        assert SEED.encode() not in path.read_bytes()


def test_the_terminal_shows_what_the_certificate_says_and_the_seed_only_when_drawn(
    tmp_path: Path, made: Path
) -> None:
    drawn = away(
        "generate", "--purpose", "test", "--out", str(tmp_path / "drawn"),
        "--key", ListKey.new().public().text(),
        "--recovery-key", str(made / "recovery-key.json"),
    )  # fmt: skip
    assert drawn.exit_code == 0, drawn.output
    seed = next(line.split()[1] for line in drawn.output.splitlines() if line.startswith("seed"))
    again = generate(DESIGN, seed=seed, purpose="test")
    for told in (again.sha256(), again.commitment().root, again.list_id):
        assert told in drawn.output
    assert not [arm.code for arm in DESIGN.arms if arm.code in drawn.output]
    assert not (tmp_path / "drawn" / "recovery-key.json").exists()


def test_a_seed_is_asked_for_and_never_taken_from_the_command_line(tmp_path: Path) -> None:
    words = ("generate", "--key", ListKey.new().public().text(), "--purpose", "test", "--out")

    given = away(*words, str(tmp_path / "given"), "--seed", SEED)
    wrong = away(*words, str(tmp_path / "wrong"), "--seed", typed="qz-secret\n" + "p\np\n")

    assert given.exit_code == 2
    assert wrong.exit_code != 0
    assert "qz-secret" not in wrong.output + str(wrong.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_refused_before_anything_is_asked(made: Path) -> None:
    before = {path: path.read_bytes() for path in made.iterdir()}
    result = make(made)
    assert result.exit_code != 0
    assert "已存在" in result.output
    assert "assphrase" not in result.output
    assert {path: path.read_bytes() for path in made.iterdir()} == before


def test_the_envelopes_are_made_when_they_are_printed(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "envelopes.pdf"
    words = (
        "envelopes", str(made / "list.sealed.json"), "--stratum", "ORAL/ALLO", "--last", "2",
        "--recovery-key", str(made / "recovery-key.json"), "--out", str(out),
    )  # fmt: skip
    printed = away(*words, typed=f"{PASSPHRASE}\n")
    assert printed.exit_code == 0, printed.output
    assert "sheets       2" in printed.output
    assert "then delete it" in printed.output
    assert out.read_bytes().startswith(b"%PDF-")
    assert out.stat().st_mode & 0o077 == 0
    assert away(*words, typed=f"{PASSPHRASE}\n").exit_code != 0  # it is there already
    assert isinstance(away(*words, typed="another\n").exception, EdcError)


def test_the_statistician_opens_the_list_when_the_arms_are_released(
    made: Path, tmp_path: Path
) -> None:
    out = tmp_path / "list.json"
    words = (
        "unseal", str(made / "list.sealed.json"), "--out", str(out),
        "--recovery-key", str(made / "recovery-key.json"),
    )  # fmt: skip
    assert away(*words, typed=f"{PASSPHRASE}\n").exit_code != 0
    assert not out.exists()
    assert away(*words, "--after-unmasking", typed=f"{PASSPHRASE}\n").exit_code == 0
    assert out.read_text() == MADE.write()


def test_a_list_is_never_written_over_another(made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    assert make(made).exit_code != 0
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_a_mistyped_key_makes_no_list(tmp_path: Path) -> None:
    refused = make(tmp_path / "list", key="edclist1-mistyped")
    assert isinstance(refused.exception, EdcError)
    assert not (tmp_path / "list").exists()


def test_two_persons_load_the_list(terminal: Terminal, made: Path) -> None:
    file = str(made / "list.sealed.json")
    assert terminal.run("status").exit_code == 1
    brought = terminal.act("load", file, user="stat")
    assert brought.exit_code == 0, brought.output
    assert "waits to be confirmed" in terminal.run("status").output
    own = terminal.act("confirm", "--checksum", MADE.sha256(), user="stat")
    assert isinstance(own.exception, NotPermitted)
    wrong = terminal.act("confirm", "--checksum", "0" * 64, user="manager")
    assert isinstance(wrong.exception, EdcError)
    assert wrong.exception.rule == "LIST"
    assert terminal.run("status").exit_code == 1

    confirmed = terminal.act("confirm", "--checksum", MADE.sha256()[:16], user="manager")

    assert confirmed.exit_code == 0, confirmed.output
    status = terminal.run("status")
    assert status.exit_code == 0
    assert "randomised 0 of 120" in status.output
    assert "brought by stat, confirmed by manager" in status.output
    assert MADE.sha256() in status.output
    assert terminal.act("confirm", "--checksum", "0" * 64, user="manager").exit_code != 0


def test_who_cannot_prove_who_they_are_brings_nothing(terminal: Terminal, made: Path) -> None:
    file = str(made / "list.sealed.json")
    for user, password in (("stat", "wrong"), ("nobody", PASSWORD), ("newcomer", PASSWORD)):
        refused = terminal.act("load", file, user=user, password=password)
        assert isinstance(refused.exception, PasswordRefused)
    assert isinstance(terminal.act("load", file, user="manager").exception, NotPermitted)
    assert "waits to be confirmed" not in terminal.run("status").output


def test_a_list_is_refused_or_withdrawn_at_the_terminal(terminal: Terminal, made: Path) -> None:
    file = str(made / "list.sealed.json")
    terminal.act("load", file, user="stat")
    refused = terminal.act("refuse", "--reason", "another certificate", user="manager")
    assert refused.exit_code == 0, refused.output
    terminal.act("load", file, user="stat")
    withdrawn = terminal.act("withdraw", user="stat")
    assert withdrawn.exit_code == 0, withdrawn.output
    assert "waits to be confirmed" not in terminal.run("status").output


def test_the_production_list_is_refused_outside_production(
    terminal: Terminal, tmp_path: Path
) -> None:
    real = generate(DESIGN, seed=SEED, purpose="production")
    installation = ListKey.of_installation(SealingKey.from_text(ALLOCATION_KEY)).public()
    file = tmp_path / "list.sealed.json"
    file.write_text(seal(real, installation=installation, recovery=ListKey.new().public()))
    refused = terminal.act("load", str(file), user="stat")
    assert isinstance(refused.exception, EdcError)
    assert refused.exception.rule == "LIST-PURPOSE"


def test_a_lost_key_is_survived_from_the_statistician_s_copy(
    terminal: Terminal, sqlite_url: str, tmp_path: Path, made: Path
) -> None:
    file = str(made / "list.sealed.json")
    terminal.act("load", file, user="stat")
    terminal.act("confirm", "--checksum", MADE.sha256(), user="manager")
    anew = Terminal(sqlite_url, allocation_key=new_key())
    lost = anew.run("status")
    assert lost.exit_code == 1
    assert "not the key" in lost.output
    assert isinstance(anew.act("reseal", file, user="stat").exception, EdcError)

    copy = tmp_path / "copy.json"
    words = (
        "readdress", file, "--recovery-key", str(made / "recovery-key.json"),
        "--key", anew.public_key(), "--out", str(copy),
    )  # fmt: skip
    assert isinstance(away(*words, typed="another passphrase\n").exception, EdcError)
    readdressed = away(*words, typed=f"{PASSPHRASE}\n")
    assert readdressed.exit_code == 0, readdressed.output
    assert copy.stat().st_mode & 0o077 == 0
    own = ListKey.of_installation(SealingKey.from_text(anew.settings.allocation_key))
    assert receive(copy.read_text(), key=own, design=DESIGN) == MADE
    assert anew.act("reseal", str(copy), user="stat").exit_code == 0
    done = anew.act("confirm", "--checksum", MADE.sha256(), user="manager")

    assert done.exit_code == 0, done.output
    assert "encrypted under the new key" in done.output
    assert anew.run("status").exit_code == 0
    assert terminal.run("status").exit_code == 1  # the old key opens nothing any more
