"""What a finding counts, one by one, under names that are the same in every run: what a baseline goes by.

Most findings count events. A duplicate counts receipts beyond the first, so the third receipt of an event is another
unit than its second. Absent versions and positions are intervals. A finding about a cursor is known by where that
stands: once it has moved, it is another one. What is found of a state is known by its stream. What names nothing is
known by how much there is of it, and where.

A finding names no more than it carries, which may be less than it counts: :attr:`Identities.whole` says whether.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.identities import BY_STREAM, key_in, key_with_id
from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.known import Unit

BY_RANGES = frozenset({"position-gap", "out-of-retention"})
BY_CURSORS = frozenset({"cursor-ahead", "cursor-rewound"})
BY_VERSIONS = frozenset({"version-gap"})
_SOMETIMES_WITHOUT_EVENTS = frozenset({"head-regressed"})
"""What counts events that nobody can name any more, beside those that it names."""


@dataclass(frozen=True, slots=True)
class Identities:
    """The units that a finding names. ``whole``: they are all that it counts."""

    units: tuple[Unit, ...]
    whole: bool


def identities(finding: Finding) -> Identities:
    """Everything that a finding names of what it counts."""
    units = tuple(_units(finding))
    return Identities(units, whole=sum(unit.amount for unit in units) == finding.count)


def goes_by_events(finding: Finding) -> bool:
    """Whether the units of a finding are those of its events, see :func:`units_of_events`."""
    if finding.check in BY_RANGES | BY_CURSORS | BY_VERSIONS or not finding.events:
        return False
    return finding.check not in _SOMETIMES_WITHOUT_EVENTS or len(finding.events) == finding.count


def units_of_events(finding: Finding) -> list[Unit | None]:
    """One for each of its events, in their order; ``None`` for an event that nothing known of it names."""
    seen: Counter[str] = Counter()
    units: list[Unit | None] = []
    for event, often in zip(finding.events, _how_often(finding), strict=True):
        name = _event_name(finding, event)
        units.append(None if name is None else Unit(name, seen[name] + 1, seen[name] + often))
        if name is not None:
            seen[name] += often
    return units


def versions(gap: Mapping[str, object]) -> Unit:
    """The absent versions of one entry of a version gap's evidence."""
    return Unit(_name("versions", gap["partition"], gap["stream"]), _number(gap["from"]), _number(gap["to"]))


def version_of(event: Event) -> Unit:
    """The absent version that an event of a version gap stands for."""
    version = event.version or 0
    return Unit(_name("versions", event.partition, event.stream), version, version)


def cursor_units(finding: Finding) -> list[Unit]:
    """One for each cursor in the evidence of a finding, in their order."""
    before = [[each.get("position"), each.get("order")] for each in listed(finding, "previous")]
    known = ("partition", "stream", "position", "order", "absent")
    return [Unit(_name("cursor", *(each.get(key) for key in known), *before)) for each in listed(finding, "cursors")]


def listed(finding: Finding, key: str) -> list[Mapping[str, object]]:
    """The mappings in a list of a finding's evidence."""
    found = finding.evidence.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []


def _units(finding: Finding) -> Iterator[Unit]:
    if finding.check in BY_VERSIONS:
        yield from (versions(gap) for gap in listed(finding, "gaps"))
    elif finding.check in BY_RANGES:
        name = _name("positions", finding.partition)
        yield from (Unit(name, first, last) for first, last in finding.ranges)
    elif finding.check in BY_CURSORS:
        yield from cursor_units(finding)
    elif goes_by_events(finding):
        yield from (unit for unit in units_of_events(finding) if unit is not None)
    elif not finding.ranges_truncated:
        yield _as_a_whole(finding)


def _as_a_whole(finding: Finding) -> Unit:
    if finding.check == "cursor-absent":
        # The row is not there: that stays the same however much is received without it.
        return Unit(_name("no cursor row", finding.partition), each=finding.count)
    ranges = [list(bounds) for bounds in finding.ranges]
    return Unit(_name("finding", finding.check, finding.reason, ranges, finding.count), each=finding.count)


def _how_often(finding: Finding) -> list[int]:
    extra = finding.evidence.get("extra")
    if isinstance(extra, list | tuple) and len(extra) == len(finding.events):
        return [_number(each) for each in extra]
    return [1] * len(finding.events)


def _event_name(finding: Finding, event: Event) -> str | None:
    if finding.check in BY_STREAM:
        return None if event.stream is None else key_in(finding.check, event)
    if event.position is None and event.id is None and (event.stream is None or event.version is None):
        return None
    key = key_with_id(event)
    # What a row shares with an earlier one makes another fault of the same row.
    return f"{finding.reason} {key}" if finding.check == "version-conflict" else key


def _name(*known: object) -> str:
    return json.dumps(known, separators=(",", ":"))


def _number(value: object) -> int:
    return value if isinstance(value, int) else int(str(value))
