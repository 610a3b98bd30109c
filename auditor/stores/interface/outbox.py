"""What is asked about an outbox: a log with a column that says whether an event was sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, Protocol

from auditor.config import LogConfig
from auditor.stores.interface.rows import Identity, LogRow, Match
from checks.model.sent_again import Stretch


class Wait(IntEnum):
    """For how long a row has been waiting to be sent, by its own time."""

    SENT = 0
    TOO_LONG = 1
    NOT_LONG = 2
    UNKNOWN = 3  # its time is absent, ahead, or cannot be read by the database
    LATELY_THERE = 4  # by its time for too long, but it was not visible for as long


class Lately(NamedTuple):
    """Positions ``first`` to ``last`` at which no row stood ``after``; what does stand there counts from ``since`` on.

    Only where its own time is before ``after``: else it was written since, and its time tells how long it waits.
    """

    partition: str | None
    first: int
    last: int
    after: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are asked for: those from position ``first`` on. ``now`` is the store's clock.

    What was written before ``late`` waits too long. Aware, both of them. ``again``: where redeliveries marked rows
    unsent, or inserted them; whatever their own time, these wait since ``at``, and count as overtaken by nobody.
    ``lately``: where what is old by its own time may have appeared just now, the latest first, none of it since before
    ``late``.
    """

    first: int
    now: datetime
    late: datetime
    again: tuple[Stretch, ...] = ()
    lately: tuple[Lately, ...] = ()


class UnsentCount(NamedTuple):
    """Unsent rows of a partition that are alike. ``overtaken``: a row of a higher position was sent.

    ``sent_after``: how many rows were sent that stand beyond the first of them. ``oldest``: the earliest of their
    times, ``None`` where none is known. ``again``: a redelivery marked them unsent, see :class:`Asked`.
    """

    partition: str | None
    wait: Wait
    overtaken: bool
    rows: int
    sent_after: int
    oldest: datetime | None
    youngest: datetime | None
    again: bool = False


class UnsentSpan(NamedTuple):
    """Unsent rows that are alike and follow each other, with no other row that counts between them.

    ``nth_first``, ``nth_last``: which row of its partition each end is, counted from some row on.
    """

    partition: str | None
    wait: Wait
    overtaken: bool
    first: int
    last: int
    nth_first: int
    nth_last: int
    rows: int
    again: bool = False


class UnsentRow(NamedTuple):
    """One unsent row. ``nth``: as in :class:`UnsentSpan`."""

    wait: Wait
    overtaken: bool
    nth: int
    row: "LogRow"
    again: bool = False


class OutboxQuestions(Protocol):
    """What a snapshot answers of an outbox. Rows that do not pass the log's ``where`` do not exist for it."""

    def first_unsent(self, log: LogConfig) -> int | None:
        """The lowest position of a row that is not marked sent."""
        ...

    def unsent_counts(self, log: LogConfig, asked: Asked) -> Sequence[UnsentCount]:
        """How many unsent rows there are, by partition, by how long they wait, and by whether they were overtaken."""
        ...

    def unsent_spans(self, log: LogConfig, asked: Asked, most: int) -> Iterator[UnsentSpan]:
        """Where they stand, by partition and position, at most so many."""
        ...

    def unsent_rows(self, log: LogConfig, asked: Asked, most: int | None, ageless: int) -> Iterator[UnsentRow]:
        """The first ``most`` of each count, ``None``: all; of those that wait for an unknown time ``ageless``, if more.

        By partition and position.
        """
        ...

    def find_marked(
        self, log: LogConfig, match: "Match", raws: "Sequence[Identity]"
    ) -> "Iterator[tuple[LogRow, bool]]":
        """Rows with these identities, filters ignored, and whether each is marked sent; and maybe others."""
        ...
