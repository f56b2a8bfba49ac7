"""Random form bodies over all CRFs: what a client may send, and the count of what came back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from edc.protocol import STUDY
from edc.services.casebooks import open_casebook
from tests.factories import database_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edc.services.casebooks import Place
    from tests.support.client import BrowserClient
    from tests.support.visitors import Doorstep

ACTS = ("", "/preview", "/draft")
PAGE_FIELDS = (
    "_version", "_reason", "_reason_choice", "_language", "_action", "_compared", "_opened",
    "_keep.PULSE", "_seen_version", "_refused", "csrf_token", "",
)  # fmt: skip
PARTS = (
    "", ".year", ".month", ".day", ".time", ".missing", ".missing_reason", ".2", ".0", ".999999",
    ".2.year", ".0.AEGRHDAT.year", ".0.AEGRHGR", ".-1", "." + "9" * 30, ".x", "..", ".missing.2",
)  # fmt: skip
ANSWERS = (
    "", "Y", "N", "1", "0", "5", "36.8", "2026", "2", "30", "29", "ND", "NK", "REF", "12:30",
    "25:61", "2026-11-22", "2026-02-30", "NaN", "Infinity", "1e400", "9" * 400, "１２３", "١٢٣",
    "\x00", "a\x00b", "\ud800", "\ufffd", "\u202e", "{}", "[]", "[[1]]", "{{7*7}}", "%s", "%",
    "'; DROP TABLE subject; --", "<script>alert(1)</script>", "é" * 300, "\r\n", "en", "zh",
    "CTC5-0227", "V2.0", "LAB01", "LT", "research_nurse", "ORAL", "AUTO",
)  # fmt: skip

Field = tuple[str, str]


def _names() -> list[str]:
    items = sorted({item.code for crf in STUDY.all_crfs for item in crf.items})
    return [*items, *PAGE_FIELDS]


def places() -> list[Place]:
    """Return a place of each CRF, and some that there are not."""
    visits = {
        (plan.crf, plan.part): visit.code for visit in STUDY.schedule.visits for plan in visit.crfs
    }
    found: list[Place] = [
        (visits.get((crf.code, crf.part_of(row)), ""), crf.code, row)
        for crf in STUDY.all_crfs
        for row in range(1, max(len(crf.parts), 1) + 1)
    ]
    found += [("V14", "LB", row) for row in (1, 2, 3, 4, 7)]
    found += [("BL", crf, 1) for crf in ("VS", "OM", "RAND")]
    found += [("SCR", crf, 1) for crf in ("SV", "DM", "HSCT", "INJ", "VS", "IE")]
    return [*found, ("", "AE", 2), ("", "AE", 500), ("BL", "NOSUCH", 1), ("V7", "VS", 7)]


def bodies(*, largest: int = 25) -> st.SearchStrategy[list[Field]]:
    """Return forms: fields of the study and of the page, with answers likely and unlikely."""
    names = st.one_of(
        st.builds("{}{}".format, st.sampled_from(_names()), st.sampled_from(PARTS)),
        st.text(max_size=20),
    )
    answers = st.one_of(st.sampled_from(ANSWERS), st.text(max_size=30))
    return st.lists(st.tuples(names, answers), max_size=largest)


def encoded(fields: Sequence[Field]) -> bytes:
    """Return the body of a form, lone surrogates and all."""

    def part(text: str) -> str:
        return quote_from_bytes(text.encode("utf-8", "surrogatepass"))

    return "&".join(f"{part(name)}={part(value)}" for name, value in fields).encode()


@dataclass(slots=True)
class Fuzz:
    """Sends forms as one person about one participant, and counts the answers by status."""

    doorstep: Doorstep
    browser: BrowserClient
    state: str = "soc"
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def send(self, place: Place, act: str, fields: Sequence[Field], *, honest: bool) -> int:
        """Send one form and return the status; *honest* forms carry token and version."""
        visit, form, row = place
        subject_id = self.doorstep.world.subjects[self.state]
        sent = list(fields)
        if honest:
            with database_of(self.doorstep.app).reading() as session:
                version = open_casebook(session, subject_id).versions.get(place, 0)
            sent = [pair for pair in sent if pair[0] not in {"_version", "csrf_token"}]
            sent += [("_version", str(version)), ("_reason", "fuzz")]
        if honest or not any(name == "csrf_token" for name, _ in sent):
            sent.append(("csrf_token", self.browser.csrf_token()))
        path = f"/subjects/{subject_id}/crf/{visit or '-'}/{form}/{row}{act}"
        answer = self.browser.client.post(
            path,
            data=encoded(sent),
            content_type="application/x-www-form-urlencoded",
            environ_overrides=self.browser.environ,
        )
        self.answers[answer.status_code] += 1
        if answer.status_code >= 500:
            self.faults.append(f"POST {path} {encoded(fields)!r}")
        return answer.status_code
