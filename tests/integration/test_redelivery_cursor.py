"""What a consumer skipped it reads again, once its cursor was put back: on PostgreSQL, by roles that may do little."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from auditor.redelivery.targets.database import Database
from checks.model.redelivery import Outcome
from tests.auditor.cli.prepared import PATIENCE
from tests.auditor.redelivery.outboxes import refusal, said
from tests.integration.relayed import CURSOR, Relayed, granted, relayed
from tests.postgres import Server

LOST = (5, 9, 10)
ALL = list(range(1, 13))
WAITS: str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditor' AND wait_event_type = 'Lock'"


@pytest.fixture
def pair(postgres: Server, tmp_path: Path) -> Iterator[Relayed]:
    """Twelve events, of which the consumer has passed three without receiving them."""
    with relayed(postgres, tmp_path) as pair:
        pair.append(12)
        assert pair.poll(loses=LOST) == 12
        yield pair


@pytest.fixture
def writable(pair: Relayed) -> Relayed:
    """The writer may move the cursor, and nothing else."""
    pair.grant(pair.billing, "SELECT, UPDATE (transaction_id, position) ON cursors", pair.writer)
    return pair


def test_the_consumer_has_exactly_what_it_lacked_once_it_read_on(writable: Relayed) -> None:
    assert writable.lacking(*ALL) == list(LOST)
    with writable.cursors() as target:
        [answer] = target.send(writable.batch(*LOST, whole=True))
    assert answer.outcome is Outcome.ACCEPTED
    assert answer.detail.endswith("all that it has processed since comes again")
    assert writable.poll() == 8
    assert writable.received() == ALL
    assert writable.lacking(*ALL) == []
    assert writable.run(writable.billing, "SELECT position FROM cursors WHERE name = 'shipping'") == [(7,)]


def test_it_goes_back_before_what_was_begun_earlier_and_stands_later_in_the_log(writable: Relayed) -> None:
    with psycopg.connect(writable.shop) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        writable.append(1)
        slow.execute("INSERT INTO outbox (stream_id, version, data) VALUES ('order-9', 1, '{}')")
    assert writable.poll(loses=(13, 14)) == 2
    with writable.cursors() as target:
        target.send(writable.batch(13, 14, whole=True))
    assert writable.poll() == 2
    assert writable.lacking(*ALL, 13, 14) == list(LOST)


def test_a_consumer_that_moves_its_cursor_meanwhile_keeps_it(
    writable: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target waits for the consumer's transaction, and finds the cursor elsewhere when that is over."""
    monkeypatch.setattr(Database, "lock_timeout", timedelta(seconds=PATIENCE))
    batch = writable.batch(5, whole=True)
    before = writable.cursor()
    with psycopg.connect(writable.billing) as consumer, writable.cursors() as target, ThreadPoolExecutor(1) as pool:
        consumer.execute("UPDATE cursors SET position = 99 WHERE name = 'billing'")
        sending = pool.submit(target.send, batch)
        while writable.run(writable.billing, WAITS.encode()) == [(0,)]:
            assert not sending.done()
        consumer.commit()
        [answer] = sending.result()
    was, now = f"{before[0]}:12", f"{before[0]}:99"
    assert said([answer]) == [("failed", f"the cursor moved from {was} to {now} meanwhile: the consumer is running")]
    assert writable.cursor() == (before[0], 99)


def test_a_consumer_that_holds_its_cursor_keeps_it(writable: Relayed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "lock_timeout", timedelta(milliseconds=100))
    before = writable.cursor()
    with psycopg.connect(writable.billing) as consumer, writable.cursors() as target:
        consumer.execute("SELECT FROM cursors WHERE name = 'billing' FOR UPDATE")
        answers = target.send(writable.batch(5, whole=True))
    held = "store 'writer': another session kept what is to be written locked for 100ms"
    assert said(answers) == [("failed", held)]
    assert writable.cursor() == before


def test_a_consumer_that_reads_on_between_the_looks_is_running(writable: Relayed) -> None:
    def sleep(seconds: float) -> None:
        assert seconds == 1
        writable.append(1)
        writable.poll()

    assert "moved within 1s" in refusal(writable.cursors(sleep))


def test_a_role_without_the_right_is_told_what_would_give_it(pair: Relayed) -> None:
    pair.grant(pair.billing, "SELECT, UPDATE (position) ON cursors", pair.writer)
    told = refusal(pair.cursors())
    assert f"role '{pair.writer}' may not UPDATE 'transaction_id' of 'cursors'" in told
    pair.run(pair.billing, granted(told))
    with pair.cursors() as target:
        assert target.send(pair.batch(5, whole=True))[0].outcome is Outcome.ACCEPTED


def test_the_reading_role_alone_moves_nothing(pair: Relayed) -> None:
    pair.stores["writer"] = {"url": pair.url(pair.billing, pair.reader)}
    assert f"role '{pair.reader}' may not UPDATE" in refusal(pair.cursors())


@pytest.mark.parametrize(
    ("declared", "before", "means", "after"),
    [
        ("bigint", "12", "last-processed", "4"),
        ("bigint", "13", "next", "5"),
        ("numeric(20, 2)", "12.00", "delivered", "4.00"),
        ("text", "0000000012", "last-processed", "0000000004"),
        ("varchar(8)", "12", "last-processed", "4"),
        ("double precision", "12", "last-processed", "4"),
    ],
)
def test_it_keeps_its_meaning_and_its_form(pair: Relayed, declared: str, before: str, means: str, after: str) -> None:
    pair.run(pair.billing, f"CREATE TABLE plain (name text, place {declared})".encode())
    pair.run(pair.billing, "INSERT INTO plain VALUES ('billing', %s)", before)
    pair.grant(pair.billing, "SELECT, UPDATE ON plain", pair.writer)
    pair.grant(pair.billing, "SELECT ON plain", pair.reader)
    pair.consumer["cursor"] = {**CURSOR, "table": "plain", "position": "place", "means": means}
    with pair.cursors() as target:
        [answer] = target.send(pair.batch(*LOST, whole=True))
    assert answer.detail.endswith("8 events from position 5 to 12 will be read again, 3 of them planned")
    assert pair.run(pair.billing, "SELECT place::text FROM plain") == [(after,)]


@pytest.mark.parametrize("name", ['x"; drop table cursors; --', "%(x)s :y"])
def test_a_table_a_column_and_a_name_may_be_anything(writable: Relayed, name: str) -> None:
    called = sql.Identifier(name)
    rename = sql.SQL("ALTER TABLE cursors RENAME position TO {}").format(called)
    writable.run(writable.billing, rename)
    writable.run(writable.billing, "UPDATE cursors SET name = %s WHERE name = 'billing'", name)
    writable.run(writable.billing, sql.SQL("ALTER TABLE cursors RENAME TO {}").format(called))
    writable.consumer["cursor"] = {"table": name, "where": {"name": name}, "position": ["transaction_id", name]}
    with writable.cursors() as target:
        [answer] = target.send(writable.batch(5, whole=True))
    assert answer.outcome is Outcome.ACCEPTED
    left = sql.SQL("SELECT {} FROM {} ORDER BY name = 'shipping'").format(called, called)
    assert writable.run(writable.billing, left) == [(4,), (7,)]
