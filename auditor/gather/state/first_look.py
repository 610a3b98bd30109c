"""The first look: log and state in one snapshot, or the log's opened before the state's; then both are compared.

In one database it compares by itself and gives only what is doubtful; of two, both sides are read stream by stream, in
an order that both can produce. What differs is a candidate and stands on the scratch paper.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import groupby, islice

from auditor.compare.merge import REPORT_EVERY, DisorderedError
from auditor.config import LogConfig, StateConfig
from auditor.errors import StoreError
from auditor.gather.columns import expect_integers, expect_log, expect_state
from auditor.gather.state.case import StateCase
from auditor.gather.state.placing import Clocks, Placed, joined_rows, joined_streams, place
from auditor.gather.state.scratch import AT_ONCE, Note
from auditor.identity import Key, Kind, canonical_all, joint, spelling
from auditor.moment import to_moment
from auditor.stores.interface import Identity, Snapshot
from auditor.stores.interface.mirrors import DOUBTFUL, IN_STEP, Beyond, Mirroring, StateRow, StreamRow
from checks.mirroring import AHEAD
from checks.model.event import Event
from checks.model.state import Fault

NO_STREAM = "no-stream"
Pair = tuple[StreamRow | None, StateRow | None]


@dataclass(slots=True)
class Seen:
    """What the looks so far left behind, beside the notes. ``at``: when the first look had opened its snapshots."""

    mirroring: Mirroring
    clocks: Clocks
    at: float
    produced: int = 0
    received: int = 0
    excluded: int = 0
    unverifiable: Counter[str] = field(default_factory=Counter)
    unmatched_types: tuple[str, ...] = ()

    def take(self, pair: Pair) -> Note | None:
        """Count a stream and its row; a note where they differ."""
        stream, row = pair
        placed = place(stream, row, self.mirroring, self.clocks)
        self.produced += placed.is_wanted
        if placed.doubt is not None:
            self.unverifiable[placed.doubt] += 1
        elif placed.fault is None or placed.fault is Fault.SILENT_CHANGE:
            self.received += placed.is_wanted
            self.excluded += not placed.is_wanted and placed.fault is None
        if placed.fault is None:
            return None
        named = [each.raw for each in (stream, row) if each is not None]
        return _note(canonical_all(named[0], (self.mirroring.kind,)), stream, row, placed, placed.fault)

    def add_nameless(self, rows: int) -> None:
        """Rows of which nobody can say whose they are count as streams of which nothing can be said."""
        self.produced += rows
        if rows:
            self.unverifiable[NO_STREAM] += rows


def first_look(case: StateCase) -> Seen:
    """Compare everything."""
    state, log = case.state, case.log
    case.observer.phase(f"{state.name}: comparing with {log.name}")
    with case.snapshots() as (log_side, side):
        at = time.monotonic()
        clocks = Clocks(log_side.clock(), side.clock(), state.max_delay)
        mirroring = _mirroring(case, log_side, side)
        seen = Seen(mirroring, clocks, at)
        is_compared = False
        if _is_comparable(case, log_side, side):
            _write(case, _in_the_database(case, log_side, seen))
            is_compared = not case.scratch.has_doubles()
        if not is_compared:
            case.scratch.forget()
            seen = Seen(mirroring, clocks, at)
            _write(case, _one_by_one(case, log_side, side, seen))
        seen.add_nameless(side.nameless_rows(state))
        for lacking in case.scratch.lacking():
            case.scratch.add_events(_first_events(case, log_side, mirroring, lacking))
        globs = list(dict.fromkeys([*(state.types or ()), *(state.ended or ())]))
        seen.unmatched_types = log_side.unmatched_types(log, globs) if globs else ()
    return seen


def _write(case: StateCase, notes: Iterator[Note]) -> None:
    while batch := list(islice(notes, AT_ONCE)):
        case.scratch.note(batch)


def _mirroring(case: StateCase, log_side: Snapshot, side: Snapshot) -> Mirroring:
    """Raises StoreError where a column is not there or cannot be what it is said to be."""
    state, log = case.state, case.log
    expect_log(log_side, log, log.store)
    expect_state(side, state, state.store)
    return Mirroring(
        kind=joint_kind(log_side, side, log, state),
        types=state.types,
        ended=state.ended,
        by_version=state.version is not None,
        timed=case.is_timed,
    )


def joint_kind(log_side: Snapshot, side: Snapshot, log: LogConfig, state: StateConfig) -> Kind:
    """How the names of streams are compared. Raises StoreError ``wrong-type`` where they cannot be."""
    ours, theirs = log.stream or "", state.stream
    kind = joint(log_side.kind(log.table, ours), side.kind(state.table, theirs))
    if kind is None:
        text = f"stream: column {ours!r} of {log.table!r} cannot be compared with {theirs!r} of {state.table!r}"
        raise StoreError(state.store, "wrong-type", text)
    if kind is Kind.INTEGER:
        expect_integers(log_side, log.store, log.table, [ours])
        expect_integers(side, state.store, state.table, [theirs])
    return kind


def _is_comparable(case: StateCase, log_side: Snapshot, side: Snapshot) -> bool:
    """Whether one database has both, writes the names of streams in one way, and has no need to read times."""
    log, state = case.log, case.state
    if not case.is_together or case.is_timed or not side.joins_in_full():
        return False
    kinds = {log_side.kind(log.table, log.stream or ""), side.kind(state.table, state.stream)}
    if kinds <= {Kind.INTEGER, Kind.TEXT} and Kind.INTEGER in kinds:
        return True
    samples = [log_side.sample(log.table, log.stream or ""), side.sample(state.table, state.stream)]
    ways = {spelling(sample) for sample in samples if sample is not None}
    return len(kinds) == 1 and len(ways) <= 1


def _in_the_database(case: StateCase, both: Snapshot, seen: Seen) -> Iterator[Note]:
    """Only what is doubtful comes back."""
    for found in both.mirrored(case.log, case.state, seen.mirroring):
        if found.place == DOUBTFUL:
            note = seen.take((found.stream, found.row))
            yield from () if note is None else (note,)
        elif found.place == IN_STEP:
            seen.produced += found.amount
            seen.received += found.amount
        else:
            seen.excluded += found.amount


def _one_by_one(case: StateCase, log_side: Snapshot, side: Snapshot, seen: Seen) -> Iterator[Note]:
    """Both sides merged in the order of their keys. Raises DisorderedError."""
    mirroring = seen.mirroring
    streams = _in_order(log_side.streams(case.log, mirroring))
    rows = _in_order(side.state_rows(case.state, mirroring))
    for done, (_, group) in enumerate(groupby(merge(streams, rows, key=_key), key=_key), start=1):
        for pair in _pairs(list(group), mirroring.kind):
            note = seen.take(pair)
            if note is not None:
                yield note
        if done % REPORT_EVERY == 0:
            case.observer.progress(done, None)


def _pairs(group: list[StreamRow | StateRow], kind: Kind) -> Iterable[Pair]:
    """The rows of one key, which may be the names of several streams; nearly always they are of one."""
    match group:
        case [StreamRow() as stream, StateRow() as row] if stream.raw == row.raw:
            return ((stream, row),)
        case [StreamRow() as stream]:
            return ((stream, None),)
        case [StateRow() as row]:
            return ((None, row),)
        case _:
            return paired(group, kind).values()


def paired(found: Iterable[StreamRow | StateRow], kind: Kind) -> dict[Identity, Pair]:
    """Streams and rows by what their names mean, in whatever way they are written."""
    pairs: dict[Identity, Pair] = {}
    for one in found:
        identity = canonical_all(one.raw, (kind,))
        stream, row = pairs.get(identity, (None, None))
        if isinstance(one, StreamRow):
            pairs[identity] = (one if stream is None else joined_streams(stream, one), row)
        else:
            pairs[identity] = (stream, one if row is None else joined_rows(row, one))
    return pairs


def _key(one: StreamRow | StateRow) -> Key:
    return one.key


def _in_order(rows: Iterable[StreamRow | StateRow]) -> Iterator[StreamRow | StateRow]:
    before: Key | None = None
    for row in rows:
        if before is not None and row.key < before:
            raise DisorderedError(f"{row.key!r} came after {before!r}")
        before = row.key
        yield row


def _note(identity: Identity, stream: StreamRow | None, row: StateRow | None, placed: Placed, fault: Fault) -> Note:
    has_row = row is not None and row.rows > 0
    version = None if row is None else row.high
    event = Event(stream=stream.stream if stream is not None else row.stream if row is not None else None)
    if fault in AHEAD:
        event = replace(event, version=version)
    elif placed.by_clock and stream is not None:
        event = replace(event, time=to_moment(stream.eligible_time))
    return Note(
        identity=identity,
        fault=fault,
        event=event,
        row=version if has_row else None,
        head=None if stream is None else stream.head,
        after=placed.after,
        is_wanted=placed.is_wanted,
        by_clock=placed.by_clock,
        changed=None if row is None else to_moment(row.changed),
    )


def _first_events(
    case: StateCase, log_side: Snapshot, mirroring: Mirroring, notes: list[Note]
) -> Iterator[tuple[int, int, Event]]:
    """Of rows that lack events beyond one and the same place: the first event that each of them lacks."""
    numbers = {note.identity: note.number for note in notes}
    for found in log_side.first_beyond(case.log, mirroring, list(numbers), notes[0].after):
        number = numbers.get(canonical_all(found.raw, (mirroring.kind,)))
        if number is not None:
            yield number, found.place, event_of(found)


def event_of(found: Beyond) -> Event:
    """An event as findings name it."""
    return Event(
        position=found.position,
        partition=found.partition,
        id=found.id,
        stream=found.stream,
        version=found.version,
        type=found.type,
        time=to_moment(found.time),
    )
