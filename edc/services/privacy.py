"""What free text must not hold: numbers that name a person (section 3.0), and the name of an arm.

Whoever writes of an unmasking knows an arm, and colleagues who must not know it read the text.
"""

from __future__ import annotations

import re
import unicodedata

from edc.protocol import DESIGN

# A mobile number of mainland China, in one run or grouped 3-4-4.
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
# An identity card: region, day of birth, sequence, check character (GB 11643).
_IDENTITY = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
_ARMS = frozenset(
    unicodedata.normalize("NFKC", name).casefold().removesuffix("组")
    for arm in DESIGN.arms
    for name in (arm.label.en, arm.label.zh)
) | {"supernatant", "上清", "control arm", "control group", "对照组"}
# "MSC" is an arm and "MSC-MucInj" the study.
_CODES = re.compile(
    rf"(?<![0-9a-z])({'|'.join(arm.code.casefold() for arm in DESIGN.arms)})(?![0-9a-z]|-mucinj)"
)


def names_arm(text: str) -> bool:
    """Tell whether *text* names an arm of the study by its code, its label or its product."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return bool(_CODES.search(plain)) or any(name in plain for name in _ARMS)


def looks_identifying(text: str) -> bool:
    """Tell whether *text* holds what looks like a mobile or identity-card number.

    Full-width digits count as digits.
    """
    narrow = unicodedata.normalize("NFKC", text)
    return bool(_MOBILE.search(narrow) or _IDENTITY.search(narrow))
