"""The versions of consent form and protocol that the simulated sites register."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from edc.permissions import Role
from edc.protocol import STUDY
from edc.services.registers import add_row
from edc.simulation.stage import Stage, Steps, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

# Version, version date, day of the ethics committee's approval.
CONSENT_FORMS = (
    ("V1.0", date(2020, 8, 3), date(2020, 9, 1)),
    ("V2.0", date(2022, 5, 16), date(2022, 6, 14)),
    ("V3.0", date(2024, 2, 26), date(2024, 3, 25)),
)
PROTOCOLS = (("1.0", date(2020, 9, 1)), ("1.1", date(2022, 6, 14)), ("2.0", date(2024, 3, 25)))


def consent_version(day: date) -> str:
    """Return the consent form in force on that day."""
    return [version for version, _, approved in CONSENT_FORMS if approved <= day][-1]


def protocol_version(day: date) -> str:
    """Return the protocol in force on that day."""
    return [version for version, approved in PROTOCOLS if approved <= day][-1]


def registration(stage: Stage) -> Steps:
    """Let the data manager register each version at every site on the day of its approval."""
    for version, written, approved in CONSENT_FORMS:
        yield moment(approved, 8)
        values = {
            "ICVER": version,
            "ICVERDAT": written.isoformat(),
            "ICAPPDAT": approved.isoformat(),
        }
        _register(stage, "ICF", values)
        for protocol, on in PROTOCOLS:
            if on == approved:
                _register(stage, "PROTOCOL", {"IEVER": protocol, "APPDAT": on.isoformat()})


def _register(stage: Stage, register: str, values: Mapping[str, str]) -> None:
    manager = stage.cast.one(Role.DATA_MANAGER)
    for site_id in stage.cast.sites.values():
        with stage.desk.database.unit_of_work(manager, "register.add") as uow:
            add_row(uow, STUDY, site_id=site_id, register=register, typed=values)
