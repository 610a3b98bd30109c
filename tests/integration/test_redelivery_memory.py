"""A plan of 100,000 events is applied in the memory of one of 1,000."""

import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms
from auditor.redelivery.targets.interface import Answer, Batch
from tests.auditor.cli.prepared import environment
from tests.auditor.redelivery.applying.world import ACCEPTED, Case, Recorder, agree

MANY, FEW = 100_000, 1_000
GROWTH_KB = 24_000
"""Beyond what a small plan takes: caches of the databases, and a batch. A list of the events alone takes 60 MB."""


class Nobody(Recorder):
    """Takes everything, and remembers nothing."""

    def send(self, batch: Batch) -> Sequence[Answer]:
        """Accept it."""
        return [ACCEPTED] * len(batch.parcels)


def prepare(folder: str, count: str) -> None:
    """A shop that lacks so many events, and the plan."""
    Case(Path(folder), count=int(count) + 1, missing=range(1, int(count) + 1), target={"batch": 1_000})


def measure(folder: str, count: str) -> None:
    """Apply a plan of so many events to nobody, and print the most memory that it took, in KB."""
    here = Path(folder)
    terms = Terms(execute=True, max_events=MANY)
    done = apply(here / "auditor.toml", here / "plan.json", terms, confirm=agree, opener=Nobody(here).open)
    assert done.total("accepted") == int(count)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(most // 1024 if sys.platform == "darwin" else most)  # noqa: T201 (for whoever started it)


def peak(folder: Path, count: int) -> int:
    """In KB, of a process of its own. It begins with the peak of whoever starts it, so nothing big is done here."""
    folder.mkdir()
    _run("prepare", folder, count)
    return int(_run("measure", folder, count))


def _run(what: str, folder: Path, count: int) -> str:
    call = f"from tests.integration.test_redelivery_memory import {what}; {what}({str(folder)!r}, '{count}')"
    command = [sys.executable, "-c", call]
    done = subprocess.run(command, env=environment({}), capture_output=True, text=True, check=True, timeout=300)
    return done.stdout


def test_100_000_events_take_no_more_memory_than_1_000(tmp_path: Path) -> None:
    few, many = peak(tmp_path / "few", FEW), peak(tmp_path / "many", MANY)
    assert many - few < GROWTH_KB, (few, many)
