"""``edc demo``: fill a study with an invented trial, and serve it."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edc.cli.context import open_database, settings
from edc.models import migrations
from edc.permissions import ROLE_LABELS
from edc.randomization.sealing import new_key
from edc.services.health import faults
from edc.simulation.demo_study import Filling, fill, find_filling, require_same
from edc.simulation.people import sign_ins
from edc.simulation.trial import DATA_CUT, OPENED, USUAL_SIZE

if TYPE_CHECKING:
    from edc.settings import Settings

DATABASE = "demo.db"
SECRETS = "demo-secrets.json"
ACCOUNTS = "demo-accounts.json"
USUAL_SEED = 1
_SECRET_NAMES = ("EDC_SECRET_KEY", "EDC_ALLOCATION_KEY")
_OWNER_ONLY = 0o600


@click.command("demo")
@click.option(
    "--participants", type=click.IntRange(1, USUAL_SIZE), help="How many are randomised [120]."
)
@click.option("--seed", type=int, help="The same seed gives the same trial [1].")
@click.option("--serve/--no-serve", "serves", default=True, help="Serve it afterwards.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def group(
    *, participants: int | None, seed: int | None, serves: bool, host: str, port: int
) -> None:
    """Fill the demo study, once, and serve it; every person and value in it is invented."""
    chosen = _settings()
    _prepare(chosen, participants=participants, seed=seed)
    told = {
        role: {"username": username, "password": password}
        for role, (username, password) in sign_ins(secret=chosen.secret_key).items()
    }
    _write_private(
        chosen.instance / ACCOUNTS, json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    )
    click.echo("\nSign-ins of the demo study · 演示研究登录账号")
    width = max(len(account["username"]) for account in told.values()) + 2
    for role, account in told.items():
        label = ROLE_LABELS[role]
        name = f"{label.en} · {label.zh}"
        click.echo(f"  {account['username']:<{width}}{account['password']:<22}{name}")
    click.echo(f"(also in · 另存于 {chosen.instance / ACCOUNTS})")
    if not serves:
        return
    for fault in faults(open_database(), chosen):
        if fault.stops:
            click.echo(f"edc: {fault.message.en}\n     {fault.message.zh}", err=True)
            raise click.exceptions.Exit(1)
    from edc.cli.serve import serve

    click.echo(f"\nThe demo study is at · 演示研究地址： http://{host}:{port}\n")
    serve(host=host, port=port, workers=2, threads=4)


def _settings() -> Settings:
    """Return the settings of the demo study; the server that follows reads the same variables.

    Its secrets are made once and kept in the instance folder.
    """
    os.environ["EDC_ENV"] = "demo"
    os.environ.setdefault("EDC_SECURE_COOKIES", "0")
    made = {name: new_key() for name in _SECRET_NAMES}
    os.environ.update(made)
    instance = settings().instance.resolve()
    instance.mkdir(parents=True, exist_ok=True)
    os.environ["EDC_INSTANCE"] = str(instance)
    kept = instance / SECRETS
    if not kept.exists():
        _write_private(kept, json.dumps(made, indent=1) + "\n")
    os.environ.update(json.loads(kept.read_text(encoding="utf-8")))
    os.environ.setdefault("EDC_DATABASE_URL", f"sqlite:///{instance / DATABASE}")
    return settings()


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, from its first byte on."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def _prepare(chosen: Settings, *, participants: int | None, seed: int | None) -> None:
    """Fill the study if it is empty; leave a filled one as it is."""
    found = find_filling(chosen)
    if found is not None:
        require_same(found, participants=participants, seed=seed)
        migrations.upgrade(chosen.database_url)
        click.echo(
            f"The demo study is there: {found.participants} participants, seed {found.seed} · "
            f"演示研究已存在：受试者{found.participants}例，种子{found.seed}"
        )
        return
    filling = Filling(
        participants=USUAL_SIZE if participants is None else participants,
        seed=USUAL_SEED if seed is None else seed,
    )
    days = (DATA_CUT - OPENED).days
    with click.progressbar(length=days, label="Filling the demo study · 正在生成演示数据") as bar:

        def progress(day: date) -> None:
            bar.update((day - OPENED).days - bar.pos)

        simulated = fill(chosen, filling, progress=progress)
        bar.update(days - bar.pos)
    click.echo(
        f"{simulated.screened} screened, {simulated.randomised} randomised, "
        f"{simulated.acts} acts, {simulated.queries} queries · "
        f"筛选{simulated.screened}例，随机{simulated.randomised}例，"
        f"操作{simulated.acts}次，质疑{simulated.queries}条"
    )
