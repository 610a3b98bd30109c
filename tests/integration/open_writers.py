"""The ways in which a transaction can have drawn a position that nobody sees yet.

Each is entered once the position is drawn, with the transaction still open, and left once it has ended. It yields how
an auditor that may see everything names the transaction, as a pattern, ages aside.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.integration.orders import APPEND, Connection, Orders

FUNCTION = """
CREATE FUNCTION append_event() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE drawn bigint;
BEGIN INSERT INTO events DEFAULT VALUES RETURNING position INTO drawn; RETURN drawn; END $$
"""
PARTITIONED = """
DROP TABLE events;
CREATE SEQUENCE events_position_seq;
CREATE TABLE events (
    position bigint NOT NULL DEFAULT nextval('events_position_seq'), event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp() - interval '1 hour'
) PARTITION BY RANGE (position);
CREATE TABLE events_low PARTITION OF events FOR VALUES FROM (1) TO (1000);
CREATE TABLE events_high PARTITION OF events FOR VALUES FROM (1000) TO (2000);
"""


def idle(session: Connection) -> str:
    """How a session that waits for its client is named."""
    return rf"pid {session.info.backend_pid} \(late-writer, idle in transaction, for \d+ s\)"


@contextmanager
def bare_nextval(orders: Orders) -> Iterator[str]:
    """It has no transaction id and stands in no snapshot."""
    with orders.session("late-writer") as session:
        session.execute("SELECT nextval('events_position_seq')")
        yield idle(session)


@contextmanager
def rolled_back_savepoint(orders: Orders) -> Iterator[str]:
    """The lock on the table goes with the savepoint, the one on the sequence stays."""
    with orders.session("late-writer") as session:
        session.execute("SAVEPOINT attempt")
        session.execute(APPEND)
        session.execute("ROLLBACK TO SAVEPOINT attempt")
        yield idle(session)


@contextmanager
def rolled_back_insert(orders: Orders) -> Iterator[str]:
    """Nothing comes of it."""
    with orders.session("late-writer") as session:
        session.execute(APPEND)
        yield idle(session)
        session.rollback()


@contextmanager
def conflicting_insert(orders: Orders) -> Iterator[str]:
    """The position is drawn before the conflict is seen."""
    with orders.session("late-writer") as session:
        session.execute(
            "INSERT INTO events (event_id) SELECT event_id FROM events WHERE position = 1 ON CONFLICT DO NOTHING"
        )
        yield idle(session)


@contextmanager
def rolled_back_prepared(orders: Orders) -> Iterator[str]:
    """No session has it any more."""
    with prepared(orders, "ROLLBACK PREPARED 'transfer 7'") as holder:
        yield holder


@contextmanager
def late_commit(orders: Orders) -> Iterator[str]:
    """The plain case."""
    with orders.session("late-writer") as session:
        session.execute(APPEND)
        yield idle(session)


@contextmanager
def function(orders: Orders) -> Iterator[str]:
    """Locks are the session's, whoever owns the function."""
    orders.run(FUNCTION)
    with orders.session("late-writer") as session:
        session.execute("SELECT append_event()")
        yield idle(session)


@contextmanager
def copy(orders: Orders) -> Iterator[str]:
    """The server draws as the rows come in; the client has not sent all of them."""
    with (
        orders.session("late-writer") as session,
        session.cursor().copy("COPY events (recorded_at) FROM STDIN") as rows,
    ):
        while orders.run("SELECT last_value FROM events_position_seq") == [(1,)]:
            rows.write("2026-01-01T00:00:00Z\n" * 1_000)
        yield rf"pid {session.info.backend_pid} \(late-writer, active, for \d+ s\)"


@contextmanager
def committed_prepared(orders: Orders) -> Iterator[str]:
    """No session has it any more, and yet it commits."""
    with prepared(orders, "COMMIT PREPARED 'transfer 7'") as holder:
        yield holder


@contextmanager
def partition(orders: Orders) -> Iterator[str]:
    """The table that is written to is not the one that is audited, and the sequence belongs to no table."""
    with orders.session("late-writer") as session:
        session.execute("INSERT INTO events_low DEFAULT VALUES")
        yield idle(session)


@contextmanager
def prepared(orders: Orders, end: str) -> Iterator[str]:
    with psycopg.connect(orders.url, autocommit=True) as session:
        session.execute("BEGIN")
        session.execute(APPEND)
        session.execute("PREPARE TRANSACTION 'transfer 7'")
    yield r"prepared transaction 'transfer 7' \(for \d+ s\)"
    with psycopg.connect(orders.url, autocommit=True) as another:
        another.execute(end.encode())
