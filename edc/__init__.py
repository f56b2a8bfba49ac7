"""Electronic data capture for one randomised trial; create_app() wires and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from edc.settings import Settings


def create_app(settings: Settings) -> Flask:
    """Return the web application for an installation's *settings*."""
    from edc.web.app import build  # noqa: PLC0415 - the vocabulary is importable without the web

    return build(settings)
