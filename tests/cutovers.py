"""A log, two others made out of it, and a consumer of one of these that wants to go on in the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.shop import Database, Settings, write_config

NOW = datetime.now(UTC)
OLD, YOUNG = NOW - timedelta(days=2), NOW
"""Longer ago than the ``max_delay`` of v2 here, a day, and not."""
TABLES = (
    "CREATE TABLE events (position bigint, event_id text, type text, recorded_at {time})",
    "CREATE TABLE v1 (position bigint, event_id text, source text, type text, shown bigint)",
    "CREATE TABLE v2 (position {serial}, event_id text, source {source}, type text, shown bigint)",
    "CREATE TABLE cursors (name text, last_position {cursor})",
    "CREATE TABLE inbox (seq bigint, event_id text, status text)",
    "CREATE TABLE dead_letters (event_id text)",
)


@dataclass(frozen=True)
class Upstream:
    """An event of the upstream, called ``e`` and its number, at ten times its number."""

    number: int
    type: str = "OrderPlaced"
    time: datetime | None = OLD


@dataclass(frozen=True)
class Derived:
    """A row of one of the two logs, of the event of that number; ``None``: of none."""

    number: int | None
    position: int
    type: str = "Placed"
    shown: int = 1


@dataclass(frozen=True)
class World:
    """``done`` and ``begun``: positions of v1 that were processed, or only received; ``parked`` likewise."""

    upstream: Sequence[Upstream] = ()
    old: Sequence[Derived] = ()
    new: Sequence[Derived] = ()
    done: Sequence[int] = ()
    begun: Sequence[int] = ()
    parked: Sequence[int] = ()
    cursor: str | None = "0"
    cursor_type: str = "text"
    by_position: bool = False
    logs: dict[str, dict[str, Any]] = field(default_factory=dict)
    consumer: dict[str, Any] = field(default_factory=dict)

    def write(self, database: Database, folder: Path) -> Path:
        """Into an empty database; returns the config. ``by_position``: v2 names events by their position."""
        source = "bigint" if self.by_position else "text"
        is_postgres = database.time_type == "timestamptz"
        serial = "bigserial PRIMARY KEY" if is_postgres else "bigint"
        for table in TABLES:
            database.execute(
                table.format(time=database.time_type, source=source, cursor=self.cursor_type, serial=serial)
            )
        database.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?)",
            [
                (e.number * 10, f"e{e.number}", e.type, None if e.time is None else e.time.isoformat())
                for e in self.upstream
            ],
        )
        database.execute("INSERT INTO v1 VALUES (?, ?, ?, ?, ?)", [self._row("a", row) for row in self.old])
        database.execute("INSERT INTO v2 VALUES (?, ?, ?, ?, ?)", [self._row("b", row) for row in self.new])
        if is_postgres and self.new:
            database.execute("SELECT setval('v2_position_seq', (SELECT max(position) FROM v2))")
        receipts = [*((position, "done") for position in self.done), *((position, "begun") for position in self.begun)]
        database.execute(
            "INSERT INTO inbox VALUES (?, ?, ?)",
            [(seq, f"a{position}", status) for seq, (position, status) in enumerate(receipts)],
        )
        database.execute("INSERT INTO dead_letters VALUES (?)", [(f"a{position}",) for position in self.parked])
        cursor = self.cursor if self.cursor is None or self.cursor_type == "text" else int(self.cursor)
        database.execute("INSERT INTO cursors VALUES ('orders', ?)", [(cursor,)])
        return write_config(folder, self.settings(database.url))

    def _row(self, letter: str, row: Derived) -> tuple[object, ...]:
        source: object = None if row.number is None else f"e{row.number}"
        if self.by_position and letter == "b" and row.number is not None:
            source = row.number * 10
        return (row.position, f"{letter}{row.position}", source, row.type, row.shown)

    def settings(self, url: str) -> Settings:
        """What auditor.toml says of it."""
        columns: dict[str, Any] = {"store": "shop", "position": "position", "id": "event_id", "type": "type"}
        derived = {**columns, "derived_from": "orders", "source": "source", "where": {"shown": 1}}
        by_position = {"source_key": "position"} if self.by_position else {}
        logs: dict[str, dict[str, Any]] = {
            "orders": {**columns, "table": "events", "time": "recorded_at"},
            "v1": {**derived, "table": "v1"},
            "v2": {**derived, "table": "v2", "max_delay": "1d", "positions": "drawn-on-insert", **by_position},
        }
        consumer = {
            "log": "v1",
            "store": "shop",
            "start": "first",
            "cursor": {"table": "cursors", "where": {"name": "orders"}, "position": "last_position"},
            "inbox": {"table": "inbox", "id": "event_id", "received": "seq", "done": {"status": "done"}},
            "parked": {"table": "dead_letters", "id": "event_id"},
            **self.consumer,
        }
        return {
            "stores": {"shop": {"url": url}},
            "logs": {name: {**keys, **self.logs.get(name, {})} for name, keys in logs.items()},
            "consumers": {"billing": consumer},
        }


def in_order(numbers: Sequence[int], first: int = 1) -> list[Derived]:
    """Rows of these events, one after the other."""
    return [Derived(number, position) for position, number in enumerate(numbers, first)]


SMALLEST = World(
    upstream=[Upstream(0), Upstream(1), Upstream(2)],
    old=in_order([0, 1, 2]),
    new=in_order([0, 2, 1]),
    done=[1, 2],
    cursor="2",
)
"""The smallest case in which to start after the last processed event loses one."""
