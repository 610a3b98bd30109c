"""A plan of 100,000 events is applied in the memory of one of 1,000."""

from collections.abc import Sequence
from pathlib import Path

from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms
from auditor.redelivery.targets.interface import Answer, Batch
from tests.auditor.redelivery.applying.world import ACCEPTED, Case, Recorder, agree
from tests.peaks import aside, peak_of

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


def work(folder: str, count: str) -> None:
    """Apply a plan of so many events to nobody."""
    here = Path(folder)
    terms = Terms(execute=True, max_events=MANY)
    done = apply(here / "auditor.toml", here / "plan.json", terms, confirm=agree, opener=Nobody(here).open)
    assert done.total("accepted") == int(count)


def peak(folder: Path, count: int) -> int:
    """In KB."""
    folder.mkdir()
    aside(prepare, folder, count)
    return peak_of(work, folder, count)


def test_100_000_events_take_no_more_memory_than_1_000(tmp_path: Path) -> None:
    few, many = peak(tmp_path / "few", FEW), peak(tmp_path / "many", MANY)
    assert many - few < GROWTH_KB, (few, many)
