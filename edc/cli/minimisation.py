"""``edc randomization minimisation``: begin where one is declared, and replay its draws."""

from __future__ import annotations

import click

from edc.cli.list_custody import installation, person
from edc.cli.list_making import ask_seed


@click.group("minimisation")
def minimisation() -> None:
    """Begin a minimisation and replay its draws; not in use while the study declares blocks."""


@minimisation.command()
@click.option("--statistician", prompt="Statistician · 统计师", help="Who brings the seed.")
@click.option("--second", prompt="Second person · 第二人", help="Who confirms.")
@click.option(
    "--seed",
    "is_known",
    is_flag=True,
    help="Ask for a seed: hexadecimal, at least 256 bits; without it one is drawn and shown.",
)
def begin(*, statistician: str, second: str, is_known: bool) -> None:
    """Store a sealed seed, once: two people, each with their password."""
    from edc.permissions import Permission
    from edc.protocol import RANDOMISATION
    from edc.randomization.generator import new_seed
    from edc.randomization.minimisation import Minimisation
    from edc.services.minimise import begin_minimisation

    if not isinstance(RANDOMISATION, Minimisation):
        message = (
            "The study declares stratified blocks: load the statistician's list. Nothing was done."
        )
        raise click.ClickException(message)
    chosen = ask_seed() if is_known else new_seed()
    place = installation()
    brought, _ = person(place, statistician, Permission.RANDOMISATION_MANAGE)
    confirmed, checked = person(place, second, Permission.RANDOMISATION_CONFIRM)
    with place.database.unit_of_work(confirmed, "randomisation.load") as uow:
        row = begin_minimisation(
            uow,
            seed=chosen,
            minimisation=RANDOMISATION,
            key=place.key,
            purpose=place.purpose,
            brought_by=brought.username,
            passwords_checked=checked,
        )
        root = row.root
    if not is_known:
        click.echo(f"seed        {chosen}   keep it sealed; with it every draw is replayed")
    click.echo(f"purpose     {place.purpose}")
    click.echo(f"commitment  {root}   publish it before the first participant")


@minimisation.command("replay")
def replay_draws() -> None:
    """Go through every draw on record with the sealed seed."""
    from edc.protocol import MINIMISATION
    from edc.services.minimise import replay_stored

    place = installation()
    with place.database.reading() as session:
        found = replay_stored(
            session, minimisation=MINIMISATION, key=place.key, purpose=place.purpose
        )
    if found is None:
        click.echo(f"no {place.purpose} minimisation was begun")
        raise click.exceptions.Exit(1)
    click.echo(f"draws       {found}, each as the seed and the draws before it give it")
