"""What the tests of a nurse's tablet do again and again: open a CRF, choose, save, look up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import ViewportSize, expect

from edc.services.casebooks import open_casebook

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.live import Hospital

UPRIGHT: Final[ViewportSize] = {"width": 810, "height": 1080}
VS: Final = ("SCR", "VS", 1)


def address(subject_id: int, place: tuple[str, str, int] = VS) -> str:
    visit, form, row = place
    return f"/subjects/{subject_id}/crf/{visit or '-'}/{form}/{row}"


def cells(hospital: Hospital, subject_id: int, place: tuple[str, str, int] = VS) -> dict[str, Any]:
    with hospital.ward.database.reading() as session:
        record = open_casebook(session, subject_id).book.records.get(place)
    return {item: cell.value for (item, _), cell in record.cells.items()} if record else {}


def pick(page: Page, item: str, value: str) -> None:
    page.locator(f"input[name='{item}'][value='{value}']").check(force=True)


def stored(page: Page) -> None:
    expect(page.locator(".kit-notice--success")).to_be_visible()
