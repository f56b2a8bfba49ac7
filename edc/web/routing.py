"""Numbers in addresses: one that no row can have is an address that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import IntegerConverter

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Map

LARGEST_KEY = 2**63 - 1


class RowNumber(IntegerConverter):
    """A whole number that fits a key of the database; a greater one would be a fault there."""

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002, ANN401 - Werkzeug's names
        """Set the bound unless the address names a lower one."""
        super().__init__(map, **({"max": LARGEST_KEY} | options))


def register(app: Flask) -> None:
    """Let ``<int:…>`` in the addresses of *app* mean a row's number."""
    app.url_map.converters["int"] = RowNumber
