"""What follows from a slot in the same transaction: visits, the RAND CRF, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc import clock
from edc.permissions import Role
from edc.randomization.design import SEPARATOR
from edc.services import schedule
from edc.services.casebooks import open_casebook
from edc.services.data_entry import write_system_values
from edc.services.mail import queue
from edc.services.mail_words import MailKind
from edc.services.readiness import RAND_PLACE
from edc.services.recruitment import TOLD
from edc.study.visits import Created

if TYPE_CHECKING:
    from edc.services.casebooks import Opened
    from edc.services.randomize import Allocation
    from edc.services.unit_of_work import UnitOfWork

TOLD_OF_ALLOCATION: Final = (
    Role.RESEARCH_NURSE,
    Role.INVESTIGATOR,
    Role.PHARMACIST,
    Role.DATA_MANAGER,
)
"""Who is written to at an allocation: those at the site who act on it, and the data manager.

Never the outcome assessor: whoever need not act need not have the moment of it at hand.
"""


def record_allocation(
    uow: UnitOfWork, opened: Opened, allocation: Allocation, *, is_ready: bool = True
) -> None:
    """Write what follows from a slot: the visits, counted from its day, RAND, and the mails.

    :param is_ready: False for an envelope that was opened before everything was complete.
    """
    day_zero = clock.local(allocation.at).date()
    schedule.create_visits(uow, opened.subject, Created.RANDOMISATION, day_zero=day_zero)
    schedule.date_visits(uow, opened.subject, day_zero=day_zero)
    uow.session.flush()
    # Opened anew, the casebook knows the allocation and the visits that follow from it.
    after = open_casebook(uow.session, opened.subject.id, lock=True)
    levels = allocation.stratum.split(SEPARATOR)
    values = {
        # The rules of these three let what was stored at the allocation stand for good.
        "RDELIG": "Y" if is_ready else "N",
        "RDSTR1": levels[0],
        "RDSTR2": levels[1],
        "RDCONF": "Y",
        "RDNUM": allocation.number,
        "RDDTM": clock.local(allocation.at).isoformat(timespec="seconds"),
        "RDBY": allocation.by,
        "RDSTAT": "ALLOC",
    } | ({"RDMANUAL": "Y"} if allocation.entered_at else {})
    write_system_values(uow, after, place=RAND_PLACE, values=values)
    queue(
        uow,
        kind=MailKind.RANDOMISED,
        to=TOLD_OF_ALLOCATION,
        subject_id=opened.subject.id,
        moment=f"{clock.local(allocation.at):%Y-%m-%d %H:%M}",
    )
    if allocation.is_last:
        count = int(allocation.number.removeprefix("R"))
        queue(uow, kind=MailKind.CLOSED, to=TOLD, allocated=count, target=count)
