"""Numbers in addresses: one that no row can have is an address that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import IntegerConverter

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Map

LARGEST_KEY = 2**63 - 1
LARGEST_NUMBER = 2**31 - 1


class KeyNumber(IntegerConverter):
    """A whole number that fits a key of the database; a greater one would be a fault there."""

    largest = LARGEST_KEY

    def __init__(self, map: Map, **options: Any) -> None:  # noqa: A002, ANN401 - Werkzeug's names
        """Set the bound unless the address names a lower one."""
        super().__init__(map, **({"max": self.largest} | options))


class PlaceNumber(KeyNumber):
    """A whole number that fits a column which is no key: a row of a log, a repeat, a version."""

    largest = LARGEST_NUMBER


def register(app: Flask) -> None:
    """Let ``<int:…>`` in the addresses of *app* mean a key, ``<number:…>`` a row or its kind."""
    app.url_map.converters |= {"int": KeyNumber, "number": PlaceNumber}
