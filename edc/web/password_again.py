"""The password typed again, before an act that a person answers for."""

from __future__ import annotations

from typing import Literal

from flask import request

from edc.services.sign_in import check_password
from edc.web import sessions
from edc.web.request import database, viewer


def password_again() -> Literal[True]:
    """Let the signed-in person prove who they are, by the field ``password`` of this request.

    Call it before the unit of work: a refusal is stored although the act is not carried out.

    :raises PasswordRefused: when it is wrong.
    :raises TooManyAttempts: when the account or the address is delayed.
    """
    check_password(
        database(),
        viewer(),
        request.form.get("password", ""),
        origin=sessions.origin(),
        hashing=sessions.hashing(),
    )
    return True
