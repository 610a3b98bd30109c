"""A part of a finding as a finding: about some of its units, with the ranges, events and evidence of these alone.

Where a finding counts more than it names, nothing is known of where the others stand: the new part then keeps every
position between the known ones, and the known part claims nothing beyond its own positions.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import compress

from checks.covering import Cover
from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.known import Unit
from checks.model.ranges import MOST_RANGES
from checks.units import (
    BY_CURSORS,
    BY_RANGES,
    BY_VERSIONS,
    cursor_units,
    goes_by_events,
    listed,
    units_of_events,
    version_of,
    versions,
)

AGED = frozenset({"lagging", "stalled", "underived"})
"""Checks whose evidence says how old the oldest event is by the time that it has in the log."""

BESIDE_EVENTS = ("samples", "overtaken", "upstream")
"""Lists of evidence with one element for each event of the finding."""

Ranges = tuple[tuple[int, int], ...]


def known_part(finding: Finding, units: Sequence[Unit]) -> Finding:
    """The finding about these units, and nothing that it does not name."""
    count = sum(unit.amount for unit in units)
    if count == finding.count:
        return finding
    finding = _without_sql(finding)
    if not goes_by_events(finding):
        return _about(finding, units, count)
    kept = _kept(finding, units)
    known = _positions(finding, [often > 0 for often in kept])
    others = _positions(finding, [often == 0 for often in kept]) - known
    ranges = _runs(finding.ranges, known, others) if _names_all(finding) else _points(finding.ranges, known)
    return replace(_with_events(finding, kept), count=count, ranges=ranges, ranges_truncated=False)


def new_part(finding: Finding, hidden: Sequence[Unit], left: Sequence[Unit]) -> Finding:
    """The finding without what is hidden. ``left``: the rest of what it names."""
    count = finding.count - sum(unit.amount for unit in hidden)
    finding = _without_sql(finding)
    if not goes_by_events(finding):
        return _about(finding, left, count)
    kept = _kept(finding, left)
    # What has no name is never hidden.
    kept = [often if unit is not None else 1 for often, unit in zip(kept, units_of_events(finding), strict=True)]
    new = _positions(finding, [often > 0 for often in kept])
    others = _positions(finding, [often == 0 for often in kept]) - new
    ranges = _runs(finding.ranges, new, others) if _names_all(finding) else _between(finding.ranges, others)
    truncated = finding.ranges_truncated or len(ranges) > MOST_RANGES
    narrowed = _with_events(finding, kept)
    return replace(narrowed, count=count, ranges=ranges[:MOST_RANGES], ranges_truncated=truncated)


def _without_sql(finding: Finding) -> Finding:
    """It names all of the finding's events, and is written by those who know the tables."""
    return replace(finding, evidence={key: value for key, value in finding.evidence.items() if key != "sql"})


def _kept(finding: Finding, units: Sequence[Unit]) -> list[int]:
    """For each event, how much of it is among these units."""
    cover = Cover(units)
    return [
        0 if unit is None else sum(each.amount for each in cover.split(unit)[0]) for unit in units_of_events(finding)
    ]


def _names_all(finding: Finding) -> bool:
    counted = finding.evidence.get("events") if finding.check == "duplicate" else finding.count
    return isinstance(counted, int) and len(finding.events) >= counted


def _positions(finding: Finding, kept: Sequence[bool]) -> set[int]:
    return {event.position for event in compress(finding.events, kept) if event.position is not None}


def _runs(ranges: Ranges, wanted: set[int], others: set[int]) -> Ranges:
    """The positions in maximal intervals that lie within one of the ranges, and hold none of the others."""
    found: list[tuple[int, int]] = []
    places, at, is_open = sorted(wanted | others), 0, False
    for first, last in ranges:
        at, is_open = bisect_left(places, first, at), False
        while at < len(places) and places[at] <= last:
            if places[at] in wanted:
                begin = found.pop()[0] if is_open else places[at]
                found.append((begin, places[at]))
            is_open = places[at] in wanted
            at += 1
    return tuple(found)


def _points(ranges: Ranges, wanted: set[int]) -> Ranges:
    """The positions, each by itself, as far as they lie in one of the ranges."""
    places = sorted(wanted)
    within = (places[bisect_left(places, first) : bisect_left(places, last + 1)] for first, last in ranges)
    return tuple((place, place) for some in within for place in some)


def _between(ranges: Ranges, known: set[int]) -> Ranges:
    """The ranges without the known positions: what is left may be anywhere in between."""
    places, found = sorted(known), []
    for first, last in ranges:
        begin = first
        for place in places[bisect_left(places, first) : bisect_left(places, last + 1)]:
            if begin < place:
                found.append((begin, place - 1))
            begin = place + 1
        if begin <= last:
            found.append((begin, last))
    return tuple(found)


def _with_events(finding: Finding, kept: Sequence[int]) -> Finding:
    """With the events of which something is kept, and the evidence about these."""
    evidence = dict(finding.evidence)
    for key in BESIDE_EVENTS:
        value = evidence.get(key)
        if isinstance(value, list) and len(value) == len(kept):
            evidence[key] = list(compress(value, kept))
    if "extra" in evidence:
        evidence["extra"] = [often for often in kept if often]
    if finding.check == "duplicate" and isinstance(events := evidence.get("events"), int):
        evidence["events"] = events - sum(not often for often in kept)
    events_kept = tuple(compress(finding.events, kept))
    if finding.check in AGED:
        evidence |= _oldest(finding, events_kept)
    return replace(finding, events=events_kept, evidence=evidence)


def _oldest(finding: Finding, events: Sequence[Event]) -> dict[str, object]:
    """The age of the oldest of these, where the time of every event is known; else that of all is kept."""
    age = finding.evidence.get("oldest_age_seconds")
    times = [event.time for event in finding.events if event.time is not None]
    left = [event.time for event in events if event.time is not None]
    is_known = (
        len(times) == len(finding.events) == finding.count and "ages_since_first_sighting" not in finding.evidence
    )
    if not is_known or not left or not isinstance(age, int | float):
        return {}
    return {"oldest_age_seconds": age - (min(left) - min(times)).total_seconds()}


def _about(finding: Finding, units: Sequence[Unit], count: int) -> Finding:
    """A part of what goes by versions, ranges or cursors."""
    if finding.check in BY_RANGES:
        return replace(finding, count=count, ranges=tuple(sorted((unit.first, unit.last) for unit in units)))
    if finding.check in BY_VERSIONS:
        return _about_versions(finding, units, count)
    if finding.check in BY_CURSORS:
        cover = Cover(units)
        kept = [cover.touches(unit) for unit in cursor_units(finding)]
        cursors = list(compress(listed(finding, "cursors"), kept))
        return replace(finding, count=count, evidence={**finding.evidence, "cursors": cursors})
    return replace(finding, count=count)


def _about_versions(finding: Finding, units: Sequence[Unit], count: int) -> Finding:
    cover = Cover(units)
    gaps = [
        {**gap, "from": unit.first, "to": unit.last}
        for gap in listed(finding, "gaps")
        for unit in cover.split(versions(gap))[0]
    ]
    kept = [cover.touches(version_of(event)) for event in finding.events]
    evidence = {**finding.evidence, "gaps": gaps}
    if not finding.evidence.get("gaps_truncated"):
        evidence["streams"] = len({gap["stream"] for gap in gaps})
    return replace(finding, count=count, events=tuple(compress(finding.events, kept)), evidence=evidence)
