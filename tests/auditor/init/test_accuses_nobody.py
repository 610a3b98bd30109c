"""Whatever a consumer takes, and since when: on clean data what ``auditor init`` writes accuses nobody."""

import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

import auditor
from auditor.init import Clear, NoLogError, prepare
from auditor.observer import Silent
from tests.integration.happened import Happened, happened
from tests.integration.shop import sqlite_at
from tests.integration.test_init import accusations

TYPES = ("Placed", "Paid", "Shipped", "Cancelled")
EVENTS = (
    "CREATE TABLE events (position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, stream_id TEXT NOT NULL, "
    "version INTEGER NOT NULL, type TEXT NOT NULL, recorded_at TEXT NOT NULL, UNIQUE (stream_id, version))"
)


@dataclass(frozen=True)
class Habits:
    """What a consumer takes and keeps. ``since``, ``late_since``: the first position of all, and of one type."""

    types: frozenset[str]
    since: int
    late: str | None
    late_since: int
    tenant: str | None
    has_inbox: bool
    cursor: str
    parked: int
    elsewhere: bool

    def takes(self, event: Happened) -> bool:
        since = max(self.since, self.late_since if event.type == self.late else 0)
        return event.type in self.types and event.position >= since and self.tenant in (None, event.tenant)


HABITS = st.builds(
    Habits,
    types=st.frozensets(st.sampled_from(TYPES), min_size=1),
    since=st.sampled_from([1, 1, 5, 40]),
    late=st.none() | st.sampled_from(TYPES),
    late_since=st.sampled_from([1, 60, 110]),
    tenant=st.sampled_from([None, None, "north", "south"]),
    has_inbox=st.booleans(),
    cursor=st.sampled_from(["none", "head", "last taken"]),
    parked=st.integers(0, 2),
    elsewhere=st.booleans(),
)


def write(folder: Path, events: Sequence[Happened], habits: Habits) -> Iterable[str]:
    """The log and the consumer's tables, in one file or two; the files."""
    with sqlite_at(folder / "shop.db") as shop:
        shop.execute(EVENTS)
        rows = [(e.position, str(e.id), str(e.stream), e.version, e.type, e.time.isoformat()) for e in events]
        shop.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)
    taken = [event for event in events if habits.takes(event)]
    parked, received = taken[: habits.parked], taken[habits.parked :]
    place = folder / ("billing.db" if habits.elsewhere else "shop.db")
    with sqlite_at(place) as consumer:
        consumer.execute("CREATE TABLE other (a)")
        if habits.has_inbox:
            consumer.execute("CREATE TABLE inbox (event_id TEXT PRIMARY KEY)")
            consumer.execute("INSERT INTO inbox VALUES (?)", [(str(e.id),) for e in received])
            consumer.execute("CREATE TABLE dead_letters (event_id TEXT)")
            consumer.execute("INSERT INTO dead_letters VALUES (?)", [(str(e.id),) for e in parked])
        if habits.cursor != "none":
            stands = events[-1].position if habits.cursor == "head" else max((e.position for e in taken), default=0)
            consumer.execute("CREATE TABLE checkpoint (position INTEGER NOT NULL)")
            consumer.execute("INSERT INTO checkpoint VALUES (?)", [(stands,)])
    return sorted({str(folder / "shop.db"), str(place)})


A_PART = Habits(frozenset({"Cancelled", "Paid"}), 40, None, 1, "south", True, "none", 0, False)
"""Of which the types that it takes explain less than half."""


@settings(max_examples=120)
@example(A_PART, 150, 0, 3)
@given(HABITS, st.sampled_from([3, 12, 60, 150]), st.sampled_from([0, 30]), st.integers(0, 5))
def test_clean_data_is_called_clean(habits: Habits, count: int, days: int, seed: int) -> None:
    chance = random.Random(seed)
    events = [
        replace(event, type=chance.choice(TYPES), time=event.time - timedelta(days=days))
        for event in happened(count, seed)
    ]
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), events, habits)
        path = Path(folder) / "auditor.toml"
        try:
            path.write_text(prepare(list(files), Path(folder), {}, Clear(), observer=Silent()).text)
        except NoLogError:
            return
        assert accusations(auditor.run(path)) == [], path.read_text()
