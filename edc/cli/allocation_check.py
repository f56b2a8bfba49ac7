"""``edc randomization verify``: check allocations against the list that was committed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edc.cli.context import open_database, settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_STORED = (
    "The commitment stored here was used. Whoever could change the list could change it too: give "
    "the copy that you kept with --commitment.\n"
    "所用为本系统中存储的承诺。能改动列表者亦能改动它，请以--commitment给出您自行保存的副本。"
)


@click.command()
@click.argument("which", required=False)
@click.option("--commitment", type=_FILE, help="The published commitment, in the copy you kept.")
@click.option("--opened", type=_FILE, help="The statistician's list in clear, after unmasking.")
def verify(*, which: str | None, commitment: Path | None, opened: Path | None) -> None:
    """Check one allocation, by randomisation number or participant, or all · 核查随机分配.

    No arm is shown. Ends with exit code 0 when everything holds, otherwise 1.
    """
    from edc.protocol import DESIGN
    from edc.randomization.sealing import SealingKey
    from edc.randomization.verifier import report
    from edc.services.allocation_lists import purpose_of
    from edc.services.verification import verify_allocations

    with open_database().reading() as session:
        checks = verify_allocations(
            session,
            design=DESIGN,
            purpose=purpose_of(settings().environment),
            key=SealingKey.from_text(settings().allocation_key),
            published=None if commitment is None else _read(commitment),
            clear_list=None if opened is None else opened.read_bytes(),
            subject_id=None if which is None else _participant(session, which.strip().upper()),
        )
    for line in report(checks):
        click.echo(line)
    if commitment is None:
        click.echo(_STORED)
    if any(check.problems for check in checks):
        raise click.exceptions.Exit(1)


def _read(path: Path) -> object:
    """Return what the file holds, of which the check says whether it is a commitment."""
    try:
        found: object = json.loads(path.read_bytes().decode())
    except (ValueError, RecursionError):
        found = None
    # None would stand for "no file was given".
    return path.name if found is None else found


def _participant(session: Session, which: str) -> int:
    from edc.services.proofs import find_holder

    found = find_holder(session, which)
    if found is None:
        message = f"No allocation belongs to {which} · 未找到{which}的随机分配"
        raise click.ClickException(message)
    return found
