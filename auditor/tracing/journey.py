"""One trace: what was asked is found, its way is followed, and where no log has it the consumers are asked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from auditor.config import Config, load
from auditor.errors import AuditorError
from auditor.observer import Observer, Silent
from auditor.tracing.asked import Asked, readings
from auditor.tracing.desk import Desk, Failure
from auditor.tracing.growth import grow
from auditor.tracing.hops import Hops, with_facts
from auditor.tracing.search import Meaning, Search, described, named, search, told
from auditor.tracing.strays import can_look, look_at
from checks.model.event import Event
from checks.model.trace import Hop, HopKind, HopVerdict, Look, Sought, Trace


class AmbiguousEventError(AuditorError):
    """What was asked for is more than one event. The message names each of them, and how to ask for it alone."""

    def __init__(self, text: str, meant: Sequence[str]) -> None:
        """``meant``: each of them, with the options that name it."""
        super().__init__(f"{text!r} is more than one event: {', or '.join(meant)}")


def trace(
    config: Config | str | Path,
    event: str,
    *,
    log: str | None = None,
    partition: str | None = None,
    as_id: bool = False,
    as_version: bool = False,
    observer: Observer | None = None,
) -> Trace:
    """Find one event at every hop of a config: by its id, ``LOG:POSITION`` or ``STREAM@VERSION``.

    ``log``: look in this log only; a whole number is then a position of it. ``partition``: of that position, or of
    that stream. ``as_id``, ``as_version``: ``event`` is meant so, and in no other way.

    Raises ConfigError for a config that cannot be read, UsageError for what cannot be an event of it, and
    :class:`AmbiguousEventError` where it is two of them. Stores that fail do not raise: their hops cannot be told.
    """
    settings = config if isinstance(config, Config) else load(Path(config))
    asked = Asked(text=event, log=log, partition=partition, as_id=as_id, as_version=as_version)
    meant = readings(asked, settings)
    desk = Desk(settings, observer or Silent())
    try:
        return _traced(desk, asked, meant)
    finally:
        desk.close()


def _traced(desk: Desk, asked: Asked, meant: Sequence[Sought]) -> Trace:
    at = datetime.now(UTC)
    found = search(desk, meant)
    distinct = found.distinct()
    if len(distinct) > 1:
        raise AmbiguousEventError(asked.text, [each.describe() for each in distinct])
    if distinct:
        return _followed(desk, asked, at, distinct[0], found)
    return _stray(desk, asked, at, meant, found)


def _followed(desk: Desk, asked: Asked, at: datetime, meaning: Meaning, found: Search) -> Trace:
    root = grow(desk, meaning.root)
    hops = Hops(desk).walk(root)
    notes = [] if meaning.root.note is None else [meaning.root.note]
    return Trace(
        asked=asked.text,
        at=at,
        sought=meaning.sought,
        event=_first(hops, meaning.sought),
        hops=hops,
        looked=tuple(found.looks),
        notes=tuple(notes),
    )


def _first(hops: Sequence[Hop], sought: Sought) -> Event:
    """The event as the first log on the way has it."""
    return next((hop.event for hop in hops if hop.of is HopKind.LOG and hop.count), sought.event)


def _stray(desk: Desk, asked: Asked, at: datetime, meant: Sequence[Sought], found: Search) -> Trace:
    """No log has it: the consumers are asked for what is known of it."""
    looks = list(found.looks)
    traces: dict[Sought, list[Hop]] = {}
    for sought in meant:
        for consumer in desk.config.consumers.values():
            if sought.log not in (None, consumer.log) or not can_look(consumer, sought.event):
                continue
            desk.observer.phase(f"{consumer.name}: looking for the event")
            log = desk.config.logs[consumer.log]
            facts = desk.guarded(partial(look_at, desk, log, consumer, sought.event))
            looks.append(_look(consumer.name, sought, facts))
            if facts is not None and not isinstance(facts, Failure):
                hop = Hop(
                    of=HopKind.CONSUMER,
                    name=consumer.name,
                    verdict=HopVerdict.CANNOT_TELL,
                    store=consumer.store,
                    event=sought.event,
                    upstream=log.name,
                    depth=1,
                )
                traces.setdefault(sought, []).append(with_facts(hop, facts))
    if len(traces) > 1:
        raise AmbiguousEventError(asked.text, [described(each, each.log) for each in traces])
    sought_as = next(iter(traces), None)
    hops = [] if sought_as is None else [*_logs(desk, sought_as, traces[sought_as], looks), *traces[sought_as]]
    event = sought_as.event if sought_as is not None else Event()
    notes = ("no log has it",) if sought_as is not None and not any(hop.problem for hop in hops) else ()
    return Trace(
        asked=asked.text, at=at, sought=sought_as, event=event, hops=tuple(hops), looked=tuple(looks), notes=notes
    )


def _logs(desk: Desk, sought: Sought, traces: Sequence[Hop], looks: Sequence[Look]) -> list[Hop]:
    """The logs of the consumers that have it, none of which does."""
    hops = []
    failed = {look.name: look for look in looks if look.of is HopKind.LOG and look.problem is not None}
    for name in dict.fromkeys(hop.upstream for hop in traces if hop.upstream is not None):
        log, look = desk.config.logs[name], failed.get(name)
        hops.append(
            Hop(
                of=HopKind.LOG,
                name=name,
                verdict=HopVerdict.NOT_WRITTEN if look is None else HopVerdict.CANNOT_TELL,
                store=log.store,
                event=sought.event,
                upstream=log.derived_from,
                message=f"it has no {told(sought.event)}" if look is None else look.message,
                problem=None if look is None else look.problem,
            )
        )
    return hops


def _look(name: str, sought: Sought, facts: object) -> Look:
    if isinstance(facts, Failure):
        return Look(of=HopKind.CONSUMER, name=name, found=None, message=facts.message, problem=facts.reason)
    has = facts is not None
    message = f"it has {'a' if has else 'no'} trace of {named(sought.event)}"
    return Look(of=HopKind.CONSUMER, name=name, found=has, message=message)
