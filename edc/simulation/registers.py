"""What the simulated sites register: consent forms, protocols, laboratories and batches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from edc.forms.lab_limits import rows_of
from edc.permissions import Role
from edc.protocol import STUDY
from edc.services.registers import add_row, correct_row, list_rows
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
_RECALLED, _RECALLED_ON = 2, date(2021, 9, 6)
_PILOT_MADE = date(2020, 8, 1)
_USED_UP = {"BTEXP": "2026-08-01", "BTRECV": "4", "BTDEST": "4"}


def consent_version(day: date) -> str:
    """Return the consent form in force on that day."""
    return [version for version, _, approved in CONSENT_FORMS if approved <= day][-1]


def protocol_version(day: date) -> str:
    """Return the protocol in force on that day."""
    return [version for version, approved in PROTOCOLS if approved <= day][-1]


@dataclass
class Stock:
    """The containers of the product: which batch is in use on a day, and the next number of it."""

    PILOT: ClassVar[str] = "MSC200901P"

    given: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    last: dict[str, list[tuple[int, str, str]]] = field(default_factory=lambda: defaultdict(list))

    def next_container(self, site: str, on: date, *, subject_id: int) -> tuple[str, str]:
        """Return batch and number of a container that nobody has used."""
        lot = [lot for lot, made in batches() if made + _RELEASED_AFTER <= on][-1]
        self.given[f"{site}{lot}"] += 1
        kit = f"{lot[3:]}-{site}-{self.given[f'{site}{lot}']:04d}"
        self.last[site].append((subject_id, lot, kit))
        return lot, kit

    def used_for_another(self, site: str, subject_id: int) -> tuple[str, str] | None:
        """Return batch and container of the last dose that somebody else at the site was given."""
        for whose, lot, kit in reversed(self.last[site]):
            if whose != subject_id:
                return lot, kit
        return None

    def expired(self, on: date) -> str | None:
        """Return a batch that has expired by that day."""
        gone = [lot for lot, made in batches() if made + _LASTS < on]
        return gone[-1] if gone else None


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
    outpatients = {"LBLAB": "LAB02", "LBNAM": "门诊检验", "FROM": "2020-01-01"}
    count = {test: PERIODS[0][2][test] for test in ("WBC", "NEUT", "LYM", "HGB", "PLAT")}
    days[CONSENT_FORMS[0][2]].append(("LAB", outpatients | {"LIMITS": rows_of(count)}))
    for lot, made in batches():
        days[made + _RELEASED_AFTER].append(("BATCH", _batch(lot, made)))
    # A trial batch that was used up before the study: nothing of it is left to give.
    days[CONSENT_FORMS[0][2]].append(("BATCH", _batch(Stock.PILOT, _PILOT_MADE) | _USED_UP))
    for day in sorted(days):
        yield moment(day, 8)
        for register, typed in days[day]:
            for site in stage.cast.sites:
                add(stage, site, register, typed)
    yield moment(_RECALLED_ON, 9)
    for site in stage.cast.sites:
        _recall(stage, site)


def _recall(stage: Stage, site: str) -> None:
    """Let a batch be recalled, and let one be refused whose tests have not passed (BATCH-01)."""
    lot, made = batches()[_RECALLED]
    with stage.desk.database.reading() as session:
        rows = list_rows(session, site_ids=frozenset({stage.cast.sites[site]}))
    row_id = next(row.row_id for row in rows if row.key == lot)
    recalled = _batch(lot, made) | {"BTST": "RECALL"}
    correct(stage, row_id, site, recalled, "生产方通知召回：留样复检颗粒计数偏低")
    untested = _batch(f"{lot}B", made) | {"BTSTER": "N"}
    stage.desk.attempt(lambda: add(stage, site, "BATCH", untested))


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
