"""A race at the service: 64 processes, each client and worker in one, killed and begun again."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, cast

from bench.race.counts import Answer, Race
from bench.race.longer import longer_design
from edc.errors import EdcError
from tests.services.allocation_support import add_subjects, load, open_database, request

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

CLIENTS = 64
EACH = 4  # requests for each participant, at much the same moment, by different clients
_PROCESSES = multiprocessing.get_context("forkserver")
_STRATA = ("ORAL/ALLO", "ORAL/AUTO", "SKIN/ALLO", "BLAD/AUTO")
_PAUSE = (0.2, 1.2)  # seconds from one kill to the next
Plan = list[tuple[int, str]]


def ask(url: str, plan: Plan, slots: int, told: Connection) -> None:
    """Ask for each participant of the plan; send each answer when it is committed."""
    database, design = open_database(url), longer_design(slots)
    for subject_id, stratum in plan:
        start = time.perf_counter()
        try:
            got = request(database, subject_id, stratum=stratum, design=design, target=slots)
        except EdcError as refusal:
            told.send(f"{subject_id}: {refusal}")
            continue
        told.send(Answer(subject_id, got.number, (time.perf_counter() - start) * 1000))
    told.close()
    database.engine.dispose()


@dataclass(slots=True)
class _Client:
    """A process with what is left of its plan."""

    url: str
    plan: Plan
    slots: int
    done: int = 0
    is_killed: bool = False
    process: BaseProcess | None = None
    reader: Connection | None = field(default=None)

    def start(self) -> Connection:
        """Begin, or begin again with the request that was not answered."""
        self.is_killed = False
        reader, writer = _PROCESSES.Pipe(duplex=False)
        rest = self.plan[self.done :]
        self.process = _PROCESSES.Process(target=ask, args=(self.url, rest, self.slots, writer))
        self.process.start()
        writer.close()
        self.reader = cast("Connection", reader)
        return self.reader


def run(url: str, *, requests: int, chance: random.Random) -> Race:
    """Race on the migrated database at *url*, whose list is loaded here."""
    _PROCESSES.set_forkserver_preload([__name__])
    count = requests // EACH
    database = open_database(url)
    load(database, design=longer_design(count))
    subjects = add_subjects(database, count)
    database.engine.dispose()
    clients = [_Client(url, plan, count) for plan in _plans(subjects)]
    race = Race(asked=frozenset(subjects))
    begun = time.perf_counter()
    _hold(clients, race, chance=chance)
    race.seconds = time.perf_counter() - begun
    return race


def _plans(subjects: list[int]) -> list[Plan]:
    """Deal the requests so that those for one participant come together."""
    asked = [
        (subject, _STRATA[place % len(_STRATA)])
        for place, subject in enumerate(subjects)
        for _ in range(EACH)
    ]
    return [asked[index::CLIENTS] for index in range(CLIENTS)]


def _hold(clients: list[_Client], race: Race, *, chance: random.Random) -> None:
    """Listen to all until all are done; kill one at a random moment, and begin it again."""
    listening = {client.start(): client for client in clients}
    due = time.perf_counter() + chance.uniform(*_PAUSE)
    while listening:
        for ready in wait(list(listening), timeout=0.05):
            reader = cast("Connection", ready)
            client = listening[reader]
            try:
                answer = reader.recv()
            except (EOFError, OSError):
                del listening[reader]
                _settle(client, race)
                if client.done < len(client.plan):
                    listening[client.start()] = client
                continue
            client.done += 1
            race.note(answer)
        if time.perf_counter() >= due:
            due = time.perf_counter() + chance.uniform(*_PAUSE)
            alive = [one for one in listening.values() if not one.is_killed]
            # The last ones finish in peace: a race without runners kills nobody.
            if len(alive) > CLIENTS // 2:
                _kill(chance.choice(alive), race)


def _kill(client: _Client, race: Race) -> None:
    if client.process is not None and client.process.pid is not None:
        client.is_killed = True
        os.kill(client.process.pid, signal.SIGKILL)
        race.kills += 1


def _settle(client: _Client, race: Race) -> None:
    """Close what an ended process leaves; one that ended by itself with work left is a fault."""
    if client.process is None or client.reader is None:
        return
    client.process.join()
    client.reader.close()
    if client.done < len(client.plan):
        race.lost += 1
        if not client.is_killed:
            race.refused.append(f"a client ended by itself ({client.process.exitcode})")
            client.done += 1
