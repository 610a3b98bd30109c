"""The very command stays flat, too: what it has done with is let go of while it works."""

import sys
from pathlib import Path

from tests.auditor.redelivery.applying.world import Case
from tests.peaks import aside, peak_of_command

FEW, MANY = 1_000, 40_000
GROWTH_KB = 24_000
"""Beyond what a small plan takes. Without garbage being looked for it is twice that, and goes on."""


def prepare(folder: str, count: str) -> None:
    """A shop that lacks so many events, found by indexes, and the plan."""
    case = Case(
        Path(folder),
        count=int(count) + 1,
        missing=range(1, int(count) + 1),
        target={"command": [sys.executable, "{consumer}"], "batch": 100},
    )
    for column in ("events (position)", "events (event_id)", "events (stream_id, version)", "inbox (event_id)"):
        case.execute(f"CREATE INDEX [by {column}] ON {column}")


def peak(folder: Path, count: int) -> int:
    """In KB."""
    folder.mkdir()
    aside(prepare, folder, count)
    return peak_of_command(folder, "redeliver", "apply", "plan.json")


def test_a_dry_run_of_40_000_events_takes_no_more_memory_than_one_of_1_000(tmp_path: Path) -> None:
    few, many = peak(tmp_path / "few", FEW), peak(tmp_path / "many", MANY)
    assert many - few < GROWTH_KB, (few, many)
