"""The report for a person at a terminal, and for the log of a job: the verdict first, what to type next last.

Findings are listed by severity, with as much as it takes to decide whether to get up: how many, where, how sure, a few
samples and who stands in the way. It is no format for programs, its wording changes; they read ``--format json``.

Without a terminal nothing is cut or wrapped, however long. On one, a sample's overlong names lose their middle, since
ten kilobytes of a stream's name would push everything else off the screen; the other formats have the whole name.
"""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from itertools import groupby

from rich.text import Text

from checks.catalogue import title_of
from checks.model.event import Event
from checks.model.finding import Finding, Severity
from checks.model.result import Audit, NotChecked, Outcome, Result, Totals, Window
from reports import way
from reports.appearance import Appearance
from reports.earlier import covering, second, since
from reports.json_document import moment
from reports.next_steps import next_steps
from reports.page import Page
from reports.parity import parities
from reports.visible import visible

MOST_RANGES = 5
MOST_SAMPLES = 5
LONGEST_NAME = 60

_INDENT = 4
COLOURS = {
    "inconsistent": "bold red",
    "unknown": "bold yellow",
    "consistent": "bold green",
    "error": "red",
    "warning": "yellow",
    "info": "cyan",
}
_BALANCE = ("produced", "received", "pending", "parked", "missing", "unverifiable")
_BESIDE = ("duplicate", "unexpected", "excluded")
_ALWAYS = frozenset({"produced", "received", "missing"})


def render(result: Result, appearance: Appearance) -> str:
    """The report, in colour and at most ``appearance.width`` wide, or plain where that is ``None``."""
    page = Page(appearance.width)
    _verdict(page, result)
    if result.audits:
        _totals(page, result.audits)
    _coverage(page, result)
    _findings(page, result)
    way.losses(page, result.audits)
    way.progress(page, result.audits)
    parities(page, result.parities)
    _known(page, result.audits)
    _doubts(page, result.audits)
    _not_checked(page, _untold(result))
    _next(page, result.audits, appearance.config)
    return page.text()


def verdict_line(result: Result) -> str:
    """The verdict of the run in words. What could not be verified is part of it, never silently inside it."""
    audited = [audit for audit in result.audits if audit.totals is not None]
    read = [audit for audit in audited if audit.upstream is not None]
    told = read or audited  # a log's events are those of its readers
    known = f"; {result.known} known and hidden" if result.known else ""
    return f"{result.verdict}: {_tally(result)}; {_unverifiable(told)} unverifiable{known}"


def _unverifiable(audits: Sequence[Audit]) -> str:
    """Of how many events, and where states were audited of how many streams."""
    parts = []
    for noun, is_state in (("event", False), ("stream", True)):
        counted = [audit.totals for audit in audits if audit.totals is not None and (audit.of == "state") is is_state]
        if counted or (not audits and not is_state):
            produced = sum(each.produced for each in counted)
            parts.append(f"{sum(each.unverifiable for each in counted)} of {_number(produced, noun)}")
    return " and ".join(parts)


def _tally(result: Result) -> str:
    audits = _number(len(result.audits), "audit")
    outcomes = Counter(audit.verdict for audit in result.audits)
    undecided = outcomes[Outcome.UNKNOWN]
    if not result.audits:
        return "nothing was audited"
    if result.verdict is Outcome.INCONSISTENT:
        doubts = f", {undecided} could not be decided" if undecided else ""
        return f"{outcomes[Outcome.INCONSISTENT]} of {audits} found errors{doubts}"
    return f"{undecided} of {audits} could not be decided" if undecided else f"{audits} without errors"


def _verdict(page: Page, result: Result) -> None:
    line = Text(verdict_line(result))
    line.stylize(COLOURS[result.verdict], 0, len(result.verdict))
    page.line(line)
    seconds = (result.finished - result.started).total_seconds()
    page.line(f"run {visible(result.run)}, started {second(result.started)}, took {seconds:.1f} s", style="dim")
    if result.not_recorded is not None:
        page.line(f"this run was not recorded: {visible(result.not_recorded)}", style="yellow")


def _totals(page: Page, audits: tuple[Audit, ...]) -> None:
    page.line()
    names = (*_BALANCE, *_BESIDE)
    filled = [name for name in names if name in _ALWAYS or any(_of(audit.totals, name) for audit in audits)]
    for columns in (names, filled):
        head = ("audit", "of", "verdict", "positions", *columns)
        rows = [[*_identity(audit), *(_cell(audit.totals, name) for name in columns)] for audit in audits]
        if page.table(head, rows, left=4):
            return
    for audit in audits:
        _balance(page, audit)


def _identity(audit: Audit) -> list[Text]:
    return [
        Text(visible(audit.name), style="bold"),
        Text(_kind(audit)),
        Text(audit.verdict, style=COLOURS[audit.verdict]),
        Text(_span(audit.window)),
    ]


def _balance(page: Page, audit: Audit) -> None:
    """The totals of one audit as the sum that they are, for terminals that the table does not fit."""
    name, kind, verdict, span = _identity(audit)
    page.line(Text.assemble(name, " (", kind, ") ", verdict))
    if audit.totals is not None:
        parts = _filled(audit.totals, _BALANCE[1:], always=_ALWAYS)
        page.line(f"{audit.totals.produced} produced = {' + '.join(parts)}", indent=_INDENT)
        beside = ", ".join(_filled(audit.totals, _BESIDE))
        page.line(Text.assemble("positions ", span, "; " if beside else "", beside), indent=_INDENT)


def _filled(totals: Totals, names: Iterable[str], always: Container[str] = ()) -> list[str]:
    return [f"{_of(totals, name)} {name}" for name in names if _of(totals, name) or name in always]


def _kind(audit: Audit) -> str:
    return audit.of if audit.upstream is None else f"{audit.of} of {visible(audit.upstream)}"


def _span(window: Window | None) -> str:
    if window is None:
        return "-"
    if window.partitions is not None:
        return f"in {_number(len(window.partitions), 'partition')}"
    if window.last is None:
        return "none"
    settled = "" if window.settled in (None, window.last) else f", settled to {window.settled}"
    if window.first is not None and window.first > window.last:
        return f"none beyond {window.last}{settled}"
    return f"{window.first}-{window.last}{settled}"


def _of(totals: Totals | None, name: str) -> int:
    return 0 if totals is None else int(getattr(totals, name))


def _cell(totals: Totals | None, name: str) -> Text:
    number = _of(totals, name)
    style = "red" if number and name in ("missing", "unexpected") else "" if number else "dim"
    return Text("-" if totals is None else str(number), style=style)


def _coverage(page: Page, result: Result) -> None:
    """What was verified by earlier runs, and when: this one did not look at it again."""
    covered = [(audit, audit.coverage) for audit in result.audits if audit.coverage is not None]
    if covered:
        page.heading("verified by earlier runs")
    for audit, coverage in covered:
        page.line(Text.assemble((visible(audit.name), "bold"), f": {covering(coverage, result.started)}"), indent=2)


def _findings(page: Page, result: Result) -> None:
    found = [(audit, finding) for audit in result.audits for finding in audit.findings]
    if found:
        page.heading("findings")
    for audit, finding in sorted(found, key=lambda pair: -pair[1].severity.rank):
        _finding(page, audit, finding, since(finding, result.started))


def _finding(page: Page, audit: Audit, finding: Finding, seen: str | None) -> None:
    line = Text.assemble(
        (f"{finding.severity:<8}", COLOURS[finding.severity]),
        (visible(audit.name), "bold"),
        f" {title_of(audit.of, finding.check)}",
        "" if finding.partition is None else f" in partition {visible(finding.partition)}",
        f": {finding.count} {finding.verdict}",
        "" if finding.reason is None else f" ({visible(finding.reason)})",
    )
    page.line(line, indent=2)
    if finding.ranges:
        page.line(f"positions {ranges(finding)}", indent=_INDENT)
    page.line(visible(finding.message), indent=_INDENT)
    if seen is not None:
        page.line(seen, indent=_INDENT)
    if finding.severity is not Severity.INFO:
        _samples(page, finding)
    for holder in _holders(finding):
        page.line(f"held by {visible(holder)}", indent=_INDENT)


def _known(page: Page, audits: Iterable[Audit]) -> None:
    """What is hidden, in one line each: that it is there must not be forgotten."""
    found = [(audit, each) for audit in audits for each in audit.known]
    if found:
        page.heading("known, and hidden (auditor check --no-baseline shows it)")
    for audit, each in found:
        line = Text.assemble(
            (visible(audit.name), "bold"),
            f" {title_of(audit.of, each.check)}",
            "" if each.partition is None else f" in partition {visible(each.partition)}",
            f": {each.count} {each.verdict}: {visible(each.why)} ({visible(each.owner)}, ",
            "for good)" if each.expires is None else f"until {moment(each.expires)})",
        )
        page.line(line, indent=2)


def ranges(finding: Finding) -> str:
    """The first few ranges of a finding, and how many more there are."""
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in finding.ranges[:MOST_RANGES]]
    more = len(finding.ranges) - len(shown)
    if finding.ranges_truncated:
        return f"{', '.join(shown)} and more than {more} more"
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _samples(page: Page, finding: Finding) -> None:
    longest = LONGEST_NAME if page.width is not None else None
    for event in finding.events[:MOST_SAMPLES]:
        page.line(f"- {sample(event, longest)}", indent=_INDENT, style="dim")
    unshown = len(finding.events) - MOST_SAMPLES
    if unshown > 0:
        every = "" if len(finding.events) >= finding.count else ", and all of them with --max-findings 0"
        page.line(f"- and {unshown} more in --format json{every}", indent=_INDENT, style="dim")


def sample(event: Event, longest: int | None) -> str:
    """What is known of an event in one line, each name at most ``longest`` characters (``None``: whole)."""

    def named(name: str) -> str:
        return without_middle(visible(name), longest)

    version = "" if event.version is None else f"@{event.version}"
    parts = [
        None if event.position is None else f"position {event.position}",
        None if event.stream is None else f"{named(event.stream)}{version}",
        None if event.type is None else named(event.type),
        None if event.id is None else f"id {named(event.id)}",
        None if event.time is None else moment(event.time),
    ]
    return ", ".join(part for part in parts if part is not None) or "nothing is known of it"


def without_middle(name: str, longest: int | None) -> str:
    """The name in at most so many characters, ``None``: whole."""
    if longest is None or len(name) <= longest:
        return name
    kept = (longest - 1) // 2
    return f"{name[:kept]}…{name[-kept:]}"


def _holders(finding: Finding) -> list[str]:
    """Those who stand in the way as the evidence names them, where the message has not named them already."""
    holders = finding.evidence.get("holders") or finding.evidence.get("in_flight")
    names = [str(holder) for holder in holders] if isinstance(holders, list | tuple) else []
    return [name for name in names if name not in finding.message]


def _doubts(page: Page, audits: Iterable[Audit]) -> None:
    """What kept audits from a verdict, and what a reader should know beside: said once of all that it is true of."""
    problems = [(audit, f"{each.message} ({each.reason})") for audit in audits for each in audit.problems]
    notes = [(audit, note) for audit in audits for note in audit.notes]
    for title, entries in (("could not be decided", problems), ("notes", notes)):
        if entries:
            page.heading(title)
        said: dict[str, list[str]] = {}
        for audit, sentence in entries:
            said.setdefault(sentence, []).append(visible(audit.name))
        for sentence, names in said.items():
            page.line(Text.assemble((", ".join(names), "bold"), ": ", visible(sentence)), indent=2)


def _untold(result: Result) -> list[NotChecked]:
    """What was not checked, without the audits whose problems have been told already."""
    told = {(audit.name, problem.message) for audit in result.audits for problem in audit.problems}
    return [
        entry for entry in result.not_checked if entry.check is not None or (entry.audit, entry.message) not in told
    ]


def _not_checked(page: Page, entries: Iterable[NotChecked]) -> None:
    groups = groupby(sorted(entries, key=lambda entry: entry.reason), key=lambda entry: entry.reason)
    for number, (reason, group) in enumerate(groups):
        if number == 0:
            page.heading("not checked")
        members = list(group)
        page.line(f"{visible(reason)}: {_who(members)}", indent=2)
        likewise = len({entry.message for entry in members}) - 1
        message = f"{members[0].message}{f' (and {likewise} more like it)' if likewise else ''}"
        page.line(visible(message), indent=_INDENT, style="dim")


def _who(entries: Iterable[NotChecked]) -> str:
    """Audits with their checks: ``billing (duplicate, out-of-order), mail``."""
    checks: dict[str, list[str]] = {}
    for entry in entries:
        checks.setdefault(entry.audit, []).extend([] if entry.check is None else [entry.check])
    return ", ".join(
        f"{visible(audit)} ({', '.join(names)})" if names else visible(audit) for audit, names in checks.items()
    )


def _next(page: Page, audits: tuple[Audit, ...], config: str | None) -> None:
    """Commands for whoever wants to know more."""
    commands = list(next_steps(audits, config))
    if commands:
        page.heading("next")
    for command in commands:
        page.line(visible(command), indent=2)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
