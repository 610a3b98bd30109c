"""An event that no log has: the states and the consumers are asked for what is known of it.

A state that is at the version, or beyond it at one that its log lacks, changed without an event. A consumer that has a
receipt received what its log does not have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from auditor.config import ConsumerConfig, StateConfig
from auditor.desk import Desk, Failure
from auditor.tracing import states
from auditor.tracing.absence import not_written
from auditor.tracing.asked import AmbiguousEventError, Asked
from auditor.tracing.facts import Facts
from auditor.tracing.hints import hints
from auditor.tracing.hops import with_facts
from auditor.tracing.search import described, named
from auditor.tracing.strays import can_look, look_at
from checks.model.event import Event
from checks.model.trace import UNKNOWN, By, Hop, HopKind, HopVerdict, Look, Sought, Trace


@dataclass
class _Traces:
    """What was found, by what was asked, and where it was looked for."""

    desk: Desk
    looks: list[Look] = field(default_factory=list)
    hops: dict[Sought, list[Hop]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def state(self, sought: Sought, state: StateConfig) -> None:
        """Whether a state has come to a version that its log does not have."""
        self.desk.observer.phase(f"{state.name}: looking for the event")
        log = self.desk.config.logs[state.log]
        fact = self.desk.guarded(partial(states.gather_unwritten, self.desk, log, state, sought.event))
        self._look(HopKind.STATE, state.name, sought, fact)
        if fact is not None and not isinstance(fact, Failure):
            hop = Hop(
                of=HopKind.STATE,
                name=state.name,
                verdict=fact.verdict,
                store=state.store,
                event=Event(stream=sought.event.stream, version=fact.version, partition=sought.event.partition),
                upstream=log.name,
                count=fact.count,
                time=fact.changed,
                message=fact.message,
            )
            self.hops.setdefault(sought, []).append(hop)

    def consumer(self, sought: Sought, consumer: ConsumerConfig) -> None:
        """Whether a consumer has a receipt of it, or set it aside."""
        self.desk.observer.phase(f"{consumer.name}: looking for the event")
        log = self.desk.config.logs[consumer.log]
        facts = self.desk.guarded(partial(look_at, self.desk, log, consumer, sought.event))
        self._look(HopKind.CONSUMER, consumer.name, sought, facts)
        if isinstance(facts, Facts):
            self.ids |= set() if facts.receipts is None else facts.receipts.ids
            hop = Hop(
                of=HopKind.CONSUMER,
                name=consumer.name,
                verdict=HopVerdict.CANNOT_TELL,
                store=consumer.store,
                event=sought.event,
                upstream=log.name,
                depth=1,
            )
            self.hops.setdefault(sought, []).append(with_facts(hop, facts))

    def _look(self, of: HopKind, name: str, sought: Sought, answer: object) -> None:
        if isinstance(answer, Failure):
            look = Look(of=of, name=name, found=None, message=answer.message, problem=answer.reason)
        else:
            has = answer is not None
            message = f"it has {'a' if has else 'no'} trace of {named(sought.event)}"
            look = Look(of=of, name=name, found=has, message=message)
        self.looks.append(look)


def unwritten(
    desk: Desk, asked: Asked, at: datetime, meant: Sequence[Sought], looks: Sequence[Look]
) -> tuple[Trace, str | None]:
    """What is left of it, and the one id that its receipts say. ``looks``: what the logs said.

    Raises AmbiguousEventError.
    """
    traces = _Traces(desk)
    for sought in meant:
        for state in _states(desk, sought):
            traces.state(sought, state)
        for consumer in desk.config.consumers.values():
            if sought.log in (None, consumer.log) and can_look(consumer, sought.event):
                traces.consumer(sought, consumer)
    if len(traces.hops) > 1:
        raise AmbiguousEventError(asked.text, [described(each, each.log) for each in traces.hops])
    looked = tuple(dict.fromkeys((*looks, *traces.looks)))
    for sought, found in traces.hops.items():
        hops = tuple(_with_logs(desk, sought, found, looks))
        is_sure = not any(hop.verdict is HopVerdict.CANNOT_TELL for hop in hops)
        notes = ("no log has it",) if is_sure else ()
        id_ = next(iter(traces.ids)) if len(traces.ids) == 1 and sought.by is not By.ID else None
        left = Trace(asked=asked.text, at=at, sought=sought, event=sought.event, hops=hops, looked=looked, notes=notes)
        return left, id_
    return Trace(asked=asked.text, at=at, event=UNKNOWN, looked=looked, notes=tuple(hints(desk, asked, meant))), None


def _states(desk: Desk, sought: Sought) -> Iterator[StateConfig]:
    """Those that can have come to the version."""
    if sought.by is By.VERSION:
        for state in desk.config.states.values():
            if state.version is not None and sought.log in (None, state.log):
                yield state


def _with_logs(desk: Desk, sought: Sought, found: Sequence[Hop], looks: Sequence[Look]) -> Iterator[Hop]:
    """Each log between the states and the consumers that have a trace of an event that it has not."""
    said = {look.name: look for look in looks if look.of is HopKind.LOG and not look.found}
    for name in dict.fromkeys(hop.upstream for hop in found if hop.upstream is not None):
        log, look = desk.config.logs[name], said.get(name)
        holders = [hop.name for hop in found if hop.of is HopKind.CONSUMER and hop.upstream == name]
        verdict, message = not_written(log, sought.event, None, holders)
        if look is not None and look.found is None:
            verdict, message = HopVerdict.CANNOT_TELL, look.message
        problem = None if look is None else look.problem
        yield from (each for each in found if each.of is HopKind.STATE and each.upstream == name)
        yield Hop(
            of=HopKind.LOG,
            name=name,
            verdict=verdict,
            store=log.store,
            event=sought.event,
            upstream=log.derived_from,
            message=message,
            problem=problem,
        )
        yield from (each for each in found if each.of is HopKind.CONSUMER and each.upstream == name)
