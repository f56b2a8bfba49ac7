"""``python -m bench``: measure the program beside a bare application, in turn, within one run."""

from __future__ import annotations

import argparse
import sys

from bench.report import Report, machine
from bench.rounds import DATABASES, PARTS, run


def main() -> int:
    """Run the measurements asked for and print the table; 0 whether or not targets are met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, a smaller large study")
    parser.add_argument("--only", choices=PARTS, action="append", help="one measurement; repeat it")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    chosen = parser.parse_args()
    report = Report()
    databases = DATABASES if chosen.database == "both" else (chosen.database,)
    for database in databases:
        run(report, database, only=tuple(chosen.only or PARTS), quick=chosen.quick)
    print(report.markdown())
    print(machine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
