"""The load is what the audits under load take it for: the wrong reader loses events, and the right ones none."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.auditor.cli.prepared import PATIENCE
from tests.integration.live import Load, Plan, load
from tests.integration.live_readers import ATOMIC, CURSOR_FIRST, NAIVE, THREADED, Reader
from tests.postgres import Server


@pytest.fixture(scope="module")
def finished(postgres: Server) -> Iterator[Load]:
    with postgres.database() as url:
        with load(url, Plan(transactions=60, hold=0.3)) as under_way:
            pass
        yield under_way


def rows(finished: Load, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(finished.url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_load_ends_by_itself(finished: Load) -> None:
    assert finished.over
    assert rows(finished, "SELECT FROM pg_prepared_xacts WHERE database = current_database()") == []
    given_up = time.monotonic() + PATIENCE  # a session that was closed takes a moment to go
    while rows(finished, "SELECT FROM pg_stat_activity WHERE application_name = 'forgotten-shell'"):
        assert time.monotonic() < given_up


def test_the_reader_by_position_loses_the_event_that_committed_behind_its_back(finished: Load) -> None:
    [(prepared,)] = rows(finished, "SELECT position FROM events WHERE stream_id = 'prepared-1'")
    assert prepared in finished.truth()[NAIVE.name]


@pytest.mark.parametrize("reader", [ATOMIC, CURSOR_FIRST, THREADED], ids=lambda reader: reader.name)
def test_a_reader_by_transaction_loses_nothing(finished: Load, reader: Reader) -> None:
    assert finished.truth()[reader.name] == ()


def test_positions_have_holes_and_versions_have_none(finished: Load) -> None:
    assert finished.holes()
    assert rows(finished, "SELECT stream_id FROM events GROUP BY stream_id HAVING max(version) <> count(*)") == []
