"""Settings: what an installation decides, one frozen object; nothing else reads the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Environment = Literal["production", "demo", "test"]

MailSecurity = Literal["starttls", "tls", "none"]

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation decides; every field is documented in ``docs/settings.md``.

    :param secret_key: signs cookies and CSRF tokens.
    :param allocation_key: encrypts the arms of the allocation list; kept apart from backups.
    :param idle_minutes: a session ends after so long without a request.
    :param session_hours: a session ends after so long whatever happens.
    :param secure_cookies: False only on loopback without TLS.
    :param trusted_proxies: how many proxies in front may name the client's address.
    :param public_url: where people reach the installation; links in mails begin with it.
    :param mail_host: the mail server; empty, mails are queued and not sent.
    :param mail_security: ``none`` only where the server is this machine.
    """

    environment: Environment
    database_url: str
    secret_key: str
    allocation_key: str
    instance: Path
    idle_minutes: int = 15
    session_hours: int = 12
    secure_cookies: bool = True
    trusted_proxies: int = 0
    public_url: str = ""
    mail_host: str = ""
    mail_port: int = 587
    mail_security: MailSecurity = "starttls"
    mail_username: str = ""
    mail_password: str = ""
    mail_from: str = ""

    @property
    def is_demo(self) -> bool:
        """Tell whether the data are invented, which every page then says."""
        return self.environment == "demo"
