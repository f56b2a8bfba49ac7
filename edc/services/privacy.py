"""Telephone and identity numbers in free text: no CRF holds what names a person (section 3.0)."""

from __future__ import annotations

import re
import unicodedata

# A mobile number of mainland China, in one run or grouped 3-4-4.
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
# An identity card: region, day of birth, sequence, check character (GB 11643).
_IDENTITY = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)


def looks_identifying(text: str) -> bool:
    """Tell whether *text* holds what looks like a mobile or identity-card number.

    Full-width digits count as digits.
    """
    narrow = unicodedata.normalize("NFKC", text)
    return bool(_MOBILE.search(narrow) or _IDENTITY.search(narrow))
