"""Handing mails to a mail server by SMTP, over TLS unless the server is this machine."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc.services.mail import MARKS, Letterhead, TransportFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

    from edc.settings import Settings

TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTransport:
    """A mail server.

    :param security: ``starttls``, ``tls`` from the first byte, or ``none`` on this machine.
    """

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    context: ssl.SSLContext | None = None

    @contextmanager
    def connection(self) -> Iterator[Callable[[EmailMessage], None]]:
        """Connect, and sign in where the server wants it."""
        try:
            smtp = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise TransportFault(_told(error)) from error

        def send(message: EmailMessage) -> None:
            try:
                smtp.send_message(message)
            except (smtplib.SMTPException, OSError) as error:
                raise TransportFault(_told(error)) from error

        try:
            yield send
        finally:
            # What was sent was acknowledged; a server that hangs up on leaving changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        context = self.context or ssl.create_default_context()
        smtp: smtplib.SMTP
        if self.security == "tls":
            smtp = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            if self.security == "starttls":
                # Without TLS on offer this is refused: a mail is never sent in clear instead.
                smtp.starttls(context=context)
            if self.username:
                smtp.login(self.username, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _told(error: Exception) -> str:
    """Return the kind of fault and the server's code; its words may repeat what it was sent."""
    code: object = getattr(error, "smtp_code", "")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((answer[0] for answer in error.recipients.values()), "")
    return f"{type(error).__name__} {code}".strip()[:80]


def transport_of(settings: Settings) -> SmtpTransport | None:
    """Return the installation's mail server; None while mail is off."""
    if not settings.mail_host:
        return None
    return SmtpTransport(
        host=settings.mail_host,
        port=settings.mail_port,
        security=settings.mail_security,
        username=settings.mail_username,
        password=settings.mail_password,
    )


def letterhead_of(settings: Settings) -> Letterhead:
    """Return what the installation's mails bear."""
    return Letterhead(
        sender=settings.mail_from,
        address=settings.public_url,
        mark=MARKS[settings.environment],
    )
