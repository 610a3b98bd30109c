"""What reports say in a few words: where something is, and what is known of an event."""

from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.result import NotChecked, Result, Window
from checks.wording import counted
from reports.json_document import moment
from reports.visible import visible

MOST_RANGES = 5


def places(finding: Finding) -> str:
    """Where a finding is, in a phrase with a comma before it; empty where positions do not apply."""
    if not finding.ranges:
        return ""
    many = len(finding.ranges) > 1 or finding.ranges_truncated or finding.ranges[0][0] != finding.ranges[0][1]
    return f", {'positions' if many else 'position'} {ranges(finding)}"


def ranges(finding: Finding) -> str:
    """The first few ranges of a finding, and how many more there are."""
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in finding.ranges[:MOST_RANGES]]
    more = len(finding.ranges) - len(shown)
    if finding.ranges_truncated:
        return f"{', '.join(shown)} and more than {more} more"
    return ", ".join(shown) + (f" and {more} more" if more else "")


def event_in_words(event: Event) -> str:
    """All that is known of an event, in one line."""
    version = "" if event.version is None else f"@{event.version}"
    parts = [
        None if event.position is None else f"position {event.position}",
        None if event.stream is None else f"{visible(event.stream)}{version}",
        None if event.type is None else visible(event.type),
        None if event.id is None else f"id {visible(event.id)}",
        None if event.time is None else moment(event.time),
    ]
    return ", ".join(part for part in parts if part is not None) or "nothing is known of it"


def extent(window: Window | None) -> str:
    """The positions that an audit looked at."""
    if window is None:
        return "-"
    if window.partitions is not None:
        return f"in {counted(len(window.partitions), 'partition')}"
    if window.last is None:
        return "none"
    settled = "" if window.settled in (None, window.last) else f", settled to {window.settled}"
    if window.first is not None and window.first > window.last:
        return f"none beyond {window.last}{settled}"
    return f"{window.first}-{window.last}{settled}"


def untold(result: Result) -> list[NotChecked]:
    """What was not checked, without the audits whose problems are told."""
    told = {(audit.name, problem.message) for audit in result.audits for problem in audit.problems}
    return [
        entry for entry in result.not_checked if entry.check is not None or (entry.audit, entry.message) not in told
    ]


def without_middle(name: str, longest: int | None) -> str:
    """The name in at most so many characters, ``None``: whole."""
    if longest is None or len(name) <= longest:
        return name
    kept = (longest - 1) // 2
    return f"{name[:kept]}…{name[-kept:]}"
