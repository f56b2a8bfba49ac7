"""Medicines that the protocol does not allow, by the words that name them.

CM-03 looks for any of these in the name of a medicine, whatever its case; the list is made of
generic and trade names, and of the words by which a product of another trial is described.
"""

from __future__ import annotations

import re
from typing import Final

NAMES: Final = (
    # Palifermin (keratinocyte growth factor).
    "palifermin", "kepivance", "keratinocyte growth factor", "帕利夫明", "帕利夫敏",
    "角质细胞生长因子", "角化细胞生长因子",
    # Another product of mesenchymal stem cells.
    "mesenchymal", "stem cell", "stromal cell", "exosome", "extracellular vesicle",
    "conditioned medium", "间充质", "干细胞", "外泌体", "细胞外囊泡", "培养上清",
    # Another investigational product.
    "investigational", "study drug", "trial drug", "试验药", "试验用药", "研究用药", "临床研究用",
    "在研",
)  # fmt: skip

_ABBREVIATION = re.compile(r"(?<![a-z])mscs?(?![a-z])")
# The graft, its mobilisation and its support belong to the transplant.
_OF_BLOOD = re.compile("造血干细胞|(?:haemato|hemato)poietic (?:stem|progenitor) cells?")


def is_prohibited(name: str) -> bool:
    """Tell whether the name of a medicine holds one of the words."""
    folded = _OF_BLOOD.sub("", name.casefold())
    return bool(_ABBREVIATION.search(folded)) or any(word in folded for word in NAMES)
