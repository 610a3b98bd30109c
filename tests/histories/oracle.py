"""What is true of a history, said as naively as it can be: loops over everything, the contract's sentences in order."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from tests.histories.history import MAX_LAG, Event, History, Receipt

Finding = tuple[str, str, str | None]
"""Check, verdict, partition."""


@dataclass(frozen=True)
class Truth:
    """Totals by name, and for each finding its count and the ranges that it must name."""

    totals: dict[str, int]
    findings: dict[Finding, tuple[int, tuple[tuple[int, int], ...]]]


def name_of(history: History, event: Event) -> object | None:
    """What identifies an event in this history; ``None`` where it is NULL."""
    nothing_to_match = history.receipts is None and history.parked is None
    if history.identity == "position" or nothing_to_match:
        return (event.partition, event.position)
    if history.identity == "id":
        return event.id
    return (event.partition, event.stream, event.version)


def is_eligible(history: History, event: Event) -> bool:
    """Type and ``where``."""
    fits = history.types is None or (
        event.type is not None and any(fnmatchcase(event.type, glob) for glob in history.types)
    )
    return fits and not (history.skip_archived and event.archived)


def truth(history: History, seen_for: timedelta = timedelta(0)) -> Truth:
    """Everything that an audit with second looks must say of a history that stands still.

    ``seen_for``: how long ago an earlier run saw what has no time of its own.
    """
    window = [e for e in history.events if not isinstance(history.start, int) or e.position >= history.start]
    eligible = _eligible(history)
    receipts = history.receipts or ()
    by_name: dict[object, list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        if not receipt.nameless and name_of(history, receipt.event) is not None:
            by_name[name_of(history, receipt.event)].append(receipt)
    parked = {name_of(history, event) for event in history.parked or ()}
    lowest, highest = _reached(history, eligible, by_name)
    counts = dict.fromkeys(("received", "pending", "parked", "missing", "unverifiable"), 0)
    found: dict[Finding, list[int]] = defaultdict(list)
    for event in eligible:
        bucket, finding = _place(history, event, by_name, parked, lowest, highest, seen_for)
        counts[bucket] += 1
        if finding is not None:
            found[finding].append(event.position)
    extras, late, strange = _receipt_faults(history, by_name)
    tallies: dict[Finding, int] = {key: len(where) for key, where in found.items()}
    for check, extra in (("duplicate", extras), ("out-of-order", dict.fromkeys(late, 1))):
        for event, count in extra.items():
            key = (check, "confirmed", event.partition)
            tallies[key] = tallies.get(key, 0) + count
            found[key].append(event.position)
    totals = counts | {
        "produced": len(eligible),
        "excluded": sum(not is_eligible(history, e) for e in window),
        "duplicate": sum(extras.values()),
        "unexpected": len(strange),
    }
    return Truth(totals, {key: (tallies[key], _ranges(where, eligible, key[2])) for key, where in found.items()})


def truth_after(first: History, second: History, seen_for: timedelta = timedelta(0)) -> Truth:
    """The same of an audit that knows what an earlier one saw: ``first`` became ``second`` in between."""
    now = truth(second, seen_for)
    findings = dict(now.findings)
    is_remembered = first.cursors is not None and second.goes_by != "stream"
    for part in (second.cursors or {}) if is_remembered else ():
        before, cursor = first.processed_through(part), second.processed_through(part)
        late, jump = findings.get(("lagging", "confirmed", part)), _jump(second, part, before, cursor, seen_for)
        if cursor == before and late is not None:
            findings["stalled", "confirmed", part] = findings.pop(("lagging", "confirmed", part))
        if cursor < before:
            findings["cursor-rewound", "confirmed", part] = (1, ())
        if jump:
            findings["cursor-jumped", "confirmed", part] = (len(jump), _ranges(jump, _eligible(second), part))
    return Truth(now.totals, findings)


def _eligible(history: History) -> list[Event]:
    window = [e for e in history.events if not isinstance(history.start, int) or e.position >= history.start]
    return [e for e in window if is_eligible(history, e)]


def _jump(
    history: History, part: str | None, before: tuple[int, ...], cursor: tuple[int, ...], seen_for: timedelta
) -> list[int]:
    """The positions that a cursor passed, if each of them is absent; of composite ones nobody counts them."""
    if history.goes_by == "batch":
        return []
    events = [e for e in _eligible(history) if e.partition == part]
    passed = [e.position for e in events if before < history.place(e) <= cursor]
    return passed if history.receipts is not None and set(passed) <= _absent(history, part, seen_for) else []


def _absent(history: History, part: str | None, seen_for: timedelta) -> set[int]:
    positions: set[int] = set()
    for (check, _, partition), (_, ranges) in truth(history, seen_for).findings.items():
        if check in ("missing", "backfill-incomplete") and partition == part:
            positions |= {e.position for e in history.events if e.partition == part and _within(e.position, ranges)}
    return positions


def _within(position: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= position <= last for first, last in ranges)


def _ranges(where: list[int], eligible: list[Event], partition: str | None) -> tuple[tuple[int, int], ...]:
    """Maximal intervals: an eligible event that is not named ends one, a hole or an unwanted event does not."""
    ranges: list[tuple[int, int]] = []
    open_range = False
    for position in (event.position for event in eligible if event.partition == partition):
        if position not in where:
            open_range = False
        elif open_range:
            ranges[-1] = (ranges[-1][0], position)
        else:
            ranges.append((position, position))
            open_range = True
    return tuple(ranges)


def _reached(
    history: History, eligible: list[Event], by_name: dict[object, list[Receipt]]
) -> tuple[dict[str | None, int], dict[str | None, tuple[int, ...]]]:
    """The lowest position and the highest place received, by partition, otherwise than by a redelivery."""
    lowest: dict[str | None, int] = {}
    highest: dict[str | None, tuple[int, ...]] = {}
    for event in eligible:
        place = (event.partition, event.position)
        if by_name.get(name_of(history, event)) and (place not in history.sent_again or place in history.known):
            lowest.setdefault(event.partition, event.position)
            highest[event.partition] = max(highest.get(event.partition, ()), history.place(event))
    return lowest, highest


def _place(
    history: History,
    event: Event,
    by_name: dict[object, list[Receipt]],
    parked: set[object],
    lowest: dict[str | None, int],
    highest: dict[str | None, tuple[int, ...]],
    seen_for: timedelta,
) -> tuple[str, Finding | None]:
    """The bucket in which one eligible event is counted, and the finding that names it."""
    name, part = name_of(history, event), event.partition
    mine = by_name.get(name, []) if name is not None else []
    age = event.known_age
    old = (seen_for if age is None else age) > MAX_LAG
    if any(receipt.done for receipt in mine):
        return "received", None
    if name is not None and name in parked:
        return "parked", ("parked", "confirmed", part)
    if mine:
        return "pending", ("unprocessed", "confirmed" if old else "pending", part)
    if name is None:
        return "unverifiable", None
    if history.cursors is None:
        past = part in highest and history.place(event) <= highest[part]
    else:
        past = history.is_past(event)
    if not past:
        expired = history.inbox_retention is not None and age is not None and age > history.inbox_retention
        if history.cursors is None and expired:
            return "unverifiable", None
        lately = (part, event.position) in history.sent_again
        return "pending", ("lagging", "confirmed" if old and not lately else "pending", part)
    if history.receipts is None:
        return "unverifiable", None
    below = part not in lowest or event.position < lowest[part]
    if below and history.start is None:
        return "unverifiable", None
    if history.inbox_retention is not None and (age is None or age > history.inbox_retention):
        return "unverifiable", None
    if below:
        return "missing", ("backfill-incomplete", "confirmed", part)
    return "missing", ("missing", "confirmed", part)


def _receipt_faults(
    history: History, by_name: dict[object, list[Receipt]]
) -> tuple[dict[Event, int], list[Event], list[object]]:
    """Eligible events received too often, those received after a later one of their stream, receipts of nothing."""
    known = {name_of(history, event) for event in history.events}
    strange = [name for name in by_name if name not in known]
    wanted = [
        event
        for event in history.events
        if is_eligible(history, event) and (not isinstance(history.start, int) or event.position >= history.start)
    ]
    mine = {event: by_name[name] for event in wanted if (name := name_of(history, event)) in by_name}
    extras = {event: len(rows) - 1 for event, rows in mine.items() if len(rows) > 1}
    first = {
        event: min(receipt.seq for receipt in rows)
        for event, rows in mine.items()
        if history.received and (event.partition, event.position) not in history.sent_again
    }
    late = [
        event
        for event, seq in first.items()
        if any(
            (other.partition, other.stream) == (event.partition, event.stream)
            and other.version > event.version
            and first[other] < seq
            for other in first
        )
    ]
    return extras, late, strange
