"""json_rows(): rows that the database hands over as one JSON text, where each alone costs too much.

A row takes the driver as long as a thousand characters: what belongs together comes together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class json_rows(FunctionElement[str]):  # noqa: N801 - named as SQL names a function
    """Aggregate the columns of every row into a JSON list of lists; NULL or ``[]`` without rows."""

    name = "json_rows"
    type = Text()
    inherit_cache = True


@compiles(json_rows, "sqlite")
def _sqlite(element: json_rows, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    return f"json_group_array(json_array({compiler.process(element.clauses, **how)}))"


@compiles(json_rows, "postgresql")
def _postgresql(element: json_rows, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    # As text, or the driver would take every list apart whether or not anybody asks for it.
    return f"json_agg(json_build_array({compiler.process(element.clauses, **how)}))::text"
