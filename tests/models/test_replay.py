"""The trail alone, replayed from empty, gives every current row exactly, on both databases."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, CheckConstraint, Date, Integer, inspect, text

from edc.models import Base, Site
from edc.models.audit import Audited
from edc.models.base import Moment
from edc.models.fixed_rows import FIXED, ONCE, ONLY_IN_RESEAL
from edc.models.replay import TrailBrokenError, current_rows, replayed_rows
from edc.services.unit_of_work import UnitOfWork, system_actor
from tests.support.trail import START, add_one_of_each, fill, opened, writing

# What a column holds is text of any kind that a database stores.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


def settable(model: type[Audited]) -> list[str]:
    """Return the columns a step may set: no key, no pointer, no checked pair, nothing fixed."""
    table = Base.metadata.tables[inspect(model).local_table.name]
    conditions = " ".join(
        str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)
    )
    fixed = {*FIXED.get(table.name, ()), *ONCE.get(table.name, ())}
    # The count of a list only grows, and a list that waits is not exchanged.
    fixed |= {ONLY_IN_RESEAL.get(table.name, ""), "allocated", "sealed"}
    checked = fixed | {"row", "proposed_by", "dv_row", *re.findall(r"\w+", conditions)}
    return [
        a.key
        for a in inspect(model).column_attrs
        if not (a.columns[0].primary_key or a.columns[0].foreign_keys or a.columns[0].unique)
        and a.key not in checked | {"audit_id", "sequence"}
    ]


def values_for(model: type[Audited], name: str) -> st.SearchStrategy[Any]:
    column = inspect(model).column_attrs[name].columns[0]
    if isinstance(column.type, Moment):
        found: st.SearchStrategy[Any] = st.sampled_from([START, START.replace(microsecond=17)])
    elif isinstance(column.type, Date):
        found = st.dates()
    elif isinstance(column.type, Boolean):
        found = st.booleans()
    elif isinstance(column.type, Integer):
        found = st.integers(0, 2**31 - 1)
    else:
        found = TEXTS.map(lambda value: value[: column.type.length or 8])
    return st.none() | found if column.nullable else found


class Enough(Exception):
    """Thrown to leave a unit of work without keeping what it did."""


def check_random_changes(uow: UnitOfWork, data: st.DataObject) -> None:
    """Change random columns of random rows in random steps, and replay."""
    rows = add_one_of_each(uow)
    for _ in range(data.draw(st.integers(1, 6), label="steps")):
        changing = sorted(table for table, row in rows.items() if settable(type(row)))
        row = rows[data.draw(st.sampled_from(changing), label="table")]
        for name in data.draw(st.sets(st.sampled_from(settable(type(row))), min_size=1)):
            setattr(row, name, data.draw(values_for(type(row), name), label=name))
        if data.draw(st.booleans(), label="flush"):
            uow.session.flush()
        if data.draw(st.booleans(), label="reload"):
            uow.session.flush()
            uow.session.refresh(row)
    uow.session.flush()
    uow.session.expire_all()
    assert replayed_rows(uow.session) == current_rows(uow.session)
    raise Enough


def test_random_changes_replay_to_the_current_rows(database_url: str) -> None:
    with opened(database_url) as database:

        @settings(max_examples=30, deadline=None)
        @given(data=st.data())
        def holds(data: st.DataObject) -> None:
            with suppress(Enough), database.unit_of_work(system_actor(), "test.replay") as uow:
                check_random_changes(uow, data)

        holds()


def test_a_value_that_goes_missing_and_comes_back_replays(database_url: str) -> None:
    with opened(database_url) as database:
        point = fill(database)["data_point"]
        for value, missing, reason in (("4", None, None), (None, "ND", "停机"), ("−1", None, None)):
            with database.unit_of_work(system_actor(), "test.change") as uow:
                found = uow.session.get_one(type(point), inspect(point).identity)
                found.value, found.missing, found.missing_reason = value, missing, reason
        with database.reading() as session:
            rows = replayed_rows(session)
            assert rows == current_rows(session)
        (row,) = rows["data_point"].values()
        assert (row["value"], row["missing"]) == ("−1", None)


def test_the_trail_tells_also_what_stood_at_an_earlier_moment(database_url: str) -> None:
    with opened(database_url) as database:
        site = fill(database)["site"]
        first = site.audit_id
        with database.unit_of_work(system_actor(), "test.change") as uow:
            uow.session.get_one(type(site), site.id).name_zh = "新名称"
        with database.reading() as session:
            (before,) = replayed_rows(session, until=first)["site"].values()
            (after,) = replayed_rows(session)["site"].values()
        assert (before["name_zh"], after["name_zh"]) == ("1", "新名称")


def test_a_row_changed_behind_the_guards_shows(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        with writing(database) as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("DROP TRIGGER guard_site_update"))
            else:
                connection.execute(text("ALTER TABLE site DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE site SET name_zh = '别院'"))
        with database.reading() as session:
            assert replayed_rows(session) != current_rows(session)
        with database.unit_of_work(system_actor(), "test.change") as uow:
            uow.session.get_one(Site, 1).name_zh = "又一院"
        with database.reading() as session, pytest.raises(TrailBrokenError):
            replayed_rows(session)
