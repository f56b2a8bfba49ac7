"""Two sites, three participants and a dozen acts: a trail small enough to be read whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from edc import clock
from edc.models import CrfEntry, DataPoint, Query, Site, Subject, User
from edc.permissions import Role
from edc.services.unit_of_work import Actor, Database, UnitOfWork, system_actor
from tests.factories import create_site, create_user

MARCH = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)  # the last minute of 1 March at the site
LATER = datetime(2026, 3, 1, 16, 1, tzinfo=UTC)  # 2 March at the site
FORMULA = "=cmd|' /C calc'!A0"
ARM_TELLING = "relatedness-told"


@dataclass(frozen=True)
class SmallTrail:
    """What the trail is about."""

    database: Database
    here: Site
    elsewhere: Site
    nurse: User
    ward: Subject  # at the first site, number 01001
    far: Subject  # at the second site, number 02001


def enter(
    uow: UnitOfWork, subject: Subject, *, visit: str, form: str, **values: str | None
) -> CrfEntry:
    """Save a CRF's items for the first time."""
    entry = CrfEntry(
        subject_id=subject.id, visit=visit, form=form, row=1, version=1, is_complete=True,
        fingerprint="f", saved_at=clock.now(), saved_by=uow.actor.username,
    )  # fmt: skip
    uow.session.add(entry)
    uow.session.flush()
    uow.session.add_all(
        DataPoint(entry_id=entry.id, item=item, repeat=0, value=value, revision=1)
        for item, value in values.items()
    )
    return entry


def correct(uow: UnitOfWork, entry: CrfEntry, item: str, **values: Any) -> None:
    """Change an item of a saved CRF."""
    point = uow.session.get_one(DataPoint, (entry.id, item, 0))
    for name, value in values.items():
        setattr(point, name, value)
    point.revision += 1


def make_small_trail(database: Database) -> SmallTrail:
    """Let a nurse at each of two sites enter, correct and be queried."""
    with clock.replaced(lambda: MARCH):
        here, elsewhere = create_site(database, code="01"), create_site(database, code="02")
        nurse = create_user(database, site=here, username="zhang", full_name="张护士")
        other = create_user(database, site=elsewhere, username="wang", full_name="王护士")
        ward = _register(database, here, "01001")
        far = _register(database, elsewhere, "02001")
        at_ward = Actor(
            username="zhang", role=Role.RESEARCH_NURSE, user_id=nurse.id, request_id="r1"
        )
        afar = Actor(username="wang", role=Role.RESEARCH_NURSE, user_id=other.id, request_id="r2")
        with database.unit_of_work(at_ward, "crf.save") as uow:
            oral = enter(uow, ward, visit="BL", form="OM", OMWHO="2", OMCOM=FORMULA)
            vital = enter(uow, ward, visit="BL", form="VS", TEMP="36.8")
        with database.unit_of_work(afar, "crf.save") as uow:
            enter(uow, far, visit="BL", form="OM", OMWHO="3")
            enter(uow, far, visit="", form="AE", AETERM="发热")
    with clock.replaced(lambda: LATER):
        with database.unit_of_work(at_ward, "crf.save", reason="核对病历后更正") as uow:
            correct(uow, oral, "OMWHO", value="3")
            correct(uow, vital, "TEMP", value=None, missing="ND", missing_reason="体温计故障")
        with database.unit_of_work(at_ward, "crf.save") as uow:
            uow.about(site_id=here.id, subject_id=ward.id)
            enter(uow, ward, visit="", form="AE", AETERM="-5", AEREL=ARM_TELLING)
            uow.session.add(
                Query(
                    subject_id=ward.id, visit="", form="AE", row=1, item="AEREL", repeat=0,
                    check_id="AE-01", state="open", text_en=ARM_TELLING, text_zh=ARM_TELLING,
                    opened_at=clock.now(),
                )
            )  # fmt: skip
            enter(uow, ward, visit="DA01", form="EX", EXDOSE=ARM_TELLING)
        with database.unit_of_work(
            Actor(username="nobody", role=None, address="10.1.2.3"), "session.refused"
        ) as uow:
            uow.record()
    return SmallTrail(database, here, elsewhere, nurse, ward, far)


def _register(database: Database, site: Site, number: str) -> Subject:
    with database.unit_of_work(system_actor(), "subject.register") as uow:
        uow.about(site_id=site.id)
        subject = Subject(
            site_id=site.id, screening_number=f"S{number}", subject_number=number,
            registered_at=clock.now(), state="REGISTERED", state_since=clock.now(),
        )  # fmt: skip
        uow.session.add(subject)
    return subject
