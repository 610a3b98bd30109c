"""On real PostgreSQL, a log is cut into ranges of streams in which all of them lie, whatever a column holds."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice, pairwise
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from auditor.config import LogConfig, load
from auditor.observer import Silent
from auditor.stores import open_store
from auditor.stores.interface import Snapshot, StreamRange
from tests.integration.shop import write_config

ROWS, OF_A_CUT, MOST_OF_A_RANGE = 800, 100, 8
SPELLED: LiteralString = "CASE WHEN n % 2 = 0 THEN 'Order-' WHEN n % 3 = 0 THEN 'order_' ELSE 'ä' END || n % 40"
TABLE: LiteralString = """
DROP TABLE IF EXISTS events;
CREATE TABLE events (position bigint PRIMARY KEY, stream {type} NOT NULL, version int NOT NULL, archived bool);
INSERT INTO events SELECT n, {stream}, n / 40 + CASE WHEN n > 400 AND n % 3 = 0 THEN 2 ELSE 1 END
    FROM generate_series(0, 799) AS n;
{index};
"""
INDEX: LiteralString = "CREATE INDEX ON events (stream, version)"


def write(url: str, type_: LiteralString, stream: LiteralString, index: LiteralString = INDEX) -> None:
    """Twenty versions a stream; every third number of one lacks a version."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(TABLE.replace("{type}", type_).replace("{stream}", stream).replace("{index}", index))


def vacuum(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("VACUUM (ANALYZE) events")


@contextmanager
def looking(url: str, folder: Path, **more: object) -> Iterator[tuple[Snapshot, LogConfig]]:
    """A snapshot of the log."""
    log = {"store": "shop", "table": "events", "position": "position", "stream": "stream", "version": "version", **more}
    config = load(write_config(folder, {"stores": {"shop": {"url": url}}, "logs": {"orders": log}}))
    with closing(open_store(config.stores["shop"], Silent())) as store, store.snapshot() as snapshot:
        yield snapshot, config.logs["orders"]


def gaps_in(snapshot: Snapshot, log: LogConfig, bounds: Sequence[str | None]) -> list[str]:
    """The streams with gaps between each two bounds."""
    ranges = [StreamRange(after, through) for after, through in pairwise(bounds)]
    return [stream for one in ranges for _, stream in snapshot.gap_streams(log, within=one)]


@pytest.mark.parametrize(
    ("type_", "stream", "is_counted"),
    [
        ("text", SPELLED, True),
        ("varchar(20)", SPELLED, False),
        ("uuid", "md5((n % 40)::text)::uuid", True),
        ("numeric", "(n % 40) * 1.5", True),
    ],
)
def test_every_stream_lies_in_one_range(
    orders_database: str, tmp_path: Path, type_: LiteralString, stream: LiteralString, is_counted: bool
) -> None:
    write(orders_database, type_, stream)
    if is_counted:
        vacuum(orders_database)
    with looking(orders_database, tmp_path) as (snapshot, log):
        everything = sorted(name for _, name in snapshot.gap_streams(log))
        assert len(everything) > MOST_OF_A_RANGE
        cuts = list(islice(snapshot.stream_cuts(log, None, OF_A_CUT, ROWS), 100))
        assert 4 <= len(cuts) <= 12
        assert sorted(gaps_in(snapshot, log, [None, *cuts, None])) == everything
        for number, after in enumerate(cuts, 1):
            rest = list(islice(snapshot.stream_cuts(log, after, OF_A_CUT, ROWS), 100))
            assert after not in rest
            before = gaps_in(snapshot, log, [None, *cuts[:number]])
            assert sorted([*before, *gaps_in(snapshot, log, [after, *rest, None])]) == everything


@pytest.mark.parametrize(
    ("index", "where", "expected"),
    [
        (INDEX, {}, True),
        (INDEX, {"archived": False}, False),
        ("CREATE INDEX ON events (stream, version, archived)", {"archived": False}, True),
        ("CREATE INDEX ON events (version, stream)", {}, False),
        ("CREATE INDEX ON events (stream)", {}, False),
    ],
)
def test_streams_are_asked_some_at_a_time_where_an_index_has_all_that_it_takes(
    orders_database: str, tmp_path: Path, index: LiteralString, where: dict[str, object], expected: bool
) -> None:
    write(orders_database, "text", SPELLED, index)
    with looking(orders_database, tmp_path, where=where) as (snapshot, log):
        assert not snapshot.ranges_streams(log), "no vacuum has seen it yet"
    vacuum(orders_database)
    with looking(orders_database, tmp_path, where=where) as (snapshot, log):
        assert snapshot.ranges_streams(log) == expected
