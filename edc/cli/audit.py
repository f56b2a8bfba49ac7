"""`edc audit`: the trail as a file, for an inspector or an archive."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edc.cli.context import open_database, settings

if TYPE_CHECKING:
    from edc.reports.audit_filter import TrailFilter


@click.group("audit")
def group() -> None:
    """Export the audit trail · 导出稽查轨迹."""


class Day(click.ParamType[date]):
    """A day of the calendar, YYYY-MM-DD."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is not a day as YYYY-MM-DD", param, ctx)


@group.command()
@click.option(
    "--format", "format_", type=click.Choice(["csv", "xlsx", "jsonl", "zip"]), required=True
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--participant", default="", help="Participant or screening number.")
@click.option("--visit", default="", help="Code of a visit.")
@click.option("--form", default="", help="Code of a CRF.")
@click.option("--item", default="", help="Code of an item, or words of its label.")
@click.option("--user", default="", help="User name, or part of a person's name.")
@click.option("--action", default="", help="Kind of act, as crf.save.")
@click.option("--since", type=Day(), help="First day at the site.")
@click.option("--until", type=Day(), help="Last day at the site.")
@click.option("--text", default="", help="Words in a value or a reason.")
@click.option(
    "--unmasked",
    is_flag=True,
    help="Include what tells a participant's arm; the trail records that you did.",
)
def export(
    format_: str,
    out: Path,
    language: str,
    *,
    unmasked: bool,
    **asked: str | date | None,
) -> None:
    """Write the trail to a file, and record in the trail that this was done."""
    from functools import partial

    from edc.export.archive import find_evidence
    from edc.export.audit import Format, open_export
    from edc.protocol import DESIGN, STUDY
    from edc.randomization.sealing import SealingKey
    from edc.reports.audit_scope import WHOLE, WHOLE_MASKED
    from edc.services.allocation_lists import purpose_of
    from edc.services.proofs import MASKED_READER, OPEN_READER
    from edc.services.unit_of_work import system_actor

    made = open_export(
        open_database(),
        actor=system_actor(),
        scope=WHOLE if unmasked else WHOLE_MASKED,
        wanted=_filter(asked),
        study=STUDY,
        language="en" if language == "en" else "zh",
        format_=Format(format_),
        evidence=partial(
            find_evidence,
            design=DESIGN,
            purpose=purpose_of(settings().environment),
            key=SealingKey.from_text(settings().allocation_key),
            reader=OPEN_READER if unmasked else MASKED_READER,
            with_proof=format_ == "zip",
        ),
    )
    # Written beside and renamed: a broken export never looks like a whole one.
    half = out.with_name(out.name + ".part")
    with half.open("wb") as file:
        for chunk in made:
            file.write(chunk)
    half.replace(out)
    click.echo(f"{out}: {made.extent.rows} entries, highest {made.extent.highest}")


def _filter(asked: dict[str, str | date | None]) -> TrailFilter:
    from edc.reports.audit_filter import TrailFilter

    return TrailFilter(**asked)  # type: ignore[arg-type]
