"""Facts that a rule works out: what a check needs to know and no expression can say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A named value of a record, for expressions; *rule*'s docstring says where it comes from.

    :param name: lower-case, as expressions write it.
    :param reads: what it depends on: ``ITEM`` of the record, ``FORM.ITEM``, ``FORM.*`` for all that
        a CRF holds, or the name of another fact.
    """

    name: str
    rule: Callable[[RecordScope], Value] = field(compare=False)
    reads: tuple[str, ...] = ()
