"""Looks at data: a few thousand rows of a log at the most, spread over all of it, and look-ups by identity.

What they show is told as what was looked at, never as what there is. A look that fails shows nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from auditor.config import InboxConfig
from auditor.errors import StoreError
from auditor.identity import Kind, canonical, canonical_all, joint
from auditor.init.proposals import LogProposal
from auditor.stores.interface import Identity, LogRow, Match, Store
from auditor.stores.introspection import Sampler, TableInfo, Value

SLICE = 1_000
_BETWEEN, _SHORT_SLICE = 8, 300
_NUMBERED = ("position", "version")


class SeenEvent(NamedTuple):
    """An event of a sample. What its log does not have, or is NULL, is ``None``."""

    partition: str | None
    position: int
    id: str | None
    stream: str | None
    version: int | None
    type: str | None
    time: Value


@dataclass(frozen=True, slots=True)
class LogLook:
    """A sample of a log by partition and position.

    ``oldest``: how many of its rows stand at the log's very beginning, with none left out between them. ``whole``: the
    sample is all there is. ``failure``: why it could not be looked at. It then shows nothing.
    """

    events: tuple[SeenEvent, ...] = ()
    oldest: int = 0
    whole: bool = True
    failure: str | None = None

    @property
    def beginning(self) -> Sequence[SeenEvent]:
        """The events at the log's very beginning."""
        return self.events[: self.oldest]

    @property
    def head(self) -> int | None:
        """The highest position that was seen: the log's last one."""
        return max((event.position for event in self.events), default=None)

    @property
    def heads(self) -> dict[str | None, int]:
        """The last position of each partition that was seen."""
        return {event.partition: event.position for event in self.events}

    @property
    def described(self) -> str:
        """What was looked at."""
        return f"all {len(self.events)} events" if self.whole else f"{len(self.events)} events from all over it"


@dataclass(slots=True)
class Looks:
    """The looks at the databases of one run, each made once."""

    stores: Mapping[str, Store]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _samplers: dict[str, Sampler] = field(default_factory=dict)
    _logs: dict[str, LogLook] = field(default_factory=dict)
    _failures: list[StoreError] = field(default_factory=list)
    _slow: set[str] = field(default_factory=set)
    """Logs in which a look-up took too long. Nothing more is looked up in them, or this would never end."""

    def sampler(self, store: str) -> Sampler:
        """What reads a few rows of that store."""
        if store not in self._samplers:
            self._samplers[store] = Sampler(self.stores[store])
        return self._samplers[store]

    @property
    def failures(self) -> Iterator[StoreError]:
        """Looks that came to nothing."""
        yield from self._failures
        for sampler in self._samplers.values():
            yield from sampler.failures

    def log(self, log: LogProposal) -> LogLook:
        """A sample of a log."""
        key = f"{log.table.store}/{log.table.name}/{log.position}"
        if key not in self._logs:
            sampler = self.sampler(log.table.store)
            before = len(sampler.failures)
            look = self._look(log, sampler)
            failed = sampler.failures[before:]
            self._logs[key] = LogLook(whole=False, failure=failed[0].message) if failed else look
        return self._logs[key]

    def _look(self, log: LogProposal, sampler: Sampler) -> LogLook:
        columns = [log.position, log.partition, log.id, log.stream, log.version, log.type, log.time]
        wanted = list(dict.fromkeys(name for name in columns if name is not None))
        table, order = log.table.name, log.position
        if log.partition is not None:
            rows = sampler.rows(table, wanted, limit=SLICE * 5)
            events = _events(log, wanted, rows)
            whole = len(rows) < SLICE * 5
            return LogLook(events, len(events) if whole else 0, whole)
        rows = sampler.rows(table, wanted, limit=SLICE, order=order)
        oldest = len(_events(log, wanted, rows))
        whole = len(rows) < SLICE
        if not whole:
            for since in self._spread(log):
                rows += sampler.rows(table, wanted, limit=_SHORT_SLICE, order=order, since=since)
            rows += sampler.rows(table, wanted, limit=SLICE, order=order, descending=True)
        return LogLook(_events(log, wanted, rows), oldest, whole)

    def _spread(self, log: LogProposal) -> Iterator[int]:
        ends = self.sampler(log.table.store).ends(log.table.name, log.position)
        if ends is not None:
            first, last = ends
            yield from (first + (last - first) * n // (_BETWEEN + 1) for n in range(1, _BETWEEN + 1))

    def in_log(self, log: LogProposal, match: Match, identities: Iterable[Identity]) -> dict[Identity, LogRow]:
        """The rows of a log that have one of these identities."""
        wanted = set(identities)
        if log.name in self._slow:
            return {}
        try:
            with self.stores[log.table.store].snapshot() as snapshot:
                found = list(snapshot.find_events(log.config, match, sorted(wanted, key=repr)))
        except StoreError as error:
            self._failures.append(error)
            if error.reason == "timeout":
                self._slow.add(log.name)
            return {}
        named = ((canonical_all(row.raw, match.kinds), row) for row in found if row.raw is not None)
        return {identity: row for identity, row in named if identity in wanted}

    def in_inbox(
        self, store: str, inbox: InboxConfig, match: Match, identities: Iterable[Identity]
    ) -> Counter[Identity] | None:
        """How many receipts an inbox has of each of the identities that it has; ``None`` where it did not say."""
        wanted = set(identities)
        try:
            with self.stores[store].snapshot() as snapshot:
                found = list(snapshot.find_receipts(inbox, match, sorted(wanted, key=repr)))
        except StoreError as error:
            self._failures.append(error)
            return None
        named = (canonical_all(row.raw, match.kinds) for row in found)
        return Counter(identity for identity in named if identity in wanted)


def match_of(log: LogProposal, table: TableInfo, columns: Mapping[str, str]) -> Match | None:
    """How a log is matched with a table by these columns (word → column); ``None`` where they cannot be compared."""
    words, kinds = [], []
    for word, column in columns.items():
        ours = getattr(log, word)
        kind = joint(_kind(log.table, ours), table.kind(column)) if isinstance(ours, str) else None
        if kind is None or (word in _NUMBERED and kind is not Kind.INTEGER):
            return None
        words.append(word)
        kinds.append(kind)
    return Match(tuple(words), tuple(kinds)) if words else None


def identity_of(event: SeenEvent, match: Match) -> Identity | None:
    """An event's identity under a match."""
    values = [getattr(event, word) for word in match.words]
    return None if None in values else canonical_all(values, match.kinds)


def identities(rows: Iterable[Sequence[Value]], match: Match) -> list[Identity]:
    """The identities in the first columns of sampled rows, without those that are NULL in part."""
    width = len(match.words)
    return [canonical_all(row[:width], match.kinds) for row in rows if None not in row[:width]]


def _kind(table: TableInfo, column: str) -> Kind:
    is_row_id = table.row_id and table.column(column) is None
    return Kind.INTEGER if is_row_id else table.kind(column)


def _events(log: LogProposal, columns: Sequence[str], rows: Sequence[tuple[Value, ...]]) -> tuple[SeenEvent, ...]:
    """The rows as events, each once, by partition and position; rows without a position are left out."""
    found: dict[tuple[object, ...], SeenEvent] = {}
    for row in rows:
        values = dict(zip(columns, row, strict=True))
        event = _event(log, values)
        if event is not None:
            found[event.partition or "", event.position, event.id, event.stream, event.version] = event
    return tuple(sorted(found.values(), key=lambda event: (event.partition or "", event.position)))


def _event(log: LogProposal, values: Mapping[str, Value]) -> SeenEvent | None:
    position = canonical(values[log.position], Kind.INTEGER)
    version = _number(values.get(log.version)) if log.version else None
    if not isinstance(position, int):
        return None
    return SeenEvent(
        partition=_text(values, log.partition),
        position=position,
        id=_text(values, log.id),
        stream=_text(values, log.stream),
        version=version,
        type=_text(values, log.type),
        time=values.get(log.time) if log.time else None,
    )


def _text(values: Mapping[str, Value], column: str | None) -> str | None:
    value = None if column is None else values.get(column)
    return None if value is None else str(value)


def _number(value: Value) -> int | None:
    number = canonical(value, Kind.INTEGER) if value is not None else None
    return number if isinstance(number, int) else None
