"""The language buttons of a page with a form: draw it again, carry out nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask_babel
from flask import after_this_request, g, request

from edc.web.request import LANGUAGES
from edc.web.views.pages import remember_language

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


def language_chosen() -> bool:
    """Tell whether this POST only changes the language, and if so change it for its answer.

    The view then draws its page again with what was typed, and carries out nothing.
    """
    chosen = request.form.get("_language")
    if chosen not in LANGUAGES:
        return False
    g.language = chosen
    flask_babel.refresh()

    @after_this_request
    def remember(response: Response) -> Response:
        return remember_language(response, chosen)

    return True
