"""What shows a finding about what a log was made out of: the rows of both, found by the column that names the event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.config import LogConfig
from auditor.statements.consumer import usual as as_of_a_consumer
from auditor.statements.log_table import LogTable
from auditor.statements.matching import among_of
from auditor.statements.shown import MOST, Shown, it, some
from auditor.statements.subscription import Subscription
from auditor.stores.interface.showing import Showing
from checks.model.event import Event
from checks.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derived log, and as the follower of its upstream."""

    log: LogConfig
    follower: Subscription

    @property
    def table(self) -> LogTable:
        """Its own rows, each with what names the upstream event."""
        further = () if self.log.source is None else (self.log.source,)
        return LogTable(self.log, self.follower.store, further)

    def rows_of(self, upstream: Sequence[Event]) -> Showing | None:
        """Its rows that name these events."""
        inbox = self.follower.consumer.inbox
        among = None if inbox is None else among_of(inbox, self.follower.match, upstream)
        return None if among is None else replace(self.table.named(among), where=self.log.where)


Tells = Callable[[Finding, Derivation], Iterator[Shown]]


def statements(finding: Finding, of: Derivation) -> Iterator[Shown]:
    """At most three; one that cannot be had shows nothing."""
    yield from PARTICULAR.get(finding.check, usual)(finding, of)


def usual(finding: Finding, of: Derivation) -> Iterator[Shown]:
    """The rows, and what they name."""
    events = finding.events[:MOST]
    yield Shown(of.follower.store, f"{some(len(events), finding.count, 'row')} of {of.log.name}", of.table.at(events))
    upstream = named(finding)
    yield Shown(of.follower.log_store, f"what {of.follower.log.name} has of what they name", _upstream(of, upstream))


def underived(finding: Finding, of: Derivation) -> Iterator[Shown]:
    """Upstream events, no row that names one, and how far the publisher is."""
    for shown in as_of_a_consumer(finding, of.follower):
        if shown.store is of.follower.store and shown.showing is not None and shown.showing.table == of.log.table:
            yield replace(shown, shows=f"no row of {of.log.name} names one", showing=of.rows_of(finding.events[:MOST]))
        else:
            yield replace(shown, shows=shown.shows.replace("stands", "has read up to"))


def unexpected(finding: Finding, of: Derivation) -> Iterator[Shown]:
    """Rows, and nothing upstream that they name."""
    own, upstream = usual(finding, of)
    yield own
    yield replace(upstream, shows=f"no such event in {of.follower.log.name}")


def duplicate(finding: Finding, of: Derivation) -> Iterator[Shown]:
    """All rows of each event, which the upstream has once."""
    upstream = named(finding)
    told = f"more than one row of {of.log.name} for {some(len(upstream), finding.count)}"
    yield Shown(of.follower.store, told, of.rows_of(upstream))
    yield Shown(of.follower.log_store, f"what {of.follower.log.name} has of {it(upstream)}", _upstream(of, upstream))


def out_of_order(finding: Finding, of: Derivation) -> Iterator[Shown]:
    """The rows and those that they stand behind, by position, and their events in the order of their streams."""
    few = MOST // 2
    late, pairs = finding.events[:few], _mappings(finding.evidence.get("overtaken"))[:few]
    places = [pair.get("overtaken_by_position") for pair in pairs]
    overtakers = [Event(position=at, partition=finding.partition) for at in places if isinstance(at, int)]
    both = tuple({event.position: event for event in (*late, *overtakers)}.values())
    told = f"{some(len(late), finding.count, 'row')} of {of.log.name}, and what overtook {it(late)}"
    yield Shown(of.follower.store, told, of.table.at(both))
    upstream = [_event(pair.get(key)) for pair in pairs for key in ("upstream", "overtaken_by")]
    showing, log = _upstream(of, upstream), of.follower.log
    order = tuple(name for name in (log.stream, log.version) if name is not None) or (log.position,)
    shows = f"their events in {log.name}, in the order of their streams"
    yield Shown(of.follower.log_store, shows, None if showing is None else replace(showing, order=order))


def named(finding: Finding) -> list[Event]:
    """The upstream events that a finding names, beside its rows."""
    return [_event(each) for each in _mappings(finding.evidence.get("upstream"))[:MOST]]


def _upstream(of: Derivation, events: Sequence[Event]) -> Showing | None:
    return of.follower.upstream.matching(of.follower.match, events)


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, Sequence) else []


def _event(seen: object) -> Event:
    told = seen if isinstance(seen, Mapping) else {}
    return Event(
        position=told.get("position"), id=told.get("id"), stream=told.get("stream"), version=told.get("version")
    )


PARTICULAR: dict[str, Tells] = {
    "underived": underived,
    "unexpected": unexpected,
    "duplicate": duplicate,
    "out-of-order": out_of_order,
}
