"""``edc randomization``: make an allocation list, bring it in, and say how much of it is used."""

from __future__ import annotations

import click

from edc.cli import list_custody, list_making
from edc.cli.allocation_check import verify
from edc.cli.context import open_database, settings
from edc.cli.minimisation import minimisation
from edc.cli.simulate import simulate


@click.group("randomization")
def group() -> None:
    """Make, load and watch the allocation list · 生成、载入与查看随机列表."""


for command in (*list_making.COMMANDS, *list_custody.COMMANDS, verify, simulate, minimisation):
    group.add_command(command)


@group.command()
def status() -> None:
    """Say which list is loaded and how many slots of each stratum are used."""
    from edc.protocol import DESIGN
    from edc.services import allocation_lists, custody

    purpose = allocation_lists.purpose_of(settings().environment)
    key = list_custody.sealing_key()
    with open_database().reading() as session:
        found = allocation_lists.status(session, design=DESIGN, key=key, purpose=purpose)
        waiting = custody.find_waiting(session, purpose=purpose)
    if waiting is not None:
        click.echo(
            f"list {waiting.list_id}, brought by {waiting.brought_by}, waits to be confirmed"
            f" · 列表{waiting.list_id}由{waiting.brought_by}提交，待确认"
        )
    if found is None:
        kind = {"production": "正式", "test": "测试"}[purpose]
        click.echo(
            f"no {purpose} list is loaded; nobody can be randomised"
            f" · 未载入{kind}列表，不能进行随机"
        )
        raise click.exceptions.Exit(1)
    click.echo(f"{purpose} list, SHA-256 {found.sha256}")
    click.echo(
        f"loaded {found.loaded_at:%Y-%m-%d %H:%M} UTC: brought by {found.loaded_by}, "
        f"confirmed by {found.confirmed_by}"
    )
    click.echo(f"randomised {found.allocated} of {DESIGN.target}")
    for use in found.strata:
        click.echo(f"  {use.stratum:<12}{use.used:>4} of {use.length}")
    if not found.fits_key:
        click.echo(
            "EDC_ALLOCATION_KEY is not the key the arms were sealed with; see docs/custody.md"
            " · EDC_ALLOCATION_KEY不是加密分组所用的密钥，见docs/custody.zh.md",
            err=True,
        )
    if not found.fits_design:
        click.echo(
            "the list was made for another design than the study declares"
            " · 列表的随机设计与研究所声明的不一致",
            err=True,
        )
    if not (found.fits_key and found.fits_design):
        raise click.exceptions.Exit(1)
