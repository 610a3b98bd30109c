"""Which upstream event each row of the two logs belongs to: by the column ``source`` of both, and the upstream's own.

The two may name it differently, one by its id and the other by its position; then only the upstream knows that these
are one event.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from auditor.config import LogConfig
from auditor.cutting_over.route import Route
from auditor.cutting_over.scratch import CutoverScratch, Name
from auditor.errors import StoreError
from auditor.gather.columns import expect_integers, expect_log
from auditor.identity import Kind, canonical, joint
from auditor.moment import to_microseconds, to_moment
from auditor.observer import Observer
from auditor.stores.interface import Snapshot, Store
from auditor.stores.interface.cutover import NamedRow

_PROGRESS = 10_000
Naming = Callable[[object], Name]


@dataclass(frozen=True, slots=True)
class Sourced:
    """How a derived log names the events of its upstream: by which of its columns, compared as what."""

    column: str
    kind: Kind
    upstream_column: str

    def name(self, value: object) -> Name | None:
        """The same for every way to write it."""
        return None if value is None else canonical(value, self.kind)


def sourced(upstream_store: Store, upstream: LogConfig, store: Store, log: LogConfig) -> Sourced:
    """How ``log`` names the events of ``upstream``. StoreError ``wrong-type``: the two columns cannot be compared."""
    column, by_id = str(log.source), log.source_key == "id"
    theirs = str(upstream.id) if by_id else upstream.position
    with upstream_store.snapshot() as above, store.snapshot() as below:
        expect_log(above, upstream, upstream_store.name)
        kinds = above.kind(upstream.table, theirs), below.kind(log.table, column)
        kind = joint(*kinds) if by_id else Kind.INTEGER
        if kind is None:
            text = (
                f"source: column {column!r} of {log.table!r} cannot be compared with {theirs!r} of {upstream.table!r}"
            )
            raise StoreError(store.name, "wrong-type", text)
        if kind is Kind.INTEGER:
            expect_integers(below, store.name, log.table, [column])
            expect_integers(above, upstream_store.name, upstream.table, [theirs])
    return Sourced(column, kind, theirs)


@dataclass(frozen=True, slots=True)
class Sources:
    """Reads the rows of one cutover onto the paper."""

    route: Route
    old: Sourced
    new: Sourced
    observer: Observer

    @property
    def alike(self) -> bool:
        """Whether both logs call an event by the same name."""
        return (self.old.upstream_column, self.old.kind) == (self.new.upstream_column, self.new.kind)

    def read_old(self, snapshot: Snapshot, paper: CutoverScratch) -> None:
        """All rows of the old log, and which of them the consumer should have."""
        consumer = self.route.consumer
        start = consumer.start if isinstance(consumer.start, int) else None
        rows = snapshot.named_rows(self.route.old, self.old.column, self.old.kind, types=consumer.types, start=start)
        paper.note_old_rows((row.position, self.old.name(row.name), row.eligible) for row in self._told(rows))

    def read_new(self, snapshot: Snapshot, paper: CutoverScratch) -> None:
        """The rows of the new log that count, and have a place in it."""
        paper.note_new_rows(self._new_rows(snapshot))

    def read_new_again(self, snapshot: Snapshot, paper: CutoverScratch) -> None:
        """The same some time later, in place of what was read before."""
        paper.join_again(self._new_rows(snapshot))

    def _new_rows(self, snapshot: Snapshot) -> Iterator[tuple[int, Name | None]]:
        rows = snapshot.named_rows(self.route.new, self.new.column, self.new.kind)
        return (
            (row.position, self.new.name(row.name))
            for row in self._told(rows)
            if row.eligible and row.position is not None
        )

    def read_upstream(self, snapshot: Snapshot, paper: CutoverScratch) -> datetime:
        """All events that can be named, and which of them the old log should have; returns the time there."""
        now, upstream, types = snapshot.clock(), self.route.upstream, self.route.old.types
        column = next((s.upstream_column for s in (self.old, self.new) if s.upstream_column != upstream.position), None)
        kind = self.old.kind if self.alike else Kind.TEXT
        column, kind = (upstream.position, Kind.INTEGER) if column is None else (column, kind)
        rows = snapshot.named_rows(upstream, column, kind, types=types, timed=True)
        paper.note_events(self._named(self._told(rows)))
        return now

    def _named(self, rows: Iterator[NamedRow]) -> Iterator[tuple[int, Name, Name | None, bool, int | str | None]]:
        alike = self.alike
        for row in rows:
            if row.position is None or row.name is None:
                continue
            old = self._called(self.old, row)
            new = None if alike else self._called(self.new, row)
            if old is not None and (alike or new is not None):
                yield row.position, old, new, row.eligible, _kept(row.time)

    def _called(self, by: Sourced, row: NamedRow) -> Name | None:
        return row.position if by.upstream_column == self.route.upstream.position else by.name(row.name)

    def _told(self, rows: Iterator[NamedRow]) -> Iterator[NamedRow]:
        for done, row in enumerate(rows):
            if done % _PROGRESS == 0:
                self.observer.progress(done, None)
            yield row


def _kept(time: object) -> int | str | None:
    """A time as the paper keeps it: most are never looked at, and to read a text takes a while."""
    if time is None or isinstance(time, str):
        return time
    moment = to_moment(time)
    return None if moment is None else to_microseconds(moment)
