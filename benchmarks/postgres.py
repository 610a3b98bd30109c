"""The databases on a PostgreSQL server that belongs to the benchmark alone, written by the server itself."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from benchmarks.data import TYPES, Databases, Inbox, streams
from tests.postgres import Server, running

SETTINGS = {
    "autovacuum": "off",
    "jit": "on",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
    "shared_buffers": "1GB",
}
"""As PostgreSQL comes, but for memory, of which every server in use is given more; and vacuumed at once or never."""

_LOG = sql.SQL("""
    CREATE TABLE events (
        position bigint GENERATED ALWAYS AS IDENTITY, event_id uuid NOT NULL, stream_id text NOT NULL,
        version int NOT NULL, type text NOT NULL, recorded_at timestamptz NOT NULL, data jsonb NOT NULL
    );
    INSERT INTO events (event_id, stream_id, version, type, recorded_at, data)
        SELECT md5(n::text)::uuid, 'order-' || n % {streams}, (n - 1) / {streams} + 1, ({types}::text[])[n % 5 + 1],
            timestamptz '2024-01-01 00:00:00Z' + n * interval '1 second',
            jsonb_build_object('customer', md5((n % 1000)::text), 'amount', n % 977, 'currency', 'EUR')
        FROM generate_series(1, {events}) AS n ORDER BY n;
    ALTER TABLE events ADD PRIMARY KEY (position), ADD UNIQUE (event_id), ADD UNIQUE (stream_id, version)
""")
_INBOX = sql.SQL("""
    CREATE TABLE {inbox} (position bigint NOT NULL, event_id uuid NOT NULL, received_at timestamptz NOT NULL);
    INSERT INTO {inbox}
        SELECT n, md5(n::text)::uuid, timestamptz '2024-01-01 00:00:05Z' + n * interval '1 second'
        FROM generate_series(1, {events}) AS n
        WHERE n % 5 < {types} AND NOT EXISTS (SELECT FROM lost WHERE lost.position = n) ORDER BY n;
    ALTER TABLE {inbox} ADD PRIMARY KEY (position), ADD UNIQUE (event_id)
""")


@contextmanager
def server() -> Iterator[Server]:
    """PostgreSQL 18, set up as for the table of figures."""
    with running(18, **SETTINGS) as started:
        yield started


@contextmanager
def databases(server: Server, events: int, inboxes: Iterable[Inbox], *, vacuumed: bool = True) -> Iterator[Databases]:
    """A log and its inboxes in a database each, analyzed, and vacuumed if wanted; dropped afterwards."""
    with server.database() as log_url, server.database() as inbox_url:
        _write_log(log_url, events)
        _write_inboxes(inbox_url, events, inboxes)
        for url in (log_url, inbox_url):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)" if vacuumed else "ANALYZE")
        yield Databases(events, log_url, inbox_url)


def drop_index_of_positions(url: str, inbox: Inbox) -> None:
    """Leave the inbox with an index of its ids only."""
    constraint = sql.Identifier(f"{inbox.table}_pkey")
    with psycopg.connect(url, autocommit=True) as connection:
        dropping = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(inbox.table), constraint)
        connection.execute(dropping)


def _write_log(url: str, events: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_LOG.format(streams=streams(events), types=list(TYPES), events=events))


def _write_inboxes(url: str, events: int, inboxes: Iterable[Inbox]) -> None:
    """Also a cursor that has passed everything."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE cursors (last_position bigint NOT NULL)")
        connection.execute("INSERT INTO cursors VALUES (%s)", [events])
        connection.execute("CREATE TEMPORARY TABLE lost (position bigint)")
        for inbox in inboxes:
            connection.execute("TRUNCATE lost")
            with connection.cursor().copy("COPY lost FROM STDIN") as copy:
                for position in inbox.lost:
                    copy.write_row([position])
            connection.execute("ANALYZE lost")
            table = sql.Identifier(inbox.table)
            connection.execute(_INBOX.format(inbox=table, events=events, types=inbox.types))
