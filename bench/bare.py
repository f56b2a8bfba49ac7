"""The bare application: what Flask and SQLAlchemy cost by themselves, on the same database.

It takes the same form, writes one row with ten others in one transaction and redirects; its page is
a table of 200 rows. There is no person, no right, no rule and no trail.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flask import Flask, redirect, render_template_string, request
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, insert, select

from edc.models.session import create_engine_for

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

POINTS = 10
ROWS = 200

_tables = MetaData()
ENTRY = Table(
    "bare_entry",
    _tables,
    Column("id", Integer, primary_key=True),
    Column("form", Text, nullable=False),
)
POINT = Table(
    "bare_point",
    _tables,
    Column("entry_id", Integer, ForeignKey("bare_entry.id"), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("value", Text),
)
_PAGE = """<!doctype html><title>{{ rows|length }}</title><table>
{% for row in rows %}
<tr><td>{{ row.entry_id }}</td><td>{{ row.item }}</td><td>{{ row.value }}</td></tr>
{% endfor %}</table>"""


def prepare(url: str) -> None:
    """Make the tables, with one page of rows in them."""
    engine = create_engine_for(url)
    _tables.create_all(engine)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(ENTRY), [{"form": "OM"} for _ in range(ROWS // POINTS)])
        entries = connection.execute(select(ENTRY.c.id)).scalars().all()
        connection.execute(
            insert(POINT),
            [
                {"entry_id": entry, "item": f"ITEM{number}", "value": str(number)}
                for entry in entries
                for number in range(POINTS)
            ],
        )
    engine.dispose()


def wsgi() -> Flask:
    """Return the application for gunicorn, on the database that ``EDC_DATABASE_URL`` names."""
    app = Flask(__name__)
    engine = create_engine_for(os.environ["EDC_DATABASE_URL"])
    writing = engine.execution_options(writes=True)

    @app.post("/save")
    def save() -> Response:
        answers = list(request.form.items())[:POINTS]
        with writing.begin() as connection:
            entry = connection.execute(insert(ENTRY).values(form="OM").returning(ENTRY.c.id))
            entry_id = entry.scalar_one()
            connection.execute(
                insert(POINT),
                [{"entry_id": entry_id, "item": item, "value": value} for item, value in answers],
            )
        return redirect("/page", code=303)

    @app.get("/page")
    def page() -> str:
        with engine.connect() as connection:
            rows = connection.execute(select(POINT).order_by(POINT.c.entry_id).limit(ROWS)).all()
        return render_template_string(_PAGE, rows=rows)

    return app
