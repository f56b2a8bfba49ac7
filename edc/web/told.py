"""What an item holds as the person who looks may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.confidential import may_read, passed_text
from edc.web import cell_words
from edc.web.request import language, role

if TYPE_CHECKING:
    from edc.study.casebook import Cell
    from edc.study.items import Item


def told(form: str, item: Item, cell: Cell) -> str:
    """Return what a cell holds in words, or only whether it passed where the answer is withheld."""
    if may_read(role(), form=form, item=item.code):
        return cell_words.display(item, cell)
    return passed_text(form, item.code, value=cell.value, missing=cell.missing, language=language())
