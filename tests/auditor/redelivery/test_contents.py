"""The content of events, as SQLite holds it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from auditor.config import ConsumerConfig, LogConfig, StoreConfig
from auditor.errors import StoreError
from auditor.gather.consumer.matching import match_by_position
from auditor.observer import Silent
from auditor.redelivery.look import View
from auditor.stores import open_store
from checks.model.event import Event
from tests.integration.shop import sqlite_at

LOG = LogConfig(name="orders", store="shop", table="events", position="position", id="event_id", data="data")
TENANTS = LOG.model_copy(update={"partition": "tenant"})
CONSUMER = ConsumerConfig(name="billing", log="orders", store="shop")
COLUMNS = "position integer, event_id text, tenant text, data"


def told(
    folder: Path, rows: Sequence[tuple[object, ...]], type_: str, events: Sequence[Event], log: LogConfig = LOG
) -> list[object]:
    """The contents of these events, of a log with these rows."""
    with sqlite_at(folder / "shop.db") as database:
        database.execute(f"CREATE TABLE events ({COLUMNS} {type_})")
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
        config = StoreConfig.model_validate({"name": "shop", "url": database.url})
        with closing(open_store(config, Silent())) as store, store.snapshot() as snapshot:
            return View(log, CONSUMER, snapshot, snapshot, match_by_position(log)).contents(events)


def event(position: int, id_: str | None = None, partition: str | None = None) -> Event:
    return Event(position=position, id=f"e{position}" if id_ is None else id_, partition=partition)


@pytest.mark.parametrize(
    ("type_", "stored", "content"),
    [
        ("text", '{"total": 3}', '{"total": 3}'),
        ("json", '{"total": 3}', '{"total": 3}'),
        ("json", "no JSON", "no JSON"),
        ("blob", b"\x00\xff", b"\x00\xff"),
        ("text", "a\nb", "a\nb"),
        ("datetime", "no time", "no time"),
        ("integer", 7, 7),
        ("text", None, None),
    ],
)
def test_it_is_as_the_column_says(tmp_path: Path, type_: str, stored: object, content: object) -> None:
    assert told(tmp_path, [(1, "e1", None, stored)], type_, [event(1)]) == [content]


def test_many_are_read_and_no_others(tmp_path: Path) -> None:
    rows = [(n, f"e{n}", None, f"content {n}") for n in range(1, 5_001)]
    wanted = [event(n) for n in range(1, 5_001, 2)]
    assert told(tmp_path, rows, "text", wanted) == [f"content {each.position}" for each in wanted]


def test_a_position_counts_within_its_partition(tmp_path: Path) -> None:
    rows = [(1, "e1", "a", "of a"), (1, "e1", "b", "of b"), (2, "e2", "b", "second of b")]
    wanted = [event(1, partition="b"), event(2, partition="a")]
    assert told(tmp_path, rows, "text", wanted, TENANTS) == ["of b", None]


def test_another_event_in_its_place_lends_it_no_content(tmp_path: Path) -> None:
    rows = [(1, "another", None, "of another"), (2, "e2", None, "its own"), (2, "another", None, "of another")]
    assert told(tmp_path, rows, "text", [event(1), event(2)]) == [None, "its own"]


def test_a_uuid_is_the_same_in_every_spelling(tmp_path: Path) -> None:
    id_ = str(UUID(int=7))
    assert told(tmp_path, [(1, id_.upper(), None, "x")], "text", [event(1, id_)]) == ["x"]


def test_a_log_without_data_has_none(tmp_path: Path) -> None:
    rows = [(1, "e1", None, "x")]
    assert told(tmp_path, rows, "text", [event(1)], LOG.model_copy(update={"data": None})) == [None]


def test_a_column_of_sqlite_may_hold_anything(tmp_path: Path) -> None:
    rows = [(1, "e1", None, b"\xff"), (2, "e2", None, "text"), (3, "e3", None, 0.5)]
    assert told(tmp_path, rows, "blob", [event(1), event(2), event(3)]) == [b"\xff", "text", 0.5]


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"has no column 'dat' \(did you mean 'data'"):
        told(tmp_path, [], "text", [event(1)], LOG.model_copy(update={"data": "dat"}))
