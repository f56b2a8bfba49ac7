"""How many statements a save and each page take, counted where they are sent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from sqlalchemy import event, select

from bench.browsers import CHANGED, FORM, REASON, form_fields
from bench.report import Target
from edc.models import User
from tests.factories import database_of, make_app, signed_in_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.report import Report

SAVE = Target(15, at_least=False)
PAGE = Target(10, at_least=False)


def run(
    report: Report, kind: str, url: str, *, username: str, crf: str, pages: dict[str, str]
) -> None:
    """Count the statements of a save of ten items and of each page, in this process."""
    app = make_app(url)
    database = database_of(app)
    with database.reading() as session:
        user = session.scalars(select(User).where(User.username == username)).one()
    browser = signed_in_client(app, user)
    sent: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: sent.append(statement),
    )

    def count(act: Callable[[], object]) -> int:
        sent.clear()
        act()
        return len(sent)

    for name, path in pages.items():
        number = count(partial(browser.page, path))
        report.add(kind, f"statements, {name}", value=str(number), target=PAGE, judged=number)
    fields = form_fields(BeautifulSoup(browser.get(crf).text, "html.parser"), "crf-form")
    fields |= {item: ["1" if fields.get(item) == ["2"] else "2"] for item in CHANGED}
    fields |= {"_reason": [REASON], "csrf_token": [browser.csrf_token()]}
    body = urlencode(fields, doseq=True)

    def save() -> None:
        answer = browser.client.post(crf, data=body, headers=FORM)
        if answer.status_code != 303:  # noqa: PLR2004 - see other
            message = f"the save answered {answer.status_code}"
            raise RuntimeError(message)

    number = count(save)
    report.add(kind, "statements, save of ten items", value=str(number), target=SAVE, judged=number)
    database.engine.dispose()
