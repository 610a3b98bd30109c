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


@dataclass(frozen=True, kw_only=True)
class LogEvidence:
    """What was read of one log, in one snapshot unless said otherwise.

    ``gaps``, ``doubles`` and ``holes`` may be read many times and are ordered by partition, then position (gaps: by
    stream). ``gaps`` is ``None`` where the config names no stream and version. ``holes`` is ``None`` where positions
    cannot be compared. ``now`` is the clock of the log's store. ``sample_limit``: how many events a finding may
    carry, ``None`` for all. ``before``: what became of that which earlier runs saw; ``None``: there was none. ``seen``:
    partitions and positions without a row at which earlier runs saw an event that may not be gone.
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
