"""A small trial for tests of services: a site with its registers, people, and CRFs to save."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from edc import clock
from edc.models import AuditEntry, DataPoint, Query, RegisterRow, Site, Subject, User
from edc.permissions import Role
from edc.randomization.sealing import SealingKey
from edc.services import enrolment
from edc.services.casebooks import Opened, open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor, Database, system_actor
from tests.factories import ALLOCATION_KEY, create_site, create_user, open_database

KEY = SealingKey.from_text(ALLOCATION_KEY)
START = datetime.fromisoformat("2024-03-18T09:00+08:00")

CONSENT = {
    "ICTYPE": "INIT", "ICVER": "V2.0", "ICDAT": "2024-03-18", "ICTIM": "10:20", "ICSIGNER": "PT",
    "ICINV": "investigator", "ICCOPY": "Y", "ICPHOTO": "N", "ICBIO": "Y", "ICDATA": "Y",
}  # fmt: skip
VISIT = {"SVSTAT": "DONE", "SVSTDAT": "2024-03-18", "SVLOC": "IPD"}
PERSON = {
    "SUBJINIT": "LWJU", "BRTHYR": "1985", "BRTHMO": "6", "SEX": "M", "CONTRA": "Y",
    "ETHGRP": "HAN",
}  # fmt: skip
VITALS = {
    "VSPERF": "Y", "VSDAT": "2024-03-18", "TEMP": "36.8", "PULSE": "84", "RESP": "18",
    "SYSBP": "118", "DIABP": "72", "OXYSAT": "98", "HEIGHT": "172.0", "WEIGHT": "68.0",
    "ECOG": "1", "KPS": "80",
}  # fmt: skip
TRANSPLANT = {
    "DX": "AML", "DXDAT": "2023-11", "DXSTAT": "CR1", "HCTCI": "1", "HCTNUM": "1",
    "HCTTYP": "ALLO", "DONTYP": "MSD", "HLAM": "M10", "HCTSRC": "PB", "HCTDAT": "2024-03-12",
    "COND": "MAC", "CONDREG": "BUCY", "CONDSTDT": "2024-03-03", "CONDENDT": "2024-03-10",
    "TBIYN": "N", "RTYN": "N", "GVHDPRO": ["CSA", "MTX"], "MESNA": "Y", "CRYO": "N",
}  # fmt: skip
INJURY = {
    "INJORAL": "Y", "INJORDAT": "2024-03-17", "INJSKIN": "N", "INJBLAD": "N", "INJPRIM": "ORAL",
    "INJCAUSE": ["COND"],
}  # fmt: skip
EXCLUSIONS = (
    "EXC01", "EXC01H", "EXC01L", "EXC01K", "EXC02", "EXC03", "EXC04", "EXC05", "EXC06", "EXC07",
)  # fmt: skip
CRITERIA = (
    {"IEVER": "1.0"}
    | {f"INC0{number}": "Y" for number in range(1, 6)}
    | dict.fromkeys(EXCLUSIONS, "N")
)


@dataclass
class Trial:
    """A site ready for a first participant."""

    database: Database
    site: Site
    now: datetime = START
    users: dict[Role, User] = field(default_factory=dict)

    def actor(self, role: Role = Role.RESEARCH_NURSE) -> Actor:
        """Return somebody of the role."""
        return Actor(username=str(role), role=role, full_name=str(role))

    @contextmanager
    def at(self, moment: str | None = None) -> Iterator[None]:
        """Let the clock stand at *moment* (Shanghai time), at the trial's own by default."""
        if moment is not None:
            self.now = datetime.fromisoformat(moment)
        with clock.replaced(lambda: self.now):
            yield

    def screen(self) -> int:
        """Register a participant and return the id."""
        with self.at(), self.database.unit_of_work(self.actor(), "subject.screen") as uow:
            return enrolment.register_subject(uow, site_id=self.site.id).id

    def save(
        self,
        subject_id: int,
        form: str,
        values: Mapping[str, Any],
        *,
        visit: str = "SCR",
        row: int = 1,
        version: int | None = None,
        reason: str = "",
        missing: Mapping[str, tuple[str, str]] | None = None,
        role: Role = Role.RESEARCH_NURSE,
    ) -> Saved:
        """Save a CRF as somebody of *role* would, on the version that is there unless given."""
        place = ("" if form in ("IC", "AE", "EOS") else visit, form, row)
        if version is None:
            version = self.open(subject_id).versions.get(place, 0)
        with (
            self.at(),
            self.database.unit_of_work(self.actor(role), "crf.save", reason=reason or None) as uow,
        ):
            return save_crf(
                uow,
                subject_id=subject_id,
                visit=place[0],
                form=form,
                row=row,
                submission=Submission(
                    typed={(code, 1): value for code, value in values.items()},
                    missing={(code, 1): given for code, given in (missing or {}).items()},
                    version=version,
                    reason=reason,
                ),
                key=KEY,
            )

    def open(self, subject_id: int) -> Opened:
        """Open the participant's casebook as a reader."""
        with self.at(), self.database.reading() as session:
            return open_casebook(session, subject_id)

    def value(self, subject_id: int, form: str, item: str, *, visit: str = "SCR") -> str | None:
        """Return what an item holds."""
        return self.open(subject_id).book.value(form, item, visit)

    def open_checks(self, subject_id: int) -> set[str]:
        """Return the checks that have an open query on the participant."""
        return {query.check_id for query in self.open(subject_id).open_queries}

    def counts(self) -> dict[str, int]:
        """Return how many rows the tables hold that a save writes to."""
        with self.database.reading() as session:
            return {
                model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
                for model in (DataPoint, Query, AuditEntry, Subject)
            }

    def consented(self) -> int:
        """Return a participant who has consented and whose screening visit is recorded."""
        subject_id = self.screen()
        self.save(subject_id, "IC", CONSENT)
        self.save(subject_id, "SV", VISIT)
        return subject_id


def create_trial(url: str) -> Trial:
    """Return a trial on the database at *url*, with an investigator and the approved versions."""
    database = open_database(url)
    site = create_site(database, code="01")
    create_user(database, role=Role.INVESTIGATOR, site=site, username="investigator")
    with database.unit_of_work(system_actor("factory"), "register.add") as uow:
        for register, key, content in (
            ("ICF", "V2.0", {"ICVER": "V2.0", "ICVERDAT": "2023-12-20", "ICAPPDAT": "2024-01-10"}),
            ("PROTOCOL", "1.0", {"IEVER": "1.0", "APPDAT": "2024-01-10"}),
        ):
            uow.session.add(
                RegisterRow(
                    site_id=site.id, register=register, row_key=key, content=json.dumps(content)
                )
            )
    return Trial(database, site)
