"""The tables of the system: a service that writes twice, one that is event-sourced, and all that follows from it.

``changes`` is nobody's business but the test's: it is written in the transaction that changes an account, so what it
has and the log has not is exactly what was lost, whenever the service died.
"""

from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

DUAL_WRITER = """
CREATE TABLE accounts (
    account text PRIMARY KEY,
    version int NOT NULL,
    balance int NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE changes (
    account text, version int, made_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (account, version)
);
CREATE TABLE account_events (
    position bigserial PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    account text NOT NULL,
    version int NOT NULL,
    type text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (account, version)
);
"""

EVENT_SOURCED = """
CREATE TABLE orders (stream_id text PRIMARY KEY, version int NOT NULL);
CREATE TABLE order_events (
    position bigserial PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    stream_id text NOT NULL,
    version int NOT NULL,
    type text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (stream_id, version)
);
CREATE INDEX ON order_events (transaction_id, position);
CREATE TABLE publishers (
    name text PRIMARY KEY, transaction_id xid8 NOT NULL DEFAULT '0', position bigint NOT NULL DEFAULT 0
);
INSERT INTO publishers (name) VALUES ('orders-v1'), ('orders-v2');
CREATE TABLE orders_v1 (
    position bigserial PRIMARY KEY,
    id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    source_event_id uuid NOT NULL,
    stream_id text NOT NULL,
    type text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON orders_v1 (source_event_id);
CREATE TABLE orders_v2 (
    position bigserial PRIMARY KEY,
    id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    source_position bigint NOT NULL,
    stream_id text NOT NULL,
    version int NOT NULL,
    type text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON orders_v2 (source_position);
CREATE TABLE cursors (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0);
INSERT INTO cursors (name) VALUES ('billing'), ('insights');
CREATE TABLE inbox (
    seq bigserial PRIMARY KEY,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    position bigint NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (consumer, event_id)
);
"""

LOST = """
SELECT c.account, c.version, e.last FROM changes c
LEFT JOIN (SELECT account, max(version) AS last FROM account_events GROUP BY account) e ON e.account = c.account
WHERE NOT EXISTS (SELECT FROM account_events a WHERE a.account = c.account AND a.version = c.version)
"""
GIVEN_UP = """
    AND c.made_at < clock_timestamp() - make_interval(secs => %s)
    AND EXISTS (SELECT FROM changes d WHERE d.made_at > c.made_at)
"""
"""Whoever changes something publishes that before anything else: what is left when it goes on is left for good."""
LATE = """
SELECT c.account, c.version FROM changes c JOIN account_events e ON e.account = c.account AND e.version = c.version
WHERE e.recorded_at > c.made_at + make_interval(secs => %s)
"""

WAITING = """
SELECT count(*) FROM (
    (SELECT e.event_id::text FROM order_events e
        WHERE e.type LIKE 'Order%' AND NOT EXISTS (SELECT FROM orders_v1 v WHERE v.source_event_id = e.event_id))
    UNION ALL
    (SELECT e.event_id::text FROM order_events e
        WHERE NOT EXISTS (SELECT FROM orders_v2 v WHERE v.source_position = e.position))
    UNION ALL
    (SELECT id::text FROM orders_v1 v
        WHERE NOT EXISTS (SELECT FROM inbox i WHERE i.consumer = 'billing' AND i.event_id = v.id))
    UNION ALL
    (SELECT id::text FROM orders_v2 v
        WHERE NOT EXISTS (SELECT FROM inbox i WHERE i.consumer = 'insights' AND i.event_id = v.id))
) left_to_do
"""


def create(url: str) -> None:
    """All tables, in an empty database."""
    with psycopg.connect(url) as connection:
        connection.execute(DUAL_WRITER)
        connection.execute(EVENT_SOURCED)


KINDS = ("gap", "tail", "unheard of")


@dataclass(frozen=True, slots=True)
class Lost:
    """A change that no event tells of. ``last``: the last version of its account that an event tells of, if any."""

    account: str
    version: int
    last: int | None

    @property
    def kind(self) -> str:
        """Whether the account has no event at all, or a later one, or only earlier ones."""
        if self.last is None:
            return "unheard of"
        return "gap" if self.version < self.last else "tail"


def lost(url: str) -> frozenset[Lost]:
    """Every change that no event tells of, at this moment."""
    with psycopg.connect(url) as connection:
        return frozenset(Lost(*row) for row in connection.execute(LOST).fetchall())


def lost_for_good(url: str, seconds: float) -> frozenset[Lost]:
    """Of these, those that no event will ever tell of, and that were made so long ago."""
    with psycopg.connect(url) as connection:
        return frozenset(Lost(*row) for row in connection.execute(LOST + GIVEN_UP, (seconds,)).fetchall())


def published_late(url: str, seconds: float) -> frozenset[tuple[str, int]]:
    """The changes, by account and version, whose event took longer than that."""
    with psycopg.connect(url) as connection:
        return frozenset((account, version) for account, version in connection.execute(LATE, (seconds,)).fetchall())


def waiting(url: str) -> int:
    """How many events of the event-sourced service have not reached a stream or a consumer yet."""
    with psycopg.connect(url) as connection:
        [(count,)] = connection.execute(WAITING).fetchall()
    return int(count)
