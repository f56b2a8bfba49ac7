"""What two persons do with a list at the server: the installation's key, bringing, confirming."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from edc.cli.context import open_database, settings

if TYPE_CHECKING:
    from edc.models import ListAct
    from edc.permissions import Permission
    from edc.randomization.lists import Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.custody import WaitingList
    from edc.services.unit_of_work import Actor, Database

_user = click.option("--user", prompt="User name · 用户名", help="Whose act this is.")
_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def sealing_key() -> SealingKey:
    """Return the installation's sealing key."""
    from edc.randomization.sealing import SealingKey

    return SealingKey.from_text(settings().allocation_key)


@click.command()
def keys() -> None:
    """Print the installation's public key, for which the statistician seals the list."""
    from edc.randomization.list_keys import ListKey

    public = ListKey.of_installation(sealing_key()).public()
    click.echo(f"public key   {public.text()}")
    click.echo(f"fingerprint  {public.fingerprint()}   to be compared on the telephone")


@click.command()
@_file
@_user
def load(*, file: Path, user: str) -> None:
    """Bring the sealed list FILE, as the statistician; a second person confirms it."""
    from edc.models import ListAct

    _bring(file, user, act=ListAct.LOAD)


@click.command()
@_file
@_user
def reseal(*, file: Path, user: str) -> None:
    """Bring a copy of the loaded list, to encrypt its arms under this installation's new key."""
    from edc.models import ListAct

    _bring(file, user, act=ListAct.RESEAL)


@click.command()
@_user
@click.option(
    "--checksum",
    prompt="SHA-256 of the certificate · 证书上的SHA-256",
    help="As the signed certificate prints it, or its first 16 characters.",
)
def confirm(*, user: str, checksum: str) -> None:
    """Confirm the list that waits, as the data manager or the deputy."""
    from edc.permissions import Permission
    from edc.protocol import DESIGN
    from edc.services import custody

    place = installation()
    waiting = _waiting(place)
    who, checked = person(place, user, Permission.RANDOMISATION_CONFIRM)
    with place.database.unit_of_work(who, custody.ACTIONS[waiting.act]) as uow:
        row = custody.confirm(
            uow,
            proposal_id=waiting.id,
            checksum=checksum,
            design=DESIGN,
            key=place.key,
            purpose=place.purpose,
            password_checked=checked,
        )
        told = f"list {row.list_id}, SHA-256 {row.sha256}"
    done = "loaded as the" if waiting.act == "load" else "encrypted under the new key: the"
    click.echo(f"{done} {place.purpose} {told}")


@click.command()
@_user
@click.option("--reason", prompt="Reason · 原因", help="Why; it is kept in the trail.")
def refuse(*, user: str, reason: str) -> None:
    """Refuse the list that waits, as the data manager or the deputy."""
    from edc.permissions import Permission
    from edc.services import custody

    place = installation()
    waiting = _waiting(place)
    who, _ = person(place, user, Permission.RANDOMISATION_CONFIRM)
    with place.database.unit_of_work(who, "randomisation.refuse", reason=reason) as uow:
        custody.refuse(uow, proposal_id=waiting.id, reason=reason, purpose=place.purpose)
    click.echo(f"list {waiting.list_id} is refused; nothing of it is kept")


@click.command()
@_user
def withdraw(*, user: str) -> None:
    """Take back the list that waits, as the person who brought it."""
    from edc.permissions import Permission
    from edc.services import custody

    place = installation()
    waiting = _waiting(place)
    who, _ = person(place, user, Permission.RANDOMISATION_MANAGE)
    with place.database.unit_of_work(who, "randomisation.withdraw") as uow:
        custody.withdraw(uow, proposal_id=waiting.id, purpose=place.purpose)
    click.echo(f"list {waiting.list_id} is withdrawn; nothing of it is kept")


COMMANDS = (keys, load, reseal, confirm, refuse, withdraw)


@dataclass(frozen=True, slots=True)
class _Place:
    """The installation at which a list is brought or confirmed."""

    database: Database
    key: SealingKey
    purpose: Purpose


def installation() -> _Place:
    """Return the installation whose settings are in force."""
    from edc.services.allocation_lists import purpose_of

    return _Place(open_database(), sealing_key(), purpose_of(settings().environment))


def _bring(file: Path, user: str, *, act: ListAct) -> None:
    from edc.permissions import Permission
    from edc.protocol import DESIGN
    from edc.services import custody

    place = installation()
    who, checked = person(place, user, Permission.RANDOMISATION_MANAGE)
    with place.database.unit_of_work(who, "randomisation.propose") as uow:
        custody.bring(
            uow,
            file.read_bytes().decode(errors="replace"),
            act=act,
            design=DESIGN,
            key=place.key,
            purpose=place.purpose,
            password_checked=checked,
        )
    waiting = _waiting(place)
    click.echo(f"list {waiting.list_id} waits for the second person: edc randomization confirm")


def _waiting(place: _Place) -> WaitingList:
    from edc.services.custody import find_waiting

    with place.database.reading() as session:
        found = find_waiting(session, purpose=place.purpose)
    if found is None:
        message = "no list waits to be confirmed · 没有待确认的列表"
        raise click.ClickException(message)
    return found


def person(place: _Place, user: str, permission: Permission) -> tuple[Actor, Literal[True]]:
    """Return the person as the actor, their password asked; the pair proves that it was."""
    from edc.services.sign_in import Origin, identify

    password = click.prompt("Password · 密码", hide_input=True)
    viewer = identify(
        place.database, username=user, password=password, origin=Origin(address="command line")
    )
    role = viewer.role_for(permission)
    return viewer.actor(role, request_id="", address="command line"), True
