"""The lost tail: nobody writes any more, and the last event never arrived. Nothing comes after it to show that.

It is found from the producer's side, whatever the consumer keeps; and an idle producer by itself raises nothing.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import auditor
from auditor.config import load
from checks.model.finding import Finding
from checks.model.result import Audit, Outcome
from tests.integration.shop import Database, Row, Settings, postgres_at, rows, settings, sqlite_at, write_config

LAST = 10
CURSOR = {"table": "cursors", "where": {"name": "orders"}, "position": "last_position"}
SHAPES: dict[str, dict[str, Any]] = {
    "cursor and inbox": {},
    "inbox alone": {"cursor": None},
    "cursor alone": {"inbox": None},
    "delivered": {"cursor": {**CURSOR, "means": "delivered"}},
}
"""What a consumer keeps."""


@pytest.fixture(params=["sqlite", "postgres18"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            url = stack.enter_context(request.getfixturevalue("postgres18").database())
            yield stack.enter_context(postgres_at(url))


def lost(shop: Database) -> None:
    """Ten old events, of which the last one left no trace at the consumer."""
    shop.write(rows(LAST), range(LAST - 1), cursor=LAST - 1)


def received(shop: Database) -> None:
    """Ten old events, and the consumer has them all."""
    shop.write(rows(LAST), range(LAST), cursor=LAST)


def audit(folder: Path, said: Settings, name: str = "billing", *, ledger: bool = False) -> Audit:
    audits = auditor.run(load(write_config(folder, said)), ledger=ledger).audits
    return next(audit for audit in audits if audit.name == name)


def told(audited: Audit) -> list[tuple[str, str, int, tuple[tuple[int, int], ...]]]:
    return [(each.check, str(each.verdict), each.count, each.ranges) for each in audited.findings]


def lagging(audited: Audit) -> Finding:
    [finding] = audited.findings
    assert (finding.check, str(finding.verdict), finding.ranges) == ("lagging", "confirmed", ((LAST, LAST),))
    return finding


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_last_event_is_late_though_nothing_came_after_it(
    shop: Database, tmp_path: Path, shape: dict[str, Any]
) -> None:
    lost(shop)
    found = audit(tmp_path, settings(shop.url, consumer=shape))
    assert lagging(found).events[0].position == LAST
    assert found.verdict is Outcome.INCONSISTENT


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_idle_producer_whose_last_event_arrived_raises_nothing(
    shop: Database, tmp_path: Path, shape: dict[str, Any]
) -> None:
    received(shop)
    for _ in range(2):
        assert told(audit(tmp_path, settings(shop.url, consumer=shape), ledger=True)) == []


def test_a_cursor_that_went_past_the_last_event_makes_it_missing(shop: Database, tmp_path: Path) -> None:
    shop.write(rows(LAST), range(LAST - 1), cursor=LAST)
    assert told(audit(tmp_path, settings(shop.url))) == [("missing", "confirmed", 1, ((LAST, LAST),))]


@pytest.mark.parametrize("shape", ["cursor and inbox", "cursor alone"])
def test_a_later_run_says_that_the_cursor_stands_still_and_says_it_once(
    shop: Database, tmp_path: Path, shape: str
) -> None:
    lost(shop)
    said = settings(shop.url, consumer=SHAPES[shape])
    lagging(audit(tmp_path, said, ledger=True))
    assert told(audit(tmp_path, said, ledger=True)) == [("stalled", "confirmed", 1, ((LAST, LAST),))]


def test_without_a_cursor_it_stays_late_in_every_run(shop: Database, tmp_path: Path) -> None:
    lost(shop)
    said = settings(shop.url, consumer=SHAPES["inbox alone"])
    for _ in range(2):
        lagging(audit(tmp_path, said, ledger=True))


@pytest.mark.parametrize("shape", ["cursor and inbox", "inbox alone"])
def test_in_a_log_without_a_time_the_second_run_finds_it(shop: Database, tmp_path: Path, shape: str) -> None:
    lost(shop)
    said = settings(shop.url, log={"time": None}, consumer={**SHAPES[shape], "max_lag": "1ms"})
    assert told(audit(tmp_path, said, ledger=True)) == []
    [(check, verdict, count, places)] = told(audit(tmp_path, said, ledger=True))
    assert check in ("lagging", "stalled")
    assert (verdict, count, places) == ("confirmed", 1, ((LAST, LAST),))


@pytest.mark.parametrize("shape", ["cursor and inbox", "inbox alone"])
def test_in_partitions_the_last_event_of_each_is_a_tail(shop: Database, tmp_path: Path, shape: str) -> None:
    shop.write(rows(LAST), [position - 1 for position in range(1, LAST + 1) if position not in (5, LAST)])
    for table in ("events", "inbox", "cursors"):
        shop.execute(f"ALTER TABLE {table} ADD COLUMN tenant text")
    shop.execute("UPDATE events SET tenant = CASE WHEN position <= 5 THEN 'a' ELSE 'b' END")
    shop.execute("DELETE FROM cursors")
    shop.execute("INSERT INTO cursors VALUES ('orders', ?, ?)", [("4", "a"), ("9", "b")])
    kept = {"cursor": {**CURSOR, "partition": "tenant"}} if shape == "cursor and inbox" else {"cursor": None}
    found = audit(tmp_path, settings(shop.url, log={"partition": "tenant"}, consumer=kept))
    assert {(each.partition, *each.ranges) for each in found.findings if each.check == "lagging"} == {
        ("a", (5, 5)),
        ("b", (LAST, LAST)),
    }
    assert {str(each.verdict) for each in found.findings} == {"confirmed"}


def test_what_comes_after_it_and_is_not_for_this_consumer_changes_nothing(shop: Database, tmp_path: Path) -> None:
    noise = [Row(position=LAST + n, stream=f"noise-{n}", type="Noise") for n in range(1, 4)]
    shop.write([*rows(LAST), *noise], range(LAST - 1), cursor=LAST - 1)
    lagging(audit(tmp_path, settings(shop.url, consumer={"types": ["Order*"]})))


def test_nothing_eligible_after_the_cursor_is_idle_however_much_was_written(shop: Database, tmp_path: Path) -> None:
    noise = [Row(position=LAST + n, stream=f"noise-{n}", type="Noise") for n in range(1, 4)]
    shop.write([*rows(LAST), *noise], range(LAST), cursor=LAST)
    said = settings(shop.url, consumer={"types": ["Order*"]})
    for _ in range(2):
        assert told(audit(tmp_path, said, ledger=True)) == []


class TestDerived:
    """A consumer of a derived log: the tail may be lost before the derived log, or after it."""

    def derive(self, shop: Database, *, last: int, received: int) -> Settings:
        """A derived log that has so many of the events, and a consumer that has so many of its rows."""
        shop.write(rows(LAST), [], cursor=None)
        shop.execute(f"CREATE TABLE v1 (position bigint, id text, source text, at {shop.time_type})")
        copy = "INSERT INTO v1 SELECT position + 100, 'v' || event_id, event_id, recorded_at FROM events"
        shop.execute(f"{copy} WHERE position <= {last}")
        shop.execute(f"INSERT INTO inbox SELECT position, id FROM v1 WHERE position <= {100 + received}")
        shop.execute(f"UPDATE cursors SET last_position = '{100 + received}'")
        said = settings(shop.url, consumer={"log": "v1"})
        log = {"store": "shop", "table": "v1", "position": "position", "id": "id", "time": "at", "source": "source"}
        said["logs"]["v1"] = {**log, "derived_from": "orders"}
        return said

    @pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
    def test_a_tail_lost_after_it_is_late_at_the_consumer(
        self, shop: Database, tmp_path: Path, shape: dict[str, Any]
    ) -> None:
        said = self.derive(shop, last=LAST, received=LAST - 1)
        said["consumers"]["billing"] |= shape
        assert told(audit(tmp_path, said)) == [("lagging", "confirmed", 1, ((110, 110),))]
        assert told(audit(tmp_path, said, "v1")) == []

    def test_a_tail_lost_before_it_is_underived_and_the_consumer_is_told_where_it_was_lost(
        self, shop: Database, tmp_path: Path
    ) -> None:
        said = self.derive(shop, last=LAST - 1, received=LAST - 1)
        assert told(audit(tmp_path, said, "v1")) == [("underived", "confirmed", 1, ((LAST, LAST),))]
        billing = audit(tmp_path, said)
        assert told(billing) == []
        assert [(each.source, each.target, str(each.how)) for each in billing.losses] == [
            ("orders", "v1", "not-derived")
        ]

    def test_where_nothing_was_lost_nothing_is_said(self, shop: Database, tmp_path: Path) -> None:
        said = self.derive(shop, last=LAST, received=LAST)
        for _ in range(2):
            assert [told(audit(tmp_path, said, name, ledger=True)) for name in ("v1", "billing")] == [[], []]
