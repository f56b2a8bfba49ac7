"""The key to the sealed arms, and which lists this installation takes, from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.randomization.sealing import SealingKey
from edc.services.allocation_lists import purpose_of
from edc.web.request import settings

if TYPE_CHECKING:
    from edc.randomization.lists import Purpose


def sealing_key() -> SealingKey:
    """Return the installation's sealing key.

    :raises KeyRefused: when the setting is not a key.
    """
    return SealingKey.from_text(settings().allocation_key)


def list_purpose() -> Purpose:
    """Return the purpose of the lists that this installation takes."""
    return purpose_of(settings().environment)
