"""Ctrl-C while SQLite is at work ends the auditor; it is no time limit that was reached."""

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from auditor.config import load
from auditor.errors import StoreError
from auditor.observer import Silent
from auditor.stores import open_store
from auditor.stores.sqlite import SqliteStore

# An interrupt at any moment may fall where coverage holds its own lock, which nobody would give back.
pytestmark = pytest.mark.no_cover

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT {} FROM n) SELECT count(*) FROM n"
Open = Callable[[str], SqliteStore]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    (tmp_path / "shop.db").touch()
    stores: list[SqliteStore] = []

    def open_with(timeout: str) -> SqliteStore:
        (tmp_path / "auditor.toml").write_text(
            f'[stores.shop]\nurl = "sqlite:///shop.db"\nstatement_timeout = "{timeout}"\n'
            '[logs.orders]\nstore = "shop"\ntable = "events"\nposition = "position"\n'
        )
        store = open_store(load(tmp_path / "auditor.toml").stores["shop"], Silent())
        assert isinstance(store, SqliteStore)
        stores.append(store)
        return store

    yield open_with
    for store in stores:
        store.close()


@pytest.mark.parametrize("step", ["i + 1", "auditor_text_number(CAST(i AS BLOB))"])
def test_a_key_that_interrupts_a_statement_interrupts_the_auditor(opened: Open, step: str) -> None:
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    store = opened("1h")

    def work() -> None:
        with store.transaction() as connection:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            connection.execute(text(ENDLESS.format(step)))

    try:
        with pytest.raises(KeyboardInterrupt):
            work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_statement_that_takes_too_long_is_told_as_that(opened: Open) -> None:
    store = opened("50ms")
    assert store.config.statement_timeout == timedelta(milliseconds=50)
    with pytest.raises(StoreError, match="gave up"), store.transaction() as connection:
        connection.execute(text(ENDLESS.format("i + 1")))
