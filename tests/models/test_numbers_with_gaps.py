"""Numbers of rows that some readers do not see: growing, and never taken twice."""

from __future__ import annotations

import multiprocessing

from edc.models.base import _Numbers

EACH = 2000


def _draw(worker: int) -> list[int]:
    del worker
    numbers = _Numbers()
    return [numbers.following() for _ in range(EACH)]


def test_workers_that_write_at_one_moment_never_take_the_same_number() -> None:
    # Each drawing has a process of its own, as each worker of a server is one.
    with multiprocessing.get_context("spawn").Pool(4, maxtasksperchild=1) as workers:
        drawn = workers.map(_draw, range(4), chunksize=1)
    assert len(set().union(*drawn)) == 4 * EACH
    for numbers in drawn:
        assert numbers == sorted(numbers)
        assert numbers[-1] < 10**15, "a sheet keeps 15 figures"
