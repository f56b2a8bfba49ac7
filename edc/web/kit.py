"""What the front-end macros cannot say in Jinja: the look of states, the setting-out of choices.

The macros of ``templates/components`` see these through :func:`register`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask_babel import get_locale, lazy_pgettext
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from edc import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Flask

SHORT_CHOICES = 7
"""A choice with more options is a drop-down list, unless its wording must be read whole."""
WIDE_CHARACTERS_FROM = "\u2e80"
"""From here on a character is as wide as two Latin ones."""


@dataclass(frozen=True)
class State:
    """How one state looks: its icon in the sprite, its tone in the style sheet, its word."""

    icon: str
    tone: str
    text: object


STATES: Mapping[str, State] = {
    # A CRF or a visit in the casebook.
    "not_due": State("dot", "neutral", lazy_pgettext("state", "Not due")),
    "due": State("circle", "info", lazy_pgettext("state", "Due")),
    "started": State("half", "brand", lazy_pgettext("state", "Started")),
    "complete": State("check", "success", lazy_pgettext("state", "Complete")),
    "queried": State("flag", "warning", lazy_pgettext("state", "Queried")),
    "late": State("clock", "late", lazy_pgettext("state", "Late")),
    "missed": State("cross", "neutral", lazy_pgettext("state", "Missed")),
    "closed": State("minus", "neutral", lazy_pgettext("state", "Closed")),
    "signed": State("pen", "signed", lazy_pgettext("state", "Signed")),
    "verified": State("double_check", "success", lazy_pgettext("state", "Verified")),
    "locked": State("lock", "neutral", lazy_pgettext("state", "Locked")),
    "done": State("half", "info", lazy_pgettext("state", "Held")),
    "in_error": State("cross", "neutral", lazy_pgettext("state", "Entered in error")),
    "out_of_window": State("clock", "warning", lazy_pgettext("state", "Outside window")),
    # A participant.
    "registered": State("circle", "neutral", lazy_pgettext("state", "Registered")),
    "consented": State("pen", "info", lazy_pgettext("state", "Consented")),
    "screening": State("half", "info", lazy_pgettext("state", "Screening")),
    "eligible": State("check", "brand", lazy_pgettext("state", "Eligible")),
    "screen_failed": State("minus", "neutral", lazy_pgettext("state", "Screen failure")),
    "randomised": State("fork", "brand", lazy_pgettext("state", "Randomised")),
    "on_treatment": State("half", "brand", lazy_pgettext("state", "On study treatment")),
    "follow_up": State("clock", "info", lazy_pgettext("state", "In follow-up")),
    "completed": State("check", "success", lazy_pgettext("state", "Completed")),
    "lost": State("question", "late", lazy_pgettext("state", "Lost to follow-up")),
    "withdrawn": State("minus", "warning", lazy_pgettext("state", "Withdrawn")),
    "died": State("cross", "neutral", lazy_pgettext("state", "Died")),
    # A batch of the product.
    "quar": State("clock", "warning", lazy_pgettext("batch", "Quarantined")),
    "rel": State("check", "success", lazy_pgettext("batch", "Released")),
    "rej": State("cross", "late", lazy_pgettext("batch", "Rejected")),
    "exp": State("minus", "neutral", lazy_pgettext("batch", "Expired")),
    "recall": State("alert", "late", lazy_pgettext("batch", "Recalled")),
    # A clock.
    "running": State("clock", "info", lazy_pgettext("clock", "Running")),
    "due_soon": State("clock", "warning", lazy_pgettext("clock", "Due soon")),
    "met": State("check", "success", lazy_pgettext("clock", "In time")),
    "met_late": State("alert", "late", lazy_pgettext("clock", "Done late")),
    # A query.
    "open": State("flag", "warning", lazy_pgettext("state", "Open")),
    "answered": State("reply", "info", lazy_pgettext("state", "Answered")),
    "cancelled": State("cross", "neutral", lazy_pgettext("state", "Cancelled")),
    "cured": State("check", "success", lazy_pgettext("state", "Closed by the system")),
    "resolved": State("check", "success", lazy_pgettext("state", "Resolved")),
    # A proposed deviation.
    "proposed": State("flag", "warning", lazy_pgettext("deviation", "To be decided")),
    "accepted": State("check", "success", lazy_pgettext("deviation", "Accepted")),
    "refused": State("cross", "neutral", lazy_pgettext("deviation", "Refused")),
    "retracted": State("minus", "neutral", lazy_pgettext("deviation", "Withdrawn")),
    # A signature.
    "valid": State("pen", "signed", lazy_pgettext("state", "Valid")),
    "void": State("alert", "late", lazy_pgettext("state", "Void")),
    # An account.
    "active": State("check", "success", lazy_pgettext("state", "Active")),
    "locked_out": State("lock", "late", lazy_pgettext("state", "Locked out")),
    "disabled": State("minus", "neutral", lazy_pgettext("state", "Disabled")),
}


def find_state(name: object) -> State:
    """Return the look of a state; a name unknown here is shown as it stands."""
    key = str(getattr(name, "value", name)).lower()
    return STATES.get(key) or State("circle", "neutral", key.replace("_", " "))


def shanghai(moment: datetime | None, *, seconds: bool = False) -> str:
    """Write an aware time as the site reads it, with its offset; nothing for none.

    :raises ValueError: when the time has no zone, since it could mean any.
    """
    if moment is None:
        return ""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be shown.")
    local = clock.local(moment)
    offset = local.strftime("%z")
    written = local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    return f"{written} (UTC{offset[:3]}:{offset[3:]})"


def page_language() -> str:
    """Return the language tag of the page being drawn: ``zh-CN`` or ``en``."""
    locale = get_locale()
    return "zh-CN" if locale is not None and locale.language == "zh" else "en"


def choice_layout(options: Sequence[Mapping[str, Any]], *, widest: int = 18) -> str:
    """Return how options are set out: ``row``, ``stack`` (one a line) or ``list`` (a drop-down).

    Options with a hint are read whole and so stacked, however many they are.

    :param widest: how wide an option may be to stand in a row, in Latin characters.
    """
    if any(option.get("hint") for option in options):
        return "stack"
    if len(options) > SHORT_CHOICES:
        return "list"
    widths = [text_width(str(option["text"])) for option in options]
    return "row" if max(widths, default=0) <= widest else "stack"


def check_layout(options: Sequence[Mapping[str, Any]], *, widest: int = 26) -> str:
    """Return how answers are set out of which several may hold: row, columns or stack."""
    layout = choice_layout(options)
    if layout == "row" or any(option.get("hint") for option in options):
        return layout
    widths = [text_width(str(option["text"])) for option in options]
    return "columns" if max(widths, default=0) <= widest else "stack"


def text_width(text: str) -> int:
    """Return how wide *text* is, in Latin characters."""
    return sum(2 if character >= WIDE_CHARACTERS_FROM else 1 for character in text)


def register(app: Flask) -> None:
    """Give the component macros of *app* what they call, the component library's templates too."""
    library = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    own = [app.jinja_loader] if app.jinja_loader is not None else []
    app.jinja_loader = ChoiceLoader([*own, library])
    app.jinja_env.globals.update(
        choice_layout=choice_layout,
        check_layout=check_layout,
        find_state=find_state,
        page_language=page_language,
    )
    app.jinja_env.filters["shanghai"] = shanghai
