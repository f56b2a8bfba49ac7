"""A PostgreSQL server for one test run, made from the system's programs and gone afterwards.

The server listens on a socket in a folder of its own, so that any number of test processes can
each have one, and nobody else on the machine can reach it.  It trades durability for speed.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

# initdb and postgres refuse to run as root; one of these exists on every Debian.
UNPRIVILEGED_USERS = ("postgres", "nobody")

START_SECONDS = 30.0

# Tests need no durability.  The messages are English, whatever the machine's language.
SERVER_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "lc_messages": "C",
    "timezone": "UTC",
}

# For measuring: what is committed is on the disk, as in production.
DURABLE_SETTINGS = SERVER_SETTINGS | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}

LINUX_SET_PARENT_DEATH_SIGNAL = 1


class PostgresMissing(Exception):
    """No PostgreSQL server can be started here."""


@dataclass(frozen=True)
class Programs:
    """The two programs that make a server; both are of one version."""

    initdb: Path
    postgres: Path


def find_programs() -> Programs | None:
    """Return the newest server on this machine: by pg_config, in Debian's folders, on the path."""
    folders: list[Path] = []
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run(
            [pg_config, "--bindir"], capture_output=True, text=True, check=False
        )
        folders.append(Path(answer.stdout.strip()))
    versions = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    folders.extend(sorted(versions, key=lambda path: int(path.parent.name), reverse=True))
    folders.extend(Path(name) for name in os.get_exec_path())
    for folder in folders:
        programs = Programs(folder / "initdb", folder / "postgres")
        if os.access(programs.initdb, os.X_OK) and os.access(programs.postgres, os.X_OK):
            return programs
    return None


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return the account to run the server as, or None where the present one will do."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing("Run as root, a server needs an account called postgres or nobody.")


def end_with_parent() -> None:
    """Ask Linux to stop this process when the test run dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(LINUX_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)


@dataclass
class PostgresServer:
    """One running server with trust for whoever reaches its socket."""

    programs: Programs
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="edc-pg-")))
    process: subprocess.Popen[bytes] | None = None
    settings: Mapping[str, str] = field(default_factory=lambda: SERVER_SETTINGS)

    @property
    def url(self) -> str:
        """Return the address of the server's own database, as SQLAlchemy writes it."""
        return f"postgresql+psycopg://postgres@/postgres?host={quote(str(self.folder), safe='')}"

    def start(self) -> None:
        """Make the cluster and wait until the server answers.

        :raises PostgresMissing: when it cannot be made or does not answer, with its last words.
        """
        user = unprivileged_user()
        owner: dict[str, object] = {}
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        log = (self.folder / "log").open("wb")
        command = [
            *(str(self.programs.initdb), "--pgdata", str(self.folder / "data")),
            *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"),
            "--no-sync",
        ]
        with log:
            made = subprocess.run(
                command, cwd=self.folder, stdout=log, stderr=log, check=False, **owner
            )  # type: ignore[call-overload]
            if made.returncode != 0:
                raise PostgresMissing(f"initdb failed: {self.last_words()}")
            settings = [f"-c{name}={value}" for name, value in self.settings.items()]
            self.process = subprocess.Popen(
                [
                    *(str(self.programs.postgres), "-D", str(self.folder / "data")),
                    *("-k", str(self.folder), *settings),
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread of ours runs yet
                **owner,
            )  # type: ignore[call-overload]
        self.wait()

    def wait(self) -> None:
        """Wait until the server says in its log and its lock file that it takes connections."""
        assert self.process is not None
        lock_file = self.folder / "data" / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            # The eighth line is the server's state, since version 10.
            lines = lock_file.read_text().splitlines() if lock_file.exists() else []
            if len(lines) >= 8 and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise PostgresMissing(f"The server did not start: {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of the server's log."""
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return " / ".join(lines[-5:])

    def stop(self) -> None:
        """Stop the server without waiting for open connections, and remove all it wrote."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_server(settings: Mapping[str, str] = SERVER_SETTINGS) -> PostgresServer:
    """Start a server.

    :raises PostgresMissing: when the machine has no PostgreSQL or it does not start.
    """
    programs = find_programs()
    if programs is None:
        raise PostgresMissing(
            "No PostgreSQL server was found. Tests run on both databases: install the package"
            " postgresql, or name a running server in EDC_TEST_PG"
            " (postgresql+psycopg://user:password@host/postgres)."
        )
    server = PostgresServer(programs, settings=settings)
    try:
        server.start()
    except BaseException:
        server.stop()
        raise
    return server
