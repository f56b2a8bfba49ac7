"""``edc serve``: run the web application on gunicorn."""

from __future__ import annotations

import os
import sys

import click

from edc.cli.context import open_database, settings
from edc.services.health import faults


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--threads", default=4, show_default=True)
def group(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the application; refuse while the installation is not fit to hold data."""
    for fault in faults(open_database(), settings()):
        if fault.stops:
            click.echo(f"edc: {fault.message.en}\n     {fault.message.zh}", err=True)
            raise click.exceptions.Exit(1)
    serve(host=host, port=port, workers=workers, threads=threads)


def serve(*, host: str, port: int, workers: int, threads: int) -> None:
    """Replace this process by gunicorn, so that signals reach it."""
    command = gunicorn_command(
        "config:wsgi()", host=host, port=port, workers=workers, threads=threads
    )
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 - no shell; ours throughout


def gunicorn_command(
    application: str, *, host: str, port: int, workers: int, threads: int
) -> list[str]:
    """Return the arguments with which Python runs *application* on gunicorn."""
    return [
        "-m", "gunicorn", application,
        "--bind", f"{host}:{port}", "--workers", str(workers), "--threads", str(threads),
        "--worker-class", "gthread", "--preload", "--access-logfile", "/dev/null",
        "--no-control-socket",
    ]  # fmt: skip
