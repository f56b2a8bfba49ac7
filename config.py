"""Settings of an installation, read from EDC_* variables; no secret has a default."""

from __future__ import annotations

import gc
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import urlsplit

from edc.errors import InstallationFault
from edc.label import Label
from edc.settings import Environment, MailSecurity, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

ROOT = Path(__file__).parent
ENVIRONMENTS = ("production", "demo", "test")
HERE = ("localhost", "127.0.0.1", "::1")
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that *environ* describes.

    :raises InstallationFault: when a secret is missing or a value cannot be read.
    """
    instance = Path(environ.get("EDC_INSTANCE", ROOT / "instance"))
    environment = environ.get("EDC_ENV", "production")
    if environment not in ENVIRONMENTS:
        raise _fault("EDC_ENV", environment)
    return Settings(
        environment=cast("Environment", environment),
        database_url=environ.get("EDC_DATABASE_URL", f"sqlite:///{instance / 'edc.db'}"),
        secret_key=_secret(environ, "EDC_SECRET_KEY"),
        allocation_key=_secret(environ, "EDC_ALLOCATION_KEY"),
        instance=instance,
        idle_minutes=_whole(environ, "EDC_IDLE_MINUTES", 15),
        session_hours=_whole(environ, "EDC_SESSION_HOURS", 12),
        secure_cookies=environ.get("EDC_SECURE_COOKIES", "1") != "0",
        trusted_proxies=_whole(environ, "EDC_TRUSTED_PROXIES", 0),
        public_url=_public_url(environ),
        mail_host=environ.get("EDC_MAIL_HOST", ""),
        mail_port=_whole(environ, "EDC_MAIL_PORT", 587),
        mail_security=_mail_security(environ),
        mail_username=environ.get("EDC_MAIL_USERNAME", ""),
        mail_password=environ.get("EDC_MAIL_PASSWORD", ""),
        mail_from=_mail_from(environ),
    )


def _public_url(environ: Mapping[str, str]) -> str:
    """Return where people reach the installation; mails cannot do without it."""
    given = environ.get("EDC_PUBLIC_URL", "").rstrip("/")
    parts = urlsplit(given)
    is_right = parts.scheme in {"http", "https"} and parts.hostname and not parts.query
    if (given or environ.get("EDC_MAIL_HOST")) and not is_right:
        raise _fault("EDC_PUBLIC_URL", given)
    return given


def _mail_security(environ: Mapping[str, str]) -> MailSecurity:
    """Return how mails are protected on their way; in clear they do not leave this machine."""
    given = environ.get("EDC_MAIL_SECURITY", "starttls")
    leaves = environ.get("EDC_MAIL_HOST", "") not in HERE
    if given not in get_args(MailSecurity) or (given == "none" and leaves):
        raise _fault("EDC_MAIL_SECURITY", given)
    return cast("MailSecurity", given)


def _mail_from(environ: Mapping[str, str]) -> str:
    given = environ.get("EDC_MAIL_FROM", "")
    if (given or environ.get("EDC_MAIL_HOST")) and not ADDRESS.fullmatch(given):
        raise _fault("EDC_MAIL_FROM", given)
    return given


def _secret(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise InstallationFault(
            Label(
                en="{name} is not set. `edc doctor --new-secret` prints a fresh value.",
                zh="未设置{name}。运行 `edc doctor --new-secret` 可生成新的密钥。",
            ).filled(name=name)
        )
    return value


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, str(default))
    if not value.isdecimal():
        raise _fault(name, value)
    return int(value)


def _fault(name: str, value: str) -> InstallationFault:
    return InstallationFault(
        Label(en="{name} cannot be {value!r}.", zh="{name}的值{value!r}无效。").filled(
            name=name, value=value
        )
    )


def wsgi() -> Flask:
    """Return the application for a WSGI server: ``gunicorn 'config:wsgi()'``."""
    from edc import create_app  # noqa: PLC0415 - the command line starts without the web

    app = create_app(read_settings(os.environ))
    # What is there now stays: workers share it, and no collection need look through it again.
    gc.collect()
    gc.freeze()
    return app


def main() -> None:
    """Run the ``edc`` command with the settings of the environment."""
    from edc.cli import run  # noqa: PLC0415 - see wsgi()

    sys.exit(run(lambda: read_settings(os.environ)))
