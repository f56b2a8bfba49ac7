"""The main navigation: the areas of the program, and the pages within the area in force.

An area shows what the person may open somewhere. One with a single page is called by that page's
name; of one with several, the pages stand in a second line while one of them is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from edc.permissions import Permission
from edc.reports import notices, query_desk, unmaskings
from edc.services import custody
from edc.web.request import reading, viewer_or_none

if TYPE_CHECKING:
    from edc.services.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the navigation."""

    endpoint: str
    permission: Permission
    name: str

    def is_current(self, endpoint: str) -> bool:
        """Tell whether the page that is open belongs to this entry."""
        family = self.endpoint.split(".")[0]
        if family in _SHARED:
            return endpoint == self.endpoint
        return endpoint.startswith(f"{family}.")


# Families whose pages stand under several entries, so that an entry goes by its own address.
_SHARED = frozenset({"reports"})

_AREAS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("Participants", (Entry("subjects.index", Permission.SUBJECT_LIST, "Participants"),)),
    ("Queries", (Entry("queries.index", Permission.QUERY_READ, "Queries"),)),
    (
        "Safety",
        (
            Entry("notices.index", Permission.NOTICE_READ, "Notices"),
            Entry("safety.deadlines", Permission.SAFETY_READ, "Deadlines"),
            Entry("deviations.index", Permission.DEVIATION_READ, "Deviations"),
            Entry("unmasking.index", Permission.UNMASK_READ, "Unmaskings"),
        ),
    ),
    (
        "Reports",
        (
            Entry("enrolment.index", Permission.ENROLMENT_READ, "Enrolment"),
            Entry("balance.index", Permission.ENROLMENT_READ, "Balance"),
            Entry("recruitment.index", Permission.ENROLMENT_READ, "Recruitment"),
            Entry("reports.show_endpoints", Permission.ENROLMENT_READ, "Endpoints"),
            Entry("reports.show_reconciliation", Permission.CRF_READ, "Reconciliation lists"),
        ),
    ),
    ("Audit trail", (Entry("audit.index", Permission.AUDIT_READ, "Audit trail"),)),
    ("Product", (Entry("product.index", Permission.PRODUCT_READ, "Product"),)),
    (
        "Randomisation",
        (
            Entry("custody.index", Permission.RANDOMISATION_STATUS, "Allocation list"),
            Entry("linking.index", Permission.LINKING_CONFIRM, "Double registrations"),
        ),
    ),
    (
        "Study lock",
        (
            # Nobody both locks and confirms the unlocking.
            Entry("locks.index", Permission.STUDY_LOCK, "Study lock"),
            Entry("locks.index", Permission.STUDY_UNLOCK, "Study lock"),
            Entry("arms.index", Permission.ARMS_RELEASE, "Planned unmasking"),
        ),
    ),
    (
        "Administration",
        (
            Entry("registers.index", Permission.SITE_MANAGE, "Site registers"),
            Entry("users.index", Permission.USER_MANAGE, "People"),
        ),
    ),
)

# What waits for the person behind an entry, beside which the menu counts it.
_WAITING = {
    "notices.index": notices.unseen,
    "queries.index": query_desk.waiting,
    "custody.index": custody.waiting,
    "unmasking.index": unmaskings.waiting,
}


def navigation_texts() -> list[str]:
    """Name the navigation's texts for the translation catalogue."""
    return [
        _("Participants"), _("Queries"), _("Safety"), _("Notices"), _("Deadlines"),
        _("Deviations"), _("Reports"), _("Enrolment"), _("Recruitment"),
        _("Endpoints"), _("Reconciliation lists"),
        _("Audit trail"), _("Product"), _("Randomisation"), _("Allocation list"),
        _("Double registrations"), _("Administration"), _("Site registers"), _("People"),
        _("Unmaskings"), _("Study lock"), _("Planned unmasking"),
    ]  # fmt: skip


def navigation() -> list[dict[str, Any]]:
    """Return the areas that the person may open, each with its pages and what waits there."""
    viewer = viewer_or_none()
    if viewer is None or viewer.must_change_password:
        return []
    areas = [
        (name, [entry for entry in entries if viewer.may_somewhere(entry.permission)])
        for name, entries in _AREAS
    ]
    waiting = _waiting(viewer, [entry.endpoint for _name, entries in areas for entry in entries])
    return [_area(name, entries, waiting) for name, entries in areas if entries]


def _area(name: str, entries: list[Entry], waiting: dict[str, int]) -> dict[str, Any]:
    here = request.endpoint or ""
    pages = [
        {
            "text": _(entry.name),
            "href": url_for(entry.endpoint),
            "current": entry.is_current(here),
            "count": waiting.get(entry.endpoint),
        }
        for entry in entries
    ]
    return {
        "text": pages[0]["text"] if len(pages) == 1 else _(name),
        "href": pages[0]["href"],
        "current": any(page["current"] for page in pages),
        "count": sum(page["count"] or 0 for page in pages) or None,
        "pages": pages if len(pages) > 1 else [],
    }


def _waiting(viewer: Viewer, endpoints: list[str]) -> dict[str, int]:
    """Return how many wait for the person behind each entry; one statement for all."""
    asked = {
        endpoint: count(viewer) for endpoint, count in _WAITING.items() if endpoint in endpoints
    }
    if not asked:
        return {}
    counts = reading().execute(select(*asked.values())).one()
    return dict(zip(asked, counts, strict=True))
