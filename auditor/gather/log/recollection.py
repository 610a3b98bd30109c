"""What earlier runs saw of a log, looked up where it must still stand.

Positions are looked up in one go, filters ignored, and what stands there is compared as values are: uuids by value,
integers by number. Nothing is judged here; whether a log's ``retention`` explains an absence is only found out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.consumer.case import in_batches
from auditor.identity import Kind, canonical, joint
from auditor.memory import LogMemory
from auditor.stores.interface import EVERYTHING, Identity, Match, Snapshot
from checks.model.event import Event
from checks.model.previous import DeadHole, Witness
from checks.model.recalled import Contradicted, FilledHole, LowerHead
from checks.model.result import Extent

Place = tuple[str | None, int]
"""Partition and position."""
MOST_FILLED = 10_000
"""Rows in holes that were called dead: beyond it the number does not matter."""
WORDS = ("id", "stream", "version", "type")


def comparable(log: LogConfig) -> tuple[str, ...]:
    """The words by which an event is known again: all that the log names, its time only where there is nothing else."""
    named = tuple(word for word in WORDS if getattr(log, word) is not None)
    return named or (("time",) if log.time is not None else ())


@dataclass(slots=True, kw_only=True)
class Recollection:
    """What became of that which was remembered. ``standing``: the rows at all places that were looked up."""

    standing: Mapping[Place, Sequence[Event]] = field(default_factory=dict)
    holding: Sequence[Witness] = ()
    contradicted: Sequence[Contradicted] = ()
    lower_heads: Sequence[LowerHead] = ()
    filled: Sequence[FilledHole] = ()

    def gone(self) -> frozenset[Place]:
        """Where nothing stands, although what was seen there may not be gone."""
        return frozenset(
            place_of(one.witness.event)
            for one in self.contradicted
            if one.now is None and one.purged is False and place_of(one.witness.event)[1] is not None
        )


def place_of(event: Event) -> Place:
    """Where an event stands; nothing without a position is ever remembered."""
    return event.partition, 0 if event.position is None else event.position


def recollect(
    snapshot: Snapshot,
    log: LogConfig,
    before: LogMemory | None,
    extents: Mapping[str | None, Extent],
    now: datetime,
    others: Iterable[Place],
) -> Recollection:
    """Look up what ``before`` remembers, and the rows at ``others`` with it."""
    witnesses = () if before is None else before.witnesses
    places = {*(place_of(witness.event) for witness in witnesses), *others}
    standing = standing_at(snapshot, log, places)
    if before is None:
        return Recollection(standing=standing)
    words = {word: _kind(snapshot, log, word) for word in comparable(log)}
    holding: list[Witness] = []
    contradicted: list[Contradicted] = []
    for witness in witnesses:
        here = standing.get(place_of(witness.event), ())
        differs = _differing(witness.event, here, words)
        if here and not differs:
            holding.append(witness)
        else:
            purged = False if here else is_purged(log, extents, now, witness)
            other = here[0] if here else None
            contradicted.append(Contradicted(witness=witness, now=other, differs=differs, purged=purged))
    return Recollection(
        standing=standing,
        holding=holding,
        contradicted=contradicted,
        lower_heads=list(_lower_heads(log, before, extents, now)),
        filled=list(_filled(snapshot, log, before.dead_holes)),
    )


def standing_at(snapshot: Snapshot, log: LogConfig, places: Iterable[Place]) -> dict[Place, list[Event]]:
    """The rows at these places. A NULL partition cannot be looked up."""
    match = match_of_places(snapshot, log)
    found: dict[Place, list[Event]] = {}
    if match is None:
        return found
    identities = places_as_identities(log, match, places)
    for batch in in_batches(sorted(identities, key=str)):
        for row in snapshot.find_events(log, match, batch, EVERYTHING):
            place = (row.partition, row.position or 0)
            if row.position is not None and place in places:
                found.setdefault(place, []).append(event_of(row))
    return found


def places_as_identities(log: LogConfig, match: Match, places: Iterable[Place]) -> set[Identity]:
    """By what the rows at these places are found. A NULL partition cannot be looked up."""
    if log.partition is None:
        return {(position,) for _, position in places}
    return {(canonical(part, match.kinds[0]), position) for part, position in places if part is not None}


def match_of_places(snapshot: Snapshot, log: LogConfig) -> Match | None:
    """How places are looked up: by position, and by partition where there is one that can be compared."""
    if log.partition is None:
        return Match(("position",), (Kind.INTEGER,))
    kind = snapshot.kind(log.table, log.partition)
    compared = joint(kind, kind)
    return None if compared is None else Match(("partition", "position"), (compared, Kind.INTEGER))


def _kind(snapshot: Snapshot, log: LogConfig, word: str) -> Kind:
    is_number = word == "version" or snapshot.kind(log.table, getattr(log, word)) is Kind.INTEGER
    return Kind.INTEGER if is_number and word != "time" else Kind.TEXT


def _differing(seen: Event, here: Sequence[Event], words: Mapping[str, Kind]) -> tuple[str, ...]:
    """In which words the row that is most alike differs; where a position stands twice, one of them may be it."""
    each = (tuple(word for word, kind in words.items() if not _is_same(seen, one, word, kind)) for one in here)
    return min(each, key=len, default=())


def _is_same(seen: Event, here: Event, word: str, kind: Kind) -> bool:
    then, now = getattr(seen, word), getattr(here, word)
    if then is None or now is None:
        return then is now
    return canonical(then, kind) == canonical(now, kind)


def is_purged(log: LogConfig, extents: Mapping[str | None, Extent], now: datetime, witness: Witness) -> bool | None:
    """Whether ``retention`` explains that an event is gone; ``None``: it may, the event's age is not known.

    An outbox may let go of what it sent, whatever it declares; how old that is decides only where it says so.
    """
    if log.retention is None:
        return log.sent is not None
    time = witness.event.time
    if time is not None:
        return now - time >= log.retention
    floor = extents.get(witness.event.partition, Extent()).first
    is_below = floor is None or place_of(witness.event)[1] < floor
    return True if is_below or now - witness.at >= log.retention else None


def _lower_heads(
    log: LogConfig, before: LogMemory, extents: Mapping[str | None, Extent], now: datetime
) -> Iterator[LowerHead]:
    """Heads that are lower than they were."""
    witnesses = {place_of(witness.event): witness for witness in reversed(before.witnesses)}
    for partition, seen in before.heads.items():
        last = extents.get(partition, Extent()).last
        if last is None or last < seen:
            witness = witnesses.get((partition, seen))
            unknown = None if log.retention is not None else log.sent is not None
            yield LowerHead(
                seen=seen,
                now=last,
                run=before.run if witness is None else witness.run,
                at=before.at if witness is None else witness.at,
                partition=partition,
                event=None if witness is None else witness.event,
                purged=unknown if witness is None else is_purged(log, extents, now, witness),
            )


def _filled(snapshot: Snapshot, log: LogConfig, holes: Iterable[DeadHole]) -> Iterator[FilledHole]:
    """The holes in which rows stand."""
    by_partition: dict[str | None, list[DeadHole]] = {}
    for hole in holes:
        by_partition.setdefault(hole.partition, []).append(hole)
    for partition, some in by_partition.items():
        ascending = sorted(some, key=lambda hole: hole.first)
        spans = occupied(snapshot, log, partition, [(hole.first, hole.last) for hole in ascending])
        rows = snapshot.standing_in(log, partition, spans, MOST_FILLED) if spans else ()
        events = [event_of(row) for row in rows]
        for hole in ascending:
            inside = tuple(event for event in events if hole.first <= place_of(event)[1] <= hole.last)
            if inside:
                yield FilledHole(hole=hole, events=inside)


def occupied(
    snapshot: Snapshot, log: LogConfig, partition: str | None, spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Of closed, ascending spans those in which some row stands, filters ignored."""
    everywhere = log.model_copy(update={"where": {}})
    around = [(first - 1, last + 1) for first, last in spans]
    found = snapshot.separated(everywhere, EVERYTHING, partition, around)
    return [span for span, is_there in zip(spans, found, strict=True) if is_there]
