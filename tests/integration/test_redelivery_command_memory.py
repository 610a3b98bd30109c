"""The very commands stay flat, too: what they have done with is let go of while they work."""

import subprocess
import sys
from pathlib import Path

from tests.auditor.cli.prepared import environment
from tests.auditor.redelivery.applying.world import Case

FEW, MANY = 1_000, 40_000
GROWTH_KB = 24_000
"""Beyond what a small plan takes. Without garbage being looked for it is twice that, and goes on."""
COMMAND = """
import resource, sys
from auditor.cli import main
try:
    main()
finally:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(most // 1024 if sys.platform == "darwin" else most)
"""


def prepare(folder: str, count: str) -> None:
    """A shop that lacks so many events, found by indexes, and the plan. In a process of its own, as below."""
    case = Case(
        Path(folder), count=int(count) + 1, missing=range(1, int(count) + 1), target={"command": [sys.executable]}
    )
    for column in ("events (position)", "events (event_id)", "events (stream_id, version)", "inbox (event_id)"):
        case.execute(f"CREATE INDEX [by {column}] ON {column}")


def peak(folder: Path, *arguments: str) -> int:
    """In KB. It begins with the peak of whoever starts it, so nothing big is done here."""
    command = [sys.executable, "-c", COMMAND, "redeliver", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment({}), capture_output=True, text=True, check=True, timeout=300
    )
    return int(done.stdout.splitlines()[-1])


def test_planning_and_a_dry_run_of_40_000_events_take_no_more_memory_than_of_1_000(tmp_path: Path) -> None:
    peaks: dict[str, list[int]] = {"plan": [], "apply": []}
    for count in (FEW, MANY):
        folder = tmp_path / str(count)
        folder.mkdir()
        call = f"from {__name__} import prepare; prepare({str(folder)!r}, '{count}')"
        subprocess.run([sys.executable, "-c", call], env=environment({}), check=True, timeout=300)
        peaks["apply"].append(peak(folder, "apply", "plan.json"))
        peaks["plan"].append(peak(folder, "plan", "--first-sighting"))
    for few, many in peaks.values():
        assert many - few < GROWTH_KB, peaks
