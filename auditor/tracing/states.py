"""The row of a state against one event: has it come as far as the event's version?

The state is read after the log, so that a row that lags is behind, not merely read earlier. A row that is further is
looked up in the log again, which is then younger than the state: what the log lacks is not merely younger than it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.config import InboxConfig, LogConfig, StateConfig
from auditor.desk import Desk
from auditor.errors import StoreError
from auditor.gather.columns import expect_integers
from auditor.identity import canonical, canonical_all, joint
from auditor.moment import received_at
from auditor.stores.interface import ELIGIBLE, Match, ReceiptRow, Snapshot, Wanted
from auditor.tracing.growth import why_unwanted
from auditor.tracing.rows import MOST_ROWS, Row, find_rows, scope_of
from checks.model.event import Event
from checks.model.trace import HopVerdict
from checks.wording import counted, lasting
from reports.json_document import moment

MOST_OF_A_STREAM = 10_000
"""Events of a stream among which one is looked for that ended it."""


@dataclass(frozen=True, slots=True)
class StateFact:
    """What one row of a state says, or that there is none. ``changed``: when the row changed, where that is known.

    ``is_of_event``: the row stands exactly at the event.
    """

    verdict: HopVerdict
    message: str | None
    version: int | None = None
    changed: datetime | None = None
    count: int = 0
    is_of_event: bool = False


def gather(desk: Desk, log: LogConfig, state: StateConfig, row: Row) -> list[StateFact]:
    """One fact for each row of the event's stream; one that says so where there is none. Raises StoreError."""
    if row.event.stream is None:
        return [StateFact(HopVerdict.CANNOT_TELL, "the event has no stream")]
    with desk.snapshot(log.store) as log_side:
        unwanted = why_unwanted(log, row, scope_of(log_side, log, row.event, Wanted(state.types)))
        kind = log_side.kind(log.table, log.stream or "")
        late = _late(state, row, log_side.clock())
    behind = desk.behind(state.store)
    with desk.snapshot(state.store) as side:
        joined = joint(kind, side.kind(state.table, state.stream))
        if joined is None:
            text = f"stream: column {state.stream!r} of {state.table!r} cannot be compared with that of {log.table!r}"
            raise StoreError(state.store, "wrong-type", text)
        expect_integers(side, state.store, state.table, [state.version])
        found = _rows(side, state, Match(("stream",), (joined,)), row.event.stream)
    if found and unwanted is not None:
        return [_fact(each, StateFact(HopVerdict.NOT_WANTED, unwanted), len(found)) for each in found[:1]]
    if unwanted is not None:
        return [StateFact(HopVerdict.NOT_WANTED, unwanted)]
    if not found:
        return [_with(late, _without_row(desk, log, state, row, behind))]
    judged = [(each, _judged(desk, log, state, row, each, behind)) for each in found[:MOST_ROWS]]
    shown = [_fact(each, _with(late, fact), 1) for each, fact in judged]
    if len(found) > MOST_ROWS:
        more = counted(len(found) - MOST_ROWS, "more row")
        shown.append(StateFact(HopVerdict.CANNOT_TELL, f"the stream has {more}", count=len(found) - MOST_ROWS))
    return shown


def _late(state: StateConfig, row: Row, now: datetime) -> str | None:
    """That a row may still come to the event, where that is so young."""
    age = None if row.event.time is None else now - row.event.time
    if age is None or not timedelta(0) <= age < state.max_delay:
        return None
    return f"the event is {lasting(age)} old, and a row may take {lasting(state.max_delay)}"


def _with(late: str | None, fact: StateFact) -> StateFact:
    """What is not there yet, with why that may be."""
    if late is None or fact.verdict not in (HopVerdict.BEHIND, HopVerdict.NO_ROW):
        return fact
    return replace(fact, message=f"{fact.message}; {late}")


def gather_unwritten(desk: Desk, log: LogConfig, state: StateConfig, event: Event) -> StateFact | None:
    """Of a version that the log lacks: whether the state has come as far all the same; ``None``: it has not.

    The row is at least at that version, and at one that the log does not have. Raises StoreError.
    """
    for fact in gather(desk, log, state, Row(event)):
        if fact.is_of_event or fact.verdict is HopVerdict.AHEAD:
            text = f"the row is at version {fact.version}, which {log.name} does not have"
            return StateFact(HopVerdict.AHEAD, text, fact.version, fact.changed, fact.count)
    return None


def _rows(side: Snapshot, state: StateConfig, match: Match, stream: str) -> list[ReceiptRow]:
    """The rows of a stream, read as an inbox would be: its place in the order of receipts is when it changed."""
    rows = InboxConfig(
        table=state.table, where=state.where, stream=state.stream, version=state.version, received=state.changed
    )
    identity = (canonical(stream, match.kinds[0]),)
    found = [
        each for each in side.find_receipts(rows, match, [identity]) if canonical_all(each.raw, match.kinds) == identity
    ]
    return sorted(found, key=lambda each: (each.version is None, each.version or 0))


def _fact(row: ReceiptRow, fact: StateFact, count: int) -> StateFact:
    return replace(fact, version=row.version, changed=received_at(row.received), count=count)


def _judged(
    desk: Desk, log: LogConfig, state: StateConfig, row: Row, found: ReceiptRow, behind: str | None
) -> StateFact:
    version = row.event.version
    if state.version is None or version is None:
        return StateFact(HopVerdict.CANNOT_TELL, _by_time(row, found))
    if found.version is None:
        return StateFact(HopVerdict.CANNOT_TELL, "the row has no version")
    if found.version < version:
        text = f"the row is at version {found.version}"
        if behind is not None:
            return StateFact(HopVerdict.CANNOT_TELL, f"{text}; its server may lack a later one: {behind}")
        return StateFact(HopVerdict.BEHIND, text)
    if found.version == version:
        return StateFact(HopVerdict.IN_STEP, None, is_of_event=True)
    with desk.snapshot(log.store) as log_side:
        event = Event(stream=row.event.stream, version=found.version, partition=row.event.partition)
        is_there = find_rows(log_side, log.model_copy(update={"id": None}), event).total > 0
    if is_there:
        return StateFact(HopVerdict.IN_STEP, f"the row is at version {found.version}, a later event")
    return StateFact(HopVerdict.AHEAD, f"the row is at version {found.version}, which {log.name} does not have")


def _by_time(row: Row, found: ReceiptRow) -> str:
    """Without a version nothing is sure: a time says when the row changed, not which event changed it."""
    changed, at = received_at(found.received), row.event.time
    if changed is None:
        return "there is a row, and no version that would say how far it is"
    side = "" if at is None else ", after the event" if changed >= at else ", before the event"
    return f"the row changed at {moment(changed)}{side}; no version says by which event"


def _without_row(desk: Desk, log: LogConfig, state: StateConfig, row: Row, behind: str | None) -> StateFact:
    if behind is not None:
        return StateFact(HopVerdict.CANNOT_TELL, f"it has no row; its server may lack it: {behind}")
    if state.ended is not None:
        with desk.snapshot(log.store) as log_side:
            ended = _ended_at(log_side, log, state, row)
        if ended is None:
            return StateFact(HopVerdict.CANNOT_TELL, "it has no row; whether the stream ended was not found out")
        if ended:
            return StateFact(HopVerdict.IN_STEP, "it has no row, and needs none: the stream ended")
    return StateFact(HopVerdict.NO_ROW, "the stream has no row")


def _ended_at(log_side: Snapshot, log: LogConfig, state: StateConfig, row: Row) -> bool | None:
    """Whether the stream ended at the event or after it; ``None``: it is too long to be looked through."""
    if log.version is None:
        return None
    rows = log_side.stream_rows(log, [(row.event.partition, row.event.stream or "")])
    ended = Wanted(state.ended)
    for number, each in enumerate(rows):
        if number == MOST_OF_A_STREAM:
            return None
        if row.event.version is not None and (each.version or 0) < row.event.version:
            continue
        if each.position is not None and each.stream == row.event.stream and each.partition == row.event.partition:
            event = Event(
                position=each.position, id=each.id, stream=each.stream, version=each.version, partition=each.partition
            )
            if scope_of(log_side, log, event, ended) == ELIGIBLE:
                return True
    return False
