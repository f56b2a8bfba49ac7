"""Asking two worlds the same things as a masked role, and finding where their answers differ.

Compared is everything that comes back: status, headers, body, and the addresses to which pages
lead, in their order. Left out is only what no two answers share: request numbers, tokens, and the
numbers and salts that are drawn at random in each world.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit

from sqlalchemy import select

from edc.models import User
from edc.permissions import Role
from edc.protocol import STUDY
from tests.factories import database_of, make_app, signed_in_client
from tests.support.twins import exports, mails

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.test import TestResponse

    from tests.support.client import BrowserClient
    from tests.support.twins import Twin

HIDDEN_PLACES = ("-/EX/1", "-/EX/4", "-/EX/9", "-/DV/1001", "-/DV/1002")
OPEN_PLACES = (
    "-/AE/1", "-/AE/2", "-/SAE/2", "-/EOT/1", "-/DTH/1", "-/PREG/1", "BL/PRO/1", "BL/RAND/1",
    "DA01/PRO/1",
)  # fmt: skip
ITEMS = (
    "EXLOT", "DVTERM", "AEREL", "AEACN", "AETOXGR", "PRO10", "EOTDAT", "EOTREAS", "SAERELI",
    "DTHCAUS", "PGEXP", "RDARM", "RDNUM",
)  # fmt: skip
OF_THE_LIST = "/randomisation"
"""Names the allocation list, of which there are two: other salts, another root."""

_RANDOM = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}|\d{15})(?![0-9a-f])"
)
_TOKENS = re.compile(r'csrf[-_]token"[^>]*|value="[\w.-]{60,}"|data-(?:warn|end)-after="\d+"')
_MADE_AT = re.compile(r"<dcterms:(?:created|modified)[^>]*>[^<]*")  # of a workbook: the clock
_OWN_HEADERS = re.compile(r"(?m)^(?:Set-Cookie|Content-Length): .*\n?")


def plain(answer: TestResponse) -> str:
    """Return an answer without its tokens, and without numbers that are drawn at random."""
    body = answer.get_data()
    size = answer.headers.get("Content-Length")
    assert size is None or int(size) == len(body) or answer.request.method == "HEAD"
    text = f"{answer.status_code}\n{answer.headers}\n{_unpacked(body)}"
    text = text.replace(answer.headers.get("X-Request-Id", "-"), "REQUEST")
    return without_noise(_MADE_AT.sub("", _TOKENS.sub("", _OWN_HEADERS.sub("", text))))


def without_noise(text: str) -> str:
    """Return text without the numbers, salts and digests that are drawn at random."""
    return _RANDOM.sub("RANDOM", text)


def _unpacked(body: bytes) -> str:
    if not body.startswith(b"PK"):
        return body.decode(errors="backslashreplace")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "\n".join(f"{name}\n{archive.read(name).decode()}" for name in archive.namelist())


@dataclass
class Seen:
    """Everything that a role was answered in one world, in the order in which it asked.

    :param reached: the addresses to which its own pages led, as they are.
    """

    answers: list[tuple[str, str]] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)

    def keep(self, asked: str, answer: TestResponse) -> None:
        """Keep what was answered."""
        self.answers.append((without_noise(asked), plain(answer)))


class Visitor:
    """A person of a role in one world."""

    def __init__(self, twin: Twin, role: Role, *, language: str = "en") -> None:
        """Sign the person in."""
        self.twin, self.role = twin, role
        self.app = make_app(twin.url)
        with database_of(self.app).reading() as session:
            user = session.scalars(select(User).where(User.username == str(role))).one()
        self.browser: BrowserClient = signed_in_client(self.app, user, language=language)

    def close(self) -> None:
        """Sign out, for sessions of one moment are listed in any order; let the database go."""
        assert self.browser.post("/sign-out").status_code == 303
        database_of(self.app).engine.dispose()

    def crawl(self, starts: Iterable[str], *, kind: Callable[[str], object], most: int) -> Seen:
        """Open the pages that can be reached, one of each kind, and ask for every file."""
        found = Seen()
        waiting, known = list(starts), set()
        while waiting and len(found.answers) < most:
            address = waiting.pop(0)
            if address.startswith(("/static/", "/healthz")) or kind(address) in known:
                continue
            known.add(kind(address))
            answer = self.browser.get(address)
            found.keep(address, answer)
            found.reached.add(address)
            if location := answer.headers.get("Location"):
                waiting.append(location)
            if answer.mimetype == "text/html":
                waiting += links(address, answer)
        return found

    def probe(self, addresses: Iterable[str], found: Seen) -> None:
        """Open addresses to which no page led."""
        for address in addresses:
            found.keep(address, self.browser.get(address))

    def act(self, bases: Iterable[str], found: Seen, *, places: Iterable[str]) -> None:
        """Send forms to what may not be there, and guesses at what is hidden."""
        typed = {"_version": "1", "_reason": "x", "reason": "x", "AEREL": "NA", "PRO10": "Y"}
        for base in bases:
            for place in places:
                acts = (f"crf/{place}", f"crf/{place}/preview", f"crf/{place}/draft")
                row = place.removeprefix("-/")
                more = (f"sign/{place}", f"log/{row}/error", f"dose/{row[-1]}/check")
                for act in (*acts, *more, f"reports/{row}/send"):
                    address = f"{base}/{act}"
                    found.keep(f"POST {address}", self.browser.post(address, typed))
            asked = {"at": f"{HIDDEN_PLACES[0]}/EXDOSE/1", "text": "Was it given?"}
            address = f"{base}/queries/ask"
            found.keep(f"POST {address}", self.browser.post(address, asked))

    def collect(self, found: Seen) -> None:
        """Ask for every file, read every mail, and what the trail tells of those who asked."""
        for address, fields in exports(self.role):
            answer = self.browser.post(address, fields)
            found.keep(f"POST {address} {fields['format']}", answer)
            assert answer.status_code == HTTPStatus.OK
        self.probe(("/audit", "/audit?text=%3A+2", "/audit?action=query.export"), found)
        for number, mail in enumerate(mails(self.twin, self.role)):
            found.answers.append((f"mail {number}", without_noise(mail)))


def links(address: str, answer: TestResponse) -> list[str]:
    """Return where the links and pictures of a page lead, in their order."""
    found = []
    for href in re.findall(
        r'<(?:a|img) [^>]*(?:href|src)="([^"]*)"', answer.get_data(as_text=True)
    ):
        target = urlsplit(urljoin(address, html.unescape(href)))
        if not target.netloc and target.path.startswith("/"):
            found.append(target._replace(fragment="").geturl())
    return found


def each_page(address: str) -> tuple[object, ...]:
    """Return what two addresses of one page share: of its filters and keys one of each kind."""
    parts = urlsplit(address)
    return parts.path, tuple(sorted(name for name, _value in parse_qsl(parts.query)))


def doors(twin: Twin) -> list[str]:
    """Return the pages from which a crawl starts."""
    found = [
        "/", "/subjects", "/queries?state=all", "/deviations?state=all", "/notices?show=all",
        "/deadlines?shown=all", "/reports/endpoints", "/reports/reconciliation", "/product",
        "/linking", "/enrolment", "/registers", "/audit?text=given", "/audit?text=product",
        "/audit?form=EX", "/audit?form=DV", "/audit?form=EOT", "/audit?item=AEREL",
    ]  # fmt: skip
    for base in bases(twin):
        found += [
            base, f"{base}/log/DV", f"{base}/log/EX", f"{base}/reports/SAE/2/1",
            f"{base}/reports/SAE/2/2", f"{base}/allocation", f"{base}/visits",
            f"{base}/visits/sheet", f"{base}/visits/calendar.ics",
            f"{base}/queries/ask?visit=-&form=DV", f"{base}/queries/ask?visit=-&form=EX",
        ]  # fmt: skip
    return found


def bases(twin: Twin) -> list[str]:
    """Return the address of each participant."""
    return [f"/subjects/{course.who}" for course in twin.courses]


def hidden_doors(base: str) -> list[str]:
    """Return addresses of one participant that only one of the worlds may have."""
    places = (*HIDDEN_PLACES, *OPEN_PLACES)
    found = [f"{base}/crf/{place}" for place in places]
    found += [f"{base}/queries/ask?at={place}/X/1" for place in HIDDEN_PLACES]
    found += [
        f"{base}/history/{place}/{item}/1"
        for place in places
        for item in ITEMS
        if item in STUDY.crfs[place.split("/")[1]].by_code
    ]
    return [*found, *(f"{base}/{kind}/{n}" for kind in ("queries", "deviations") for n in range(3))]


def differences(one: Seen, other: Seen) -> list[str]:
    """Return where two worlds differ: what was asked, and the first lines that are not alike."""
    found = []
    asked = [[address for address, _answer in seen.answers] for seen in (one, other)]
    if asked[0] != asked[1]:
        alone = [Counter(left) - Counter(right) for left, right in (asked, asked[::-1])]
        found.append(f"other addresses: {[sorted(only)[:5] for only in alone]}")
    for (address, answer), (same, counterpart) in zip(one.answers, other.answers, strict=False):
        if address.split("?")[0].removesuffix("/load") == OF_THE_LIST or address != same:
            continue
        if answer != counterpart:
            lines = zip(answer.splitlines(), counterpart.splitlines(), strict=False)
            first = next((pair for pair in lines if pair[0] != pair[1]), ("longer", "shorter"))
            found.append(f"{address}: {first}")
    return found
