"""The missing codes: why a required item holds no value."""

from __future__ import annotations

from enum import StrEnum

from edc.label import Label

REASON_LENGTH = 200


class Missing(StrEnum):
    """Say why there is no value; always with a reason in words beside it."""

    NOT_DONE = "ND"
    NOT_KNOWN = "NK"
    NOT_APPLICABLE = "NA"
    REFUSED = "REF"


MISSING_LABELS: dict[Missing, Label] = {
    Missing.NOT_DONE: Label(en="Not done", zh="未做"),
    Missing.NOT_KNOWN: Label(en="Not known", zh="不详"),
    Missing.NOT_APPLICABLE: Label(en="Not applicable", zh="不适用"),
    Missing.REFUSED: Label(en="Refused", zh="拒绝"),
}
