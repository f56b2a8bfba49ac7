"""The ``edc`` command; a module a group, and nothing that another entrance would need."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from edc.errors import EdcError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.settings import Settings

# Each group's or command's module is read only when it is called: `edc study check` needs no web.
_COMMANDS = {
    "audit": "edc.cli.audit",
    "db": "edc.cli.db",
    "demo": "edc.cli.demo",
    "doctor": "edc.cli.doctor",
    "mail": "edc.cli.mail",
    "night": "edc.cli.night",
    "randomization": "edc.cli.randomization",
    "serve": "edc.cli.serve",
    "site": "edc.cli.site",
    "story": "edc.cli.story",
    "study": "edc.cli.study",
    "user": "edc.cli.user",
}


class _Lazy(click.Group):
    """A group whose parts are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every part's name."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the part and return it."""
        del ctx
        module = _COMMANDS.get(cmd_name)
        return import_module(module).group if module else None


@click.group(cls=_Lazy)
def edc() -> None:
    """Electronic data capture for one randomised trial · 随机对照试验电子数据采集系统."""


def run(read_settings: Callable[[], Settings]) -> int:
    """Run the command line; a refusal is one sentence in both languages and exit status 1."""
    try:
        # Not alone, click returns the status of a command that ends by Exit.
        status = edc.main(obj=read_settings, standalone_mode=False)
    except EdcError as error:
        click.echo(f"edc: {error.message.en}\n     {error.message.zh}", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    return status if isinstance(status, int) else 0
