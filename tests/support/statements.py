"""Counts the SQL statements of a piece of work, as a database sees them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

_FRAME = re.compile(r"\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)\b", re.IGNORECASE)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Gather the statements sent to *engine* while the block runs; a transaction's frame is none.

    One statement for many rows counts once, as it goes to the database once.
    """
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not _FRAME.match(statement):
            found.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
