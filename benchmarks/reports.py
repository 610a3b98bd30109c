"""What a report costs, by its format: ``python -m benchmarks.reports``. Beside it, what the result alone takes.

The result is made up, since only its size matters: an audit of so many partitions, with one finding in each of them,
a range, five samples and their evidence. A report is made in a process of its own, as with ``auditor report``.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Cost, measured
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Result, Totals
from reports import FORMATS, pieces

NOTHING = "none"
"""No report at all: the floor."""
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_SAMPLES = 5


def result_of(findings: int) -> Result:
    """A run of one audit that found so much."""
    found = tuple(_finding(number) for number in range(findings))
    counts = Totals(produced=findings * 100, received=findings * (100 - _SAMPLES), missing=findings * _SAMPLES)
    audit = Audit(name="billing", of="consumer", upstream="orders", totals=counts, findings=found)
    return Result(run="r-1", started=_MOMENT, finished=_MOMENT, audits=(audit,))


def _finding(number: int) -> Finding:
    first = number % 9_000 + 1
    events = tuple(
        Event(
            partition=f"tenant-{number}",
            position=position,
            id=f"{number:08x}-0000-4000-8000-{position:012x}",
            stream=f"order-{position}",
            version=1,
            type="OrderPlaced",
            time=_MOMENT,
        )
        for position in range(first, first + _SAMPLES)
    )
    return Finding(
        check="missing",
        verdict=Verdict.CONFIRMED,
        count=_SAMPLES,
        partition=f"tenant-{number}",
        message=f"billing never received {_SAMPLES} events of orders that its cursor is past",
        ranges=((first, first + _SAMPLES - 1),),
        events=events,
        evidence={"cursor": first + 1_000, "identity": ["id"]},
    )


def _make(name: str, findings: int) -> None:
    result = result_of(findings)
    for piece in () if name == NOTHING else pieces(result, name):
        sys.stdout.write(piece)


def _costs(findings: int, runs: int) -> Iterator[tuple[str, Cost, int]]:
    """By format: seconds, memory, and the size of the report in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        for name in (NOTHING, *FORMATS):
            command = [sys.executable, "-m", "benchmarks.reports", "--make", name, "--findings", str(findings)]
            cost = measured(
                command, folder=Path(folder), runs=runs, environment={"PYTHONPATH": str(Path(__file__).parents[1])}
            )
            yield name, cost, (Path(folder) / "stdout").stat().st_size


def main() -> None:
    """Measure every format, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description="What reports cost.")
    parser.add_argument("--findings", type=int, default=100_000, help="findings of the result (100000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, of which the median counts (3)")
    parser.add_argument("--make", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make is not None:
        _make(asked.make, asked.findings)
        return
    print(f"{asked.findings:,} findings\n{'format':12}  {'seconds':>7}  {'peak MB':>7}  {'x floor':>7}  {'MB':>6}")
    floor = None
    for name, cost, size in _costs(asked.findings, asked.runs):
        floor = floor or cost
        ratio = cost.seconds / floor.seconds
        print(f"{name:12}  {cost.seconds:7.2f}  {cost.peak_mb:7.0f}  {ratio:7.1f}  {size / 1e6:6.1f}", flush=True)


if __name__ == "__main__":
    main()
