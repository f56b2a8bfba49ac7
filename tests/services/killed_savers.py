"""A process that saves a CRF again and again until it is killed, telling each committed save."""

from __future__ import annotations

from multiprocessing.connection import Connection

from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.data_entry import save_crf
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor
from tests.factories import open_database

FIRST = 40
# Two saves in a row never have the same weight: one that changes nothing would leave no trail.
WEIGHTS = 599


def values_of(number: int) -> dict[str, str]:
    """Return the answers of save *number*: each can be told from it, and all are plausible."""
    step = number % 20
    return {
        "PULSE": str(FIRST + step), "RESP": str(10 + step), "SYSBP": str(100 + step),
        "DIABP": str(60 + step), "OXYSAT": str(80 + step), "TEMP": f"{35 + step / 10:.1f}",
        "WEIGHT": f"{50 + number % WEIGHTS / 10:.1f}", "HEIGHT": f"{150 + step:.1f}",
    }  # fmt: skip


def save_until_killed(url: str, subject_id: int, start: int, told: Connection) -> None:
    """Save VS of the participant without end; send each save's number once it is committed."""
    database = open_database(url)
    actor = Actor(username="nurse", role=Role.RESEARCH_NURSE)
    number = start
    while True:
        number += 1
        with database.reading() as session:
            version = open_casebook(session, subject_id).versions.get(("SCR", "VS", 1), 0)
        with database.unit_of_work(actor, "crf.save", reason=f"save {number}") as uow:
            save_crf(
                uow,
                subject_id=subject_id,
                visit="SCR",
                form="VS",
                row=1,
                submission=Submission(
                    typed={(code, 1): value for code, value in values_of(number).items()},
                    version=version,
                    reason=f"save {number}",
                ),
            )
        told.send(number)
