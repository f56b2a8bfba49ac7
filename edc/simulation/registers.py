"""What the simulated sites register: consent forms, protocols, laboratories and batches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from edc.forms.lab_limits import rows_of
from edc.permissions import Role
from edc.protocol import STUDY
from edc.services.registers import add_row, correct_row
from edc.simulation.laboratory import LABORATORY, PERIODS
from edc.simulation.stage import Stage, Steps, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.services.unit_of_work import Actor

# Version, version date, day of the ethics committee's approval.
CONSENT_FORMS = (
    ("V1.0", date(2020, 8, 3), date(2020, 9, 1)),
    ("V2.0", date(2022, 5, 16), date(2022, 6, 14)),
    ("V3.0", date(2024, 2, 26), date(2024, 3, 25)),
)
PROTOCOLS = (("1.0", date(2020, 9, 1)), ("1.1", date(2022, 6, 14)), ("2.0", date(2024, 3, 25)))
_FIRST_BATCH = date(2020, 9, 14)
_LAST_BATCH = date(2025, 9, 1)
_EVERY = timedelta(days=120)
_RELEASED_AFTER = timedelta(days=12)
_LASTS = timedelta(days=190)
_CONTAINERS = 600


def consent_version(day: date) -> str:
    """Return the consent form in force on that day."""
    return [version for version, _, approved in CONSENT_FORMS if approved <= day][-1]


def protocol_version(day: date) -> str:
    """Return the protocol in force on that day."""
    return [version for version, approved in PROTOCOLS if approved <= day][-1]


@dataclass
class Stock:
    """The containers of the product: which batch is in use on a day, and the next number of it."""

    given: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def next_container(self, site: str, on: date) -> tuple[str, str]:
        """Return batch and number of a container that nobody has used."""
        lot = [lot for lot, made in batches() if made + _RELEASED_AFTER <= on][-1]
        self.given[f"{site}{lot}"] += 1
        return lot, f"{lot[3:]}-{site}-{self.given[f'{site}{lot}']:04d}"


def batches() -> list[tuple[str, date]]:
    """Return the number of each batch and the day it was made."""
    found, made = [], _FIRST_BATCH
    while made <= _LAST_BATCH:
        found.append((f"MSC{made:%y%m%d}", made))
        made += _EVERY
    return found


def registration(stage: Stage) -> Steps:
    """Let each version, laboratory and batch be registered at every site on its day."""
    days: dict[date, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for version, written, approved in CONSENT_FORMS:
        values = {"ICVER": version, "ICVERDAT": str(written), "ICAPPDAT": str(approved)}
        days[approved].append(("ICF", values))
    for protocol, on in PROTOCOLS:
        days[on].append(("PROTOCOL", {"IEVER": protocol, "APPDAT": str(on)}))
    for first, last, limits in PERIODS:
        values = {"LBLAB": LABORATORY, "LBNAM": "检验科", "FROM": str(first)}
        if last is not None:
            values["TO"] = str(last)
        on = max(first, CONSENT_FORMS[0][2])
        days[on].append(("LAB", values | {"LIMITS": rows_of(limits)}))
    for lot, made in batches():
        days[made + _RELEASED_AFTER].append(("BATCH", _batch(lot, made)))
    for day in sorted(days):
        yield moment(day, 8)
        for register, typed in days[day]:
            for site in stage.cast.sites:
                add(stage, site, register, typed)


def _batch(lot: str, made: date) -> dict[str, Any]:
    return {
        "BTLOT": lot, "BTSRC": f"脐带，供者 UC-{made:%y%m}，P4", "BTMFG": str(made),
        "BTEXP": str(made + _LASTS), "BTSTORE": "C2_8", "BTVOL": "50", "BTSTER": "Y",
        "BTST": "REL", "BTREL": str(made + _RELEASED_AFTER), "BTRECV": str(_CONTAINERS),
        "BTDISP": "0", "BTRET": "0", "BTDEST": "0",
    }  # fmt: skip


def _keeper(stage: Stage, site: str, register: str) -> Actor:
    if register == "BATCH":
        return stage.cast.at(Role.PHARMACIST, site)[0]
    return stage.cast.one(Role.DATA_MANAGER)


def add(stage: Stage, site: str, register: str, typed: Mapping[str, Any]) -> None:
    """Add an entry to a register of a site, as whoever keeps it."""
    who = _keeper(stage, site, register)
    with stage.desk.database.unit_of_work(who, "register.add") as uow:
        row = add_row(uow, STUDY, site_id=stage.cast.sites[site], register=register, typed=typed)
    stage.desk.fired.update(remark.rule for remark in row.remarks)


def correct(stage: Stage, row_id: int, site: str, typed: Mapping[str, Any], reason: str) -> None:
    """Correct a batch, as the pharmacist of the site."""
    who = _keeper(stage, site, "BATCH")
    with stage.desk.database.unit_of_work(who, "register.correct", reason=reason) as uow:
        row = correct_row(uow, STUDY, row_id=row_id, typed=typed)
    stage.desk.fired.update(remark.rule for remark in row.remarks)
