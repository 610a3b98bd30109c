"""The maps of the gaps: along the positions of each log where the findings of its audits lie.

Positions of two logs have nothing to do with each other, so each log has a map; those of two partitions have as
little, so a partition can be looked at by itself. Ranges are drawn, not events, and only those that can be told apart:
the page's script joins what lies nearer together than a pixel and looks again at every zoom, so that one event in a
hundred million is as visible as a million of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Extent, Result
from reports.html.words import distinct, number, shortened, span

MOST_MAPS = 8
MOST_ROWS = 40
"""Of one map."""
MOST_RANGES = 200_000
"""Of all maps, and as many once more for the partitions by themselves."""
MOST_PARTITIONS = 6
"""Of one check in one audit, on rows of their own; more of them share a row."""
MOST_CHOICES = 200
"""Partitions of a log that can be looked at by themselves."""
_LONGEST_NUMBER = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a map: one check of one audit.

    ``log``: whose positions they are. ``first``, ``last``: what was looked at, for the background.
    """

    log: str
    label: str
    severity: str
    check: str
    ranges: tuple[tuple[int, int], ...]
    first: int | None
    last: int | None

    @property
    def told(self) -> tuple[str, str, str, str]:
        """The row for a reader: its label, severity, how many ranges, and from where to where."""
        ends = (min(first for first, _ in self.ranges), max(last for _, last in self.ranges))
        return (self.label, self.severity, number(len(self.ranges)), span(*ends))

    @property
    def data(self) -> dict[str, Any]:
        """The row for the script, which counts as JavaScript does: positions beyond 2^53 come out as their neighbours.

        Positions are one list of firsts and lasts by turns, each as its distance from the one before it.
        """
        flat = [position for pair in self.ranges for position in pair]
        steps = [here - before for before, here in zip([0, *flat], flat, strict=False)]
        return {
            "label": self.label,
            "severity": self.severity,
            "first": self.first,
            "last": self.last,
            "steps": steps,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """What is drawn of one log. ``rows``: all of it; ``partitions``: the rows of each that can be looked at by itself.

    ``unnamed``: how many more partitions have findings.
    """

    log: str
    rows: tuple[Row, ...]
    partitions: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    unnamed: int = 0

    @property
    def data(self) -> list[list[dict[str, Any]]]:
        """What the script reads: the rows of the whole, and those of each partition after it."""
        return [[row.data for row in rows] for rows in (self.rows, *(rows for _, rows in self.partitions))]


class _Windows:
    """What was looked at, by audit and partition: there may be ten thousand of these, and a row for many."""

    def __init__(self) -> None:
        self._known: dict[int, dict[str, Extent]] = {}

    def of(self, audit: Audit, partition: str | None) -> tuple[int | None, int | None]:
        """The first and the last position; ``None``: of all partitions together."""
        if audit.window is None:
            return None, None
        if audit.window.partitions is None:
            return audit.window.first, audit.window.last
        extents = self._known.get(id(audit))
        if extents is None:
            extents = self._known[id(audit)] = dict(audit.window.partitions)
        wanted = extents.values() if partition is None else [extents[partition]] if partition in extents else ()
        firsts = [extent.first for extent in wanted if extent.first is not None]
        lasts = [extent.last for extent in wanted if extent.last is not None]
        return min(firsts, default=None), max(lasts, default=None)


def maps(result: Result) -> tuple[list[Map], int]:
    """A map of each log that has findings with positions, the heaviest first; and how many rows are in none of them."""
    by_log: dict[str, list[Row]] = {}
    windows = _Windows()
    found = [row for audit in result.audits for row in _rows(audit, windows)]
    for row in sorted(found, key=lambda row: -Severity(row.severity).rank):
        by_log.setdefault(row.log, []).append(row)
    kept = _bounded({log: rows[:MOST_ROWS] for log, rows in list(by_log.items())[:MOST_MAPS]})
    apart = _partitions(result, kept, windows)
    drawn = [
        Map(log=log, rows=rows, partitions=tuple(shown), unnamed=unnamed)
        for (log, rows), (shown, unnamed) in zip(kept.items(), apart, strict=True)
    ]
    return drawn, len(found) - sum(len(each.rows) for each in drawn)


def _bounded(wanted: Mapping[str, Sequence[Row]]) -> dict[str, tuple[Row, ...]]:
    """As many rows as there is room for their ranges, no two of one map called alike; no map without a row."""
    left = MOST_RANGES
    bounded = {}
    for log, rows in wanted.items():
        fitting = []
        for row in rows:
            if left > 0:
                fitting.append(row)
                left -= len(row.ranges)
        if fitting:
            bounded[log] = _told_apart(fitting)
    return bounded


def _told_apart(rows: Sequence[Row]) -> tuple[Row, ...]:
    labels = distinct([row.label for row in rows])
    return tuple(replace(row, label=label) for row, label in zip(rows, labels, strict=True))


Partitions = list[tuple[str, tuple[Row, ...]]]


def _partitions(result: Result, logs: Iterable[str], windows: _Windows) -> Iterator[tuple[Partitions, int]]:
    """Of each log the partitions with findings, if there are several: those that have room, and how many have none."""
    found: dict[str, dict[str, list[tuple[Audit, Finding]]]] = {log: {} for log in logs}
    for audit in result.audits:
        for finding in audit.findings:
            log = _log_of(audit, finding.check)
            if finding.ranges and finding.partition is not None and log in found:
                found[log].setdefault(finding.partition, []).append((audit, finding))
    left = MOST_RANGES
    for partitions in found.values():
        heaviest = sorted(partitions, key=lambda name: _weight(partitions[name])) if len(partitions) > 1 else []
        shown: Partitions = []
        for name in heaviest[:MOST_CHOICES]:
            rows = _of_partition(partitions[name], windows)
            left -= sum(len(row.ranges) for row in rows)
            if left < 0:
                break
            shown.append((name, rows))
        yield sorted(shown, key=lambda each: _by_number(each[0])), len(heaviest) - len(shown)


def _weight(found: Sequence[tuple[Audit, Finding]]) -> tuple[int, int]:
    """The heaviest first."""
    return -max(finding.severity.rank for _, finding in found), -sum(finding.count for _, finding in found)


def _by_number(name: str) -> tuple[int, str]:
    """Names that are numbers, such as those of a broker's partitions, stand in that order."""
    return (int(name) if name.isascii() and name.isdecimal() and len(name) < _LONGEST_NUMBER else -1, name)


def _of_partition(found: Iterable[tuple[Audit, Finding]], windows: _Windows) -> tuple[Row, ...]:
    """A row for each check of each audit, without the partition's name, the heaviest first."""
    by_kind: dict[tuple[int, str, Severity], list[Finding]] = {}
    audits: dict[int, Audit] = {}
    for audit, finding in found:
        audits[id(audit)] = audit
        by_kind.setdefault((id(audit), finding.check, finding.severity), []).append(finding)
    counts = Counter((audit, check) for audit, check, _ in by_kind)
    rows = [
        _row(audits[audit], _label(audits[audit], check, severity, counts[audit, check]), severity, findings, windows)
        for (audit, check, severity), findings in by_kind.items()
    ]
    return _told_apart(sorted(rows, key=lambda row: -Severity(row.severity).rank)[:MOST_ROWS])


def _rows(audit: Audit, windows: _Windows) -> Iterator[Row]:
    by_kind: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in audit.findings:
        if finding.ranges:
            by_kind.setdefault((finding.check, finding.severity), []).append(finding)
    counts = Counter(check for check, _ in by_kind)
    for (check, severity), findings in by_kind.items():
        label = _label(audit, check, severity, counts[check])
        partitions = {finding.partition for finding in findings}
        if len(partitions) > MOST_PARTITIONS:
            yield _row(audit, f"{label}, {number(len(partitions))} partitions", severity, findings, windows)
            continue
        for partition in partitions if len(partitions) == 1 else sorted(partitions, key=str):
            own = [each for each in findings if each.partition == partition]
            name = label if partition is None else f"{label} {shortened(partition, 20)}"
            yield _row(audit, name, severity, own, windows)


def _label(audit: Audit, check: str, severity: Severity, severities: int) -> str:
    """``severities``: of how many this check has findings there."""
    return f"{shortened(audit.name, 28)}: {check}{f' ({severity})' if severities > 1 else ''}"


def _row(audit: Audit, label: str, severity: Severity, findings: Iterable[Finding], windows: _Windows) -> Row:
    members = list(findings)
    partition = members[0].partition if len({each.partition for each in members}) == 1 else None
    log = _log_of(audit, members[0].check)
    # The window of a derived log is that of its upstream: nothing says how far its own positions were looked at.
    is_of_the_window = audit.upstream is None or log == audit.upstream
    first, last = windows.of(audit, partition) if is_of_the_window else (None, None)
    ranges = sorted({each for finding in members for each in finding.ranges})
    return Row(
        log=log,
        label=label,
        severity=severity.value,
        check=members[0].check,
        ranges=tuple(ranges[:MOST_RANGES]),
        first=first,
        last=last,
    )


def _log_of(audit: Audit, check: str) -> str:
    """A derived log is told of what it lacks in its upstream's positions, and of all else in its own."""
    is_own = audit.upstream is None or (audit.of == "log" and check != "underived")
    return audit.name if is_own else audit.upstream or audit.name
