"""A race over HTTP: 64 signed-in investigators, gunicorn's workers killed while they ask."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import random
import re
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from sqlalchemy import select

from bench import clones
from bench.browsers import Browser
from bench.race.counts import Answer, Race
from bench.race.longer import SLOTS, lengthen
from bench.servers import Server, serving
from edc import clock
from edc.models import Subject
from edc.permissions import Role
from edc.protocol import STUDY
from tests.factories import PASSWORD, create_user, open_database
from tests.services import casebook_support as support

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CLIENTS, PROCESSES = 64, 4
EACH = 4  # requests for each participant: a double click by each of two people
WORKERS, THREADS = 3, 8
_SEE_OTHER = 303
_PAUSE = (0.5, 2.0)  # seconds from one kill to the next
_TOGETHER = 16  # participants whose requests are dealt out mixed
_NUMBER_READ_EVERY = 4
_NUMBER = re.compile(rb"\bR[0-9]{3,}\b")
_ALLOGENEIC = {
    "HCTTYP": "ALLO", "DONTYP": "MSD", "HLAM": "M10", "COND": "MAC", "CONDREG": "BUCY",
    "GVHDPRO": ["CSA", "MTX"],
}  # fmt: skip
Asked = tuple[int, str]


def prepare(url: str, *, count: int) -> tuple[list[str], list[Asked]]:
    """Make people and *count* participants at the door of randomisation, in two strata.

    :return: user names, and each participant with the stratum to confirm.
    """
    database = open_database(url)
    ward = support.open_ward(database)
    originals = {}
    for stratum, changes in (("ORAL/AUTO", {}), ("ORAL/ALLO", _ALLOGENEIC)):
        subject_id = support.screen(ward)
        for place, values in support.screening_values(ward).items():
            more = changes if place[1] == "HSCT" else {}
            support.enter(ward, subject_id, place, values | more)
        if changes:
            _allogeneic_panels(ward, subject_id)
        support.confirm(ward, subject_id)
        support.sign(ward, subject_id)
        originals[stratum] = subject_id
    people = [
        create_user(database, role=Role.INVESTIGATOR, site=ward.site).username
        for _ in range(CLIENTS)
    ]
    asked: list[Asked] = []
    for part, (stratum, original) in enumerate(originals.items(), 1):
        seen = {one for one, _ in asked}
        clones.copy(
            url, original, to=2 + part * (count - 2) // 2, on_treatment_every=0, series=100 - part
        )
        with database.reading() as session:
            everybody = set(session.scalars(select(Subject.id)))
        others = set(originals.values()) - {original}
        asked += [(one, stratum) for one in sorted(everybody - seen - others)]
    database.engine.dispose()
    return people, asked


def _allogeneic_panels(ward: support.Ward, subject_id: int) -> None:
    """Enter what the baseline asks of a transplant from a donor besides."""
    today = clock.today().isoformat()
    support.enter(ward, subject_id, ("BL", "GVHD", 1), {"GVDAT": today, "AGVYN": "N"})
    for part in ("VLOAD", "DRUG"):
        row = STUDY.crfs["LB"].row_of(part)
        support.enter(ward, subject_id, ("BL", "LB", row), {"LBPERF": "N"})


@dataclass(slots=True)
class _Investigator:
    """A signed-in person at a tablet."""

    browser: Browser
    told: Connection
    lock: threading.Lock
    token: list[str] = field(default_factory=list)
    chance: random.Random = field(default_factory=random.Random)

    def ask(self, subject_id: int, stratum: str) -> None:
        """Ask until there is an answer, as somebody does whose page did not come back."""
        if not self.token:
            page = self._get(f"/subjects/{subject_id}")
            meta = BeautifulSoup(page, "html.parser").find("meta", attrs={"name": "csrf-token"})
            self.token = [str(meta["content"])] if meta else []
        body = urlencode(
            {
                "csrf_token": self.token, "stratum": stratum, "confirm_identity": "y",
                "confirm_strata": "y",
            },
            doseq=True,
        )  # fmt: skip
        path = f"/subjects/{subject_id}/randomise"
        while True:
            start = time.perf_counter()
            try:
                status, content = self.browser.send_once("POST", path, body)
            except OSError:
                self._tell(None)
                time.sleep(0.02)
                continue
            milliseconds = (time.perf_counter() - start) * 1000
            if status != _SEE_OTHER:
                self._tell(f"{path} answered {status}: {content[:200]!r}")
                return
            number = ""
            if self.chance.randrange(_NUMBER_READ_EVERY) == 0:
                found = _NUMBER.search(self._get(f"/subjects/{subject_id}/allocation"))
                number = found.group().decode() if found else "none"
            self._tell(Answer(subject_id, number, milliseconds))
            return

    def _get(self, path: str) -> bytes:
        while True:
            try:
                return self.browser.send_once("GET", path)[1]
            except OSError:
                time.sleep(0.02)

    def _tell(self, what: Answer | str | None) -> None:
        with self.lock:
            self.told.send(what)


def _people(
    port: int, names: list[str], plans: list[list[Asked]], told: Connection, start: Connection
) -> None:
    """Let each person, in a thread, ask for the participants of a plan."""
    lock = threading.Lock()
    people = []
    for name in names:
        browser = Browser(port)
        browser.sign_in(name, PASSWORD)
        people.append(_Investigator(browser, told, lock))
    told.send("ready")
    start.recv()

    def work(person: _Investigator, plan: list[Asked]) -> None:
        for subject_id, stratum in plan:
            person.ask(subject_id, stratum)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(people, plans, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.close()


def run(url: str, *, requests: int, chance: random.Random) -> Race:
    """Race against a server on the migrated database at *url*."""
    count = requests // EACH
    lengthen(count)
    names, asked = prepare(url, count=count)
    race = Race(asked=frozenset(one for one, _ in asked))
    with serving(
        "bench.race.longer:wsgi()", url, workers=WORKERS, threads=THREADS,
        environment={SLOTS: str(count), "EDC_ENV": "test"},
    ) as server:  # fmt: skip
        _hold(server, race, names=names, plans=_plans(asked, chance), chance=chance)
    return race


def _plans(asked: list[Asked], chance: random.Random) -> list[list[Asked]]:
    """Deal the requests so that those for one participant come close together."""
    dealt: list[Asked] = []
    for first in range(0, len(asked), _TOGETHER):
        group = asked[first : first + _TOGETHER] * EACH
        chance.shuffle(group)
        dealt += group
    return [dealt[index::CLIENTS] for index in range(CLIENTS)]


def _hold(
    server: Server, race: Race, *, names: list[str], plans: list[list[Asked]], chance: random.Random
) -> None:
    context = multiprocessing.get_context("spawn")
    listening, starts, processes = [], [], []
    for index in range(PROCESSES):
        reader, told = context.Pipe(duplex=False)
        start, starter = context.Pipe(duplex=False)
        own = slice(index, None, PROCESSES)
        process = context.Process(
            target=_people, args=(server.port, names[own], plans[own], told, start)
        )
        process.start()
        told.close()
        listening.append(reader)
        starts.append(starter)
        processes.append(process)
    for reader in listening:
        reader.recv()
    begun = time.perf_counter()
    for starter in starts:
        starter.send(None)
    due = begun + chance.uniform(*_PAUSE)
    while listening:
        for reader in multiprocessing.connection.wait(listening, timeout=0.05):
            try:
                answer = reader.recv()
            except EOFError:
                listening.remove(reader)
                continue
            race.note(answer)
        if time.perf_counter() >= due:
            due = time.perf_counter() + chance.uniform(*_PAUSE)
            _kill(server, race, chance)
    race.seconds = time.perf_counter() - begun
    for process in processes:
        process.join()


def _kill(server: Server, race: Race, chance: random.Random) -> None:
    """Kill one of gunicorn's workers in the middle of whatever it does."""
    workers = server.workers()
    if workers:
        try:
            os.kill(chance.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return
        race.kills += 1
