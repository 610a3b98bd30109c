"""The map of the gaps: along the positions of the log where the findings of each audit lie.

Ranges are drawn, not events, and only those that can be told apart: the page's script joins what lies nearer together
than a pixel and looks again at every zoom, so that one event in a hundred million is as visible as a million of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Result
from reports.html.assets import chart
from reports.html.words import number, shortened, span

MOST_ROWS = 40
ROW_HEIGHT = 30
"""Pixels."""
MOST_RANGES = 200_000
MOST_PARTITIONS = 6
"""Of one check in one audit, on rows of their own; more of them share a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the map: one check of one audit.

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


def rows(result: Result) -> list[Row]:
    """The heaviest first, at most :data:`MOST_ROWS`, and none without a range."""
    found = [row for audit in result.audits for row in _rows(audit)]
    found.sort(key=lambda row: -Severity(row.severity).rank)
    kept, left = [], MOST_RANGES
    for row in found[:MOST_ROWS]:
        if left > 0:
            kept.append(row)
            left -= len(row.ranges)
    return kept


def _rows(audit: Audit) -> Iterator[Row]:
    by_kind: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in audit.findings:
        if finding.ranges:
            by_kind.setdefault((finding.check, finding.severity), []).append(finding)
    counts = Counter(check for check, _ in by_kind)
    for (check, severity), findings in by_kind.items():
        label = f"{shortened(audit.name, 28)}: {check}{f' ({severity})' if counts[check] > 1 else ''}"
        partitions = {finding.partition for finding in findings}
        if len(partitions) > MOST_PARTITIONS:
            yield _row(audit, f"{label}, {number(len(partitions))} partitions", severity, findings)
            continue
        for partition in partitions if len(partitions) == 1 else sorted(partitions, key=str):
            own = [each for each in findings if each.partition == partition]
            name = label if partition is None else f"{label} {shortened(partition, 20)}"
            yield _row(audit, name, severity, own)


def _row(audit: Audit, label: str, severity: Severity, findings: Iterable[Finding]) -> Row:
    members = list(findings)
    first, last = _window(audit, members[0].partition if len({each.partition for each in members}) == 1 else None)
    ranges = sorted({each for finding in members for each in finding.ranges})
    return Row(
        log=_log_of(audit, members[0].check),
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


def on_one_axis(shown: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The rows of the log that has most of them, and the names of the other logs.

    Positions of two logs have nothing to do with each other, so that they would lie side by side for no reason.
    """
    counts = Counter(row.log for row in shown)
    if not counts:
        return [], []
    [(most, _)] = counts.most_common(1)
    return [row for row in shown if row.log == most], [shortened(name) for name in counts if name != most]


def _window(audit: Audit, partition: str | None) -> tuple[int | None, int | None]:
    if audit.window is None:
        return None, None
    if audit.window.partitions is None:
        return audit.window.first, audit.window.last
    extents = [extent for name, extent in audit.window.partitions if partition in (None, name)]
    firsts = [extent.first for extent in extents if extent.first is not None]
    lasts = [extent.last for extent in extents if extent.last is not None]
    return min(firsts, default=None), max(lasts, default=None)


def ends(shown: Iterable[Row]) -> tuple[int, int]:
    """The first and the last position of the map. ValueError: there is no row."""
    firsts, lasts = [], []
    for row in shown:
        firsts += [row.ranges[0][0], *([] if row.first is None else [row.first])]
        lasts += [max(last for _, last in row.ranges), *([] if row.last is None else [row.last])]
    return min(firsts), max(lasts)


def spec(shown: list[Row]) -> dict[str, Any]:
    """The chart as Vega-Lite, zoomable along the positions. Its data sets ``gaps`` and ``windows`` the script fills."""
    first, last = ends(shown)
    room = max(1.0, (last - first) * 0.01)
    filled = chart("gaps")
    filled["height"] = ROW_HEIGHT * len(shown)
    filled["encoding"]["x"]["scale"]["domain"] = [first - room, last + room]
    filled["encoding"]["y"]["sort"] = [row.label for row in shown]
    return filled
