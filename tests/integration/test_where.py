"""What ``where`` asks of a database: text exactly, whatever the column's type, and so that an index serves."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from auditor.config import Condition, Config, load
from auditor.identity import Kind
from auditor.observer import Silent
from auditor.stores import open_store
from auditor.stores.interface import Match
from auditor.stores.postgres import PostgresStore
from auditor.stores.sql.store import SqlSnapshot
from tests.integration.shop import Database, consumer_keys, postgres_at, settings, write_config
from tests.postgres import Server

UUID = "6d3f0a5e-1b2c-4d5e-8f90-a1b2c3d4e5f6"
KEPT = ("Bill ing", "bill ing", "BILL ING", "Bill ing ", "other")
"""What stands in the column, a row each. Whoever ignores case or blanks takes several of them for one."""
BARE = {
    "text": True,
    "varchar": True,
    "varchar(9)": True,
    'text COLLATE "C"': True,
    'text COLLATE "loose"': False,
    'varchar COLLATE "loose"': False,
    "label": False,
    "name": False,
    "kind": False,
}
"""Types of columns, and whether equal is the same text there, so that nothing need be wrapped around them."""


@pytest.fixture(scope="module")
def shop(postgres: Server) -> Iterator[Database]:
    with postgres.database() as url, postgres_at(url) as opened:
        # These servers have no ICU, whose collations alone may be loose; the catalogue is what is asked.
        opened.execute("CREATE COLLATION loose (locale = 'C')")
        opened.execute("UPDATE pg_collation SET collisdeterministic = false WHERE collname = 'loose'")
        opened.execute("CREATE DOMAIN label AS text")
        opened.execute(f"CREATE TYPE kind AS ENUM ({', '.join(map(repr, KEPT))})")
        yield opened


def config(shop: Database, folder: Path, where: Condition, **inbox: object) -> Config:
    """A log in ``kept`` that shows the rows whose ``owner`` fits, and an inbox likewise."""
    log = {"table": "kept", "where": {"owner": where}}
    consumer = consumer_keys(inbox={"table": "kept", "id": "event_id", "where": {"owner": where}, **inbox})
    return load(write_config(folder, settings(shop.url, log=log, consumer=consumer)))


def fitting(shop: Database, folder: Path, where: Condition) -> int:
    """How many rows of ``kept`` an audit would take for the log's."""
    found = config(shop, folder, where)
    with closing(open_store(found.stores["shop"], Silent())) as store, store.snapshot() as snapshot:
        return snapshot.counts(found.logs["orders"])[0]


def fill(shop: Database, column: str, values: tuple[str, ...] = KEPT) -> None:
    shop.execute("DROP TABLE IF EXISTS kept")
    shop.execute(f"CREATE TABLE kept (position bigint, event_id text, owner {column})")
    type_ = column.partition(" COLLATE ")[0]
    shop.execute(f"INSERT INTO kept (owner) VALUES (CAST(? AS {type_}))", [(value,) for value in values])


@pytest.mark.parametrize("column", BARE)
def test_text_is_compared_exactly_whatever_its_column_ignores(shop: Database, tmp_path: Path, column: str) -> None:
    fill(shop, column)
    assert [fitting(shop, tmp_path, value) for value in KEPT] == [1] * len(KEPT)
    assert fitting(shop, tmp_path, KEPT[:3]) == 3
    # "Bill ing " and more: cut to the width of the column it would be a row's.
    assert fitting(shop, tmp_path, "Bill ing and the rest") == 0


@pytest.mark.parametrize(("column", "bare"), BARE.items())
def test_a_column_is_taken_as_it_is_where_the_catalogue_says_that_it_is_exact(
    shop: Database, tmp_path: Path, column: str, bare: bool
) -> None:
    fill(shop, column)
    store = open_store(config(shop, tmp_path, "other").stores["shop"], Silent())
    assert isinstance(store, PostgresStore)
    with closing(store), store.transaction() as connection:
        assert ("owner" in store.relation(connection, "kept").exact_texts) is bare


def test_uuids_are_compared_by_value_and_what_is_none_fits_no_row(shop: Database, tmp_path: Path) -> None:
    fill(shop, "uuid", (UUID,))
    assert [fitting(shop, tmp_path, one) for one in (UUID, UUID.upper(), UUID.replace("-", ""))] == [1, 1, 1]
    assert [fitting(shop, tmp_path, one) for one in ("other", UUID[:-1], ("other", UUID))] == [0, 0, 1]


def plan(shop: Database, folder: Path, where: Condition) -> str:
    """How PostgreSQL finds the receipts of one consumer among those of many."""
    found = config(shop, folder, where)
    inbox = found.consumers["billing"].inbox
    store = open_store(found.stores["shop"], Silent())
    assert inbox is not None
    assert isinstance(store, PostgresStore)
    sent: list[tuple[str, Any]] = []
    with closing(store), store.transaction() as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _u, sql, bound, _x, _m: sent.append((sql, bound)))
        snapshot = SqlSnapshot(store, connection)
        list(snapshot.find_receipts(inbox, Match(("id",), (Kind.TEXT,)), [("event-7",), ("event-8",)]))
        sql, bound = sent[-1]
        return "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {sql}", bound))


@pytest.mark.parametrize(("column", "where"), [("text", "mail"), ("varchar(40)", ("mail", "search")), ("uuid", UUID)])
def test_an_index_that_begins_with_the_column_serves_look_ups(
    shop: Database, tmp_path: Path, column: str, where: Condition
) -> None:
    fill(shop, column, ())
    owners = f"CASE n % 2 WHEN 0 THEN '{UUID}' ELSE md5(n::text)::uuid::text END::{column}"
    shop.execute(f"INSERT INTO kept SELECT n, 'event-' || n, {owners} FROM generate_series(1, 20000) n")
    shop.execute("CREATE INDEX by_owner ON kept (owner, event_id)")
    shop.execute("ANALYZE kept")
    [condition] = [line for line in plan(shop, tmp_path, where).splitlines() if "Index Cond" in line]
    assert "owner" in condition
    assert "event_id" in condition
