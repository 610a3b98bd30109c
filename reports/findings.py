"""The findings of a run for a person: what hurts most first, each with what it takes to decide whether to get up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.text import Text

from checks.catalogue import title_of
from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Result
from reports import events, way
from reports.earlier import since
from reports.marks import COLOURS, sign
from reports.page import Page
from reports.phrases import places
from reports.visible import visible

_INDENT = 4
_SET_OFF = 6  # of samples in columns
_ACROSS = 2  # columns that a finding's first line is indented by


def findings(page: Page, result: Result, samples: int | None) -> None:
    """All of them by severity, those of one audit together. ``samples``: events of each, 0 for all, ``None``: a few."""
    found = [(audit, finding) for audit in result.audits for finding in audit.findings]
    if not found:
        return
    page.heading("findings" if page.width is None else f"findings: {_counted(finding for _, finding in found)}")
    loud, lost = False, way.by_finding(result.audits)
    for audit, finding in sorted(found, key=lambda pair: -pair[1].severity.rank):
        if page.width is not None and loud:
            page.line()
        loud = finding.severity is not Severity.INFO
        _finding(page, audit, finding, result.started, lost)
        if loud:
            _samples(page, finding, result.started, samples)
        for holder in _holders(finding):
            page.line(f"held by {visible(holder)}", indent=_INDENT)


def _counted(found: Iterable[Finding]) -> str:
    """How many there are of each severity: ``11 errors, 1 warning, 4 for information``."""
    tally = Counter(finding.severity for finding in found)
    words = {
        Severity.ERROR: ("error", "errors"),
        Severity.WARNING: ("warning", "warnings"),
        Severity.INFO: ("for information", "for information"),
    }
    return ", ".join(
        f"{tally[each]} {one if tally[each] == 1 else many}" for each, (one, many) in words.items() if tally[each]
    )


def _finding(page: Page, audit: Audit, finding: Finding, now: datetime, lost: way.ByFinding) -> None:
    quiet = "" if page.width is None or finding.severity is not Severity.INFO else "dim"
    where, head = places(finding), _head(page, audit, finding)
    if page.width is not None and head.cell_len + len(where) + _ACROSS <= page.width:
        head.append(where)
        where = ""
    page.line(head, indent=_ACROSS, hang=_ACROSS)
    if where:
        page.line(where.removeprefix(", "), indent=_INDENT, style=quiet)
    page.line(visible(finding.message), indent=_INDENT, style=quiet)
    if finding.severity is not Severity.INFO:
        for hop in way.hops(audit, finding, lost):
            page.line(hop, indent=_INDENT)
    seen = since(finding, now)
    if seen is not None:
        page.line(seen, indent=_INDENT, style=quiet)


def _head(page: Page, audit: Audit, finding: Finding) -> Text:
    mark = "" if page.width is None else f"{sign(finding.severity, ascii_only=page.ascii_only)} "
    return Text.assemble(
        (f"{mark}{finding.severity:<8}", COLOURS[finding.severity]),
        (visible(audit.name), "bold"),
        f" {title_of(audit.of, finding.check)}",
        "" if finding.partition is None else f" in partition {visible(finding.partition)}",
        f": {finding.count:,} {finding.verdict}",
        "" if finding.reason is None else f" ({visible(finding.reason)})",
    )


def _samples(page: Page, finding: Finding, now: datetime, wanted: int | None) -> None:
    few = events.MOST_SAMPLES if page.width is None else events.MOST_SAMPLES_ON_A_TERMINAL
    shown = finding.events[: few if wanted is None else wanted or None]
    if not shown:
        return
    indent, bullet = _SET_OFF, ""
    if page.width is None or not events.in_columns(page, shown, now, indent=_SET_OFF):
        indent, bullet = _INDENT, "- "
        longest = None if page.width is None else events.LONGEST_NAME
        for event in shown:
            page.line(f"{bullet}{events.sample(event, longest, now)}", indent=indent, style="dim")
    unshown = len(finding.events) - len(shown)
    if unshown:
        page.line(f"{bullet}and {unshown:,} more{_how_to_see(finding)}", indent=indent, style="dim")


def _how_to_see(finding: Finding) -> str:
    """A run carries so many samples of a finding; whether there are more of them, its count tells."""
    whole = len(finding.events) >= finding.count
    return " with --max-findings 0" if whole else " in --format json, and all of them with --max-findings 0"


def _holders(finding: Finding) -> Sequence[str]:
    """Those who stand in the way as the evidence names them, where the message has not named them already."""
    holders = finding.evidence.get("holders") or finding.evidence.get("in_flight")
    names = [str(holder) for holder in holders] if isinstance(holders, list | tuple) else []
    return [name for name in names if name not in finding.message]
