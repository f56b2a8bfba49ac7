"""The exported archive holds all that a stranger needs, and checks itself with nothing else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from edc.export.archive import find_evidence, zip_chunks
from edc.export.audit import Format, open_export
from edc.models import Slot
from edc.permissions import Permission, Role
from edc.protocol import STUDY
from edc.reports.audit_filter import TrailFilter
from edc.reports.audit_scope import WHOLE_MASKED, scope_of
from edc.services.proofs import MASKED_READER, Reader, reader_of
from edc.services.unit_of_work import Database, system_actor
from edc.services.viewer import Viewer
from tests.randomization.support import SEED, trial_design
from tests.services.allocation_support import KEY, add_subjects, load, open_database, request

DESIGN = trial_design(slots=12, target=12)
ARRIVALS = ("ORAL/ALLO", "SKIN/AUTO", "ORAL/ALLO")


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    load(opened, design=DESIGN)
    for stratum in ARRIVALS:
        (subject,) = add_subjects(opened, 1)
        request(opened, subject, stratum=stratum, design=DESIGN)
    yield opened
    opened.engine.dispose()


def archive(
    database: Database,
    *,
    viewer: Viewer | None = None,
    reader: Reader = MASKED_READER,
    **asked: Any,
) -> dict[str, bytes]:
    """Return the files of an exported archive, by name."""
    scope = WHOLE_MASKED if viewer is None else scope_of(viewer, Permission.AUDIT_EXPORT)
    evidence = partial(
        find_evidence, design=DESIGN, purpose="test", key=KEY, reader=reader, with_proof=True
    )
    made = open_export(
        database,
        actor=system_actor("exporter"),
        scope=scope,
        wanted=TrailFilter(**asked),
        study=STUDY,
        language="zh",
        format_=Format.ZIP,
        evidence=evidence,
    )
    with zipfile.ZipFile(io.BytesIO(b"".join(made))) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def run_in(folder: Path, files: dict[str, bytes], *names: str) -> tuple[int, str]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-I", "verifier.py", *names],
        capture_output=True,
        cwd=folder,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


def test_the_unpacked_archive_checks_itself(database: Database, tmp_path: Path) -> None:
    archive(database)  # its own entry, which names the root too, is in the next one
    files = archive(database)
    assert set(files) == {
        "README.txt", "commitment.json", "proof.json", "verifier.py", "trail.jsonl",
    }  # fmt: skip
    (command,) = {
        line.strip() for line in files["README.txt"].decode().splitlines() if "python " in line
    }
    code, told = run_in(tmp_path, files, *command.split()[2:])
    assert code == 0, told
    assert json.loads(files["proof.json"])["allocations"][2]["number"] == "R003"


def test_a_changed_time_in_the_archive_is_noticed(database: Database, tmp_path: Path) -> None:
    files = archive(database)
    proof = json.loads(files["proof.json"])
    proof["allocations"][0]["allocated_at"] = "2020-01-01T00:00:00+00:00"
    files["proof.json"] = json.dumps(proof).encode()
    code, told = run_in(tmp_path, files, "commitment.json", "proof.json", "trail.jsonl")
    assert code == 1
    assert "R001: allocated_at is" in told


def test_a_monitor_of_one_site_checks_what_that_site_s_trail_tells(
    database: Database, tmp_path: Path
) -> None:
    with database.reading() as session:
        slot = session.scalars(select(Slot).where(Slot.randomisation_number == "R002")).one()
        assert slot.subject is not None
        own = slot.subject.site_id
    monitor = Viewer(user_id=1, username="m", full_name="M", roles={own: Role.MONITOR})
    files = archive(database, viewer=monitor, reader=reader_of(monitor, Permission.AUDIT_EXPORT))
    proof = json.loads(files["proof.json"])
    named = [one["number"] for one in proof["allocations"] if one["participant"]]
    code, told = run_in(tmp_path, files, "commitment.json", "proof.json", "trail.jsonl")
    assert named == ["R002"]
    assert [one["opened"] for one in proof["allocations"]] == [None] * 3
    assert code == 0, told


def test_a_filtered_trail_is_not_taken_for_the_whole(database: Database, tmp_path: Path) -> None:
    files = archive(database, user="nobody")
    assert files["trail.jsonl"] == b""
    told = files["README.txt"].decode()
    assert "python verifier.py commitment.json proof.json \n" in told
    assert "filtered" in told
    assert run_in(tmp_path, files, "commitment.json", "proof.json")[0] == 0


def test_before_a_list_is_loaded_the_archive_says_so(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    files = archive(database)
    database.engine.dispose()
    assert set(files) == {"README.txt", "verifier.py", "trail.jsonl"}
    assert "no allocation list is loaded" in files["README.txt"].decode()


def test_a_damaged_list_does_not_keep_the_trail_back(database: Database) -> None:
    with database.engine.begin() as connection:
        guards = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
            {"table": "allocation_list"},
        ).scalars()
        for name in guards.all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(text("UPDATE allocation_list SET commitment = '{}'"))
    files = archive(database)
    assert set(files) == {"README.txt", "verifier.py", "trail.jsonl"}
    assert "THE PROOF COULD NOT BE MADE" in files["README.txt"].decode()
    assert "无法生成证明" in files["README.txt"].decode()


def test_every_export_is_named_after_the_commitment(database: Database) -> None:
    from edc.randomization.lists import generate

    root = generate(DESIGN, seed=SEED, purpose="test").commitment().root
    evidence = partial(
        find_evidence, design=DESIGN, purpose="test", key=KEY, reader=MASKED_READER,
        with_proof=False,
    )  # fmt: skip
    for format_ in (Format.CSV, Format.XLSX, Format.JSONL):
        made = open_export(
            database, actor=system_actor(), scope=WHOLE_MASKED, wanted=TrailFilter(),
            study=STUDY, language="en", format_=format_, evidence=evidence,
        )  # fmt: skip
        assert f"-{root[:16]}.{format_}" in made.filename
        made.close()


def test_a_large_member_passes_through_in_pieces() -> None:
    pieces = (bytes([n % 251]) * 50_000 for n in range(200))
    chunks = list(zip_chunks([("a", pieces), ("b", [b"last"])]))
    opened = zipfile.ZipFile(io.BytesIO(b"".join(chunks)))
    assert len(chunks) > 200
    assert len(opened.read("a")) == 10_000_000
    assert opened.read("b") == b"last"
