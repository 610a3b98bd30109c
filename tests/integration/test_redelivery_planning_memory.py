"""100,000 missing events are planned in the memory of 1,000."""

import resource
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from auditor.redelivery.planning.plan import plan
from tests.auditor.cli.prepared import environment
from tests.auditor.redelivery.planning.world import missing, orders, recorded, world_in

FEW, MANY = 1_000, 100_000
GROWTH_KB = 24_000
"""Beyond what a small plan takes: caches of the databases, and pages of events. All of these at once take 60 MB."""


def prepare(folder: str, count: str) -> None:
    """A log of which the consumer has passed everything and has nothing, as two runs have confirmed."""
    with world_in(Path(folder)) as world:
        world.write(orders(int(count), streams=int(count) // 5))
        world.execute("CREATE INDEX by_stream ON events (stream_id)")
        world.stand(int(count))
        for ago in (2, 1):
            recorded(world, missing(int(count), (1, int(count))), ago=timedelta(hours=ago))


def measure(folder: str, count: str) -> None:
    """Plan, and print the most memory that it took, in KB."""
    here = Path(folder)
    assert plan(here / "auditor.toml", output=here / "plan.json", run="last").count == int(count)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(most // 1024 if sys.platform == "darwin" else most)  # noqa: T201 (for whoever started it)


def peak(folder: Path, count: int) -> int:
    """In KB, of a process of its own. It begins with the peak of whoever starts it, so nothing big is done here."""
    folder.mkdir()
    _run("prepare", folder, count)
    return int(_run("measure", folder, count))


def _run(what: str, folder: Path, count: int) -> str:
    call = f"from tests.integration.test_redelivery_planning_memory import {what}; {what}({str(folder)!r}, '{count}')"
    command = [sys.executable, "-c", call]
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=True, timeout=300)
    return done.stdout


def test_100_000_events_are_planned_in_the_memory_of_1_000(tmp_path: Path) -> None:
    few, many = peak(tmp_path / "few", FEW), peak(tmp_path / "many", MANY)
    assert many - few < GROWTH_KB, (few, many)
