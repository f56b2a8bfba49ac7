"""The headers of every answer: a strict content policy, no sniffing, no caching of data."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from flask import abort, request

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
FORM = "application/x-www-form-urlencoded"
ONE_YEAR_SECONDS = 31_536_000


def refuse_unreadable() -> None:
    """Refuse an address or a form that is not UTF-8, before anything tries to read it.

    Left to the library, its bytes would be stored as other text than was sent.
    """
    try:
        unquote_to_bytes(request.query_string).decode()
        if request.mimetype == FORM:
            unquote_to_bytes(request.get_data(parse_form_data=False)).decode()
    except UnicodeDecodeError:
        request.query_string = b""  # the page of the refusal reads the address too
        abort(400)
    if not request.path.isprintable():
        abort(404)  # no address of ours has a control character, and a database may not take one


def protect(app: Flask, *, secure: bool) -> None:
    """Send the headers with every answer of *app*; HSTS only where TLS is promised."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Vary", "Cookie")
        if secure:
            response.headers["Strict-Transport-Security"] = (
                f"max-age={ONE_YEAR_SECONDS}; includeSubDomains"
            )
        return response


def add_static_headers(headers: object, _path: str, _url: str) -> None:
    """Send the same headers with static files, which are answered before the application."""
    for name, value in HEADERS.items():
        headers[name] = value  # type: ignore[index]
