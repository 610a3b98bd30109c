"""Of all the holes that are called dead while eight writers draw positions, not one is ever filled."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event as Signal

import psycopg

from tests.auditor.cli.prepared import PATIENCE
from tests.integration.orders import APPEND, Connection, Orders

WRITERS = 8
SECONDS = 5.0
"""How long it is looked at, at the least: on a slow machine for longer, until so much has happened."""
DEAD = 100
"""How many holes are to be called dead."""
HOLES = """
SELECT generate_series((SELECT min(position) FROM events), (SELECT max(position) FROM events))
EXCEPT SELECT position FROM events
"""


class Writer:
    """Draws positions in every way it can, and now and then takes its time."""

    def __init__(self, orders: Orders, number: int) -> None:
        self._orders = orders
        self._chance = Random(number)
        self._gid = f"writer {number}"

    def run(self, stop: Signal) -> None:
        ways = [self._commit, self._roll_back, self._roll_back_to_savepoint, self._draw, self._prepare]
        with psycopg.connect(self._orders.url, autocommit=True) as session:
            while not stop.is_set():
                self._chance.choice([*ways * 3, self._draw_first])(session)

    def _commit(self, session: Connection) -> None:
        with session.transaction():
            self._append_slowly(session)

    def _roll_back(self, session: Connection) -> None:
        with session.transaction(force_rollback=True):
            self._append_slowly(session)

    def _roll_back_to_savepoint(self, session: Connection) -> None:
        with session.transaction():
            with session.transaction(force_rollback=True):
                self._append_slowly(session)
            self._append_slowly(session)

    def _draw(self, session: Connection) -> None:
        with session.transaction():
            session.execute("SELECT nextval('events_position_seq')")
            self._dawdle()

    def _draw_first(self, session: Connection) -> None:
        """Between the two only the lock on the sequence shows it, for longer than any lock on the table."""
        with session.transaction():
            [(position,)] = session.execute("SELECT nextval('events_position_seq')").fetchall()
            time.sleep(0.7)
            session.execute("INSERT INTO events (position) VALUES (%s)", (position,))

    def _prepare(self, session: Connection) -> None:
        session.execute("BEGIN")
        self._append_slowly(session)
        session.execute(f"PREPARE TRANSACTION '{self._gid}'".encode())
        self._dawdle()
        end = self._chance.choice(["COMMIT", "COMMIT", "ROLLBACK"])
        session.execute(f"{end} PREPARED '{self._gid}'".encode())

    def _append_slowly(self, session: Connection) -> None:
        for _ in range(self._chance.randint(1, 3)):
            session.execute(APPEND)
            self._dawdle()

    def _dawdle(self) -> None:
        # Now and then for longer than an audit takes: what it would misjudge if it did not wait is filled afterwards.
        time.sleep(self._chance.choice([0.0, 0.01, 0.02, 0.03] * 4 + [0.2]))


def under_load(orders: Orders, body: Callable[[], bool]) -> None:
    """Repeat ``body`` while the writers write, until it has seen enough."""
    stop = Signal()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(Writer(orders, number).run, stop) for number in range(WRITERS)]
        try:
            began = time.monotonic()
            while not body() or time.monotonic() < began + SECONDS:
                assert time.monotonic() < began + PATIENCE, "not enough happens"
        finally:
            stop.set()
        for writer in writers:
            writer.result()


def test_no_hole_that_was_called_benign_is_ever_filled(orders: Orders) -> None:
    seen: set[int] = set()
    dead: set[int] = set()

    def look() -> bool:
        seen.update(position for (position,) in orders.run(HOLES))
        for finding in orders.having(settle=f"{PATIENCE:.0f}s").audit().findings:
            assert (finding.check, finding.verdict) == ("position-gap", "benign")
            assert not finding.ranges_truncated
            dead.update(position for first, last in finding.ranges for position in range(first, last + 1))
        return len(dead) > DEAD and not seen.isdisjoint(positions(orders))

    under_load(orders, look)
    there = positions(orders)
    assert seen & there, "no hole was filled later: this load proves nothing"
    assert not dead & there
    assert len(dead) > DEAD


def positions(orders: Orders) -> set[int]:
    return {position for (position,) in orders.run("SELECT position FROM events")}
