"""``edc doctor``: say what is wrong with this installation."""

from __future__ import annotations

import base64
import secrets

import click

from edc.cli.context import open_database, settings
from edc.services.health import faults
from edc.settings import SECRET_BYTES


@click.command("doctor")
@click.option("--new-secret", is_flag=True, help="Print a fresh secret and do nothing else.")
def group(*, new_secret: bool) -> None:
    """Say what is wrong with this installation; exit status 1 if anything is."""
    if new_secret:
        click.echo(base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("="))
        return
    found = list(faults(open_database(), settings()))
    for fault in found:
        click.echo(f"{fault.name}: {fault.message.en}\n{' ' * len(fault.name)}  {fault.message.zh}")
    if found:
        raise click.exceptions.Exit(1)
    click.echo("nothing wrong found · 未发现问题")
