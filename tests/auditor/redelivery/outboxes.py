"""A producer with an outbox and a consumer, in SQLite files of a test's own, and the targets that write to them."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from auditor.config import load
from auditor.config.targets import CursorTargetConfig, OutboxTargetConfig
from auditor.desk import Desk
from auditor.errors import AuditorError
from auditor.observer import Silent
from auditor.redelivery.targets.cursor import CursorTarget
from auditor.redelivery.targets.interface import Answer, Batch, Parcel
from auditor.redelivery.targets.outbox import OutboxTarget
from checks.model.redelivery import Outcome
from tests.integration.shop import write_config

COLUMNS = {"id": "event_id", "stream": "stream_id", "version": "version", "type": "type", "data": "data"}
BOX = (
    "CREATE TABLE outbox (position INTEGER PRIMARY KEY, event_id text, stream_id text, version bigint, type text,"
    " data text, published_at text)"
)
SENT = "2026-01-01T00:00:00Z"
ACCEPTED, REJECTED, FAILED = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.FAILED


@dataclass
class Boxed:
    """A shop whose consumer ``billing`` reads the outbox ``orders``, unless ``said`` says otherwise."""

    folder: Path
    said: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        log = {"store": "shop", "table": "outbox", "position": "position", "sent": "published_at", **COLUMNS}
        inbox = {"table": "inbox", "id": "event_id"}
        standard: dict[str, dict[str, dict[str, Any]]] = {
            "stores": {"shop": {"url": f"sqlite:///{self.file}"}},
            "logs": {"orders": log},
            "consumers": {"billing": {"log": "orders", "store": "shop", "inbox": inbox}},
        }
        for section, entries in standard.items():
            self.said.setdefault(section, {})
            for name, keys in entries.items():
                self.said[section][name] = {**keys, **self.said[section].get(name, {})}
        self.run("CREATE TABLE inbox (event_id text)")

    @property
    def file(self) -> Path:
        return self.folder / "shop.db"

    @contextmanager
    def session(self) -> Iterator[sqlite3.Connection]:
        """A connection that commits each statement, unless told otherwise."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            yield connection

    def run(self, statement: str, *rows: Sequence[object]) -> list[tuple[Any, ...]]:
        """Run one statement, with parameters once for each row."""
        with self.session() as connection:
            if rows:
                connection.executemany(statement, rows)
                return []
            return connection.execute(statement).fetchall()

    def fill(self, count: int) -> None:
        """So many events, all marked sent."""
        rows = [(n, f"e{n}", f"order-{n}", 1, "OrderPlaced", f'{{"n": {n}}}', SENT) for n in range(1, count + 1)]
        self.run("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)", *rows)

    def unsent(self) -> list[int]:
        """Positions of rows that are not marked sent."""
        return [row[0] for row in self.run("SELECT position FROM outbox WHERE published_at IS NULL ORDER BY 1")]

    @contextmanager
    def outbox(self, target: Mapping[str, Any] | None = None) -> Iterator[OutboxTarget]:
        """The target, prepared."""
        with self.desk({"kind": "outbox", "log": "orders", **(target or {})}) as desk:
            config = desk.config.redelivery["to"]
            assert isinstance(config, OutboxTargetConfig)
            made = OutboxTarget(desk, config, desk.config.consumers["billing"])
            made.prepare()
            yield made

    @contextmanager
    def cursor(self, sleep: Callable[[float], None] = lambda _: None, **arguments: Any) -> Iterator[CursorTarget]:
        """The target, prepared, of a consumer that is said to be stopped."""
        with self.desk({"kind": "cursor"}, sleep) as desk:
            config = desk.config.redelivery["to"]
            assert isinstance(config, CursorTargetConfig)
            consumer = desk.config.consumers["billing"]
            made = CursorTarget(desk, config, consumer, **{"consumer_stopped": True, **arguments})
            made.prepare()
            yield made

    @contextmanager
    def desk(self, target: Mapping[str, Any], sleep: Callable[[float], None] = lambda _: None) -> Iterator[Desk]:
        """The desk of a command that was given this config."""
        config = load(write_config(self.folder, {**self.said, "redelivery": {"to": dict(target)}}))
        desk = Desk(config, Silent(), sleep)
        self.log = config.logs[config.consumers["billing"].log]
        try:
            yield desk
        finally:
            desk.close()

    def batch(self, *parcels: Parcel, count: int | None = None) -> Batch:
        """These on their way to billing."""
        many = len(parcels) if count is None else count
        return Batch(plan="p1", consumer="billing", log=self.log, parcels=parcels, count=many)


def said(answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """Each answer as its outcome and detail."""
    return [(answer.outcome.value, answer.detail) for answer in answers]


def refusal(made: AbstractContextManager[object]) -> str:
    """Why a target could not be prepared."""
    with pytest.raises(AuditorError) as refused, made:
        pytest.fail("it was not refused")
    return str(refused.value)
