"""Rows as stores give them, and the words in which they are asked for."""

from dataclasses import dataclass
from typing import NamedTuple

from auditor.identity import Key, Kind

OUTSIDE, EXCLUDED, ELIGIBLE = 0, 1, 2
"""The scope of a log row: before ``start``; in the window but not wanted; in the window and wanted."""

BIGGEST = 2**63 - 1
"""The highest position or version: what every database, and the scratch paper, keeps exactly."""

Identity = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of a log a consumer should have, beyond the log's own ``where``: type globs, and a first position.

    ``also``: globs that the type must match as well.
    """

    types: tuple[str, ...] | None = None
    start: int | None = None
    also: tuple[str, ...] | None = None


EVERYTHING = Wanted()


class StreamRange(NamedTuple):
    """Streams as text: beyond ``after``, up to ``through`` and with it, as the database orders them; ``None``: all."""

    after: str | None
    through: str | None


ALL_STREAMS = StreamRange(None, None)


@dataclass(frozen=True, slots=True)
class Match:
    """The columns by which log and receipts are matched, and how each is compared.

    ``words`` are the contract's words (``id``; ``partition``, ``position``; ``stream``, ``version``); ``kinds`` holds a
    joint kind for each.
    """

    words: tuple[str, ...]
    kinds: tuple[Kind, ...]


class LogRow(NamedTuple):
    """A row of a log. ``key`` orders it, ``raw`` holds its identity columns, both ``None`` where one is NULL.

    ``rank`` is 0 where nobody asked for it. ``time`` is as the driver gives it; ``order`` holds the columns of the
    log's ``order``, if it has one.
    """

    key: Key | None
    raw: tuple[object, ...] | None
    scope: int
    rank: int
    position: int | None
    partition: str | None
    id: str | None
    stream: str | None
    version: int | None
    type: str | None
    time: object
    order: tuple[int, ...] | None


class ReceiptRow(NamedTuple):
    """A row of an inbox. ``done``: processed, not merely received. What the config does not name is ``None``."""

    key: Key
    raw: tuple[object, ...]
    done: bool
    received: object
    position: int | None
    id: str | None
    stream: str | None
    version: int | None
    type: str | None


class ParkedRow(NamedTuple):
    """A row of a table of parked events: its identity only."""

    key: Key
    raw: tuple[object, ...]


class CopyRow(NamedTuple):
    """A row of a derived log; ``row.raw`` is what it says of the upstream event. ``sent``: ``None`` if not asked."""

    row: LogRow
    sent: bool | None


class CursorRow(NamedTuple):
    """A row of a cursor table, as text: ``positions`` one for each configured column, ``None`` for NULL."""

    scope: str | None
    positions: tuple[str | None, ...]


class DoubleRow(NamedTuple):
    """A row that shares ``shared`` with the row before it in the same group; the first of a group has ``nth`` 1."""

    group: tuple[object, ...]
    nth: int
    row: LogRow
