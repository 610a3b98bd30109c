"""Whether a planned event comes by itself: what was behind a cursor then and is before it now."""

from typing import Any

import pytest

from auditor.config import ConsumerConfig, LogConfig
from auditor.redelivery.applying.cursors import Cursors
from auditor.stores.interface import CursorRow
from checks.model.event import Event

LOG = LogConfig(name="orders", store="shop", table="events", position="position")
ORDERED = LOG.model_copy(update={"order": ("transaction_id", "position")})
EVENT = Event(position=5, partition="A", stream="order-1", version=2)
Rows = list[tuple[str | None, str | None]]


def consumer(**cursor: Any) -> ConsumerConfig:
    keys = {"table": "cursors", "position": "position", **cursor}
    return ConsumerConfig.model_validate({"name": "billing", "log": "orders", "store": "shop", "cursor": keys})


def read(rows: Rows, of: ConsumerConfig, log: LogConfig = LOG) -> Cursors:
    return Cursors.of([CursorRow(scope, (position,)) for scope, position in rows], of, log)


CASES: dict[str, tuple[dict[str, Any], Rows, Rows, bool]] = {
    "behind both": ({}, [(None, "9")], [(None, "7")], False),
    "right at it is processed": ({}, [(None, "9")], [(None, "5")], False),
    "before it now": ({}, [(None, "9")], [(None, "4")], True),
    "before it then, too": ({}, [(None, "4")], [(None, "3")], False),
    "it went on": ({}, [(None, "4")], [(None, "9")], False),
    "numbers, not text": ({}, [(None, "10")], [(None, "9")], False),
    "padded text": ({}, [(None, "0009")], [(None, "0004")], True),
    "its row is gone": ({}, [(None, "9")], [], True),
    "it holds nothing any more": ({}, [(None, "9")], [(None, None)], True),
    "it held nothing then": ({}, [(None, None)], [], False),
    "the next one is not processed": ({"means": "next"}, [(None, "9")], [(None, "5")], True),
    "the next one is beyond it": ({"means": "next"}, [(None, "9")], [(None, "6")], False),
    "another partition went back": ({"partition": "tenant"}, [("a", "9"), ("A", "9")], [("a", "1"), ("A", "9")], False),
    "its partition went back": ({"partition": "tenant"}, [("a", "9"), ("A", "9")], [("a", "9"), ("A", "1")], True),
    "its stream went back": ({"stream": "stream"}, [("order-1", "3")], [("order-1", "1")], True),
    "its stream went back to behind it": ({"stream": "stream"}, [("order-1", "3")], [("order-1", "2")], False),
    "another stream went back": ({"stream": "stream"}, [("order-1", "3"), ("b", "9")], [("order-1", "3")], False),
    "one of several rows went back": ({}, [(None, "9"), (None, "8")], [(None, "9"), (None, "2")], True),
}


@pytest.mark.parametrize("name", CASES)
def test_an_event_comes_by_itself_only_if_its_cursor_went_back_before_it(name: str) -> None:
    keys, then, now, expected = CASES[name]
    of = consumer(**keys)
    assert read(then, of).went_back_before(EVENT, read(now, of)) is expected


@pytest.mark.parametrize(
    ("now", "expected"), [("7:9", False), ("8:1", False), ("7:8", True), ("6:99", True), (None, True)]
)
def test_of_a_cursor_over_more_than_the_position_any_step_back_counts(now: str | None, expected: bool) -> None:
    of = consumer(position="place")
    then = read([(None, "7:9")], of, ORDERED)
    assert then.went_back_before(EVENT, read([(None, now)], of, ORDERED)) is expected


def test_a_consumer_without_a_cursor_has_none_that_could_go_back() -> None:
    inbox = {"table": "inbox", "position": "position"}
    of = ConsumerConfig.model_validate({"name": "billing", "log": "orders", "store": "shop", "inbox": inbox})
    assert not read([], of).went_back_before(EVENT, read([], of))
