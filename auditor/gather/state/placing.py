"""Where one stream and its row stand to each other. Said here and nowhere else; databases sort out what is fine."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from auditor.moment import to_moment
from auditor.stores.interface.mirrors import Mirroring, StateRow, StreamRow
from checks.model.state import Fault

SCATTERED, SEVERAL_ROWS, NO_VERSION, NO_STREAM_VERSION, NO_CHANGED = (
    "in-several-partitions",
    "several-rows",
    "no-version",
    "no-stream-version",
    "no-time",
)


class Placed(NamedTuple):
    """``fault`` with what is known of it, or ``doubt``: why nothing can be said, or neither: all is well.

    ``is_wanted``: the stream should have a row. ``after``: beyond which version (or position) of the stream the row
    lacks events; ``None``: all.
    """

    is_wanted: bool
    fault: Fault | None = None
    doubt: str | None = None
    after: int | None = None
    by_clock: bool = False


@dataclass(frozen=True, slots=True)
class Clocks:
    """When the log and the state were read, each on its store's clock, and the state's ``max_delay``."""

    log: datetime
    side: datetime
    max_delay: timedelta


def place(stream: StreamRow | None, row: StateRow | None, mirroring: Mirroring, clocks: Clocks) -> Placed:
    """Judge one stream and its row, either of which may not be there."""
    has_row = row is not None and row.rows > 0
    if row is None or not has_row:
        is_left_out = row is not None
        return Placed(is_wanted=False) if stream is None else _without_row(stream, is_left_out=is_left_out)
    if stream is None:
        is_known = not mirroring.by_version or row.versions == row.rows
        return Placed(is_wanted=False, fault=Fault.UNEXPECTED) if is_known else Placed(is_wanted=True, doubt=NO_VERSION)
    if (doubt := _doubt(stream, row, mirroring)) is not None:
        return Placed(is_wanted=True, doubt=doubt)
    if mirroring.timed:
        return _by_clock(stream, row, clocks)
    if mirroring.by_version and row.high is not None and stream.head is not None:
        if row.high > stream.head:
            return Placed(stream.is_wanted, Fault.SILENT_CHANGE)
        if stream.eligible is not None and row.high < stream.eligible:
            return Placed(is_wanted=True, fault=Fault.BEHIND, after=row.high)
    return Placed(stream.is_wanted)


def _without_row(stream: StreamRow, *, is_left_out: bool) -> Placed:
    has_ended = stream.ended is not None and (stream.eligible is None or stream.ended >= stream.eligible)
    if not stream.is_wanted or is_left_out or has_ended:
        return Placed(is_wanted=False)
    if stream.is_scattered:
        return Placed(is_wanted=True, doubt=SCATTERED)
    return Placed(is_wanted=True, fault=Fault.MISSING, after=stream.ended)


def _doubt(stream: StreamRow, row: StateRow, mirroring: Mirroring) -> str | None:
    if stream.is_scattered:
        return SCATTERED
    if not mirroring.by_version:
        return None
    if row.versions < row.rows:
        return NO_VERSION
    if row.low != row.high:
        return SEVERAL_ROWS
    return NO_STREAM_VERSION if stream.head is None else None


def _by_clock(stream: StreamRow, row: StateRow, clocks: Clocks) -> Placed:
    """Two times of two writers: what they show is worth a word, and never proven."""
    changed, last, due = to_moment(row.changed), to_moment(stream.time), to_moment(stream.eligible_time)
    if changed is None or last is None:
        return Placed(is_wanted=True, doubt=NO_CHANGED)
    if changed - last > clocks.max_delay and clocks.side - changed > clocks.max_delay:
        return Placed(stream.is_wanted, Fault.SILENT_CHANGE, by_clock=True)
    if due is not None and due - changed > clocks.max_delay and clocks.log - due > clocks.max_delay:
        return Placed(is_wanted=True, fault=Fault.BEHIND, by_clock=True)
    return Placed(stream.is_wanted)


def joined_streams(one: StreamRow, other: StreamRow) -> StreamRow:
    """Two ways to write the name of one stream."""
    return one._replace(
        head=_most(one.head, other.head),
        eligible=_most(one.eligible, other.eligible),
        ended=_most(one.ended, other.ended),
        is_wanted=one.is_wanted or other.is_wanted,
        is_scattered=one.is_scattered or other.is_scattered,
        time=_latest(one.time, other.time),
        eligible_time=_latest(one.eligible_time, other.eligible_time),
    )


def joined_rows(one: StateRow, other: StateRow) -> StateRow:
    """Rows that name one stream in two ways."""
    lows = [low for low in (one.low, other.low) if low is not None]
    return one._replace(
        rows=one.rows + other.rows,
        low=min(lows, default=None),
        high=_most(one.high, other.high),
        versions=one.versions + other.versions,
        changed=_latest(one.changed, other.changed),
    )


def _most(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _latest(one: object, other: object) -> datetime | None:
    return max((each for each in (to_moment(one), to_moment(other)) if each is not None), default=None)
