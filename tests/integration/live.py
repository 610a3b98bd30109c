"""A live system in small: writers that do all that real writers do, readers of which one is wrong, and the truth.

Everything is plain psycopg and plain SQL, so that what an audit says can be held against something that shares no
code with it. What each writer does is drawn from a seed; how the threads interleave is not, as in real life. The one
loss that a test can count on is arranged: an event is committed only after the naive reader has gone past it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event as Signal

import psycopg

from tests.integration.live_readers import NAIVE, READERS, Reader
from tests.integration.live_writers import Writer, idle_in_transaction, prepared_transaction

SCHEMA = """
CREATE TABLE events (
    position bigserial PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    stream_id text NOT NULL,
    version int NOT NULL,
    type text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (stream_id, version)
);
CREATE INDEX ON events (transaction_id, position);
CREATE TABLE cursors (
    name text PRIMARY KEY,
    transaction_id xid8 NOT NULL DEFAULT '0',
    position bigint NOT NULL DEFAULT 0
);
CREATE TABLE inbox (
    seq bigserial PRIMARY KEY,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    position bigint NOT NULL,
    stream_id text NOT NULL,
    version int NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (consumer, event_id)
);
"""

LACKS = """
SELECT position FROM events e
WHERE NOT EXISTS (SELECT FROM inbox i WHERE i.consumer = %s AND i.event_id = e.event_id)
ORDER BY position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much happens. With these numbers a load takes about four seconds.

    ``transactions`` is for each writer, at the least: they go on until the load is released. ``hold``: seconds for
    which the prepared transaction and the idle session hold everything up. ``seconds``: after which writers stop,
    whatever is left to write. ``patience``: seconds after which what readers have not read they never will.
    """

    seed: int = 1
    writers: int = 4
    transactions: int = 150
    hold: float = 1.0
    seconds: float = 30.0
    patience: float = 120.0


class Load:
    """A load under way. See :func:`load`."""

    def __init__(self, url: str, plan: Plan) -> None:
        """``url``: an empty database."""
        self.url = url
        self.plan = plan
        self._quiet = Signal()
        self._released = Signal()
        self._readers: list[Future[None]] = []
        self._steps: Counter[int] = Counter()

    @property
    def over(self) -> bool:
        """Whether every writer and reader has ended."""
        return self._quiet.is_set() and all(reader.done() for reader in self._readers)

    def release(self) -> None:
        """It has been watched for long enough: let it end once all that was planned has happened."""
        self._released.set()

    def until_readers_have_stepped(self) -> None:
        """Return when all that any reader had in its hands at this moment has been dealt with."""
        before = dict(self._steps)
        for number, reader in enumerate(self._readers):
            while not reader.done() and self._steps[number] == before.get(number, 0):
                time.sleep(0.002)

    @property
    def threads(self) -> int:
        """How many threads run at once: one that watches, the readers, the writers, and two that hold others up."""
        return 1 + sum(reader.threads for reader in READERS) + self.plan.writers + 2

    def lacks(self, consumer: str) -> tuple[int, ...]:
        """The positions of the committed events that a consumer has no receipt of, at this moment."""
        with psycopg.connect(self.url) as connection:
            return tuple(position for (position,) in connection.execute(LACKS, (consumer,)))

    def truth(self) -> Mapping[str, tuple[int, ...]]:
        """What each consumer lacks, for good once the load is over."""
        return {reader.name: self.lacks(reader.name) for reader in READERS}

    def holes(self) -> tuple[int, ...]:
        """The positions below the head at which no committed event stands, at this moment."""
        with psycopg.connect(self.url) as connection:
            return tuple(
                position
                for (position,) in connection.execute(
                    "SELECT generate_series(1, (SELECT max(position) FROM events)) EXCEPT SELECT position FROM events "
                    "ORDER BY 1"
                )
            )

    def run(self, pool: ThreadPoolExecutor) -> None:
        """Start the readers, write, and return when the last of them is through; raises what a thread raised."""
        everybody = [reader for reader in READERS for _ in range(reader.threads)]
        self._readers = [pool.submit(self._read, *numbered) for numbered in enumerate(everybody)]
        end, late = (time.monotonic() + seconds for seconds in (self.plan.seconds, self.plan.patience))
        try:
            writing = [
                pool.submit(Writer(self.url, self.plan.seed, number).run, self.plan.transactions, end, self._released)
                for number in range(self.plan.writers)
            ]
            writing.append(pool.submit(prepared_transaction, self.url, self.plan.hold, late, NAIVE.name))
            writing.append(pool.submit(idle_in_transaction, self.url, self.plan.hold))
            for writer in writing:
                writer.result()
        finally:
            self._quiet.set()
        for reader in self._readers:
            reader.result()

    def _read(self, number: int, reader: Reader) -> None:
        deadline = None
        with psycopg.connect(self.url, autocommit=True) as connection:
            while True:
                quiet = self._quiet.is_set()  # asked before reading: nothing is written afterwards
                received = reader.step(connection)
                self._steps[number] += 1
                if quiet:
                    deadline = deadline or time.monotonic() + self.plan.patience
                    if reader.is_through(connection) or time.monotonic() > deadline:
                        return
                if not received:
                    time.sleep(0.002)


@contextmanager
def load(url: str, plan: Plan | None = None) -> Iterator[Load]:
    """Fill an empty database while the body runs: audit until ``load.over``. Leaving the body waits for the end."""
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA)
        for reader in READERS:
            connection.execute("INSERT INTO cursors (name) VALUES (%s)", (reader.name,))
    under_way = Load(url, plan or Plan())
    with ThreadPoolExecutor(max_workers=under_way.threads) as pool:
        running = pool.submit(under_way.run, pool)
        try:
            yield under_way
        finally:
            under_way.release()
            running.result()
