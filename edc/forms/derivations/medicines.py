"""What the checks of medicines ask and no expression can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.prohibited import is_prohibited
from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope


def prohibited_medicine(scope: RecordScope) -> str | None:
    """Return Y when the medicine's name is one the protocol does not allow (CM-03)."""
    name = scope.text("CMTRT")
    return "Y" if name and is_prohibited(name) else None


FACTS = (Fact(name="prohibited_medicine", rule=prohibited_medicine, reads=("CMTRT",)),)
