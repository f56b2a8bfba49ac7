"""What every page's layout shows: language, person, navigation, time of the data, environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _

from edc import clock
from edc.permissions import ROLE_LABELS
from edc.web import kit
from edc.web.navigation import navigation
from edc.web.request import language, settings, study, text, viewer_or_none
from edc.web.sessions import idle_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask


def moment(value: datetime | None) -> str:
    """Return a moment as shown everywhere: site time to the second, with its offset."""
    if value is None:
        return ""
    local = clock.local(value)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"


def _person() -> dict[str, Any] | None:
    viewer = viewer_or_none()
    if viewer is None:
        return None
    roles = dict.fromkeys(text(ROLE_LABELS[role]) for role in viewer.roles.values())
    return {"name": viewer.full_name, "role": " / ".join(roles)}


def register(app: Flask, *, static_url: Callable[[str], str]) -> None:
    """Give the templates of *app* what the layout needs."""
    kit.register(app)
    app.jinja_env.globals.update(static_url=static_url)
    app.jinja_env.filters.update(moment=moment, label=text)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def layout() -> dict[str, Any]:
        return {
            "current_language": "zh-CN" if language() == "zh" else "en",
            "language": language(),
            "navigation": navigation(),
            "person": _person(),
            "environment": {"text": _("Demonstration data: not for care")}
            if settings().is_demo
            else None,
            "idle": idle_limits(),
            "today": clock.today().isoformat(),
            "page_time": moment(clock.now()),
            "version": study().version,
            "study_name": text(study().short_name),
            "home_url": url_for("pages.home"),
            "sign_out_url": url_for("account.sign_out"),
            "language_url": url_for("pages.language"),
        }
