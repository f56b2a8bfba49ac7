"""Settings of an installation, read from EDC_* variables; no secret has a default."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from edc.errors import InstallationFault
from edc.label import Label
from edc.settings import Environment, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

ROOT = Path(__file__).parent
ENVIRONMENTS = ("production", "demo", "test")


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
    )


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
