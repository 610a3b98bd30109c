"""What the processes of the system do, over and over, until they are told to stop or are killed.

One of them is wrong: ``accounts`` changes its state in one transaction and publishes in a second one. Whoever kills it
in between loses an event, and it notices nothing: it goes on from the version that its state has.
"""

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from types import FrameType, MappingProxyType

import psycopg

from tests.integration.system.tables import Connection

TYPES = ("OrderPlaced", "OrderPaid", "OrderShipped", "PageViewed")
STREAMS = 6
"""How many orders each writer has under way; the oldest is replaced by a new one now and then."""

AFTER_CURSOR = """
SELECT e.transaction_id::text, e.position, e.event_id, e.stream_id, e.version, e.type FROM order_events e, publishers p
WHERE p.name = %s AND (e.transaction_id, e.position) > (p.transaction_id, p.position)
    AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY e.transaction_id, e.position LIMIT %s
"""
"""Only transactions below which all have ended, so nothing can appear behind what was read last."""


@dataclass
class Told:
    """Whether the process was told to stop, and how it says where it stands."""

    say: Callable[[str], None]
    stop: bool = field(default=False)

    def listen(self) -> None:
        """Take SIGTERM for the wish to stop after the step that is under way."""
        signal.signal(signal.SIGTERM, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.stop = True


Step = Callable[[Connection, Random, Told], bool]
"""Does one piece of work; whether there was any."""


def run(name: str, url: str, seed: str, told: Told) -> None:
    """Be the program of that name, and say so after the first step: on a slow machine it takes a while to begin.

    The lock makes it wait until the session of the one before has ended.
    """
    told.listen()
    with psycopg.connect(url, autocommit=True, application_name=name) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (name,))
        chance, works = Random(seed), False
        while not told.stop:
            did = PROGRAMS[name](connection, chance, told)
            if not works:
                works = True
                told.say("works")
            if not did:
                time.sleep(0.008)


# ---- the dual writer -------------------------------------------------------------------------------------------------


def accounts(connection: Connection, chance: Random, told: Told) -> bool:
    """Change an account, then publish the change. Now and then, stand still in between until killed, and say so."""
    account, version = _change(connection, chance)
    if chance.random() < 0.2:
        told.say(f"between {account} {version}")
        while not told.stop:
            time.sleep(0.02)
        return False
    connection.execute(
        "INSERT INTO account_events (account, version, type) VALUES (%s, %s, %s)",
        (account, version, "Opened" if version == 1 else "Booked"),
    )
    time.sleep(chance.uniform(0, 0.01))
    return True


def _change(connection: Connection, chance: Random) -> tuple[str, int]:
    """Open an account or book on one of the youngest: the older ones stay as they are, with what they lack."""
    with connection.transaction():
        [(opened,)] = connection.execute("SELECT count(*) FROM accounts").fetchall()
        number = opened + 1 if opened == 0 or chance.random() < 0.3 else chance.randint(max(1, opened - 3), opened)
        account = f"account-{number}"
        [(version,)] = connection.execute(
            "INSERT INTO accounts (account, version, balance) VALUES (%s, 1, 0) ON CONFLICT (account) DO UPDATE SET "
            "version = accounts.version + 1, balance = accounts.balance + 1, changed_at = clock_timestamp() "
            "RETURNING version",
            (account,),
        ).fetchall()
        connection.execute("INSERT INTO changes (account, version) VALUES (%s, %s)", (account, version))
    return account, version


# ---- the event-sourced service ---------------------------------------------------------------------------------------


def orders(writer: str) -> Step:
    """Append to one of this writer's own orders and bring its state up to date, in one transaction."""

    def step(connection: Connection, chance: Random, told: Told) -> bool:
        with connection.transaction():
            [(placed,)] = connection.execute(
                "SELECT count(*) FROM orders WHERE stream_id LIKE %s", (f"{writer}-%",)
            ).fetchall()
            stream = f"{writer}-{max(1, placed - chance.randrange(-1, STREAMS))}"
            for _ in range(chance.randint(1, 3)):
                _append(connection, stream, chance.choice(TYPES))
                time.sleep(chance.uniform(0, 0.003))
            if chance.random() < 0.1:
                raise psycopg.Rollback
        time.sleep(chance.uniform(0, 0.03))
        return True

    return step


def _append(connection: Connection, stream: str, kind: str) -> None:
    [(version,)] = connection.execute(
        "INSERT INTO orders VALUES (%s, 1) ON CONFLICT (stream_id) DO UPDATE SET version = orders.version + 1 "
        "RETURNING version",
        (stream,),
    ).fetchall()
    connection.execute(
        "INSERT INTO order_events (stream_id, version, type) VALUES (%s, %s, %s)", (stream, version, kind)
    )


def to_v1(connection: Connection, chance: Random, told: Told) -> bool:
    """Publish what is of interest to others, as it comes; the cursor moves in the same transaction."""
    with connection.transaction():
        batch = _claim(connection, "orders-v1", 8)
        connection.cursor().executemany(
            "INSERT INTO orders_v1 (source_event_id, stream_id, type) VALUES (%s, %s, %s)",
            [(id_, stream, kind) for _, _, id_, stream, _, kind in batch if kind.startswith("Order")],
        )
    return bool(batch)


def to_v2(connection: Connection, chance: Random, told: Told) -> bool:
    """Publish everything under other names, batch by batch, each batch stream by stream: in another order than v1."""
    with connection.transaction():
        batch = _claim(connection, "orders-v2", 40)
        connection.cursor().executemany(
            "INSERT INTO orders_v2 (source_position, stream_id, version, type) VALUES (%s, %s, %s, %s)",
            [
                (position, stream, version, f"shop.{kind}")
                for _, position, _, stream, version, kind in sorted(batch, key=lambda row: (row[3], row[4]))
            ],
        )
    return bool(batch)


def _claim(connection: Connection, name: str, count: int) -> list[tuple[str, int, object, str, int, str]]:
    """Move a publisher's cursor over the next events."""
    connection.execute("SELECT FROM publishers WHERE name = %s FOR UPDATE", (name,))
    batch = connection.execute(AFTER_CURSOR, (name, count)).fetchall()
    if batch:
        connection.execute(
            "UPDATE publishers SET transaction_id = %s::xid8, position = %s WHERE name = %s",
            (batch[-1][0], batch[-1][1], name),
        )
    return batch


# ---- the consumers ---------------------------------------------------------------------------------------------------


def consumer(name: str, table: str) -> Step:
    """Receive a batch: cursor and inbox in one transaction."""
    after_cursor = (
        f"SELECT d.position, d.id FROM {table} d, cursors c WHERE c.name = %s AND d.position > c.position "
        "ORDER BY d.position LIMIT 15"
    ).encode()

    def step(connection: Connection, chance: Random, told: Told) -> bool:
        with connection.transaction():
            connection.execute("SELECT FROM cursors WHERE name = %s FOR UPDATE", (name,))
            batch = connection.execute(after_cursor, (name,)).fetchall()
            if batch:
                connection.execute("UPDATE cursors SET position = %s WHERE name = %s", (batch[-1][0], name))
                connection.cursor().executemany(
                    "INSERT INTO inbox (consumer, position, event_id) VALUES (%s, %s, %s)",
                    [(name, *row) for row in batch],
                )
        return bool(batch)

    return step


WRITERS = ("accounts", "orders-a", "orders-b")
FOLLOWERS = ("v1", "v2", "billing", "insights")
PROGRAMS: Mapping[str, Step] = MappingProxyType(
    {
        "accounts": accounts,
        "orders-a": orders("a"),
        "orders-b": orders("b"),
        "v1": to_v1,
        "v2": to_v2,
        "billing": consumer("billing", "orders_v1"),
        "insights": consumer("insights", "orders_v2"),
    }
)
