"""requires(): the mark that every view carries, and the gate that refuses what is unmarked.

The gate asks three things before a view runs: is the view marked; does the person hold its
permission; and if the address names a participant, is that participant at a site where the
permission is held. A participant of another site is 404, as one who does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, g, redirect, request, url_for

from edc.errors import NotFound, NotPermitted
from edc.web.request import reading, viewer_or_none

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.wrappers import Response

    from edc.permissions import Permission

View = TypeVar("View", bound="Callable[..., Any]")
MARK = "edc_access"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may reach a view: everyone, everyone signed in, or holders of any of the permissions."""

    permissions: tuple[Permission, ...] = ()
    is_open: bool = False


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Mark a view as reachable by holders of any of *permissions*."""

    def mark(view: View) -> View:
        setattr(view, MARK, Access(permissions=permissions))
        return view

    return mark


def signed_in(view: View) -> View:
    """Mark a view as reachable by everyone who is signed in."""
    setattr(view, MARK, Access())
    return view


def open_to_all(view: View) -> View:
    """Mark a view as reachable without signing in."""
    setattr(view, MARK, Access(is_open=True))
    return view


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return the mark of the endpoint's view, None when it has none."""
    return getattr(app.view_functions[endpoint], MARK, None)


PASSWORD_ENDPOINTS = frozenset({"account.change_password", "account.ping", "account.sign_out"})


def check_access() -> Response | None:
    """Refuse what is unmarked, unknown or not permitted; run before every request."""
    if request.endpoint is None:
        return None  # no such address: the router's own 404 follows
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise NotPermitted
    if access.is_open:
        return None
    viewer = viewer_or_none()
    if viewer is None:
        return redirect(url_for("account.sign_in", **_way_back()))
    if viewer.must_change_password and request.endpoint not in PASSWORD_ENDPOINTS:
        return redirect(url_for("account.change_password"))
    if not access.permissions:
        return None
    if not any(viewer.may_somewhere(permission) for permission in access.permissions):
        raise NotPermitted
    subject_id = (request.view_args or {}).get("subject_id")
    if subject_id is not None:
        _check_subject(subject_id, access)
    return None


def _way_back() -> dict[str, Any]:
    """Return where a person goes after signing in, and whether a form was sent in vain."""
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return {}
    if request.method == "GET":
        return {"next": request.full_path.rstrip("?")}
    # The page of a form has the form's own address, or it cannot be told.
    has_page = current_app.url_map.bind("").test(request.path, "GET")
    return {"next": request.path if has_page else None, "ended": "lost"}


def _check_subject(subject_id: int, access: Access) -> None:
    """Load the participant into ``g.subject``, or refuse."""
    from edc.services.subjects import find_subject  # noqa: PLC0415 - keeps the gate import-light

    viewer = viewer_or_none()
    subject = find_subject(reading(), subject_id)
    if viewer is None or subject is None or viewer.role_at(subject.site_id) is None:
        raise NotFound
    if not any(viewer.may(p, site_id=subject.site_id) for p in access.permissions):
        raise NotPermitted
    g.subject = subject
    g.role = viewer.role_at(subject.site_id)
