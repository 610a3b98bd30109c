"""An event that a client with a wrong clock wrote is as old as its first sighting, before its time comes and after."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.auditor.test_after_an_earlier_run import HOUR, LOST, MINUTE, MISSING, Shop, said


def dated(shop: Shop, position: int, by: timedelta) -> str:
    """The event's time is so far ahead; the time."""
    time = (datetime.now(UTC) + by).isoformat()
    shop.do("UPDATE events SET time = ? WHERE position = ?", time, position)
    return time


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Shop]:
    """A consumer that has all but the last event, of which the time lies ahead."""
    with closing(Shop(tmp_path)) as shop:
        shop.receive(range(LOST, LOST + 1))
        shop.write(range(11, 12))
        dated(shop, 11, 24 * HOUR)
        yield shop


def test_it_lags_once_an_earlier_run_saw_it_longer_ago_than_max_lag(behind: Shop) -> None:
    assert said(behind.audit()) == [("lagging", "pending", 1)]
    assert said(behind.audit(after=4 * MINUTE)) == [("lagging", "pending", 1)]
    assert said(behind.audit(after=2 * MINUTE)) == [("stalled", "confirmed", 1)]


def test_when_its_time_has_come_it_is_no_younger_than_that(behind: Shop) -> None:
    then = dated(behind, 11, HOUR)
    behind.audit()
    come = dated(behind, 11, -MINUTE)
    before = behind.memory.consumers["billing"]
    seen = {key.replace(then, come): sighting for key, sighting in before.sightings.items()}
    behind.memory.consumers["billing"] = replace(before, sightings=seen)
    assert said(behind.audit(after=6 * MINUTE)) == [("stalled", "confirmed", 1)]


def test_one_that_was_only_delivered_is_missing_after_max_lag(tmp_path: Path) -> None:
    with closing(Shop(tmp_path, means='means = "delivered"')) as shop:
        dated(shop, LOST, 24 * HOUR)
        shop.audit()
        assert said(shop.audit(after=4 * MINUTE)) == [("missing", "pending", 1)]
        assert said(shop.audit(after=2 * MINUTE)) == [MISSING]
