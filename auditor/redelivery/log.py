"""The log of redeliveries, out of the ledger: who sent what again, when and why, and what became of it.

A ledger that there is not is not made for that. LedgerError: it cannot be read.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from auditor.config import Config
from auditor.earlier_runs import reading
from auditor.ledger import Ledger
from auditor.tracing.asked import Asked, readings
from checks.model.event import Event
from checks.model.journal import About, Attempt, Line, LogEntry, RedeliveryLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which redeliveries are asked for; ``None``: whatever it is. Both moments are included.

    ``plan``: a hash, or its beginning. ``event``: those that came to it; as ``auditor trace`` takes it.
    """

    plan: str | None = None
    consumer: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether it leaves out more than what is older."""
        return any(each is not None for each in (self.plan, self.consumer, self.event, self.since, self.until))


def redelivery_log(config: Config, wanted: Wanted, *, with_attempts: bool = False) -> RedeliveryLog:
    """Redeliveries, the newest first. ``with_attempts``: with what was done about each of their events.

    Where a consumer is named, with what was done for that one; where an event is, with what was done about that, asked
    for or not. UsageError: it can be no event of this config. LedgerError: the ledger cannot be read.
    """
    about = () if wanted.event is None else tuple(_meant(config, wanted.event))
    with reading(config) as ledger:
        entries = () if ledger is None else tuple(_entries(ledger, wanted, about, with_attempts=with_attempts))
    return RedeliveryLog(entries=entries, narrowed=wanted.narrows)


def _entries(ledger: Ledger, wanted: Wanted, about: Sequence[About], *, with_attempts: bool) -> Iterator[LogEntry]:
    found = ledger.redeliveries(
        plan=wanted.plan,
        consumer=wanted.consumer,
        about=about,
        since=wanted.since,
        until=wanted.until,
        limit=wanted.limit,
    )
    for each in found:
        if not (with_attempts or about):
            yield LogEntry(recorded=each)
            continue
        lines = ledger.lines_of(each.redelivery.number, consumer=wanted.consumer, about=about)
        yield LogEntry(recorded=each, attempts=by_event(lines))


def by_event(lines: Iterable[Line]) -> tuple[Attempt, ...]:
    """Lines of one redelivery by consumer and event, in the order in which these were come to."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        found.setdefault((line.consumer, line.key), []).append(line)
    return tuple(Attempt(lines=tuple(each)) for each in found.values())


def _meant(config: Config, event: str) -> Iterator[About]:
    """Every way in which it can be meant. A position is one of a log, and so of that log's consumers."""
    for sought in readings(Asked(text=event), config):
        for spelt in dict.fromkeys(_spellings(sought.event)):
            yield About(event=spelt, consumers=_consumers(config, sought.log))


def _spellings(event: Event) -> Iterator[Event]:
    """As it was typed, and as databases spell uuids."""
    yield event
    if event.id is not None:
        with suppress(ValueError):
            uuid = UUID(event.id)
            yield from (replace(event, id=spelt) for spelt in (str(uuid), uuid.hex))


def _consumers(config: Config, log: str | None) -> tuple[str, ...] | None:
    return None if log is None else tuple(each.name for each in config.consumers.values() if each.log == log)
