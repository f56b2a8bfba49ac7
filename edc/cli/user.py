"""``edc user``: accounts at the command line, above all the first one."""

from __future__ import annotations

import click

from edc.cli.context import open_database
from edc.permissions import ROLE_LABELS, Role

_EVERY_SITE = "all sites"


@click.group("user")
def group() -> None:
    """People and their accounts · 用户账号."""


@group.command()
@click.option("--username", prompt="User name · 用户名", help="What the person signs in with.")
@click.option("--full-name", prompt="Full name · 姓名", help="As it stands in the trail.")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    prompt="Role · 角色",
    default=str(Role.ADMINISTRATOR),
)
@click.option("--site", help="The site's code; without it the role is held at all sites.")
@click.option("--email", default="", help="Where mails go; they never hold a treatment.")
@click.option("--reason", default="Account opened at the command line", show_default=True)
def add(
    *, username: str, full_name: str, role: str, site: str | None, email: str, reason: str
) -> None:
    """Create an account with its first role, and print its one-time password."""
    from edc.services import accounts
    from edc.services.unit_of_work import system_actor

    database = open_database()
    site_id = _site_id(site)
    actor = system_actor("command line")
    with database.unit_of_work(actor, "account.create", reason=reason) as uow:
        made = accounts.create_user(uow, username=username, full_name=full_name, email=email)
        accounts.give_role(uow, user_id=made.user.id, site_id=site_id, role=Role(role))
    click.echo(f"{made.user.username}: {ROLE_LABELS[Role(role)].en}, {site or _EVERY_SITE}")
    _tell(made.one_time_password)


@group.command()
@click.argument("username")
@click.option("--reason", prompt="Reason · 原因", help="Why; it is kept in the trail.")
def reset(*, username: str, reason: str) -> None:
    """Give USERNAME a new one-time password; every session of theirs ends."""
    from edc.services import accounts
    from edc.services.unit_of_work import system_actor

    database, user_id = open_database(), _user_id(username)
    actor = system_actor("command line")
    with database.unit_of_work(actor, "account.password_reset", reason=reason) as uow:
        password = accounts.reset_password(uow, user_id=user_id)
    _tell(password)


@group.command()
@click.argument("username")
@click.argument("address", default="")
@click.option("--reason", prompt="Reason · 原因", help="Why; it is kept in the trail.")
def email(*, username: str, address: str, reason: str) -> None:
    """Set where mails to USERNAME go; without ADDRESS none are sent."""
    from edc.services import accounts
    from edc.services.unit_of_work import system_actor

    database, user_id = open_database(), _user_id(username)
    actor = system_actor("command line")
    with database.unit_of_work(actor, "account.email", reason=reason) as uow:
        accounts.set_email(uow, user_id=user_id, email=address)
    click.echo(f"{username}: {address or 'no mail address · 无邮箱'}")


@group.command("list")
def list_all() -> None:
    """List every account with its roles and its last sign-in."""
    from edc import clock
    from edc.services import accounts
    from edc.services.sites import list_sites

    with open_database().reading() as session:
        codes = {site.id: site.code for site in list_sites(session)}
        for person in accounts.list_people(session):
            roles = ", ".join(
                f"{role} at {codes[site_id] if site_id else _EVERY_SITE}"
                for site_id, role in person.roles.items()
            )
            state = "active" if person.user.is_active else "closed"
            last = person.last_sign_in
            seen = f"{clock.local(last):%Y-%m-%d %H:%M}" if last else "never signed in"
            click.echo(f"{person.user.username:<24}{state:<8}{seen:<18}{roles or 'no role'}")


def _site_id(code: str | None) -> int | None:
    from edc.services.sites import list_sites

    if code is None:
        return None
    with open_database().reading() as session:
        for site in list_sites(session):
            if site.code == code:
                return site.id
    message = f"there is no site {code!r} · 没有该中心"
    raise click.ClickException(message)


def _user_id(username: str) -> int:
    from edc.services.sign_in import find_user, username_of

    with open_database().reading() as session:
        user = find_user(session, username_of(username))
    if user is None:
        message = f"there is no account {username!r} · 没有该账号"
        raise click.ClickException(message)
    return user.id


def _tell(password: str) -> None:
    """Show a one-time password; it is stored nowhere."""
    click.echo(f"one-time password, to be changed at the first sign-in · 一次性密码：{password}")
