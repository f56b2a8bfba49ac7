"""``edc mail``: send the mails that wait, and list them."""

from __future__ import annotations

import click

from edc.cli.context import open_database, settings


@click.group("mail")
def group() -> None:
    """Mails that acts have queued · 待发邮件."""


@group.command()
@click.option("--quiet", is_flag=True, help="Print nothing unless a mail could not be sent.")
def deliver(*, quiet: bool) -> None:
    """Send what is due; a scheduler runs this every minute. Exit status 1 if a mail failed."""
    from edc.services import mail
    from edc.services.mail_transport import letterhead_of, transport_of

    database = open_database()
    transport = transport_of(settings())
    if transport is None:
        with database.reading() as session:
            waiting = mail.count_waiting(session)
        if not quiet:
            click.echo(f"mail is off; {waiting} wait · 邮件功能未启用，待发{waiting}封")
        return
    done = mail.deliver(database, transport, letterhead=letterhead_of(settings()))
    if not quiet or done.failed:
        click.echo(
            f"{done.sent} sent, {done.failed} failed and tried again later, "
            f"{done.dropped} not sent any more · "
            f"已发{done.sent}封，失败待重试{done.failed}封，不再发送{done.dropped}封",
            err=bool(done.failed),
        )
    if done.failed:
        raise click.exceptions.Exit(1)


@group.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those sent or dropped.")
def list_all(*, everything: bool) -> None:
    """List the mails that wait: when queued, what of, to whom, attempts and the last fault."""
    from edc import clock
    from edc.services.mail import list_mails

    with open_database().reading() as session:
        for one in list_mails(session, waiting=not everything):
            click.echo(
                f"{clock.local(one.queued_at):%Y-%m-%d %H:%M}  {one.kind:<24}{one.username:<24}"
                f"{one.state:<9}{one.attempts:>3}  {one.fault or ''}".rstrip()
            )
