"""100,000 missing events are planned in the memory of 1,000."""

from datetime import timedelta
from pathlib import Path

from auditor.redelivery.planning.plan import plan
from tests.auditor.redelivery.planning.world import missing, orders, recorded, world_in
from tests.peaks import aside, peak_of

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


def work(folder: str, count: str) -> None:
    """Plan."""
    here = Path(folder)
    assert plan(here / "auditor.toml", output=here / "plan.json", run="last").count == int(count)


def peak(folder: Path, count: int) -> int:
    """In KB."""
    folder.mkdir()
    aside(prepare, folder, count)
    return peak_of(work, folder, count)


def test_100_000_events_are_planned_in_the_memory_of_1_000(tmp_path: Path) -> None:
    few, many = peak(tmp_path / "few", FEW), peak(tmp_path / "many", MANY)
    assert many - few < GROWTH_KB, (few, many)
