"""What every page's layout shows: language, person, navigation, time of the data, environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from edc import clock
from edc.permissions import ROLE_LABELS, Permission
from edc.reports import notices, query_desk
from edc.web import kit
from edc.web.request import language, reading, settings, study, text, viewer_or_none
from edc.web.sessions import idle_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask

    from edc.services.viewer import Viewer


# Endpoint, permission, text: the main navigation shows what the person may open somewhere.
_NAVIGATION = (
    ("subjects.index", Permission.SUBJECT_LIST, "Participants"),
    ("enrolment.index", Permission.ENROLMENT_READ, "Enrolment"),
    ("reports.show_endpoints", Permission.ENROLMENT_READ, "Endpoints"),
    ("notices.index", Permission.NOTICE_READ, "Notices"),
    ("queries.index", Permission.QUERY_READ, "Queries"),
    ("deviations.index", Permission.DEVIATION_READ, "Deviations"),
    ("safety.deadlines", Permission.SAFETY_READ, "Deadlines"),
    ("audit.index", Permission.AUDIT_READ, "Audit trail"),
    ("randomisation.index", Permission.RANDOMISATION_MANAGE, "Allocation list"),
    ("linking.index", Permission.LINKING_CONFIRM, "Double registrations"),
    ("product.index", Permission.PRODUCT_READ, "Product"),
    ("registers.index", Permission.SITE_MANAGE, "Site registers"),
    ("users.index", Permission.USER_MANAGE, "People"),
)


# What waits for the person behind an entry, beside which the menu counts it.
_WAITING = {"notices.index": notices.unseen, "queries.index": query_desk.waiting}


def navigation_texts() -> list[str]:
    """Name the navigation's texts for the translation catalogue."""
    return [
        _("Participants"), _("Enrolment"), _("Endpoints"), _("Notices"), _("Queries"),
        _("Deviations"), _("Deadlines"), _("Audit trail"), _("Allocation list"),
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
    entries = [entry for entry in _NAVIGATION if viewer.may_somewhere(entry[1])]
    waiting = _waiting(viewer, [endpoint for endpoint, _permission, _name in entries])
    return [
        {
            "text": _(name),
            "href": url_for(endpoint),
            "current": endpoint.startswith(f"{area}."),
            "count": waiting.get(endpoint),
        }
        for endpoint, _permission, name in entries
    ]


def _waiting(viewer: Viewer, endpoints: list[str]) -> dict[str, int]:
    """Return how many wait for the person behind each entry; one statement for all."""
    asked = {
        endpoint: count(viewer) for endpoint, count in _WAITING.items() if endpoint in endpoints
    }
    if not asked:
        return {}
    counts = reading().execute(select(*asked.values())).one()
    return dict(zip(asked, counts, strict=True))


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
