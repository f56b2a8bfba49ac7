"""The second check of a dose: another person confirms participant, batch, container and volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.errors import EditConflict, NotFound, NotPermitted, Refused
from edc.label import Label
from edc.services import admission
from edc.services.casebooks import open_casebook
from edc.services.data_entry import write_system_values
from edc.services.system_items import BESIDE

if TYPE_CHECKING:
    from edc.permissions import Role
    from edc.randomization.sealing import SealingKey
    from edc.services.casebooks import Opened, Place
    from edc.services.unit_of_work import UnitOfWork

FORM = "EX"


def check_dose(uow: UnitOfWork, *, subject_id: int, row: int, version: int, key: SealingKey) -> str:
    """Write the actor beside who gave the dose; return EXBY.

    :param version: the version of the row that the person has seen.
    :raises NotFound: when there is no such dose, or the role may not know of it.
    :raises NotPermitted: when the role does not record doses.
    :raises EditConflict: when somebody saved the row since it was seen.
    :raises Refused: when it waits for no second check by this person.
    """
    opened = open_casebook(uow.session, subject_id, lock=True)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    place: Place = ("", FORM, row)
    crf = admission.find_crf(FORM, role=uow.actor.role)
    if place not in opened.book.records:
        raise NotFound
    if uow.actor.role is not None and not admission.may_start(crf, uow.actor.role):
        raise NotPermitted
    if opened.versions[place] != version:
        raise EditConflict
    if not waits_for(opened, place, username=uow.actor.username, role=uow.actor.role):
        raise Refused(_NOT_WAITING, rule="SECOND-CHECK")
    people = f"{given_by(opened, place)}{BESIDE}{uow.actor.username}"
    write_system_values(uow, opened, place=place, values={"EXBY": people}, key=key)
    return people


def waits_for(opened: Opened, place: Place, *, username: str, role: Role | None) -> bool:
    """Tell whether a given dose waits for its second check, and by this person.

    Who gave it cannot be the second; a signature is put under a row that is settled.
    """
    record = opened.book.records.get(place)
    if record is None or place[1] != FORM or place in opened.in_error or record.is_signed:
        return False
    if opened.book.scope(record).item("ECOCCUR") != "Y":
        return False
    if role is not None and not admission.may_start(opened.book.study.crfs[FORM], role):
        return False
    first = given_by(opened, place)
    return bool(first) and BESIDE not in first and first != username


def given_by(opened: Opened, place: Place) -> str:
    """Return who gave the dose, and who checked it if somebody has."""
    return opened.book.scope(opened.book.records[place]).text("EXBY") or ""


_NOT_WAITING = Label(
    en="This dose does not wait for a second check by you: another person than who recorded it "
    "confirms it, once, before it is signed.",
    zh="该次给药无需由您核对：应由记录者以外的另一人在签名前核对一次。",
)
