"""Starting what is measured: database servers, and both programs under the same gunicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from edc.cli.serve import gunicorn_command
from tests.factories import ALLOCATION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
WORKERS, THREADS = 2, 4
SECRET = "c2VjcmV0IG9mIHRoZSBiZW5jaG1hcmsgMDEyMzQ1Njc4OQ=="
START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A running program."""

    process: subprocess.Popen[bytes]
    port: int

    def workers(self) -> list[int]:
        """Return the process numbers of gunicorn's workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def worker_megabytes(self) -> float:
        """Return the memory of the largest worker, shared pages counted in."""
        return max(resident_megabytes(pid) for pid in self.workers())


def resident_megabytes(pid: int) -> float:
    """Return what a process holds in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    application: str,
    database_url: str,
    *,
    workers: int = WORKERS,
    threads: int = THREADS,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Serve *application*, such as ``config:wsgi()``, as ``edc serve`` does.

    :param environment: what differs from a production server's.
    """
    port = _free_port()
    variables = (
        os.environ
        | {
            "EDC_DATABASE_URL": database_url,
            "EDC_SECRET_KEY": SECRET,
            "EDC_ALLOCATION_KEY": ALLOCATION_KEY,
            "EDC_ENV": "production",
            "EDC_SECURE_COOKIES": "0",
            "EDC_SESSION_HOURS": "24",
            "EDC_IDLE_MINUTES": "600",
            "PYTHONPATH": str(ROOT),
        }
        | dict(environment or {})
    )
    command = gunicorn_command(
        application, host="127.0.0.1", port=port, workers=workers, threads=threads
    )
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/page")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"nothing answers on port {port}"
    raise RuntimeError(message)
