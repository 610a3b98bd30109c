"""What is asked of one moment of a store: its tables, as audits read them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from auditor.compare.recipe import ALL, Range, Recipe, Side
from auditor.config import Condition, CursorConfig, InboxConfig, LogConfig, ParkedConfig
from auditor.identity import Kind
from auditor.stores.interface.cutover import CutoverQuestions
from auditor.stores.interface.mirrors import Mirrors
from auditor.stores.interface.outbox import OutboxQuestions
from auditor.stores.interface.redelivery import RedeliveryQuestions
from auditor.stores.interface.rows import (
    ALL_STREAMS,
    EVERYTHING,
    CopyRow,
    CursorRow,
    DoubleRow,
    Identity,
    LogRow,
    Match,
    ParkedRow,
    ReceiptRow,
    StreamRange,
    Wanted,
)
from checks.model.result import Extent


class Snapshot(Mirrors, OutboxQuestions, CutoverQuestions, RedeliveryQuestions, Protocol):
    """One read-only transaction; everything read through it is of one moment. All rows stream."""

    def clock(self) -> datetime:
        """The store's clock now, aware."""
        ...

    def kind(self, table: str, column: str) -> Kind:
        """What a column holds. Raises for a missing table or column."""
        ...

    def no_integer(self, table: str, columns: Sequence[str]) -> tuple[str, str] | None:
        """A column of these and a value in it that is neither NULL nor an integer of 64 bits, if there is one."""
        ...

    def extents(self, log: LogConfig) -> Mapping[str | None, Extent]:
        """First and last position of the whole table, filters ignored, by partition (``None`` without one)."""
        ...

    def head_order(self, log: LogConfig) -> tuple[int, ...] | None:
        """The highest row by the log's ``order``."""
        ...

    def cancel(self) -> None:
        """End the statement that another thread is waiting for, if there is one."""
        ...

    def mark(self, tables: Sequence[str]) -> str | None:
        """Equal marks of two snapshots of one store prove that these tables are as they were."""
        ...

    def origin(self, tables: Sequence[str]) -> str:
        """Names the very database and tables, whatever they are called: another one after a restore from a dump."""
        ...

    def oldest_transaction(self) -> int | None:
        """The oldest transaction that was unfinished at this moment, where there is such a thing."""
        ...

    def settled_by_age(self, log: LogConfig, now: datetime) -> Mapping[str | None, int | None] | None:
        """By partition the lowest position younger than ``settle``; ``None`` where rows have no time."""
        ...

    def counts(self, log: LogConfig) -> tuple[int, int]:
        """Rows that pass ``where``, and rows that do not."""
        ...

    def holes(self, log: LogConfig, after: int | None = None) -> Iterator[tuple[str | None, int, int]]:
        """``(partition, first, last)`` of absent positions between two rows, filters ignored, ascending.

        ``after``: only beyond this position, also right behind it; of a log without partitions.
        """
        ...

    def holes_within(self, log: LogConfig, first: int, last: int, before: int | None) -> Iterator[tuple[int, int]]:
        """Absent positions below a row that stands from ``first`` to ``last``, filters ignored; ascending.

        ``before``: the highest position below that has a row; ``None``: none has.
        """
        ...

    def gap_streams(
        self, log: LogConfig, among: Sequence[str] | None = None, within: StreamRange = ALL_STREAMS
    ) -> Iterator[tuple[str | None, str]]:
        """``(partition, stream)`` where the versions that ``where`` shows have a hole: candidates.

        ``among``: only of these streams. ``within``: only of streams in this range.
        """
        ...

    def ranges_streams(self, log: LogConfig) -> bool:
        """Whether versions can be looked at stream by stream at no greater cost: an index alone has all it takes."""
        ...

    def stream_cuts(self, log: LogConfig, after: str | None, rows: int, total: int) -> Iterator[str]:
        """Streams beyond one, ascending as the database orders them, with about so many rows between each two.

        ``total``: how many rows the log has.
        """
        ...

    def counts_after(self, log: LogConfig, after: int) -> tuple[int, int]:
        """Rows beyond a position that pass ``where``, and rows that do not."""
        ...

    def holes_after(self, log: LogConfig, after: int) -> Iterator[tuple[int, int]]:
        """Absent positions beyond a position and below the head, filters ignored, also right behind it; ascending."""
        ...

    def unpreceded_streams(self, log: LogConfig, after: int) -> Iterator[str]:
        """Streams that have a row beyond a position, but not the version before it, filters ignored."""
        ...

    def standing_in(
        self, log: LogConfig, partition: str | None, spans: Sequence[tuple[int, int]], most: int
    ) -> Sequence[LogRow]:
        """Rows in any of these closed spans of positions, filters ignored, by position, at most that many."""
        ...

    def first_from(self, log: LogConfig, position: int) -> LogRow | None:
        """The first row at or beyond a position, filters ignored."""
        ...

    def last_through(self, log: LogConfig, position: int) -> int | None:
        """The highest position of a row that is not beyond this one, filters ignored."""
        ...

    def stream_rows(self, log: LogConfig, streams: Sequence[tuple[str | None, str]]) -> Iterator[LogRow]:
        """All rows of these streams, filters ignored, by partition, stream and version."""
        ...

    def stream_heads(self, log: LogConfig) -> Iterator[tuple[str, int]]:
        """Every stream and its highest version, filters ignored."""
        ...

    def doubles(self, log: LogConfig, words: Sequence[str]) -> Iterator[DoubleRow]:
        """Rows that share all of ``words`` with another row, group by group, by position."""
        ...

    def unmatched_types(self, log: LogConfig, types: Sequence[str], *, after: int | None = None) -> tuple[str, ...]:
        """The globs that no row's type matches. ``after``: of the rows beyond this position."""
        ...

    def events(self, log: LogConfig, match: Match, wanted: Wanted, *, after: int | None = None) -> Iterator[LogRow]:
        """The whole log by the match's key, with every row's scope; rows whose identity is NULL are left out.

        ``after``: only rows beyond this position.
        """
        ...

    def time_at(self, log: LogConfig, position: int) -> object:
        """When the first row at or beyond a position was written, as the driver gives it; ``None``: not known."""
        ...

    def counts_through(self, log: LogConfig, match: Match, wanted: Wanted, last: int) -> tuple[int, int]:
        """Of the rows with an identity from ``start`` through ``last``: how many there are, and how many are wanted."""
        ...

    def count_within(self, log: LogConfig, wanted: Wanted, partition: str | None, after: int, through: int) -> int:
        """How many wanted rows of a partition stand beyond the first of two positions, and not beyond the second."""
        ...

    def rows_in(
        self,
        log: LogConfig,
        wanted: Wanted,
        partition: str | None,
        spans: Sequence[tuple[int, int]],
        most: int | None = None,
    ) -> Sequence[LogRow]:
        """The wanted rows of a partition in any of these closed spans, by position, at most that many.

        The spans do not overlap.
        """
        ...

    def unidentified(self, log: LogConfig, match: Match, wanted: Wanted) -> Iterator[LogRow]:
        """The rows that :meth:`events` leaves out."""
        ...

    def find_events(
        self, log: LogConfig, match: Match, raws: Sequence[Identity], wanted: Wanted = EVERYTHING
    ) -> Iterator[LogRow]:
        """Rows with these identities, filters ignored, and maybe others: compare identities."""
        ...

    def contents(self, log: LogConfig, match: Match, raws: Sequence[Identity]) -> Iterator[tuple[LogRow, object]]:
        """Rows with these identities and the log's ``data`` of each, filters ignored; maybe others, too.

        What JSON says where the database has a type for JSON, else text, bytes, or whatever the driver gives; ``None``
        for NULL. Numbers in JSON are those of Python: of one that is no integer, digits beyond the 17th are lost.
        """
        ...

    def family(self) -> str:
        """The database system: two snapshots of one family hash alike."""
        ...

    def sample(self, table: str, column: str) -> str | None:
        """Some value of the column as text; ``None`` where all are NULL."""
        ...

    def is_required(self, table: str, column: str) -> bool:
        """Whether the catalogue vouches that the column is never NULL."""
        ...

    def is_indexed(self, table: str, column: str, where: Mapping[str, Condition]) -> bool:
        """Whether the column is never NULL, and ranges of it, of rows for which ``where`` holds, need no full scan."""
        ...

    def bounds(self, table: str, column: str) -> tuple[int, int] | None:
        """The lowest and the highest value of a column of integers; ``None`` where there is none."""
        ...

    def never_repeats(self, table: str, columns: Collection[str], where: Mapping[str, Condition]) -> bool:
        """Whether the catalogue vouches that of the rows for which ``where`` holds no two agree in all columns."""
        ...

    def log_side(self, log: LogConfig, match: Match, recipe: Recipe, wanted: Wanted) -> Side[LogRow]:
        """The log, to be compared by digests; its rows in the window are compared where they are wanted."""
        ...

    def inbox_side(self, inbox: InboxConfig, match: Match, recipe: Recipe) -> Side[ReceiptRow]:
        """The inbox, to be compared by digests."""
        ...

    def eligible_positions(
        self, log: LogConfig, match: Match, wanted: Wanted, *, descending: bool, within: Range = ALL
    ) -> Iterator[int]:
        """Positions of wanted rows that have an identity, in a range of positions."""
        ...

    def contrary_streams(self, log: LogConfig, most: int, *, after: int | None = None) -> Sequence[str]:
        """Streams in which a later version has a lower position, at most that many.

        ``after``: only those where the earlier version stands beyond this position.
        """
        ...

    def events_of_streams(
        self, log: LogConfig, match: Match, wanted: Wanted, streams: Sequence[str]
    ) -> Iterator[LogRow]:
        """All rows of these streams that have a position."""
        ...

    def separated(
        self, log: LogConfig, wanted: Wanted, partition: str | None, pairs: Iterable[tuple[int, int]]
    ) -> Iterator[bool]:
        """For each pair of positions whether a wanted row stands between the two; pairs ascend and do not overlap."""
        ...

    def receipts(self, inbox: InboxConfig, match: Match) -> Iterator[ReceiptRow]:
        """All receipts that have an identity, by the match's key."""
        ...

    def stragglers(self, inbox: InboxConfig, most: int, *, after: int | None = None) -> Sequence[int]:
        """Positions that were received after a higher one, at most that many. ``after``: only those beyond it."""
        ...

    def lacks_position(self, inbox: InboxConfig) -> bool:
        """Whether some receipt that has a place in the order of receipts has no position."""
        ...

    def sample_received(self, inbox: InboxConfig) -> object:
        """Some receipt's place in the order of receipts; ``None`` where no receipt has one."""
        ...

    def last_receipts_before(
        self, inbox: InboxConfig, match: Match, moment: datetime, most: int
    ) -> Iterator[ReceiptRow]:
        """The latest receipts, maybe also some after ``moment``."""
        ...

    def count_receipts(self, inbox: InboxConfig) -> int:
        """How many rows of the inbox are this consumer's, also those without an identity."""
        ...

    def find_receipts(self, inbox: InboxConfig, match: Match, raws: Sequence[Identity]) -> Iterator[ReceiptRow]:
        """Receipts with these identities, and maybe others: compare identities."""
        ...

    def find_copies(
        self, log: LogConfig, inbox: InboxConfig, match: Match, raws: Sequence[Identity]
    ) -> Iterator[CopyRow]:
        """Rows of a derived log that name these upstream events, and maybe others: compare identities.

        ``inbox``: the derived log as an inbox; what names the event stands there under the upstream's word for it.
        """
        ...

    def earliest_sent(self, log: LogConfig) -> object:
        """The lowest value of an outbox's ``sent``, of the rows that were sent; ``None`` where there is none."""
        ...

    def parked(self, parked: ParkedConfig, match: Match) -> Iterator[ParkedRow]:
        """All parked events that have an identity, by the match's key."""
        ...

    def find_parked(self, parked: ParkedConfig, match: Match, raws: Sequence[Identity]) -> Iterator[ParkedRow]:
        """Parked events with these identities, and maybe others: compare identities."""
        ...

    def cursors(self, cursor: CursorConfig) -> Iterator[CursorRow]:
        """The cursor rows that are this consumer's."""
        ...
