"""The way of an event as hops: for each log its states, its rows, its outbox, its consumers, and what was made of it.

Everything is read in this order, and one hop fails without the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from auditor.config import ConsumerConfig, StateConfig
from auditor.desk import Desk, Failure
from auditor.tracing import consumers, sending, states
from auditor.tracing.absence import judge_absence, of_absent_log
from auditor.tracing.facts import Facts, judge
from auditor.tracing.growth import Branch
from auditor.tracing.rows import Row
from auditor.tracing.strays import can_look, look_at
from checks.model.event import Event
from checks.model.trace import PRESENT, UNKNOWN, Delay, Hop, HopKind, HopVerdict
from checks.wording import counted


@dataclass
class Hops:
    """All hops of one way. ``hops`` grows with each log that is walked."""

    desk: Desk
    hops: list[Hop] = field(default_factory=list)
    _rows: dict[tuple[str, Event], Hop] = field(default_factory=dict)

    def walk(self, root: Branch) -> tuple[Hop, ...]:
        """Every hop from the root on."""
        for branch in root.all():
            self.desk.observer.phase(f"{branch.log.name}: following the event")
            self._publisher(branch)
            if branch.rows.rows:
                self._present(branch)
            else:
                self._absent(branch)
        return tuple(self.hops)

    def _publisher(self, branch: Branch) -> None:
        for row, told in branch.publishing.items():
            hop = self._hop(branch, HopKind.PUBLISHER, branch.log.name, branch.log.store, event=row.event)
            hop = replace(hop, upstream=branch.log.derived_from)
            if isinstance(told, Failure):
                self.hops.append(_failed(hop, told))
            else:
                self.hops.append(replace(hop, verdict=told.verdict, message=told.message, cursor=told.cursor))

    def _present(self, branch: Branch) -> None:
        for row in _distinct(branch.rows.rows, "stream", "version"):
            for state in self.desk.config.states.values():
                if state.log == branch.log.name:
                    self._state(branch, state, row)
        for row in branch.rows.rows:
            self._row(branch, row)
        hidden = branch.rows.total - len(branch.rows.rows)
        if hidden > 0:
            hop = self._hop(branch, HopKind.LOG, branch.log.name, branch.log.store)
            message = f"{counted(hidden, 'more row')} {'are' if hidden > 1 else 'is'} not followed"
            self.hops.append(replace(hop, verdict=_written(branch), count=hidden, message=message))
        for consumer in self._consumers(branch):
            for row in branch.rows.rows:
                self._consumer(branch, consumer, row)

    def _row(self, branch: Branch, row: Row) -> None:
        log = branch.log
        hop = self._hop(branch, HopKind.LOG, log.name, log.store, event=row.event)
        message = None if row.passes else f"the 'where' of {log.name} leaves it out"
        before = None if log.derived_from is None or row.upstream is None else self._before(log.derived_from, row)
        hop = replace(hop, verdict=_written(branch), count=1, time=row.event.time, message=message)
        hop = _delayed(hop, before)
        self.hops.append(hop)
        self._rows[log.name, row.event] = hop
        if log.sent is not None:
            self._outbox(branch, row, hop)

    def _before(self, upstream: str, row: Row) -> Hop | None:
        """The hop of the upstream row that a derived row was found by."""
        return None if row.upstream is None else self._rows.get((upstream, row.upstream))

    def _outbox(self, branch: Branch, row: Row, before: Hop) -> None:
        log = branch.log
        hop = self._hop(branch, HopKind.OUTBOX, log.name, log.store, event=row.event)
        told = self.desk.guarded(partial(sending.gather, self.desk, log, row.event))
        if isinstance(told, Failure):
            self.hops.append(_failed(hop, told))
            return
        hop = replace(hop, verdict=told.verdict, time=told.at, message=told.message, count=1)
        hop = _delayed(hop, before)
        self.hops.append(hop)
        if hop.time is not None:
            self._rows[log.name, row.event] = hop

    def _state(self, branch: Branch, state: StateConfig, row: Row) -> None:
        event = Event(stream=row.event.stream, version=row.event.version, partition=row.event.partition)
        hop = self._hop(branch, HopKind.STATE, state.name, state.store, event=replace(event, version=None))
        told = self.desk.guarded(partial(states.gather, self.desk, branch.log, state, row))
        if isinstance(told, Failure):
            self.hops.append(_failed(hop, told))
            return
        for fact in told:
            seen = replace(hop, event=replace(event, version=fact.version), verdict=fact.verdict, count=fact.count)
            seen = replace(seen, message=fact.message, time=fact.changed)
            written = Hop(of=HopKind.LOG, name=branch.log.name, verdict=HopVerdict.WRITTEN, store=branch.log.store)
            before = replace(written, time=row.event.time) if fact.is_of_event else None
            self.hops.append(_delayed(seen, before))

    def _consumer(self, branch: Branch, consumer: ConsumerConfig, row: Row) -> None:
        hop = self._hop(branch, HopKind.CONSUMER, consumer.name, consumer.store, event=row.event)
        facts = self.desk.guarded(partial(consumers.gather, self.desk, branch.log, consumer, row))
        if isinstance(facts, Failure):
            self.hops.append(_failed(hop, facts))
            return
        hop = with_facts(hop, facts)
        self.hops.append(_delayed(hop, self._rows.get((branch.log.name, row.event))))

    def _absent(self, branch: Branch) -> None:
        """A log without a row of it: why, and what its consumers have of it all the same."""
        seed = branch.events[0] if branch.events else UNKNOWN
        hop = self._hop(branch, HopKind.LOG, branch.log.name, branch.log.store, event=seed)
        there = {consumer.name: self._left_at(branch, consumer, seed) for consumer in self._consumers(branch)}
        if branch.failure is not None:
            hop = _failed(hop, branch.failure)
        else:
            holders = [name for name, left in there.items() if left is not None and left.verdict in PRESENT]
            verdict, message = judge_absence(branch, _ages(self.desk, branch), holders)
            hop = replace(hop, verdict=verdict, message=message)
        self.hops.append(hop)
        for consumer in self._consumers(branch):
            self.hops.append(there[consumer.name] or self._without_any(branch, consumer, hop))

    def _left_at(self, branch: Branch, consumer: ConsumerConfig, seed: Event) -> Hop | None:
        """What a consumer has of an event that its log has not; ``None``: no trace of it was found."""
        hop = self._hop(branch, HopKind.CONSUMER, consumer.name, consumer.store, event=seed)
        for known in seeds_of(branch):
            facts = self.desk.guarded(partial(look_at, self.desk, branch.log, consumer, known))
            if isinstance(facts, Failure):
                return _failed(hop, facts)
            if facts is not None:
                return with_facts(replace(hop, event=known), facts)
        return None

    def _without_any(self, branch: Branch, consumer: ConsumerConfig, log: Hop) -> Hop:
        hop = self._hop(branch, HopKind.CONSUMER, consumer.name, consumer.store, event=log.event)
        verdict, message = of_absent_log(log)
        if verdict is HopVerdict.NOT_RECEIVED and not any(can_look(consumer, known) for known in seeds_of(branch)):
            verdict, message = (
                HopVerdict.CANNOT_TELL,
                f"{log.name} does not have it, and its receipts name no such event",
            )
        return replace(hop, verdict=verdict, message=message)

    def _consumers(self, branch: Branch) -> Iterator[ConsumerConfig]:
        return (each for each in self.desk.config.consumers.values() if each.log == branch.log.name)

    def _hop(self, branch: Branch, of: HopKind, name: str, store: str, event: Event = UNKNOWN) -> Hop:
        """A hop of which nothing was found out yet."""
        is_below = of in (HopKind.CONSUMER, HopKind.OUTBOX)
        return Hop(
            of=of,
            name=name,
            verdict=HopVerdict.CANNOT_TELL,
            store=store,
            event=event,
            upstream=branch.log.derived_from if of is HopKind.LOG else branch.log.name,
            depth=branch.depth + is_below,
        )


def with_facts(hop: Hop, facts: Facts) -> Hop:
    """A consumer's hop with what was found out."""
    verdict, message = judge(facts)
    count = 0 if facts.receipts is None else facts.receipts.count
    first = None if facts.receipts is None else facts.receipts.first
    return replace(hop, verdict=verdict, message=message, count=count, time=first, cursor=facts.cursor)


def _written(branch: Branch) -> HopVerdict:
    return HopVerdict.WRITTEN if branch.log.derived_from is None else HopVerdict.DERIVED


def _failed(hop: Hop, failure: Failure) -> Hop:
    return replace(hop, verdict=HopVerdict.CANNOT_TELL, message=failure.message, problem=failure.reason)


def _delayed(hop: Hop, before: Hop | None) -> Hop:
    """With how much later it is than the hop before, where both times are known."""
    if before is None or before.time is None or hop.time is None:
        return hop
    return replace(hop, delay=Delay(by=hop.time - before.time, of=before.of, name=before.name, clock=before.store))


def _distinct(rows: tuple[Row, ...], *words: str) -> Iterator[Row]:
    """One row for each different value of these words."""
    seen = set()
    for row in rows:
        values = tuple(getattr(row.event, word) for word in words)
        if values not in seen:
            seen.add(values)
            yield row


def seeds_of(branch: Branch) -> Iterator[Event]:
    """By what a consumer can be asked for an event that its log has not.

    A derived log may have taken over the upstream's id though another column names the upstream. An id of digits may be
    that of another event there.
    """
    yield from branch.seeds
    if branch.seeds or branch.upstream is None or branch.log.id is None:
        return
    for event in branch.upstream.events:
        if event.id is not None and not event.id.isdecimal():
            yield Event(id=event.id)


def _ages(desk: Desk, branch: Branch) -> float | None:
    """How old the upstream event is, in seconds, on its own store's clock."""
    upstream = branch.upstream
    if upstream is None or not upstream.rows.rows:
        return None
    written = upstream.rows.rows[0].event.time

    def clock() -> datetime:
        with desk.snapshot(upstream.log.store) as snapshot:
            return snapshot.clock()

    now = desk.guarded(clock)
    return None if written is None or isinstance(now, Failure) else (now - written).total_seconds()
