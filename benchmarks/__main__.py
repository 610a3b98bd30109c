"""The command behind ``make bench``."""

import argparse
import sys

from benchmarks.cases import WrongError
from benchmarks.data import FEWEST
from benchmarks.measure import FailedError
from benchmarks.suite import Suite
from benchmarks.table import Table


def main() -> int:
    """Measure, print, and end with 1 where something was not found, or could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What an audit costs.")
    parser.add_argument("--events", type=int, default=5_000_000, help="events of the main comparison (5000000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program, of which the median counts (3)")
    parser.add_argument("--full", action="store_true", help="also with twice the events: time, disk and memory for it")
    parser.add_argument("--without-reladiff", action="store_true", help="only the auditor and the floor")
    asked = parser.parse_args()
    if asked.events < FEWEST or asked.runs < 1:
        parser.error(f"at least {FEWEST} events and 1 run")
    suite = Suite(asked.events, asked.runs, not asked.without_reladiff, asked.full, Table())
    try:
        suite.run()
    except (WrongError, FailedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\nevery audit found exactly what was left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
