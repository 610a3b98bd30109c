"""Where what was asked for stands: every log is asked in every way in which it can be meant.

A row of a derived log leads up to the event that it was made of, so that an id that an event and its derived events
share is one event. What remains different after that is more than one event.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from auditor.config import LogConfig
from auditor.desk import Desk, Failure
from auditor.identity import Kind, canonical
from auditor.tracing.derivation import can_name, named_by, rows_naming, source_kind
from auditor.tracing.rows import NO_ROWS, Row, Rows, find_rows, words_of
from checks.model.event import Event
from checks.model.trace import By, HopKind, Look, Sought
from checks.wording import in_partition, quoted

_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Root:
    """The beginning of an event's way: a log and its rows, or ``seeds``, what is known of rows that are not there.

    ``failure``: why the log could not be looked at; ``behind``: why its server may lack what it should have. ``note``:
    why the way does not begin further up.
    """

    log: LogConfig
    rows: Rows
    seeds: tuple[Event, ...]
    failure: Failure | None = None
    behind: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """One event that is meant: by what it was found, in which log, and where its way begins.

    ``counts``: the ``where`` of that log lets it count.
    """

    sought: Sought
    log: LogConfig
    root: Root
    counts: bool = True

    def describe(self) -> str:
        """Which event that is, and how to ask for this one alone."""
        return described(self.sought, self.log.name)


@dataclass(slots=True)
class Search:
    """What all logs said."""

    meanings: list[Meaning] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def distinct(self) -> list[Meaning]:
        """The meanings that are different events, each by the log that has most rows of it."""
        found: list[Meaning] = []
        for meaning in self.meanings:
            same = next((n for n, other in enumerate(found) if _share(meaning.root, other.root)), None)
            if same is None:
                found.append(meaning)
            elif len(meaning.root.rows.rows) > len(found[same].root.rows.rows):
                found[same] = meaning
        return found


def search(desk: Desk, readings: Sequence[Sought]) -> Search:
    """Ask every log. Where none has the event itself, ask for rows that were made of it.

    What a log leaves out counts only where no log has it as its own: two logs may share a table.
    """
    found = Search()
    for sought in readings:
        for log in desk.config.logs.values():
            if sought.log in (None, log.name) and words_of(log, sought.event) is not None:
                _ask(desk, sought, log, found)
    counting = [meaning for meaning in found.meanings if meaning.counts]
    found.meanings = counting or found.meanings
    if not found.meanings:
        for sought in readings:
            found.meanings += _orphans(desk, sought)
    return found


def described(sought: Sought, log: str | None) -> str:
    """What was asked for, and the options that leave no doubt."""
    event, where = sought.event, "" if log is None else f" of {log}"
    chosen = "" if log is None else f" --log {log}"
    chosen += "" if event.partition is None else f" --partition {event.partition}"
    if sought.by is By.POSITION:
        return f"position {event.position}{where}{in_partition(event.partition)} ({event.position}{chosen})"
    option = "--stream" if sought.by is By.VERSION else "--id"
    return f"{named(event)}{where} ({option}{chosen})"


def _ask(desk: Desk, sought: Sought, log: LogConfig, found: Search) -> None:
    desk.observer.phase(f"{log.name}: looking for the event")

    def look() -> tuple[str | None, Rows]:
        behind = desk.behind(log.store)
        with desk.snapshot(log.store) as snapshot:
            return behind, find_rows(snapshot, log, sought.event)

    answer = desk.guarded(look)
    found.looks.append(_look(sought, log, answer))
    if isinstance(answer, Failure) or not answer[1].total:
        return
    _, rows = answer
    for part, of_part in _by_partition(sought, log, rows):
        root = _climb(desk, Root(log, of_part, (part.event,)))
        found.meanings.append(Meaning(part, log, root, counts=of_part.rows[0].passes))


def _look(sought: Sought, log: LogConfig, answer: tuple[str | None, Rows] | Failure) -> Look:
    if isinstance(answer, Failure):
        return Look(of=HopKind.LOG, name=log.name, found=None, message=answer.message, problem=answer.reason)
    behind, rows = answer
    if rows.total:
        return Look(of=HopKind.LOG, name=log.name, found=True, message=f"it has {told(sought.event)}")
    message = f"it has no {told(sought.event)}"
    if behind is not None:
        return Look(of=HopKind.LOG, name=log.name, found=None, message=f"{message}; its server may lack it: {behind}")
    return Look(of=HopKind.LOG, name=log.name, found=False, message=message)


def told(event: Event) -> str:
    """What a log lacks, in words: ``event with the id 'x'``, ``position 7``."""
    return f"event with {named(event)}" if event.id is not None else named(event)


def named(event: Event) -> str:
    """What is known of an event that is not there, in words: ``the id 'x'``, ``position 7``."""
    if event.id is not None:
        words = f"the id {quoted(event.id)}"
    elif event.position is not None:
        words = f"position {event.position}"
    else:
        words = f"version {event.version} of the stream {quoted(event.stream or '')}"
    return f"{words}{in_partition(event.partition)}"


def _by_partition(sought: Sought, log: LogConfig, rows: Rows) -> Iterator[tuple[Sought, Rows]]:
    """Positions, and streams, are counted for each partition: the same in two of them is two events. An id is not."""
    partitions = dict.fromkeys(row.event.partition for row in rows.rows)
    if sought.by is By.ID or log.partition is None or len(partitions) < _SEVERAL:
        yield sought, rows
        return
    for partition in partitions:
        of_it = tuple(row for row in rows.rows if row.event.partition == partition)
        event = replace(sought.event, partition=partition)
        yield replace(sought, event=event), Rows(of_it, len(of_it), rows.id_kind)


def _climb(desk: Desk, below: Root) -> Root:
    """From rows of a derived log to those that they were made of, as far up as there are any."""
    log = below.log
    if log.derived_from is None or not below.rows.rows:
        return below
    upstream = desk.config.logs[log.derived_from]

    def name() -> tuple[tuple[Event, ...], Kind]:
        with desk.snapshot(log.store) as snapshot:
            named = [event for row in below.rows.rows for event in named_by(snapshot, log, row.event)]
            return tuple(dict.fromkeys(named)), source_kind(snapshot, log)

    answer = desk.guarded(name)
    if isinstance(answer, Failure):
        return replace(below, note=f"what {log.name} was made of could not be read: {answer.message}")
    events, kind = answer
    if not events:
        return replace(below, note=f"its row in {log.name} names no event of {upstream.name}")
    return _climb(desk, _above(desk, upstream, events, kind))


def _above(desk: Desk, upstream: LogConfig, events: tuple[Event, ...], kind: Kind) -> Root:
    """The upstream's rows of events that rows below name; it is read after these."""
    answer = desk.guarded(lambda: (desk.behind(upstream.store), _union(desk, upstream, events, kind)))
    if isinstance(answer, Failure):
        return Root(upstream, NO_ROWS, events, answer)
    behind, rows = answer
    return Root(upstream, rows, events, behind=behind)


def _union(desk: Desk, log: LogConfig, events: Sequence[Event], kind: Kind) -> Rows:
    rows: dict[Row, None] = {}
    id_kind = NO_ROWS.id_kind
    with desk.snapshot(log.store) as snapshot:
        for event in events:
            found = find_rows(snapshot, log, event, kind)
            rows.update(dict.fromkeys(found.rows))
            id_kind = found.id_kind
    return Rows(tuple(rows), len(rows), id_kind)


def _orphans(desk: Desk, sought: Sought) -> Iterator[Meaning]:
    """Logs that lack the event although rows that were made of it are there."""
    for derived in desk.config.logs.values():
        upstream = desk.config.logs.get(derived.derived_from or "")
        if upstream is None or sought.log not in (None, upstream.name) or not can_name(derived, sought.event):
            continue
        if words_of(upstream, sought.event) is None:
            continue

        def look(derived: LogConfig = derived) -> Rows:
            with desk.snapshot(derived.store) as snapshot:
                return rows_naming(snapshot, derived, sought.event, NO_ROWS.id_kind)

        rows = desk.guarded(look)
        if isinstance(rows, Rows) and rows.total:
            yield Meaning(sought, upstream, _above(desk, upstream, (sought.event,), NO_ROWS.id_kind))


def _share(one: Root, other: Root) -> bool:
    """Whether two ways begin with the same event."""
    if one.log.name != other.log.name:
        return False
    if one.rows.rows and other.rows.rows:
        return bool({row.event for row in one.rows.rows} & {row.event for row in other.rows.rows})
    return bool(set(map(_known, one.seeds)) & set(map(_known, other.seeds)))


def _known(seed: Event) -> tuple[object, ...]:
    """What is known of a row that is not there, however its id is written."""
    id_ = None if seed.id is None else canonical(seed.id, Kind.TEXT)
    return id_, seed.position, seed.partition, seed.stream, seed.version
