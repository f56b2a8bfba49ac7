"""Every declared fact of the trial, by the area that its rules belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.derivations import (
    bladder,
    blood_counts,
    conduct,
    daily,
    diary,
    history,
    laboratory,
    medicines,
    oral,
    pregnancy,
    product,
    safety_facts,
    skin,
)

if TYPE_CHECKING:
    from edc.study.facts import Fact

FACTS: tuple[Fact, ...] = (
    *bladder.FACTS,
    *blood_counts.FACTS,
    *conduct.FACTS,
    *daily.FACTS,
    *diary.FACTS,
    *history.FACTS,
    *laboratory.FACTS,
    *medicines.FACTS,
    *oral.FACTS,
    *pregnancy.FACTS,
    *product.FACTS,
    *safety_facts.FACTS,
    *skin.FACTS,
)
