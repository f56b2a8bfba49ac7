"""Every declared fact of the trial, by the area that its rules belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.derivations import daily

if TYPE_CHECKING:
    from edc.study.facts import Fact

FACTS: tuple[Fact, ...] = (*daily.FACTS,)
