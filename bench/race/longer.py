"""The study with lists long enough for a race: all else about it stays as it is."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import config
from edc.protocol import DESIGN, STUDY

if TYPE_CHECKING:
    from flask import Flask

    from edc.randomization.design import Design

SLOTS = "RACE_SLOTS"
"""Names the length of each stratum's list, for the server's process."""


def longer_design(slots: int) -> Design:
    """Return this trial's design with room for *slots* participants in every stratum."""
    return replace(DESIGN, slots_per_stratum=slots, target=slots)


def lengthen(slots: int) -> None:
    """Let every module of this process randomise *slots* participants.

    A race needs thousands, and the trial declares its 120 as a constant.
    """
    design = longer_design(slots)
    study = replace(STUDY, design=design, target=slots)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in {"edc", "tests"}:
            continue
        for attribute, value in list(vars(module).items()):
            if value is DESIGN:
                setattr(module, attribute, design)
            elif value is STUDY:
                setattr(module, attribute, study)


def wsgi() -> Flask:
    """Return the application for gunicorn, its study lengthened as the environment says."""
    app = config.wsgi()
    lengthen(int(os.environ[SLOTS]))
    return app
