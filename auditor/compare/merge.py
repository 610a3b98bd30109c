"""The streamed comparison: a log, an inbox and the parked events, merged in one order, each row seen once.

All three come ordered by the same key (:mod:`auditor.identity`), so memory holds one group of rows at a time; what
differs goes to the scratch paper. Nothing is judged here, and nothing that is found is sure yet: an event whose
receipt was not seen is a candidate for a second look.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from auditor.compare.again import Again
from auditor.compare.scratch import Received, Scratch
from auditor.identity import Key, Kind, as_integer, canonical, canonical_all
from auditor.moment import looks_like_epoch, received_at, to_microseconds, to_moment
from auditor.stores.interface import ELIGIBLE, EXCLUDED, Identity, LogRow, Match, ParkedRow, ReceiptRow
from checks.model.event import Event

REPORT_EVERY = 10_000


class DisorderedError(Exception):
    """A store did not yield its rows in the order that merging relies on."""


KeyedRow = TypeVar("KeyedRow", LogRow, ReceiptRow, ParkedRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the two sides are compared.

    ``shared``: further columns of both sides, with their joint kinds. ``ordered``: note each stream's receipts, to
    check their order. ``seasoned_before``: receipts with an earlier time are no longer fresh. ``unseen_if``: for a
    consumer without an inbox, which events its cursor has passed; those are only counted.
    ``uncharted_if``: which received events are old although no cursor row covers them. ``sequenced``: receipts are
    ordered by a sequence, whatever its numbers look like. ``again``: what was sent again, whose receipts tell nothing
    but that they are there.
    """

    match: Match
    shared: tuple[tuple[str, Kind], ...] = ()
    ordered: bool = False
    sequenced: bool = False
    by_version: bool = True
    seasoned_before: datetime | None = None
    unseen_if: Callable[[LogRow], bool] | None = None
    uncharted_if: Callable[[LogRow], bool] | None = None
    again: Again = field(default_factory=Again)


@dataclass(slots=True)
class Comparison:
    """What was counted on the way. Positions are inclusive and by partition."""

    produced: int = 0
    received: int = 0
    excluded: int = 0
    unseen: int = 0
    receipts: int = 0
    sequenced: bool | None = None
    lowest: dict[str | None, int] = field(default_factory=dict)
    highest: dict[str | None, int] = field(default_factory=dict)
    highest_order: dict[str | None, tuple[int, ...]] = field(default_factory=dict)
    seasoned: dict[str | None, int] = field(default_factory=dict)
    uncharted: Counter[str | None] = field(default_factory=Counter)

    def reach(self, partition: str | None, position: int | None, order: tuple[int, ...] | None) -> None:
        """An eligible event was received: it may be the lowest, or the highest."""
        if position is None:
            return
        if position < self.lowest.get(partition, position + 1):
            self.lowest[partition] = position
        if position > self.highest.get(partition, position - 1):
            self.highest[partition] = position
        if order is not None and order > self.highest_order.get(partition, ()):
            self.highest_order[partition] = order


@dataclass(slots=True)
class _Group:
    """The rows of one identity."""

    log: list[LogRow] = field(default_factory=list)
    receipts: list[ReceiptRow] = field(default_factory=list)
    parked: bool = False

    @property
    def has_done(self) -> bool:
        """Whether some receipt says that the event was processed."""
        return any(receipt.done for receipt in self.receipts)


class Merge:
    """One comparison on its way."""

    def __init__(self, terms: Terms, scratch: Scratch, progress: Callable[[int], None]) -> None:
        self.terms = terms
        self._scratch = scratch
        self._progress = progress
        self.comparison = Comparison(sequenced=terms.sequenced or None)

    def run(self, log: Iterable[LogRow], receipts: Iterable[ReceiptRow], parked: Iterable[ParkedRow]) -> Comparison:
        """Merge the three. Raises :class:`DisorderedError`."""
        events, arrivals, aside = _Side(log), _Side(receipts), _Side(parked)
        done = 0
        while events.key is not None or arrivals.key is not None:
            key = min(side.key for side in (events, arrivals) if side.key is not None)
            while aside.key is not None and aside.key < key:
                aside.take(aside.key)
            self._take(events.take(key), arrivals.take(key), aside.take(key))
            done += 1
            if done % REPORT_EVERY == 0:
                self._progress(done)
        return self.comparison

    def take(self, log: Sequence[LogRow], receipts: Sequence[ReceiptRow]) -> None:
        """Compare these, which are all that either side has of their identities. Parked events are another matter."""
        for group in self._by_identity(log, receipts, ()).values():
            self._judge(group)

    def park(self, row: LogRow) -> None:
        """An event that was counted as unseen was set aside."""
        self.comparison.unseen -= 1
        self._note_absence(row, _Group([row], parked=True))

    def note_how_received(self, sample: object) -> None:
        """Learn from some receipt whether receipts are ordered by a sequence or by a time."""
        self._number(sample)

    def note_order_of(self, log: Sequence[LogRow], receipts: Sequence[ReceiptRow]) -> None:
        """Note the order in which these events, of whole streams, were received, for a comparison that did not."""
        for group in self._by_identity(log, receipts, ()).values():
            row = next((row for row in group.log if row.scope == ELIGIBLE), None)
            number = None if row is None else self._first_number(self.terms.again.others(row, group.receipts))
            if row is not None and number is not None:
                self._note_step(row, number)

    def take_unidentified(self, row: LogRow) -> None:
        """A row without the identity by which receipts are found."""
        self.comparison.excluded += row.scope == EXCLUDED
        if row.scope != ELIGIBLE:
            return
        self.comparison.produced += 1
        self._scratch.note_absence(event_of(row), identity=None, ordering=row.order)

    def _take(self, log: list[LogRow], receipts: list[ReceiptRow], parked: list[ParkedRow]) -> None:
        if len(log) == 1 and len(receipts) == 1 and not parked and log[0].raw == receipts[0].raw:
            self._judge(_Group(log, receipts))
        elif len(log) == 1 and not receipts and not parked:
            self._judge(_Group(log))
        else:
            for group in self._by_identity(log, receipts, parked).values():
                self._judge(group)

    def _by_identity(
        self, log: Iterable[LogRow], receipts: Iterable[ReceiptRow], parked: Iterable[ParkedRow]
    ) -> dict[Identity, _Group]:
        groups: dict[Identity, _Group] = {}
        for row in log:
            groups.setdefault(self.identity(row.raw), _Group()).log.append(row)
        for receipt in receipts:
            groups.setdefault(self.identity(receipt.raw), _Group()).receipts.append(receipt)
        for aside in parked:
            groups.setdefault(self.identity(aside.raw), _Group()).parked = True
        return groups

    def identity(self, raw: Sequence[object] | None) -> Identity:
        """What a row is, beyond how it is written."""
        return canonical_all(raw or (), self.terms.match.kinds)

    def _judge(self, group: _Group) -> None:
        comparison = self.comparison
        comparison.receipts += len(group.receipts)
        if not group.log:
            if group.receipts:
                first = group.receipts[0]
                self._scratch.note_stranger(
                    self._as_event(first), self.identity(first.raw), received_at(first.received)
                )
            return
        comparison.excluded += len([row for row in group.log if row.scope == EXCLUDED])
        row = next((row for row in group.log if row.scope == ELIGIBLE), group.log[0])
        if group.receipts and self.terms.shared:
            self._contradict(row, group)
        if row.scope == ELIGIBLE:
            comparison.produced += 1
            self._account(row, group)

    def _contradict(self, row: LogRow, group: _Group) -> None:
        """Receipts that say something else than every row of the log with their identity."""
        for receipt in group.receipts:
            said = self._as_event(receipt)
            differences = [differing(event_of(one), said, self.terms.shared) for one in group.log]
            if all(differences):
                self._scratch.note_conflict(event_of(row), self.identity(row.raw), said, differences[0])

    def _account(self, row: LogRow, group: _Group) -> None:
        comparison, again = self.comparison, self.terms.again
        others = again.others(row, group.receipts)
        if others or (group.receipts and again.was_received(row.partition, row.position)):
            comparison.reach(row.partition, row.position, row.order)
        if others:
            self._note_order(row, others)
        if (extra := len(group.receipts) - 1) > 0:
            brought = len(group.receipts) - len(others)
            self._scratch.note_repeat(event_of(row), extra, min(extra, brought))
        if group.has_done:
            comparison.received += 1
            if self.terms.uncharted_if is not None and self.terms.uncharted_if(row):
                comparison.uncharted[row.partition] += 1
        elif self._is_unseen(row, group):
            comparison.unseen += 1
        else:
            self._note_absence(row, group)

    def _note_absence(self, row: LogRow, group: _Group) -> None:
        moments = [received_at(receipt.received) for receipt in group.receipts]
        self._scratch.note_absence(
            event_of(row),
            identity=self.identity(row.raw),
            ordering=row.order,
            stream_key=None if row.stream is None else str(canonical(row.stream, Kind.TEXT)),
            parked=group.parked,
            received=Received(min((m for m in moments if m is not None), default=None)) if moments else None,
        )

    def _is_unseen(self, row: LogRow, group: _Group) -> bool:
        unseen_if = self.terms.unseen_if
        return unseen_if is not None and not group.receipts and not group.parked and unseen_if(row)

    def _note_order(self, row: LogRow, receipts: Sequence[ReceiptRow]) -> None:
        first = self._first_number(receipts)
        if first is None:
            return
        before = self.terms.seasoned_before
        is_seasoned = not self.comparison.sequenced and before is not None and first <= to_microseconds(before)
        if is_seasoned and row.position is not None:
            seasoned = self.comparison.seasoned
            seasoned[row.partition] = max(row.position, seasoned.get(row.partition, row.position))
        if self.terms.ordered:
            self._note_step(row, first)

    def _first_number(self, receipts: Iterable[ReceiptRow]) -> int | None:
        numbers = (self._number(receipt.received) for receipt in receipts)
        return min((number for number in numbers if number is not None), default=None)

    def _note_step(self, row: LogRow, received: int) -> None:
        step = row.version if self.terms.by_version else row.position
        if row.stream is not None and step is not None:
            self._scratch.note_receipt(row, step, received)

    def _number(self, received: object) -> int | None:
        """A receipt's place in the order of receipts: a sequence number, or microseconds. One of the two for all."""
        if self.comparison.sequenced and isinstance(received, int):
            return received
        sequence = None if isinstance(received, float) else as_integer(received)
        is_sequence = sequence is not None and not looks_like_epoch(sequence)
        if self.comparison.sequenced is None and received is not None:
            self.comparison.sequenced = is_sequence
        if self.comparison.sequenced:
            return sequence
        moment = None if is_sequence else to_moment(received)
        return None if moment is None else to_microseconds(moment)

    def _as_event(self, receipt: ReceiptRow) -> Event:
        words = dict(zip(self.terms.match.words, receipt.raw, strict=True))
        partition, id_ = words.get("partition"), words.get("id", receipt.id)
        return Event(
            position=receipt.position,
            id=None if id_ is None else str(id_),
            stream=receipt.stream,
            version=receipt.version,
            type=receipt.type,
            partition=None if partition is None else str(partition),
        )


def event_of(row: LogRow) -> Event:
    """A log row as findings name it."""
    return Event(
        position=row.position,
        id=row.id,
        stream=row.stream,
        version=row.version,
        type=row.type,
        time=to_moment(row.time),
        partition=row.partition,
    )


def differing(event: Event, receipt: Event, shared: Iterable[tuple[str, Kind]]) -> tuple[str, ...]:
    """The words in which a receipt contradicts the log. What the receipt leaves out contradicts nothing."""
    found = []
    for word, kind in shared:
        ours, theirs = getattr(event, word), getattr(receipt, word)
        if ours is not None and theirs is not None and canonical(ours, kind) != canonical(theirs, kind):
            found.append(word)
    return tuple(found)


class _Side(Generic[KeyedRow]):
    """One of the merged sources: the key that comes next, and its rows."""

    def __init__(self, rows: Iterable[KeyedRow]) -> None:
        self._rows: Iterator[KeyedRow] = iter(rows)
        self._next: KeyedRow | None = next(self._rows, None)
        self.key: Key | None = None if self._next is None else self._next.key

    def take(self, key: Key) -> list[KeyedRow]:
        """The rows with this key, none if another comes first. Raises :class:`DisorderedError`."""
        taken: list[KeyedRow] = []
        while self.key is not None and self.key == key and self._next is not None:
            taken.append(self._next)
            self._next = next(self._rows, None)
            self.key = None if self._next is None else self._next.key
            if self.key is not None and self.key < key:
                raise DisorderedError(f"{self.key!r} came after {key!r}")
        return taken
