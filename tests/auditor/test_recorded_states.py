"""From run to run a state's findings are known by their streams, whatever event shows them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import auditor
from auditor.config import Config, load
from auditor.earlier_runs import comparison
from auditor.known import Terms, add
from auditor.result import Result
from checks.model.comparison import State
from tests.auditor.test_state_looks import moment

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
stream = "stream"
version = "version"
time = "at"
[states.accounts]
log = "orders"
store = "shop"
table = "accounts"
stream = "stream"
version = "version"
"""


class Shop:
    """Streams with five old events each, and a row for each."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        self._database = database
        (folder / "auditor.toml").write_text(CONFIG)
        self.config: Config = load(folder / "auditor.toml")
        self.do("CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, version INT, at TEXT)")
        self.do("CREATE TABLE accounts (stream TEXT, version INT)")
        for stream in "abc":
            for version in range(1, 6):
                self.do("INSERT INTO events (stream, version, at) VALUES (?, ?, ?)", stream, version, OLD)
            self.do("INSERT INTO accounts VALUES (?, 5)", stream)

    def do(self, statement: str, *values: object) -> None:
        self._database.execute(statement, values)

    def stands(self, stream: str, version: int) -> None:
        """The row of a stream is at a version."""
        self.do("UPDATE accounts SET version = ? WHERE stream = ?", version, stream)

    def run(self) -> Result:
        return auditor.run(self.config, names=["accounts"], ledger=True)


OLD = moment(timedelta(hours=1))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as database:
        yield Shop(tmp_path, database)


def counts(shop: Shop) -> dict[State, int]:
    """Of the newest two runs compared."""
    compared = comparison(shop.config, ["last~1", "last"])
    return {state: count for state, count in compared.counts().items() if count}


def test_a_row_that_moves_on_and_stays_behind_is_open_since_it_was_first_seen(shop: Shop) -> None:
    shop.stands("a", 1)
    first = shop.run()
    shop.stands("a", 3)
    [finding] = shop.run().audits[0].findings
    assert finding.events[0].version == 4
    assert finding.first_seen == first.started
    assert counts(shop) == {State.OPEN: 1}


def test_a_row_that_has_caught_up_is_healed(shop: Shop) -> None:
    shop.stands("a", 1)
    shop.stands("b", 1)
    shop.run()
    shop.stands("a", 5)
    shop.run()
    assert counts(shop) == {State.OPEN: 1, State.HEALED: 1}


def test_a_row_that_was_behind_and_is_missing_has_not_healed_and_is_not_new(shop: Shop) -> None:
    shop.stands("a", 1)
    shop.run()
    shop.do("DELETE FROM accounts WHERE stream = 'a'")
    shop.run()
    assert counts(shop) == {State.TURNED: 1}


def test_a_run_that_could_not_audit_the_state_heals_nothing(shop: Shop) -> None:
    shop.stands("a", 1)
    first = shop.run()
    shop.do("ALTER TABLE accounts RENAME TO elsewhere")
    assert shop.run().audits[0].totals is None
    shop.do("ALTER TABLE elsewhere RENAME TO accounts")
    [finding] = shop.run().audits[0].findings
    assert finding.first_seen == first.started


def test_what_is_known_of_a_state_stays_hidden_and_another_stream_is_loud(shop: Shop) -> None:
    shop.stands("a", 1)
    found = shop.run()
    add(shop.config, found.run, (), Terms(why="ticket 7", owner="kim", now=datetime.now(UTC)))
    shop.stands("a", 3)
    hidden = shop.run()
    assert (hidden.verdict, hidden.known) == ("consistent", 1)
    shop.stands("b", 2)
    loud = shop.run()
    [finding] = loud.audits[0].findings
    assert (finding.count, [event.stream for event in finding.events]) == (1, ["b"])
    assert finding.evidence["samples"] == [{"stream": "b", "row_version": 2, "head_version": 5}]
    assert loud.known == 1
