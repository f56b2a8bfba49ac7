"""What every page's layout shows: language, person, navigation, time of the data, environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.permissions import ROLE_LABELS, Permission
from edc.web import kit
from edc.web.request import language, settings, study, text, viewer_or_none
from edc.web.sessions import idle_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask


# Endpoint, permission, text: the main navigation shows what the person may open somewhere.
_NAVIGATION = (
    ("subjects.index", Permission.SUBJECT_LIST, "Participants"),
    ("enrolment.index", Permission.ENROLMENT_READ, "Enrolment"),
    ("reports.show_endpoints", Permission.ENROLMENT_READ, "Endpoints"),
    ("audit.index", Permission.AUDIT_READ, "Audit trail"),
    ("randomisation.index", Permission.RANDOMISATION_MANAGE, "Allocation list"),
    ("linking.index", Permission.LINKING_CONFIRM, "Double registrations"),
    ("linking.index", Permission.LINKING_PROPOSE, "Double registrations"),
    ("product.index", Permission.PRODUCT_READ, "Product"),
    ("registers.index", Permission.SITE_MANAGE, "Site registers"),
    ("users.index", Permission.USER_MANAGE, "People"),
)


def navigation_texts() -> list[str]:
    """Name the navigation's texts for the translation catalogue."""
    return [
        _("Participants"), _("Enrolment"), _("Endpoints"), _("Audit trail"), _("Allocation list"),
        _("Double registrations"), _("Product"), _("Site registers"), _("People"),
    ]  # fmt: skip


def moment(value: datetime | None) -> str:
    """Return a moment as shown everywhere: site time to the second, with its offset."""
    if value is None:
        return ""
    local = clock.local(value)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"


def _navigation() -> list[dict[str, Any]]:
    viewer = viewer_or_none()
    if viewer is None or viewer.must_change_password:
        return []
    area = (request.endpoint or "").split(".")[0]
    return [
        {"text": _(name), "href": url_for(endpoint), "current": endpoint.startswith(f"{area}.")}
        for endpoint, permission, name in _NAVIGATION
        if viewer.may_somewhere(permission)
    ]


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
            "navigation": _navigation(),
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
