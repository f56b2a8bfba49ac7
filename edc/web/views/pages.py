"""The front door: where each person lands, the language, and the pulse of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, make_response, redirect, request, url_for

from edc.permissions import Permission
from edc.web.guard import open_to_all, signed_in
from edc.web.request import LANGUAGE_COOKIE, LANGUAGES, settings, viewer

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.wrappers import Response

bp = Blueprint("pages", __name__)

_FIRST_PAGES = (
    (Permission.SUBJECT_LIST, "subjects.index"),
    (Permission.ENROLMENT_READ, "enrolment.index"),
    (Permission.USER_MANAGE, "users.index"),
    (Permission.AUDIT_READ, "audit.index"),
)
_YEAR_SECONDS = 31_536_000


@bp.get("/")
@signed_in
def home() -> Response:
    """Send the person to the first page of their work."""
    person = viewer()
    for permission, endpoint in _FIRST_PAGES:
        if person.may_somewhere(permission):
            return redirect(url_for(endpoint))
    return redirect(url_for("account.me"))


@bp.post("/language")
@open_to_all
def language() -> Response:
    """Keep the chosen language in a cookie and return to the page."""
    return remember_language(
        redirect(own_path(request.form.get("next", ""))), request.form.get("_language", "")
    )


def remember_language(answer: ResponseReturnValue, chosen: str) -> Response:
    """Return *answer* with the chosen language kept in the person's cookie."""
    response = make_response(answer)
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax",
            secure=settings().secure_cookies,
        )  # fmt: skip
    return response


@bp.get("/healthz")
@open_to_all
def health() -> tuple[str, int]:
    """Answer that the process serves; nothing about its state."""
    return "ok", 200


def own_path(target: str) -> str:
    r"""Return *target* if it is a path of this server, else the front page.

    Browsers read ``//host``, ``/\host`` and control characters as another host.
    """
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    clean = all(mark.isprintable() and mark != "\\" for mark in target)
    return target if is_path and clean else "/"
