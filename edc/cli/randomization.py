"""``edc randomization``: make an allocation list, load it, and say how much of it is used."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from edc.cli.allocation_check import verify
from edc.cli.context import open_database, settings
from edc.cli.simulate import simulate
from edc.randomization.lists import Purpose

if TYPE_CHECKING:
    from edc.randomization.sealing import SealingKey

_OWNER_ONLY = 0o600


@click.group("randomization")
def group() -> None:
    """Make, load and watch the allocation list."""


group.add_command(verify)
group.add_command(simulate)


@group.command()
@click.option(
    "--seed", help="Hexadecimal, at least 256 bits; without it a fresh one is drawn and shown."
)
@click.option(
    "--purpose", type=click.Choice(get_args(Purpose)), required=True, help="What it is for."
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The file; never overwritten."
)
def generate(*, seed: str | None, purpose: Purpose, out: Path) -> None:
    """Make the list of this study's design: for the statistician, away from the server."""
    from edc.protocol import DESIGN
    from edc.randomization import lists
    from edc.randomization.generator import new_seed

    chosen = seed or new_seed()
    made = lists.generate(DESIGN, seed=chosen, purpose=purpose)
    try:
        # Opened for creation only, and for nobody else's eyes: the file holds every arm in clear.
        out.touch(mode=_OWNER_ONLY, exist_ok=False)
    except FileExistsError as error:
        message = f"{out} exists and is left as it is."
        raise click.ClickException(message) from error
    out.write_text(made.write(), encoding="utf-8", newline="\n")
    if seed is None:
        click.echo(f"seed        {chosen}   keep it sealed; it is in no file")
    click.echo(f"purpose     {purpose}")
    click.echo(f"slots       {len(made.slots)} in {len(DESIGN.strata())} strata")
    click.echo(f"algorithm   {made.algorithm}")
    click.echo(f"SHA-256     {made.sha256()}")
    click.echo(f"commitment  {made.commitment().root}")
    click.echo(f"written to  {out}")


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sha256", help="The checksum printed when the list was made, to be compared.")
def load(*, file: Path, sha256: str | None) -> None:
    """Load the list FILE: once, arms encrypted under EDC_ALLOCATION_KEY."""
    from edc.protocol import DESIGN
    from edc.services.allocation_lists import load_list, purpose_of
    from edc.services.unit_of_work import system_actor

    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and sha256.strip().lower() != found:
        message = f"The file's SHA-256 is {found}, not the one given. Nothing was loaded."
        raise click.ClickException(message)
    key, purpose = _key(), purpose_of(settings().environment)
    with open_database().unit_of_work(system_actor("command line"), "randomisation.load") as uow:
        load_list(uow, content.decode(errors="replace"), design=DESIGN, key=key, purpose=purpose)
    click.echo(f"loaded as the {purpose} list, SHA-256 {found}")


@group.command()
def status() -> None:
    """Say which list is loaded and how many slots of each stratum are used."""
    from edc.protocol import DESIGN
    from edc.services import allocation_lists

    purpose = allocation_lists.purpose_of(settings().environment)
    with open_database().reading() as session:
        found = allocation_lists.status(session, design=DESIGN, key=_key(), purpose=purpose)
    if found is None:
        click.echo(f"no {purpose} list is loaded; nobody can be randomised")
        raise click.exceptions.Exit(1)
    click.echo(f"{purpose} list, SHA-256 {found.sha256}")
    click.echo(f"loaded {found.loaded_at:%Y-%m-%d %H:%M} UTC by {found.loaded_by}")
    click.echo(f"randomised {found.allocated} of {DESIGN.target}")
    for use in found.strata:
        click.echo(f"  {use.stratum:<12}{use.used:>4} of {use.length}")
    if not found.fits_key:
        click.echo("EDC_ALLOCATION_KEY is not the key the arms were sealed with", err=True)
    if not found.fits_design:
        click.echo("the list was made for another design than the study declares", err=True)
    if not (found.fits_key and found.fits_design):
        raise click.exceptions.Exit(1)


def _key() -> SealingKey:
    from edc.randomization.sealing import SealingKey

    return SealingKey.from_text(settings().allocation_key)
