"""Signatures as pages show them: who, meaning what, when, and whether they still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from edc.forms.confidential import REASON
from edc.permissions import ROLE_LABELS, Role
from edc.services.signing import MEANINGS
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edc.services.signing import SignatureState


def signature_marks(
    signatures: Iterable[SignatureState], *, reads_all: bool
) -> list[dict[str, Any]]:
    """Return the signatures as the component ``signature`` takes them.

    :param reads_all: the person reads every answer of the CRF; why one was changed may say what
        it is.
    """
    return [
        {
            "who": signature.who,
            "role": text(ROLE_LABELS[Role(signature.role)]),
            "meaning": text(MEANINGS[signature.meaning]),
            "when": signature.at,
            "state": "valid" if signature.is_valid else "void",
            "void_reason": _void_reason(signature, reads_all=reads_all),
            "note": None
            if signature.is_current_definition
            else _("Signed under another version of the study's definition."),
            "sha256": signature.content_sha256,
        }
        for signature in signatures
    ]


def _void_reason(signature: SignatureState, *, reads_all: bool) -> str | None:
    if signature.voided_at is None:
        altered: str = _(
            "The stored content is not what was signed. Tell the data manager at once."
        )
        return None if signature.is_intact else altered
    if not signature.void_reason:
        return None
    sentence: str = _(
        "The content has changed since it was signed; the signature no longer holds. "
        "Reason for the change: %(reason)s",
        reason=signature.void_reason if reads_all else text(REASON),
    )
    return sentence
