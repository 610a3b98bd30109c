"""The evidence about one log."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from checks.model.event import Event
from checks.model.recalled import LogBefore
from checks.model.result import Window
from checks.model.settled import Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionGap:
    """A stream whose visible versions have holes.

    ``absent`` holds closed intervals of versions, ascending, all of them below ``last``. An interval that begins
    at the log's first version is the stream's beginning. ``next_event`` is the event right after the first interval.
    """

    stream: str
    absent: tuple[tuple[int, int], ...]
    last: int
    partition: str | None = None
    next_event: Event | None = None


class Shared(StrEnum):
    """What two rows of a log share although it must be unique."""

    VERSION = "stream and version"
    ID = "id"
    POSITION = "position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Double:
    """One row of a log that shares something unique with an earlier row (``first``).

    ``rank``: the ordinal of ``event`` among the eligible events of its partition, by position.
    """

    shared: Shared
    event: Event
    first: Event
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Positions ``first`` to ``last`` (inclusive) at which no row stands, between two rows that do."""

    first: int
    last: int
    partition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Rows of one partition of an outbox that are not marked sent, and alike in what is known of them.

    - ``overtaken``: rows of a higher position are marked sent, told apart only of those that wait for too long;
      ``sent_past``: how many beyond ``head``.
    - ``youngest``, ``oldest``: the ages of two of them, on the clock of the log's store; ``None`` where no time tells,
      and no earlier run saw them. ``since``: when the oldest was written, or seen first.
    - ``by_sighting``: of how many the age is only known from when an earlier run saw them first.
    - ``head``, ``head_age``: the head of the line: of *all* unsent rows of the partition, of which there are
      ``waiting``, the one with the lowest position; those of redeliveries stand in a line of their own.
    - ``appeared_after``: by their own time they wait for too long, but nothing stood there yet when a run looked; their
      ages count from when a run saw them.
    - ``again``: a redelivery marked them unsent, or inserted them as copies; they wait since then.
    - ``ranges``: where they stand, maximal over the rows that count; ``events``: samples of them, by position.
    """

    count: int
    overtaken: bool
    head: Event
    waiting: int
    sent_past: int
    partition: str | None = None
    youngest: timedelta | None = None
    oldest: timedelta | None = None
    since: datetime | None = None
    by_sighting: int = 0
    head_age: timedelta | None = None
    appeared_after: datetime | None = None
    again: bool = False
    ranges: tuple[tuple[int, int], ...] = ()
    ranges_truncated: bool = False
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LogEvidence:
    """What was read of one log, in one snapshot unless said otherwise.

    ``gaps``, ``doubles`` and ``holes`` may be read many times and are ordered by partition, then position (gaps: by
    stream). ``gaps`` is ``None`` where the config names no stream and version. ``holes`` is ``None`` where positions
    cannot be compared. ``now`` is the clock of the log's store. ``sample_limit``: how many events a finding may
    carry, ``None`` for all. ``before``: what became of that which earlier runs saw; ``None``: there was none. ``seen``:
    partitions and positions without a row at which earlier runs saw an event that may not be gone.

    ``drawn_on_insert``: nobody gives an event a position but the transaction that inserts it, as the config says.
    ``has_sent``: it is an outbox. ``unsent``: its unsent rows, those apart that are older than ``max_delay``, those
    that are not, and those of unknown age; by partition. ``looked_twice``: the old ones among them were looked at
    again a moment later. ``behind``: why the server they were read on may lack that a row was sent.
    """

    name: str
    now: datetime
    window: Window
    settlement: Settlement
    holes: Iterable[Hole] | None
    doubles: Iterable[Double] = ()
    gaps: Iterable[VersionGap] | None = None
    produced: int = 0
    excluded: int = 0
    gapless: bool = False
    first_version: int = 1
    retention: timedelta | None = None
    sample_limit: int | None = 100
    before: LogBefore | None = None
    seen: Collection[tuple[str | None, int]] = ()
    has_sent: bool = False
    drawn_on_insert: bool = False
    has_time: bool = True
    max_delay: timedelta = timedelta(minutes=1)
    unsent: Collection[Unsent] = ()
    looked_twice: bool = True
    behind: str | None = None
