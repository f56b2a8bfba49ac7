"""One person's browser, inside the process: cookies, sign-in, and forms sent as they stand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.test import Client

from edc.stories.page import Form, Page, read_page
from edc.web.request import LANGUAGE_COOKIE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from werkzeug.test import TestResponse

_MOST_REDIRECTS = 5
_HTML = "text/html"
_TOKEN = "csrf_token"  # noqa: S105 - the name of a field


class BrowserStuck(RuntimeError):
    """A page does not offer what the step needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said to a request, redirects followed.

    :param status: of the page that is shown in the end; *first* of the answer to the request.
    :param path: where the person stands now.
    """

    status: int
    first: int
    path: str
    body: str
    page: Page

    @property
    def is_stored(self) -> bool:
        """Tell whether a form that was sent was taken; one refused is shown again."""
        return self.first in (302, 303) and self.path != "/sign-in"


@dataclass(slots=True)
class Browser:
    """The browser of one person, who signs in whenever the server asks who it is."""

    app: Flask
    username: str
    password: str = field(repr=False)
    language: str = "zh"
    client: Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Open the browser, its pages in the story's language."""
        self.client = Client(self.app)
        self.client.set_cookie(LANGUAGE_COOKIE, self.language)

    def url(self, endpoint: str, **values: Any) -> str:  # noqa: ANN401 - parts of an address
        """Return the path of a page."""
        return self.app.url_map.bind("localhost").build(endpoint, values)

    def open(self, path: str) -> Answer:
        """Open a page, signing in when the session has ended."""
        answer = self._follow(self.client.get(path, headers={"Accept": _HTML}), path=path)
        if answer.path != "/sign-in":
            return answer
        answer = self._sign_in(answer)
        if answer.path == urlsplit(path).path:
            return answer
        return self._follow(self.client.get(path, headers={"Accept": _HTML}), path=path)

    def submit(
        self, form: Form, changes: Mapping[str, list[str]] | None = None, *, path: str = ""
    ) -> Answer:
        """Send *form* with its first button, after *changes* were typed.

        :param path: of the page the form stands on, for a form without an address of its own.
        """
        fields = form.fields()
        if form.buttons and form.buttons[0].name:
            fields[form.buttons[0].name] = [form.buttons[0].value]
        fields |= dict(changes or {})
        target = form.action or path
        return self._follow(self.client.post(target, data=fields), path=target)

    def press(self, answer: Answer, action: str) -> Answer:
        """Send the form of a page that posts to *action*; where it is not offered, send it anyway.

        So the server itself has to refuse what its page does not offer.
        """
        form = answer.page.form(action=action)
        if form is None:
            tokens = [c for one in answer.page.forms for c in one.controls if c.name == _TOKEN]
            form = Form("", action, "post", tokens[:1])
        return self.submit(form)

    def _sign_in(self, answer: Answer) -> Answer:
        form = answer.page.form(form_id="sign-in")
        if form is None:
            raise BrowserStuck("the page to sign in on has no form")
        typed = {"username": [self.username], "password": [self.password]}
        signed_in = self.submit(form, typed)
        if not signed_in.is_stored:
            raise BrowserStuck(f"{self.username} cannot sign in: {signed_in.page.messages}")
        return signed_in

    def _follow(self, response: TestResponse, *, path: str) -> Answer:
        first = response.status_code
        for _ in range(_MOST_REDIRECTS):
            if response.status_code not in (301, 302, 303, 307, 308):
                break
            path = response.headers["Location"]
            response = self.client.get(path, headers={"Accept": _HTML})
        body = response.get_data(as_text=True)
        is_page = response.mimetype == _HTML
        return Answer(
            status=response.status_code,
            first=first,
            path=urlsplit(path).path,
            body=body,
            page=read_page(body) if is_page else Page(text=_plain(body, response.mimetype)),
        )


def _plain(body: str, mimetype: str | None) -> str:
    """Return a download's text; JSON with its letters instead of their escapes."""
    if mimetype == "application/json":
        return json.dumps(json.loads(body), ensure_ascii=False)
    return body
