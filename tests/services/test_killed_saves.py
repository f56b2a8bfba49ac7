"""Killed in the middle of a save: what was answered is stored, whole, and the trail agrees.

``make storm`` runs the same with many more kills (EDC_KILLS).
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time

import pytest
from sqlalchemy import select

from edc.models import AuditTransaction
from edc.models.replay import current_rows, replayed_rows
from tests.services.killed_savers import save_until_killed, values_of
from tests.support.trial import VISIT, Trial, create_trial

KILLS = int(os.environ.get("EDC_KILLS", "5"))
SAVERS = 3
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.services.killed_savers"])


@pytest.fixture
def trial(database_url: str) -> Trial:
    """Give a site ready for its first participant."""
    return create_trial(database_url)


def stored(trial: Trial, subject_id: int) -> dict[str, str | None]:
    """Return what VS holds of the items that the savers write."""
    book = trial.open(subject_id).book
    return {code: book.value("VS", code, "SCR") for code in values_of(0)}


def committed(trial: Trial, subject_id: int) -> list[int]:
    """Return the numbers of the saves that the trail knows, in its order."""
    with trial.database.reading() as session:
        reasons = session.scalars(
            select(AuditTransaction.reason)
            .where(AuditTransaction.action == "crf.save", AuditTransaction.reason.like("save %"))
            .order_by(AuditTransaction.id)
        )
        return [int(reason.removeprefix("save ")) for reason in reasons if reason]


def test_a_killed_save_is_whole_or_nothing_and_an_answered_one_is_kept(
    trial: Trial, database_url: str
) -> None:
    subjects = [trial.consented() for _ in range(SAVERS)]
    for subject_id in subjects:
        trial.save(subject_id, "VS", {"VSPERF": "Y", "VSDAT": VISIT["SVSTDAT"]})
    chance = random.Random(7)  # noqa: S311 - moments of a test
    answered: dict[int, int] = {}

    for kill in range(KILLS):
        victims = []
        for index, subject_id in enumerate(subjects):
            reader, writer = PROCESSES.Pipe(duplex=False)
            start = (kill * SAVERS + index) * 100_000
            victim = PROCESSES.Process(
                target=save_until_killed, args=(database_url, subject_id, start, writer)
            )
            victim.start()
            writer.close()
            victims.append((subject_id, victim, reader))
        for _, _, reader in victims:
            reader.recv()  # each has saved once
        time.sleep(chance.uniform(0.02, 0.25))
        for _, victim, _ in victims:
            os.kill(victim.pid or 0, signal.SIGKILL)
        for subject_id, victim, reader in victims:
            victim.join()
            last = 0
            while True:
                try:
                    last = reader.recv()
                except EOFError:
                    break
            known = [number for number in committed(trial, subject_id) if number // 100_000 == (
                kill * SAVERS + subjects.index(subject_id))]  # fmt: skip
            answered[subject_id] = max(last, answered.get(subject_id, 0))
            assert last <= known[-1] <= max(last, known[0]) + 1
            assert known == list(range(known[0], known[-1] + 1))
            assert stored(trial, subject_id) == values_of(known[-1])

    assert all(answered.values())
    with trial.database.reading() as session:
        assert replayed_rows(session) == current_rows(session)
