"""What the two ends of a 0 to 10 scale mean, for the assessments that ask for one."""

from __future__ import annotations

from typing import Final

from edc.label import Label

PAIN: Final = (
    Label(en="none", zh="无痛"),
    Label(en="worst imaginable", zh="能想象的最剧烈疼痛"),
)
ITCH: Final = (
    Label(en="none", zh="不痒"),
    Label(en="worst imaginable", zh="能想象的最剧烈瘙痒"),
)
