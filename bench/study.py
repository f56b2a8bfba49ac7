"""Studies to measure: a few participants entered through the services, and any number of clones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc import clock
from edc.models import SubjectVisit
from edc.permissions import Role
from edc.services.randomize import randomise_subject
from tests.factories import create_user, open_database
from tests.services.casebook_support import (
    KEY,
    OMAS,
    Ward,
    enter,
    open_ward,
    ready_subject,
    screen,
    screening_values,
)

if TYPE_CHECKING:
    from edc.services.casebooks import Place

COURSE_DAYS = 40
STRATUM = "ORAL/AUTO"
SAVED_AT: Place = ("DA05", "OM", 1)
"""The CRF that every client saves: the oral assessment of a day in the middle of the course."""


@dataclass(frozen=True, slots=True)
class Study:
    """A filled study.

    :param full: participants with a whole course, one for each client.
    :param light: a participant after screening, whose rows are cloned.
    :param ready: participants at the door of randomisation.
    """

    ward: Ward
    users: list[str]
    full: list[int]
    light: int
    ready: list[int]


def fill(url: str, *, clients: int, ready: int) -> Study:
    """Enter a site, its people and its participants through the services."""
    database = open_database(url)
    ended = datetime.now(UTC)
    begun = ended - timedelta(days=COURSE_DAYS)
    with clock.replaced(lambda: begun):
        ward = open_ward(database)
        light = screen(ward)
        for place, values in screening_values(ward).items():
            enter(ward, light, place, values)
        full = [ready_subject(ward) for _ in range(clients)]
        for subject_id in full:
            with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
                randomise_subject(
                    uow, subject_id=subject_id, confirmed=STRATUM, key=KEY, purpose="test"
                )
    for subject_id in full:
        _enter_course(ward, subject_id, until=ended.date())
    waiting = [ready_subject(ward) for _ in range(ready)]
    users = [
        create_user(database, role=Role.RESEARCH_NURSE, site=ward.site).username
        for _ in range(clients)
    ]
    database.engine.dispose()
    return Study(ward=ward, users=users, full=full, light=light, ready=waiting)


def _enter_course(ward: Ward, subject_id: int, *, until: date) -> None:
    """Enter every visit whose day has come: that it took place, vital signs, mouth."""
    with ward.database.reading() as session:
        visits = session.execute(
            select(SubjectVisit.code, SubjectVisit.target)
            .where(SubjectVisit.subject_id == subject_id, SubjectVisit.target.is_not(None))
            .order_by(SubjectVisit.target, SubjectVisit.code)
        ).all()
        planned = [(code, day) for code, day in visits if day is not None and day <= until]
    for code, day in planned:
        if not code.startswith(("DA", "V", "DB")):
            continue
        morning = datetime.combine(day, time(10), clock.STUDY_ZONE)
        with clock.replaced(partial(_always, morning)):
            _enter_visit(ward, subject_id, code, day.isoformat())


def _always(moment: datetime) -> datetime:
    return moment


def _enter_visit(ward: Ward, subject_id: int, visit: str, day: str) -> None:
    enter(ward, subject_id, (visit, "SV", 1), {"SVSTAT": "DONE", "SVSTDAT": day, "SVLOC": "IPD"})
    if visit.startswith("V"):
        signs = {
            "VSPERF": "Y", "VSDAT": day, "TEMP": "36.8", "PULSE": "80", "RESP": "18",
            "SYSBP": "120", "DIABP": "75", "WEIGHT": "60.0",
        }  # fmt: skip
        enter(ward, subject_id, (visit, "VS", 1), signs)
    if visit not in ("V7", "V14"):
        enter(ward, subject_id, (visit, "OM", 1), mouth(day))


def mouth(day: str) -> dict[str, str | list[str]]:
    """Return a whole oral assessment of a day."""
    grades = {f"OM{place}{kind}": "1" for place in OMAS for kind in "EU"}
    return {
        "OMPERF": "Y", "OMDAT": day, "OMLOC": "IPD", "OMMASK": "Y", "OMWHO": "2", "OMCTC": "2",
        **grades, "OMDIET": "SOFT", "OMDIETRS": ["OM"], "OMPNRST": "3", "OMPNSWL": "5",
        "OMOPI": "N", "OMTOPAN": "Y", "OMTPN": "N", "OMENT": "N", "OMBLEED": "0", "OMINF": "N",
    }  # fmt: skip
