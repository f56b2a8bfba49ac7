"""BrowserClient: Flask's test client with what a browser adds: the CSRF token and a language."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup
from flask_wtf.csrf import generate_csrf

from edc.web.request import LANGUAGE_COOKIE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


class BrowserClient:
    """One browser: it keeps its cookies and posts its CSRF token unless told otherwise."""

    def __init__(self, app: Flask, *, language: str = "en", address: str = "127.0.0.1") -> None:
        """Open the browser at *address*, its pages in *language*."""
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.environ = {"REMOTE_ADDR": address}
        self.choose_language(language)

    def choose_language(self, language: str) -> None:
        """Set the cookie by which pages are drawn in *language*."""
        self.client.set_cookie(LANGUAGE_COOKIE, language)

    def hold_session(self, token: str) -> None:
        """Put the session's cookie into the browser, as a sign-in would have."""
        with self.client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True

    def csrf_token(self) -> str:
        """Return a token that fits this browser's session, as a page's form would hold it."""
        with self.client.session_transaction() as cookie:
            raw = cookie.get("csrf_token") or hashlib.sha1(os.urandom(64)).hexdigest()  # noqa: S324
            cookie["csrf_token"] = raw
        with self.app.test_request_context():
            from flask import session

            session["csrf_token"] = raw
            token: str = generate_csrf()
        return token

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, environ_overrides=self.environ, **options)

    def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        csrf: bool = True,
        **options: Any,
    ) -> TestResponse:
        """Send a form; *csrf* False leaves the token out."""
        fields = dict(data or {})
        if csrf:
            fields.setdefault("csrf_token", self.csrf_token())
        return self.client.post(path, data=fields, environ_overrides=self.environ, **options)

    def page(self, path: str, **options: Any) -> BeautifulSoup:
        """Open a page that must exist and return it parsed."""
        answer = self.get(path, **options)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        return parsed(answer)


def parsed(answer: TestResponse) -> BeautifulSoup:
    """Return an answer's page, parsed."""
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def text_of(answer: TestResponse) -> str:
    """Return an answer's visible words, with single spaces."""
    return " ".join(parsed(answer).get_text(" ").split())
