"""``edc night``: the run over all participants that a scheduler starts once a day."""

from __future__ import annotations

from time import perf_counter

import click

from edc.cli.context import open_database, settings


@click.command("night")
@click.option("--quiet", is_flag=True, help="Print nothing unless somebody failed.")
def group(*, quiet: bool) -> None:
    """Run all rules on all participants; exit status 1 if it failed for anybody."""
    from edc.randomization.sealing import SealingKey
    from edc.services.night import run_night

    key = SealingKey.from_text(settings().allocation_key)
    started = perf_counter()
    night = run_night(open_database(), key=key)
    seconds = perf_counter() - started
    work = night.work
    if not quiet:
        click.echo(
            f"{night.participants} participants in {seconds:.1f} s: "
            f"{work.opened} queries opened, {work.closed} closed; "
            f"{work.raised} notices raised, {work.ended} ended; "
            f"{work.proposed} deviations proposed; {work.visits} visits added · "
            f"{night.participants}例受试者，用时{seconds:.1f}秒："
            f"质疑发出{work.opened}条、关闭{work.closed}条；"
            f"提醒发出{work.raised}条、解除{work.ended}条；"
            f"建议方案偏离{work.proposed}条；新增访视{work.visits}次"
        )
    for number, fault in night.failed:
        click.echo(f"edc: {number}: {fault} · 失败", err=True)
    if night.failed:
        raise click.exceptions.Exit(1)
