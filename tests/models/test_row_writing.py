"""Rows written without objects: their trail is that of objects, and no change is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from edc.models import AuditEntry, DataPoint
from edc.models.audit import MissingActorError, Place
from edc.models.row_writing import RowChange, write_rows
from edc.services.unit_of_work import Database, system_actor
from tests.support.trail import contents, fill, opened

VALUES = {"value": "37.2", "missing": None, "missing_reason": None, "revision": 1}


def entries(database: Database) -> list[dict[str, Any]]:
    """Return what the trail tells of data points: kind, place, old and new values."""
    with database.reading() as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.table == "data_point").order_by(AuditEntry.id)
        )
        return [
            {
                "kind": one.kind, "row_key": one.row_key, "subject": one.subject_id,
                "visit": one.visit, "form": one.form, "row": one.row, "item": one.item,
                "repeat": one.repeat, "new": json.loads(one.new),
                "old": None if one.old is None else json.loads(one.old),
            }
            for one in found
        ]  # fmt: skip


def stored(database: Database, item: str) -> DataPoint:
    with database.reading() as session:
        return session.scalars(select(DataPoint).where(DataPoint.item == item)).one()


def change(point: DataPoint, *, place: Place, **new: Any) -> RowChange:
    """Return the change of a stored data point."""
    old = {name: getattr(point, name) for name in VALUES}
    return RowChange(
        key={"entry_id": point.entry_id, "item": point.item, "repeat": point.repeat},
        place=place, new=old | new, old=old, audit_id=point.audit_id,
    )  # fmt: skip


def test_the_trail_of_rows_written_at_once_is_that_of_objects(database_url: str) -> None:
    with opened(database_url) as database:
        sample = fill(database)["data_point"]
        assert isinstance(sample, DataPoint)
        entry_id = sample.entry_id
        with database.unit_of_work(system_actor(), "test.objects") as uow:
            uow.session.add(DataPoint(entry_id=entry_id, item="ONE", repeat=1, **VALUES))
        with database.unit_of_work(system_actor(), "test.objects") as uow:
            point = uow.session.scalars(select(DataPoint).where(DataPoint.item == "ONE")).one()
            place = point.audit_place()
            point.value, point.missing, point.missing_reason = None, "ND", "machine broken"
            point.revision += 1
        at_two = Place(
            place.site_id, place.subject_id, place.visit, place.form, place.row, "TWO", 1
        )
        key = {"entry_id": entry_id, "item": "TWO", "repeat": 1}
        with database.unit_of_work(system_actor(), "test.rows") as uow:
            write_rows(uow.session, DataPoint, [RowChange(key=key, place=at_two, new=VALUES)])
        with database.unit_of_work(system_actor(), "test.rows") as uow:
            changed = change(
                stored(database, "TWO"), place=at_two,
                value=None, missing="ND", missing_reason="machine broken", revision=2,
            )  # fmt: skip
            write_rows(uow.session, DataPoint, [changed])

        told = [one for one in entries(database) if one["item"] in ("ONE", "TWO")]
        as_two = json.loads(json.dumps(told[:2]).replace("ONE", "TWO"))
        assert told[2:] == as_two
        one, two = stored(database, "ONE"), stored(database, "TWO")
        assert [getattr(one, name) for name in VALUES] == [getattr(two, name) for name in VALUES]


def test_a_row_that_changed_since_it_was_read_is_not_overwritten(database_url: str) -> None:
    with opened(database_url) as database:
        point = fill(database)["data_point"]
        assert isinstance(point, DataPoint)
        with database.unit_of_work(system_actor(), "test.first") as uow:
            uow.session.get_one(DataPoint, (point.entry_id, point.item, point.repeat)).value = "1"
        before = contents(database)
        late = change(point, place=Place(), value="2", revision=2)
        with (
            pytest.raises(StaleDataError),
            database.unit_of_work(system_actor(), "test.late") as uow,
        ):
            write_rows(uow.session, DataPoint, [late])
        assert contents(database) == before


def test_nobody_writes_rows_outside_a_unit_of_work(database_url: str) -> None:
    with opened(database_url) as database:
        point = fill(database)["data_point"]
        assert isinstance(point, DataPoint)
        before = contents(database)
        with pytest.raises(MissingActorError), database.housekeeping() as session:
            write_rows(session, DataPoint, [change(point, place=Place(), value="2")])
        assert contents(database) == before
