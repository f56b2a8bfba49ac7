"""``edc site``: open a site, and list those there are."""

from __future__ import annotations

import click

from edc.cli.context import open_database
from edc.label import Label
from edc.services.sites import create_site, list_sites
from edc.services.unit_of_work import system_actor


@click.group("site")
def group() -> None:
    """Sites of the study · 研究中心."""


@group.command()
@click.argument("code")
@click.option("--name-en", required=True, help="The hospital's name in English.")
@click.option("--name-zh", required=True, help="医院中文名称。")
def add(*, code: str, name_en: str, name_zh: str) -> None:
    """Open a site under CODE, which becomes part of its participants' numbers."""
    with open_database().unit_of_work(system_actor("command line"), "site.create") as uow:
        create_site(uow, code=code, name=Label(en=name_en, zh=name_zh))
    click.echo(f"site {code} is open")


@group.command("list")
def list_all() -> None:
    """List the sites by code."""
    with open_database().reading() as session:
        for site in list_sites(session):
            click.echo(f"{site.code}  {site.name_en} · {site.name_zh}")
