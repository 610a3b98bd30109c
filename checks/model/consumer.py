"""The evidence about one consumer of a log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from checks.model.event import Event
from checks.model.previous import Appearance, ConsumerBefore
from checks.model.result import Window
from checks.model.sent_again import Stretch
from checks.model.settled import Settlement


class Means(StrEnum):
    """What a stored cursor says."""

    LAST_PROCESSED = "last-processed"
    NEXT = "next"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """One cursor, already turned into "the last processed (or delivered) position", inclusive.

    ``position`` is ``None`` where nothing was processed yet, or where there is no row (``absent``). With a cursor a
    stream, ``stream`` is set and ``position`` is a version. ``order`` holds all of a composite cursor's parts.
    ``head`` is the last position of the whole log, filters ignored, read *after* the cursor; ``highest_drawn`` the
    last value of the log's sequence, where it can be read. ``floor``: the lowest position of the log.
    ``reappeared``: an absent row that was there at the second look. ``crossed``: how many eligible events lie beyond
    where the run before saw it, and not beyond where it stands; ``None``: nobody asked, since none of them is absent.
    """

    position: int | None
    partition: str | None = None
    stream: str | None = None
    order: tuple[int, ...] | None = None
    absent: bool = False
    head: int | None = None
    head_order: tuple[int, ...] | None = None
    highest_drawn: int | None = None
    floor: int | None = None
    reappeared: bool = False
    crossed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """An eligible event without a processed receipt, after the second look (see ``gone`` and ``lasted``).

    - ``rank``: its ordinal among the eligible events of its partition, by position (0 where position is unknown).
    - ``past``: whether the cursor (or, without one, the highest position received) is at or beyond it;
      ``None`` where several cursor rows disagree.
    - ``age``: on the clock of the log's store; ``None`` where the time is absent, ahead, or not configured.
    - ``appeared``: an earlier run proves that it was not there yet, though its own time is earlier; then ``age`` is how
      old it looks, and not for how long anybody could see it.
    - ``seen_for``: how long ago an earlier run saw it first, and each one since, without a processed receipt. It is at
      least that old: enough to call it old, never enough to call it young.
    - ``crossed``: the cursor has passed it since the run before, which saw it short of it.
    - ``identified``: it has the identity by which receipts are found.
    - ``parked``: it stands among the events set aside as failed.
    - ``received``: it has a receipt that is not ``done``; ``receipt_age`` is that receipt's age where known.
    - ``held_back``: its transaction is at or above the snapshot's xmin, so a careful reader cannot have it yet.
    - ``before_first_receipt``: it lies below the lowest received position (or nothing was received at all).
    - ``gone``: it left the log between the first and the second look.
    - ``lasted``: what shows that the absence has lasted ``grace`` with the cursor past it; ``None``: nothing yet.
    - ``marked_sent``: whether its row in the outbox that the log is says that it was sent; ``None``: nobody looked,
      or the log is none.
    - ``sent_again``: when it was sent again last, on the auditor's clock; ``None``: it never was.
    """

    event: Event
    rank: int
    past: bool | None
    age: timedelta | None = None
    appeared: Appearance | None = None
    seen_for: timedelta | None = None
    crossed: bool = False
    identified: bool = True
    parked: bool = False
    received: bool = False
    receipt_age: timedelta | None = None
    held_back: bool = False
    before_first_receipt: bool = False
    gone: bool = False
    lasted: str | None = None
    marked_sent: bool | None = None
    sent_again: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """An event of the log with ``extra`` receipts beyond the first; ``brought``: as many by a redelivery, it may be."""

    event: Event
    rank: int
    extra: int
    brought: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inversion:
    """An event whose first receipt came after the receipt of a later event of its stream.

    ``overtaken_by`` is that later event. ``apart`` is the time between the two receipts where receipts are ordered
    by a time, ``None`` where they are ordered by a sequence.
    """

    event: Event
    rank: int
    overtaken_by: Event
    apart: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A receipt of an event that the whole, unfiltered log does not have, also not on a second, later look.

    ``event`` is what the receipt says of it; ``received_age`` how long ago it was received, where that is known;
    ``below_floor`` whether its position lies below the log's first, ``None`` where it names no position.
    """

    event: Event
    received_age: timedelta | None = None
    below_floor: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A receipt that agrees with a log row in identity and differs in ``differs`` (names of the words)."""

    event: Event
    rank: int
    receipt: Event
    differs: tuple[str, ...]


class Standing(StrEnum):
    """Where an eligible event without a processed receipt stands. Each event has exactly one, the first that fits."""

    PARKED = "parked"
    UNPROCESSED = "unprocessed"
    UNVERIFIABLE = "unverifiable"
    BACKFILL_INCOMPLETE = "backfill-incomplete"
    MISSING = "missing"
    LAGGING = "lagging"
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True)
class ConsumerEvidence:
    """What was read of one consumer and its log: first the log, then cursor and inbox, and then the second looks.

    The iterables may be read many times and are ordered by partition, then position; ``inversions`` by stream.
    ``cursors``: ``None`` where the config names no cursor. ``has_*`` say what the config gives ground for.
    ``confirmed_reads``: whether the second looks took place (without them every candidate stays pending).
    ``in_flight``: unfinished writers of the log that were still there at the second look.
    ``received`` counts distinct eligible events with a processed receipt, ``produced`` all distinct eligible ones.
    ``receipts_are_sequenced``: ``received`` orders by a sequence (True), by a time (False), is not known (None).
    ``unseen``: eligible events that the cursor of a consumer without an inbox has passed; ``absences`` leaves them out.
    ``uncharted``: by partition, received events older than ``max_lag`` that no cursor row covers; in a log without a
    time those of any age.
    ``unmatched_types``: globs that no row's type matches. ``unidentified_receipts``: receipts without an identity.
    ``start``: the declared one where it is a number. ``streams_begin_late`` (streams lack their first versions) and
    ``longest_hole`` (in positions, between rows of the log) are read only where a cursor stands below the floor.
    ``highest_received``: by partition, the highest position of an event with a receipt that no redelivery brought; no
    entry where there is none.
    ``uncovered``: partitions of which nothing was received although the cursor has passed something in them.
    ``previous``: the run before, ``None`` where there was none; ``cursor_by_stream``: there is a row for each stream,
    and where these stood in the run before is not known.
    ``sent_again``: what redeliveries sent again to it, ascending and disjoint by partition.
    """

    name: str
    upstream: str
    now: datetime
    window: Window
    settlement: Settlement
    produced: int
    received: int
    excluded: int
    absences: Iterable[Absence] = ()
    repeats: Iterable[Repeat] = ()
    inversions: Iterable[Inversion] = ()
    strangers: Iterable[Stranger] = ()
    conflicts: Iterable[Conflict] = ()
    cursors: tuple[Cursor, ...] | None = None
    cursor_rows_disagree: bool = False
    means: Means = Means.LAST_PROCESSED
    has_inbox: bool = True
    has_parked: bool = False
    has_done: bool = False
    has_time: bool = True
    has_receipt_time: bool = False
    has_receipt_order: bool = False
    has_streams: bool = True
    shared_columns: tuple[str, ...] = ()
    receipts_are_sequenced: bool | None = None
    confirmed_reads: bool = True
    in_flight: tuple[str, ...] = ()
    log_on_standby: bool = False
    inbox_behind: str | None = None
    streams_begin_late: bool = False
    longest_hole: int = 0
    start_declared: bool = False
    start: int | None = None
    gapless: bool = False
    log_retention: timedelta | None = None
    log_lets_go: bool = False
    """Whether the log is an outbox, which may delete what it sent."""
    inbox_retention: timedelta | None = None
    max_lag: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(seconds=30)
    settle: timedelta = timedelta(seconds=5)
    idempotent: bool | None = None
    ordered: bool = True
    sample_limit: int | None = 100
    unseen: int = 0
    uncharted: Mapping[str | None, int] = field(default_factory=dict)
    unmatched_types: tuple[str, ...] = ()
    unidentified_receipts: int = 0
    highest_received: Mapping[str | None, int] = field(default_factory=dict)
    uncovered: tuple[str | None, ...] = ()
    previous: ConsumerBefore | None = None
    cursor_by_stream: bool = False
    sent_again: Sequence[Stretch] = ()
