"""Two changes of one row at once: the second fails loudly, and the trail tells the truth."""

from __future__ import annotations

import pytest
from sqlalchemy.orm.exc import StaleDataError

from edc.models import Site
from edc.services.unit_of_work import system_actor
from tests.factories import create_site, open_database


def test_a_change_of_a_row_that_changed_meanwhile_is_refused(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    site_id = create_site(database, code="01").id

    def change_late() -> None:
        with database.unit_of_work(system_actor(), "late") as late:
            site = late.session.get_one(Site, site_id)
            with database.unit_of_work(system_actor(), "early") as early:
                early.session.get_one(Site, site_id).name_en = "Early"
            site.name_en = "Late"

    with pytest.raises(StaleDataError):
        change_late()

    with database.reading() as session:
        assert session.get_one(Site, site_id).name_en == "Early"
