"""Indexes, statistics and the visibility map: what is offered can be run as it is, and is then offered no more."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from checks.model.diagnosis import Examined
from tests.integration.doctoring import FAILURE, FINE, UNKNOWN, WARNING, about, lines, only, said_with, worse
from tests.integration.shop import Database, Settings, postgres_at, settings, sqlite_at

COLUMNS = """
    position bigint, "Event Id" uuid, stream_id text, version bigint, type text, recorded_at timestamptz, tenant text,
    data text"""
FILL = """
    INSERT INTO {table} SELECT n, gen_random_uuid(), 'order-' || n / 10, n % 10 + 1, 'Placed', now() - interval '1 day',
    'a', repeat('x', 200) FROM generate_series(1, {rows}) n"""
COUNTED = "SELECT pg_stat_force_next_flush()"
"""Else a session tells only some time later what it has written."""
TOPICS = ("indexes", "statistics", "visibility")
LEFT_ALONE = "WITH (autovacuum_enabled = off)"
"""Else the server may analyse a table just before it is said not to be analysed."""


@pytest.fixture
def empty(database: str) -> Iterator[Database]:
    """An empty database on each supported PostgreSQL."""
    with postgres_at(database) as opened:
        yield opened


def fill(database: Database, rows: int, options: str = LEFT_ALONE) -> None:
    """A log, an inbox that has all of it, and no index at all."""
    database.execute(f"CREATE TABLE events ({COLUMNS}) {options}")
    database.execute(FILL.format(table="events", rows=rows))
    database.execute(f'CREATE TABLE inbox {LEFT_ALONE} AS SELECT position AS seq, "Event Id", stream_id FROM events')
    database.execute("CREATE TABLE cursors (name text, last_position bigint)")
    database.execute("INSERT INTO cursors VALUES ('orders', 1)")
    database.execute(COUNTED)


def config_of(database: Database, **log: object) -> Settings:
    inbox = {"table": "inbox", "id": "Event Id", "received": "seq"}
    return settings(database.url, log={"id": "Event Id", **log}, consumer={"inbox": inbox, "types": ["Placed"]})


def offered(found: Sequence[Examined]) -> list[str]:
    """Every statement about indexes and statistics, as it would be run."""
    return [statement for line in found if line.topic in TOPICS for statement in line.statements]


def run(database: Database, found: Sequence[Examined]) -> None:
    for statement in dict.fromkeys(offered(found)):
        database.execute(statement)


def test_what_is_offered_for_big_tables_can_be_run_and_is_then_offered_no_more(empty: Database, tmp_path: Path) -> None:
    fill(empty, 120_000)
    said = config_of(empty)
    found = lines(tmp_path, said)
    assert offered(found) == [
        'CREATE INDEX CONCURRENTLY ON "public"."events" ("position") INCLUDE ("Event Id", "type")',
        'CREATE INDEX CONCURRENTLY ON "public"."events" ("Event Id")',
        'CREATE INDEX CONCURRENTLY ON "public"."events" ("stream_id", "version")',
        'ANALYZE "public"."events"',
        'VACUUM (ANALYZE) "public"."events"',
        'CREATE INDEX CONCURRENTLY ON "public"."inbox" ("Event Id")',
        'ANALYZE "public"."inbox"',
        'VACUUM (ANALYZE) "public"."inbox"',
    ]
    assert {line.level for line in found if line.statements} == {WARNING}
    run(empty, found)
    again = lines(tmp_path, said)
    assert offered(again) == []
    assert {line.level for line in again if line.topic in TOPICS} == {FINE}
    assert only(again, "orders", "statistics").message == "the planner has statistics of 'events'"
    assert only(again, "orders", "visibility").message.startswith("100% of the pages")


def test_a_small_table_needs_neither_index_nor_statistics(empty: Database, tmp_path: Path) -> None:
    fill(empty, 100)
    found = lines(tmp_path, config_of(empty))
    assert offered(found) == []
    assert about(found, "orders", "statistics") == about(found, "orders", "visibility") == []
    assert said_with(found, "look-ups by stream").message.endswith("none is needed for about 100 rows")


def test_a_table_of_middling_size_is_given_plain_indexes(empty: Database, tmp_path: Path) -> None:
    fill(empty, 12_000)
    found = lines(tmp_path, config_of(empty), "orders")
    assert 'CREATE INDEX CONCURRENTLY ON "public"."events" ("position")' in offered(found)
    assert about(found, "orders", "visibility") == []


SERVING = {
    "a primary key": "ALTER TABLE events ADD PRIMARY KEY (position)",
    "with more behind it": "CREATE INDEX ON events (position, type)",
    "with what it covers": "CREATE INDEX ON events (position) INCLUDE (type)",
    "behind a fixed column": "CREATE INDEX ON events (tenant, position)",
    "of what is not null": "CREATE INDEX ON events (position) WHERE position IS NOT NULL",
}
NOT_SERVING = {
    "behind another column": "CREATE INDEX ON events (type, position)",
    "of an expression": "CREATE INDEX ON events ((position + 0))",
    "of another kind": "CREATE INDEX ON events USING brin (position)",
    "of some rows": "CREATE INDEX ON events (position) WHERE type = 'Placed'",
}


def head_line(database: Database, folder: Path) -> Examined:
    found = lines(folder, config_of(database, where={"tenant": "a"}), "orders")
    [line] = [line for line in about(found, "orders", "indexes") if "the head, holes and ranges" in line.message]
    return line


@pytest.fixture(scope="module")
def middling(postgres18: object, request: pytest.FixtureRequest) -> Iterator[Database]:
    """One log of middling size for one index after another."""
    server = request.getfixturevalue("postgres18")
    with server.database() as url, postgres_at(url) as opened:
        fill(opened, 12_000)
        yield opened


@pytest.fixture
def try_out(middling: Database) -> Iterator[Callable[[str], None]]:
    """Create an index, for this test only."""

    def create(statement: str) -> None:
        middling.execute("BEGIN")
        middling.execute("DROP TABLE IF EXISTS events_before")
        middling.execute("ALTER TABLE events RENAME TO events_before")
        middling.execute(f"CREATE TABLE events {LEFT_ALONE} AS TABLE events_before")
        middling.execute("COMMIT")
        middling.execute(statement)

    yield create
    middling.execute("DROP TABLE events")
    middling.execute("ALTER TABLE events_before RENAME TO events")


@pytest.mark.parametrize("index", SERVING)
def test_an_index_that_serves_is_named_and_enough(
    middling: Database, try_out: Callable[[str], None], tmp_path: Path, index: str
) -> None:
    try_out(SERVING[index])
    line = head_line(middling, tmp_path)
    assert (line.level, line.statements) == (FINE, ())
    assert line.message.startswith("index 'events_")


@pytest.mark.parametrize("index", NOT_SERVING)
def test_an_index_that_only_looks_alike_is_not_relied_on(
    middling: Database, try_out: Callable[[str], None], tmp_path: Path, index: str
) -> None:
    try_out(NOT_SERVING[index])
    line = head_line(middling, tmp_path)
    assert (line.level, line.message.startswith("no index for the head")) == (WARNING, True)
    if index == "of some rows":
        assert line.message.endswith("('events_position_idx' is only for (type = 'Placed'::text))")


def test_an_index_whose_creation_failed_is_invalid_and_can_be_dropped(empty: Database, tmp_path: Path) -> None:
    fill(empty, 12_000)
    empty.execute("INSERT INTO events (position) VALUES (1)")
    with pytest.raises(Exception, match="could not create unique index"):
        empty.execute('CREATE UNIQUE INDEX CONCURRENTLY "Half Done" ON events (position)')
    found = lines(tmp_path, config_of(empty), "orders")
    line = said_with(found, "is invalid: its creation failed")
    assert (line.level, line.statements) == (WARNING, ('DROP INDEX CONCURRENTLY public."Half Done"',))
    assert said_with(found, "no index for the head").message.endswith("('Half Done' is invalid)")
    run(empty, found)
    assert offered(lines(tmp_path, config_of(empty), "orders")) == []


def test_partitions_are_indexed_one_by_one_and_then_as_a_whole(empty: Database, tmp_path: Path) -> None:
    empty.execute(f"CREATE TABLE events ({COLUMNS}) PARTITION BY RANGE (position)")
    for name, low, high in (("low", 1, 20_000), ("high", 20_000, 50_000)):
        bounds = f"FROM ({low}) TO ({high})"
        empty.execute(f"CREATE TABLE events_{name} PARTITION OF events FOR VALUES {bounds} {LEFT_ALONE}")
    empty.execute(FILL.format(table="events", rows=40_000))
    empty.execute(COUNTED)
    said = config_of(empty)
    said.pop("consumers")
    found = lines(tmp_path, said)
    assert "partitioned table 'events', about 40,000 rows in 2 partitions" in only(found, "orders", "table").message
    assert [statement for statement in offered(found) if "position" in statement] == [
        'CREATE INDEX CONCURRENTLY ON "public"."events_low" ("position")',
        'CREATE INDEX CONCURRENTLY ON "public"."events_high" ("position")',
        'CREATE INDEX ON "public"."events" ("position")',
    ]
    assert "of 2 partitions of 'events'" in only(found, "orders", "statistics").message
    run(empty, found)
    assert offered(lines(tmp_path, said)) == []
    empty.execute(f"CREATE TABLE events_last {LEFT_ALONE} AS SELECT * FROM events WHERE false")
    empty.execute("ALTER TABLE events ATTACH PARTITION events_last FOR VALUES FROM (50000) TO (60000)")
    assert offered(lines(tmp_path, said)) == []


def test_statistics_that_are_out_of_date_are_stale(empty: Database, tmp_path: Path) -> None:
    fill(empty, 12_000)
    empty.execute("ANALYZE events")
    empty.execute(FILL.format(table="events", rows=12_000))
    empty.execute(COUNTED)
    line = only(lines(tmp_path, config_of(empty), "orders"), "orders", "statistics")
    assert (line.level, line.statements) == (WARNING, ('ANALYZE "public"."events"',))
    assert line.message == "the planner's statistics of 'events' are stale: 12,000 rows changed since"


def test_numbers_kept_as_text_can_be_served_by_no_index(empty: Database, tmp_path: Path) -> None:
    fill(empty, 12_000)
    empty.execute("ALTER TABLE events ALTER position TYPE text")
    line = said_with(lines(tmp_path, config_of(empty), "orders"), "no index can serve")
    assert (line.level, line.statements) == (WARNING, ())
    assert line.advice == "make it a bigint, if audits take too long"


def test_a_view_is_left_to_the_tables_below_it(empty: Database, tmp_path: Path) -> None:
    fill(empty, 100)
    empty.execute("CREATE VIEW shown AS SELECT * FROM events")
    found = lines(tmp_path, config_of(empty, table="shown"), "orders")
    assert {line.level for line in about(found, "orders", "indexes")} == {FINE}
    assert "'shown' is a view" in about(found, "orders", "indexes")[0].message


def test_sqlite_is_given_indexes_with_names_of_their_own(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.execute(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, event_id TEXT, stream_id, version INTEGER)"
        )
        database.execute("CREATE TABLE inbox (event_id TEXT, seq INTEGER) ")
        many = [(n, f"{n:032x}", f"order-{n}", 1) for n in range(1, 12_001)]
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?)", many)
        database.execute("INSERT INTO inbox VALUES (?, ?)", [(row[1], row[0]) for row in many])
        database.execute("CREATE INDEX inbox_event_id ON inbox (seq)")
        inbox = {"table": "inbox", "id": "event_id", "received": "seq"}
        said = settings(database.url, log={"type": None, "time": None}, consumer={"cursor": None, "inbox": inbox})
        found = lines(tmp_path, said)
        assert (
            said_with(found, "the head, holes").message == "index 'rowid' serves the head, holes and ranges in 'events'"
        )
        assert offered(found) == [
            'CREATE INDEX "events_event_id" ON "events" ("event_id")',
            'CREATE INDEX "events_stream_id_version" ON "events" ("stream_id", "version")',
            'CREATE INDEX "inbox_event_id_2" ON "inbox" ("event_id")',
        ]
        run(database, found)
    assert offered(lines(tmp_path, said)) == []
    assert ("orders", "indexes") not in worse(lines(tmp_path, said))


def test_a_sqlite_table_without_rowid_has_its_own_key(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE events (position INTEGER PRIMARY KEY, rowid TEXT) WITHOUT ROWID")
        database.execute("INSERT INTO events VALUES (1, 'a')")
    log = {"id": None, "stream": None, "version": None, "type": None, "time": None}
    said = settings(f"sqlite:///{tmp_path}/shop.db", log=log)
    said.pop("consumers")
    assert worse(lines(tmp_path, said), WARNING) == [("orders", "checks")]


def test_positions_by_partition_are_indexed_with_their_partition(empty: Database, tmp_path: Path) -> None:
    fill(empty, 12_000)
    empty.execute(f"CREATE TABLE receipts {LEFT_ALONE} AS SELECT position, tenant, 'billing' AS consumer FROM events")
    empty.execute("CREATE TABLE places (tx xid8, tenant text, position bigint)")
    empty.execute("ALTER TABLE events ADD tx xid8")
    empty.execute(COUNTED)
    cursor = {"table": "places", "position": ["tx", "position"], "partition": "tenant"}
    inbox = {"table": "receipts", "position": "position", "partition": "tenant", "where": {"consumer": "billing"}}
    log = {"id": None, "partition": "tenant", "order": ["tx", "position"]}
    said = settings(empty.url, log=log, consumer={"cursor": cursor, "inbox": inbox, "parked": {**inbox}})
    found = lines(tmp_path, said)
    assert [statement for statement in dict.fromkeys(offered(found)) if "INDEX" in statement] == [
        'CREATE INDEX CONCURRENTLY ON "public"."events" ("tenant", "position")',
        'CREATE INDEX CONCURRENTLY ON "public"."events" ("tenant", "stream_id", "version")',
        'CREATE INDEX CONCURRENTLY ON "public"."receipts" ("tenant", "position")',
    ]
    run(empty, found)
    again = lines(tmp_path, said)
    assert offered(again) == []
    assert worse(again, FAILURE, UNKNOWN) == []
    assert [line for line in about(again, "orders", "settling") if "counted per partition" in line.message]


def test_streams_serve_as_identity(empty: Database, tmp_path: Path) -> None:
    fill(empty, 12_000)
    empty.execute(f"CREATE TABLE receipts {LEFT_ALONE} AS SELECT stream_id, version FROM events")
    empty.execute(COUNTED)
    inbox = {"table": "receipts", "stream": "stream_id", "version": "version"}
    said = settings(empty.url, log={"id": None}, consumer={"inbox": inbox})
    found = lines(tmp_path, said)
    assert 'CREATE INDEX CONCURRENTLY ON "public"."receipts" ("stream_id", "version")' in offered(found)
    assert "matched by stream as text, uuids by value, version as a" in only(found, "billing", "identity").message
    run(empty, found)
    assert offered(lines(tmp_path, said)) == []
