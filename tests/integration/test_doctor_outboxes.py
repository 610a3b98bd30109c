"""What the doctor says of an outbox: its mark, its age, and an index that has what was not sent."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from auditor import run
from auditor.config import load
from checks.model.diagnosis import Examined
from tests.integration.doctoring import FAILURE, FINE, WARNING, about, lines, said_with
from tests.integration.shop import Database, postgres_at, rows, settings, sqlite_at, write_config

MANY = 20_000


@pytest.fixture(params=["sqlite", "postgres18", "postgres16"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind, with a log that has no mark yet."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            database = stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            url = stack.enter_context(request.getfixturevalue(request.param).database())
            database = stack.enter_context(postgres_at(url))
        database.write(rows(5))
        yield database


def examined(shop: Database, folder: Path, **log: object) -> list[Examined]:
    said = settings(shop.url, log={"sent": "published_at", **log})
    return [line for line in lines(folder, said) if line.name == "orders"]


@pytest.mark.parametrize(
    ("declared", "no"),
    [
        ("timestamptz", "NULL"),
        ("boolean", "NULL and false"),
        ("bigint", "NULL and 0"),
        ("text", 'NULL, an empty text, "0", "f" and "false"'),
    ],
)
def test_it_says_what_means_not_sent(shop: Database, tmp_path: Path, declared: str, no: str) -> None:
    shop.execute(f"ALTER TABLE events ADD COLUMN published_at {declared}")
    if shop.time_type == "text":
        no = 'NULL, 0, and in text an empty one, "0", "f" and "false"'
    line = said_with(examined(shop, tmp_path), "means not sent")
    assert (line.level, line.topic) == (FINE, "columns")
    assert line.message == f"[logs.orders] sent: 'published_at' means not sent where it holds {no}"


def test_a_column_that_is_not_there_is_a_failure(shop: Database, tmp_path: Path) -> None:
    [line] = about(examined(shop, tmp_path), "orders", "columns")
    assert (line.level, line.advice) == (FAILURE, "correct [logs.orders] sent")
    assert "has no column 'published_at'" in line.message


def test_without_a_time_only_a_ledger_tells_an_age(shop: Database, tmp_path: Path) -> None:
    shop.execute("ALTER TABLE events ADD COLUMN published_at text")
    line = said_with(examined(shop, tmp_path, time=None), "names no time")
    assert (line.level, line.advice) == (WARNING, "name the key time in [logs.orders], if it has such a column")
    assert not [each for each in examined(shop, tmp_path) if "names no time" in each.message]


BY_MARK = "CREATE INDEX of_mark ON events (published_at, position)"
OF_UNSENT = "CREATE INDEX of_unsent ON events (position) WHERE {}"


def many(shop: Database, declared: str, yes: object) -> None:
    """So many sent rows that an index is worth it."""
    shop.execute(f"ALTER TABLE events ADD COLUMN published_at {declared}")
    sent = [(position, yes) for position in range(10, MANY)]
    shop.execute("INSERT INTO events (position, event_id, published_at) VALUES (?, 'e', ?)", sent)
    shop.execute("ANALYZE")


def test_a_big_table_wants_an_index_that_has_what_was_not_sent(shop: Database, tmp_path: Path) -> None:
    many(shop, "text", "yes")
    shop.execute(OF_UNSENT.format("published_at IS NULL"))
    wanted = said_with(examined(shop, tmp_path), "no index for the search for what was not sent")
    assert wanted.level == WARNING
    assert '"published_at", "position"' in wanted.statements[0]
    shop.execute(BY_MARK)
    assert said_with(examined(shop, tmp_path), "serves the search for what was not sent").level == FINE


@pytest.mark.parametrize(
    ("declared", "yes", "condition"),
    [
        ("timestamptz", "2026-01-01", "published_at IS NULL"),
        ("boolean NOT NULL DEFAULT false", True, "NOT published_at"),
        ("boolean NOT NULL DEFAULT false", True, "published_at = false"),
        ("int NOT NULL DEFAULT 0", 1, "published_at = 0"),
    ],
)
def test_where_one_value_says_not_sent_an_index_of_those_rows_serves_and_is_used(
    database: str, tmp_path: Path, declared: str, yes: object, condition: str
) -> None:
    with postgres_at(database) as shop:
        shop.write(rows(5))
        many(shop, declared, yes)
        said = "no index for the search for what was not sent"
        assert said_with(examined(shop, tmp_path), said).level == WARNING
        shop.execute(OF_UNSENT.format(condition))
        assert said_with(examined(shop, tmp_path), "'of_unsent' serves the search for what was not sent").level == FINE
        scans = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'of_unsent'"
        run(load(write_config(tmp_path, settings(shop.url, log={"sent": "published_at"}))), names=["orders"])
        with psycopg.connect(database) as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
            [(count,)] = connection.execute(scans).fetchall()
        assert count > 0


def test_a_small_table_wants_none(shop: Database, tmp_path: Path) -> None:
    shop.execute("ALTER TABLE events ADD COLUMN published_at text")
    assert said_with(examined(shop, tmp_path), "no index for the search for what was not sent").level == FINE
