"""A participant's casebook filled through the services, up to the door of randomisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edc import clock
from edc.models import Site, User
from edc.permissions import Role
from edc.protocol import DESIGN, STUDY
from edc.randomization.lists import generate
from edc.randomization.sealing import SealingKey
from edc.services.allocation_lists import load_list
from edc.services.casebooks import Place, open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.enrolment import register_subject
from edc.services.registers import add_row
from edc.services.signing import Meaning, sign_entry
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor, Database, UnitOfWork, system_actor
from tests.factories import ALLOCATION_KEY, create_site, create_user
from tests.randomization.support import SEED
from tests.support.laboratory import LAB_ENTRY

KEY = SealingKey.from_text(ALLOCATION_KEY)
ELIGIBILITY: Place = ("SCR", "IE", 1)
OMAS = ("UL", "LL", "RC", "LC", "RT", "LT", "FM", "SP", "HP")


@dataclass(frozen=True)
class Ward:
    """A site with its people, and the list loaded."""

    database: Database
    site: Site
    nurse: User
    investigator: User

    @contextmanager
    def work(self, user: User, role: Role, *, reason: str | None = None) -> Iterator[UnitOfWork]:
        """Open a unit of work in the name of one of them."""
        actor = Actor(username=user.username, role=role, user_id=user.id, full_name=user.full_name)
        with self.database.unit_of_work(actor, "crf.save", reason=reason) as uow:
            yield uow


def open_ward(database: Database, *, with_list: bool = True) -> Ward:
    """Make a site with a nurse and an investigator, its registers filled, and load a list."""
    site = create_site(database)
    ward = Ward(
        database,
        site,
        create_user(database, role=Role.RESEARCH_NURSE, site=site, full_name="Nurse Zhang"),
        create_user(database, role=Role.INVESTIGATOR, site=site, full_name="Doctor Li"),
    )
    with database.unit_of_work(system_actor(), "register.add") as uow:
        for register, typed in (
            ("ICF", {"ICVER": "V2.0", "ICVERDAT": "2020-01-05", "ICAPPDAT": "2020-01-10"}),
            ("PROTOCOL", {"IEVER": "1.0", "APPDAT": "2020-01-10"}),
            ("BATCH", BATCH_ENTRY),
            ("LAB", LAB_ENTRY),
        ):
            add_row(uow, STUDY, site_id=site.id, register=register, typed=typed)
    if with_list:
        load_test_list(database)
    return ward


BATCH_ENTRY = {
    "BTLOT": "MSC200301", "BTSRC": "Umbilical cord, donor UC-017, P4", "BTMFG": "2020-01-01",
    "BTEXP": "2099-12-31", "BTSTORE": "C2_8", "BTVOL": "50", "BTSTER": "Y", "BTST": "REL",
    "BTREL": "2020-01-10", "BTRECV": "200", "BTDISP": "0", "BTRET": "0", "BTDEST": "0",
}  # fmt: skip


def dose(**changes: Any) -> dict[str, Any]:
    """Return the values of a mouth rinse given today, early enough to be over."""
    today = clock.today().isoformat()
    return {
        "ECOCCUR": "Y", "EXSTDAT": today, "EXROUTE": "ORAL RINSE", "EXSITE": "ORAL",
        "EXLOT": "MSC200301", "EXKIT": "K0401", "EXTHAW": f"{today}T00:01+08:00",
        "EXTEMPS": "4.5", "EXDOSE": "15.0", "EXSTTIM": "00:02", "EXENTIM": "00:05",
        "PRETOL": "SPIT", "EXADJ": "NONE", "EXREACT": "N",
    } | changes  # fmt: skip


def load_test_list(database: Database) -> None:
    """Load the list of this study's design."""
    text = generate(DESIGN, seed=SEED, purpose="test").write()
    with database.unit_of_work(system_actor(), "randomisation.load") as uow:
        load_list(uow, text, design=DESIGN, key=KEY, purpose="test", brought_by="statistician")


def screen(ward: Ward) -> int:
    """Register a participant and return the id."""
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        return register_subject(uow, site_id=ward.site.id).id


def enter(
    ward: Ward,
    subject_id: int,
    place: Place,
    values: Mapping[str, Any],
    *,
    role: Role = Role.RESEARCH_NURSE,
    reason: str = "",
) -> Saved:
    """Save a CRF's values over what it holds."""
    with ward.database.reading() as session:
        version = open_casebook(session, subject_id).versions.get(place, 0)
    user = ward.investigator if role is Role.INVESTIGATOR else ward.nurse
    visit, form, row = place
    with ward.work(user, role, reason=reason or None) as uow:
        return save_crf(
            uow,
            subject_id=subject_id,
            visit=visit,
            form=form,
            row=row,
            submission=Submission(
                typed={(code, 1): value for code, value in values.items()},
                version=version,
                reason=reason,
            ),
            key=KEY,
        )


def planned_panels(visit: str) -> list[int]:
    """Return the rows of the laboratory panels that a visit plans for everybody."""
    declared = STUDY.schedule.by_code[visit]
    return [
        STUDY.crfs["LB"].row_of(plan.part)
        for plan in declared.crfs
        if plan.crf == "LB" and not plan.optional and plan.when is None
    ]


def screening_values(ward: Ward) -> dict[Place, dict[str, Any]]:
    """Return what makes a participant with a mouth injury ready, all but the confirmation."""
    today = clock.today().isoformat()
    criteria = {f"INC0{n}": "Y" for n in range(1, 6)} | {f"EXC0{n}": "N" for n in range(1, 8)}
    grades = {f"OM{place}{kind}": "1" for place in OMAS for kind in "EU"}
    return {
        ("", "IC", 1): {
            "ICTYPE": "INIT", "ICVER": "V2.0", "ICDAT": today, "ICTIM": "00:01",
            "ICSIGNER": "PT", "ICINV": ward.investigator.username, "ICCOPY": "Y",
            "ICPHOTO": "N", "ICBIO": "Y", "ICDATA": "Y",
        },
        ("SCR", "DM", 1): {
            "SUBJINIT": "ZSLI", "BRTHYR": "1985", "BRTHMO": "6", "SEX": "M", "CONTRA": "Y",
            "ETHGRP": "HAN",
        },
        ("SCR", "HSCT", 1): {
            "DX": "AML", "DXDAT": "2023-01", "DXSTAT": "CR1", "HCTNUM": "1", "HCTTYP": "AUTO",
            "HCTSRC": "PB", "HCTDAT": today, "COND": "HDT", "CONDREG": "BEAM",
            "CONDSTDT": today, "CONDENDT": today, "TBIYN": "N", "CRYO": "N", "RTYN": "N",
            "MESNA": "N",
        },
        ("SCR", "INJ", 1): {
            "INJORAL": "Y", "INJORDAT": today, "INJSKIN": "N", "INJBLAD": "N",
            "INJPRIM": "ORAL", "INJCAUSE": ["COND"],
        },
        ("SCR", "VIR", 1): {
            "VIRDAT": today, "HBSAG": "NEG", "HBCAB": "NEG", "HCVAB": "NEG", "HIV": "NEG",
        },
        **{("BL", "LB", row): {"LBPERF": "N"} for row in planned_panels("BL")},
        ("BL", "VS", 1): {
            "VSPERF": "Y", "VSDAT": today, "TEMP": "36.8", "PULSE": "80", "RESP": "18",
            "SYSBP": "120", "DIABP": "75", "WEIGHT": "60.0", "ECOG": "1",
        },
        ("BL", "OM", 1): {
            "OMPERF": "Y", "OMDAT": today, "OMLOC": "IPD", "OMMASK": "Y", "OMWHO": "2",
            "OMCTC": "2", **grades, "OMDIET": "SOFT", "OMDIETRS": ["OM"], "OMPNRST": "3",
            "OMPNSWL": "5", "OMOPI": "N", "OMTOPAN": "Y", "OMTPN": "N", "OMENT": "N",
            "OMBLEED": "0", "OMINF": "N",
        },
        ELIGIBILITY: {
            "IEVER": "1.0", **criteria, "EXC01H": "N", "EXC01L": "N", "EXC01K": "N",
        },
    }  # fmt: skip


def confirm(ward: Ward, subject_id: int) -> None:
    """Let the investigator confirm eligibility on the CRF, unsigned."""
    enter(ward, subject_id, ELIGIBILITY, {"IECONF": "Y"}, role=Role.INVESTIGATOR)


def sign(
    ward: Ward,
    subject_id: int,
    place: Place = ELIGIBILITY,
    meaning: Meaning = Meaning.ELIGIBILITY_CONFIRMED,
) -> None:
    """Let the investigator sign a CRF as it stands."""
    with ward.database.reading() as session:
        version = open_casebook(session, subject_id).versions[place]
    with ward.work(ward.investigator, Role.INVESTIGATOR) as uow:
        sign_entry(
            uow,
            subject_id=subject_id,
            place=place,
            version=version,
            meaning=meaning,
            password_checked=True,
        )


def ready_subject(ward: Ward) -> int:
    """Screen a participant and bring them to the door of randomisation."""
    subject_id = screen(ward)
    for place, values in screening_values(ward).items():
        enter(ward, subject_id, place, values)
    confirm(ward, subject_id)
    sign(ward, subject_id)
    return subject_id
