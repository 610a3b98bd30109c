"""What one inquiry is about, and what it works with."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from auditor.compare.again import Again
from auditor.compare.drill import GRAIN, Grain
from auditor.compare.scratch import Scratch
from auditor.config import ConsumerConfig, CursorConfig, LogConfig
from auditor.gather.horizon import LateCommits
from auditor.gather.settled import Ground
from auditor.gather.upkeep import Upkeep
from auditor.memory import ConsumerMemory
from auditor.observer import Observer
from auditor.stores.interface import Store, Wanted
from checks.model.consumer import Means

AT_ONCE = 2_000
"""Identities looked up by one query."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A consumer and its log, their stores, and the scratch paper. ``sleep`` takes seconds.

    ``streamed``: compare row by row, whatever digests could spare; ``grain``: how fine digests are.
    ``before``: what earlier runs left about this consumer, if there were any; ``upkeep``: how this one deals with it.
    ``derived``: the derived log that stands here for a consumer (:mod:`auditor.gather.derived`).
    ``sent_again``: tells what was sent again by now. It is asked once the consumer's tables are being looked at: what
    has arrived there was noted before. ``late_commits``: which events appeared later than their time says.
    ``looks_for_holes``: nobody else in this run notes which positions of the log are empty.
    """

    consumer: ConsumerConfig
    log: LogConfig
    log_store: Store
    store: Store
    ground: Ground
    observer: Observer
    sleep: Callable[[float], None]
    sample_limit: int | None
    scratch: Scratch = field(default_factory=Scratch)
    streamed: bool = False
    grain: Grain = GRAIN
    before: ConsumerMemory | None = None
    upkeep: Upkeep | None = None
    derived: LogConfig | None = None
    sent_again: Callable[[], Again] = Again
    late_commits: LateCommits = field(default_factory=LateCommits)
    looks_for_holes: bool = False

    @property
    def patience(self) -> timedelta:
        """How long an absence must have lasted: ``grace``, or ``max_lag`` where the cursor says delivered only."""
        cursor = self.consumer.cursor
        delivered = cursor is not None and cursor.means is Means.DELIVERED
        return self.consumer.max_lag if delivered else self.consumer.grace

    @property
    def start(self) -> int | None:
        """The declared start where it is a position."""
        return self.consumer.start if isinstance(self.consumer.start, int) else None

    @property
    def consumer_tables(self) -> list[str]:
        """The tables that show how far the consumer is, and what it has."""
        parts = (self.consumer.cursor, self.consumer.inbox, self.consumer.parked)
        return [part.table for part in parts if part is not None]

    @property
    def wanted(self) -> Wanted:
        """Which rows of the log the consumer should have."""
        return Wanted(self.consumer.types, self.start)

    @property
    def cursor(self) -> CursorConfig:
        """The cursor, for what is asked only where there is one."""
        if self.consumer.cursor is None:
            message = f"{self.consumer.name} has no cursor"
            raise RuntimeError(message)
        return self.consumer.cursor


def in_batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """As many as one look-up takes, again and again."""
    rest = iter(items)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch
