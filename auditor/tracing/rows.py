"""The rows of a log that are one event, found by what is known of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind, canonical, canonical_all, joint
from auditor.reach import Place
from auditor.stores.interface import ELIGIBLE, LogRow, Match, Snapshot, Wanted
from checks.model.event import Event

MOST_ROWS = 5
"""Rows that are followed of one event in one log. More of them are a fault of their own, and are counted."""
NUMBERS = ("position", "version")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a log. ``passes``: the log's ``where`` holds for it. ``upstream``: the event that it was found by."""

    event: Event
    order: Place | None = None
    passes: bool = True
    upstream: Event | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The first rows by position, and how many there are.

    ``id_kind``: what the log's ``id`` column holds. ``left_out``: there are rows, but the log's ``where`` lets none of
    them count, and they are not among these.
    """

    rows: tuple[Row, ...] = ()
    total: int = 0
    id_kind: Kind = Kind.TEXT
    left_out: bool = False


NO_ROWS = Rows()


def words_of(config: object, event: Event) -> tuple[str, ...] | None:
    """The words by which a table can be asked for an event; ``None``: it shares none with what is known of it."""
    for words in (("id",), ("position",), ("stream", "version")):
        if all(getattr(config, word, None) and getattr(event, word) is not None for word in words):
            return words
    return None


def find_rows(snapshot: Snapshot, log: LogConfig, wanted: Event, other: Kind = Kind.TEXT) -> Rows:
    """Rows by the first words that the log shares with ``wanted``; none where it shares none.

    Only those that pass the log's ``where``; the others if none does: two logs may share a table.
    ``other``: what the column holds that ``wanted`` was read from. Raises StoreError ``wrong-type`` for an id or a
    stream that cannot be compared.
    """
    words = words_of(log, wanted)
    if words is None:
        return NO_ROWS
    match = match_of(snapshot, log.store, log.table, log, words, other)
    identity = canonical_all((getattr(wanted, word) for word in words), match.kinds)
    found = snapshot.find_events(log, match, [identity])
    same = (row for row in found if row.raw is not None and canonical_all(row.raw, match.kinds) == identity)
    rows, total = first_of(_row(row) for row in same if is_in(row.partition, wanted.partition))
    return Rows(rows, total, snapshot.kind(log.table, log.id) if log.id else Kind.TEXT)


def match_of(
    snapshot: Snapshot, store: str, table: str, config: object, words: Sequence[str], other: Kind = Kind.TEXT
) -> Match:
    """How columns of a table are compared with values from elsewhere. Raises StoreError ``wrong-type``."""
    kinds = []
    for word in words:
        column = getattr(config, word)
        kind = Kind.INTEGER if word in NUMBERS else joint(snapshot.kind(table, column), other)
        if kind is None:
            raise StoreError(store, "wrong-type", f"column {column!r} of {table!r} holds nothing that can be compared")
        kinds.append(kind)
    return Match(tuple(words), tuple(kinds))


def scope_of(snapshot: Snapshot, log: LogConfig, event: Event, wanted: Wanted) -> int | None:
    """Whether a row is wanted (see ``auditor.stores.interface``); ``None`` where it is gone, or has no position."""
    if event.position is None:
        return None
    found = snapshot.find_events(log, Match(("position",), (Kind.INTEGER,)), [(event.position,)], wanted)
    return next((row.scope for row in found if _is_that(event_of(row), event)), None)


def is_in(partition: str | None, wanted: str | None) -> bool:
    """Whether a row is of the partition that is wanted; ``None``: of any."""
    if wanted is None:
        return True
    return partition is not None and canonical(partition, Kind.TEXT) == canonical(wanted, Kind.TEXT)


def first_of(rows: Iterable[Row]) -> tuple[tuple[Row, ...], int]:
    """The first rows by position of those that pass, else of all, and how many of these there are."""
    counts = {True: 0, False: 0}

    def keyed() -> Iterator[tuple[bool, tuple[str, bool, int], int, Row]]:
        for number, row in enumerate(rows):
            counts[row.passes] += 1
            yield not row.passes, _placed(row), number, row

    first = [row for *_, row in nsmallest(MOST_ROWS, keyed())]
    do_pass = counts[True] > 0
    return tuple(row for row in first if row.passes is do_pass), counts[do_pass]


def _row(row: LogRow) -> Row:
    return Row(event_of(row), row.order, row.scope == ELIGIBLE)


def _placed(row: Row) -> tuple[str, bool, int]:
    event = row.event
    return event.partition or "", event.position is None, event.position or 0


def _is_that(here: Event, event: Event) -> bool:
    return (here.position, here.partition, here.id, here.stream, here.version) == (
        event.position, event.partition, event.id, event.stream, event.version
    )  # fmt: skip
