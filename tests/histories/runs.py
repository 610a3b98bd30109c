"""Audits after one another: what happens between two, and what the first one leaves for the second."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from auditor.auditing.session import Session
from auditor.config import load
from auditor.memory import ConsumerMemory, Memory, Redelivered
from auditor.observer import Silent
from checks.model.result import Audit
from checks.model.sent_again import Stretch
from tests.histories.history import AHEAD, OLD, YOUNG, Event, History, Receipt
from tests.histories.verdicts import FINE


@st.composite
def successors(draw: DrawFn, history: History) -> History:
    """What may have become of a history: written on, received and lost more; its cursors anywhere they can be.

    Half of the time nothing is received, so that cursors that move pass what leaves no trace.
    """
    events = list(history.events)
    for last in [e for e in events if draw(st.integers(0, 3)) == 0]:
        events.append(_next(draw, events, last))
    cursors = None
    if history.cursors is not None:
        by_stream = history.goes_by == "stream"
        places = {scope: _places(events, scope, by_stream=by_stream) for scope in history.cursors}
        cursors = {scope: draw(_moved(cursor, places[scope])) for scope, cursor in history.cursors.items()}
    receipts = None
    if history.receipts is not None:
        kept = [receipt for receipt in history.receipts if draw(st.integers(0, 11)) != 0]
        is_idle = draw(st.booleans())
        lacking = [e for e in events if not is_idle and draw(st.integers(0, 3)) == 0]
        number = max((receipt.seq for receipt in kept), default=0)
        receipts = (*kept, *(Receipt(number + nth, event) for nth, event in enumerate(lacking, start=1)))
    return replace(history, events=tuple(events), cursors=cursors, receipts=receipts)


def _next(draw: DrawFn, events: list[Event], like: Event) -> Event:
    """One more event of a partition, in a stream of its own."""
    position = max(e.position for e in events if e.partition == like.partition) + draw(st.sampled_from((1, 1, 3)))
    age, id_ = draw(st.sampled_from((OLD, YOUNG, AHEAD, None))), draw(st.none() | st.uuids(version=4))
    return replace(like, position=position, id=id_, stream=f"later-{position}", version=1, age=age)


def _places(events: list[Event], scope: str | None, *, by_stream: bool) -> list[int]:
    """Where a cursor can stand: at positions of its partition, or at versions of its stream."""
    if by_stream:
        return [event.version for event in events if event.stream == scope]
    return [event.position for event in events if event.partition == scope]


@st.composite
def _moved(draw: DrawFn, cursor: int, positions: list[int]) -> int:
    return draw(st.sampled_from((cursor, cursor, 0, *positions, *positions[-2:])))


@st.composite
def redelivered(draw: DrawFn, history: History, memory: Memory) -> tuple[History, Memory]:
    """Some events were sent again a moment ago, and most of them arrived, at the end; and what a ledger knows of it.

    A memory of an earlier run may be there or not.
    """
    sent = [e for e in history.events if e.id is not None and draw(st.integers(0, 2)) == 0]
    kept = memory if draw(st.booleans()) else Memory()
    known = {
        (part, end.position) for each in kept.consumers.values() for part, both in each.ends.items() for end in both
    }
    receipts = history.receipts
    if receipts is not None:
        number = max((receipt.seq for receipt in receipts), default=0)
        arrived = [e for e in sent if draw(st.integers(0, 3)) != 0]
        receipts = (*receipts, *(Receipt(number + nth, event) for nth, event in enumerate(arrived, start=1)))
    places = frozenset((event.partition, event.position) for event in sent)
    again = replace(history, receipts=receipts, sent_again=places, known=frozenset(known))
    return again, replace(kept, redelivered={"billing": Redelivered(sent=stretches(places))})


def stretches(places: Iterable[tuple[str | None, int]]) -> tuple[Stretch, ...]:
    """Each by itself, sent at this very moment."""
    now = datetime.now(UTC)
    return tuple(Stretch(first=at, last=at, began=now, at=now, partition=part) for part, at in places)


def audit_after(config: Path, memory: Memory, *, streamed: bool = False) -> tuple[Audit, Memory]:
    """The audit of ``billing`` that knows what an earlier one left, without any wait; and what it leaves itself."""
    session = Session(
        load(config),
        Silent(),
        run="later",
        memory=memory,
        max_findings=None,
        sleep=lambda _: None,
        streamed=streamed,
        grain=FINE,
    )
    try:
        session.audit({"billing"})
    finally:
        session.close()
    return session.audits["billing"], session.learnt


def earlier(what: Any, by: timedelta) -> Any:
    """The same, with every moment in it so much earlier: what a run that long ago would have left."""
    if isinstance(what, datetime):
        return what - by
    if is_dataclass(what) and not isinstance(what, type):
        return replace(what, **{each.name: earlier(getattr(what, each.name), by) for each in fields(what)})
    if isinstance(what, tuple):
        parts = [earlier(each, by) for each in what]
        return type(what)(*parts) if hasattr(what, "_fields") else tuple(parts)
    return {key: earlier(each, by) for key, each in what.items()} if isinstance(what, Mapping) else what


def aged(memory: Memory, by: timedelta) -> Memory:
    """The memory as it would be, had the run that left it taken place that much earlier."""
    consumers = {name: _aged(consumer, by) for name, consumer in memory.consumers.items()}
    return Memory(consumers=consumers, redelivered=memory.redelivered)


def _aged(memory: ConsumerMemory, by: timedelta) -> ConsumerMemory:
    cursors = {scope: replace(cursor, since=cursor.since - by) for scope, cursor in memory.cursors.items()}
    sightings = {
        key: seen._replace(
            first_seen=seen.first_seen - by, passed_since=None if seen.passed_since is None else seen.passed_since - by
        )
        for key, seen in memory.sightings.items()
    }
    ends = {
        partition: (lowest._replace(since=lowest.since - by), highest._replace(since=highest.since - by))
        for partition, (lowest, highest) in memory.ends.items()
    }
    return replace(memory, at=memory.at - by, cursors=cursors, sightings=sightings, ends=ends)
