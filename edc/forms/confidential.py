"""Answers that only the site's own staff read; everybody else reads whether the screen was passed.

Form VIR: "HIV fields are shown only to site staff with a named permission; exports replace them by
'screen passed Y/N'". One rule for pages, trail, queries and exports. That a screen was passed is
all that eligibility needs; whether it failed on a positive, an unclear or a missing result stays
with the site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.forms.codelists import NY
from edc.label import Label
from edc.permissions import Permission, grants

if TYPE_CHECKING:
    from edc.label import Language
    from edc.permissions import Role

SCREENS: Final = {("VIR", "HIV"): "NEG", ("IE", "EXC05"): "N"}
"""The answer with which the screen is passed, by (CRF, item); any other answer fails it."""

TITLE: Final = Label(en="Restricted screen passed", zh="限权筛查是否通过")
"""What the item is called where its answer is not read."""

REASON: Final = Label(
    en="(restricted: the site reads it in the history of the item)",
    zh="（限权内容：由中心在该数据项的修改历史中查看）",
)
"""What stands for the reason of an act that changed such an answer: it may say what the answer is."""


def is_confidential(form: str, item: str) -> bool:
    """Tell whether the item's answer is for the site only."""
    return (form, item) in SCREENS


def may_read(role: Role | None, *, form: str, item: str) -> bool:
    """Tell whether *role* reads the item's answer; None is the system itself."""
    return (
        role is None
        or not is_confidential(form, item)
        or grants(role, Permission.CONFIDENTIAL_READ)
    )


def withheld_items(role: Role | None, *, form: str) -> frozenset[str]:
    """Return the items of a CRF of which *role* reads no more than whether they were passed."""
    return frozenset(
        item
        for owner, item in SCREENS
        if owner == form and not may_read(role, form=form, item=item)
    )


def passed(form: str, item: str, *, value: str | None, missing: str | None) -> str | None:
    """Return Y or N: whether what the item holds passes the screen; None while it holds nothing."""
    if value is None and missing is None:
        return None
    return "Y" if value == SCREENS[form, item] else "N"


def passed_text(
    form: str, item: str, *, value: str | None, missing: str | None, language: Language
) -> str:
    """Return whether the screen was passed in words; empty while the item holds nothing."""
    code = passed(form, item, value=value, missing=missing)
    return NY.text(code, language) if code else ""
