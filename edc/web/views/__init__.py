"""One module a page family; each has a blueprint ``bp``, every view of it marked for the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.web.views import (
    account,
    audit,
    crf,
    enrolment,
    pages,
    randomisation,
    registers,
    signing,
    subjects,
    users,
)

if TYPE_CHECKING:
    from flask import Flask

FAMILIES = (
    pages, account, users, registers, subjects, crf, signing, randomisation, audit, enrolment,
)  # fmt: skip


def register(app: Flask) -> None:
    """Give *app* every page family."""
    for family in FAMILIES:
        app.register_blueprint(family.bp)
