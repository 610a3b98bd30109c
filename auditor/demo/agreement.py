"""Whether an audit found what was injected: every place of it, nothing else, and with the right verdict."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.text import Text

from auditor.demo.faults import Fault, at_position, at_positions, at_version, known_as
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Result
from reports.appearance import Appearance
from reports.page import Page
from reports.visible import visible

Key = tuple[str, str, Verdict]
"""What injected and found are matched by: audit, check, verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One fault, and how many of its places were found; or something that was found without having been injected."""

    audit: str
    check: str
    verdict: str
    story: str
    injected: int
    found: int

    @property
    def agrees(self) -> bool:
        """Whether everything was found, or nothing that was not injected."""
        return self.injected == self.found


def compare(faults: Sequence[Fault], result: Result) -> tuple[Line, ...]:
    """A line for each fault, in their order, then one for whatever else the audits say."""
    findings: dict[Key, list[Finding]] = {}
    for audit in result.audits:
        for finding in audit.findings:
            findings.setdefault((audit.name, finding.check, finding.verdict), []).append(finding)
    places = {key: frozenset().union(*map(_places, found)) for key, found in findings.items()}
    lines = [_line(fault, places.get(_key(fault), frozenset())) for fault in faults]
    return (*lines, *_not_injected(faults, findings, places), *_undecided(result))


def _key(fault: Fault) -> Key:
    return fault.audit, fault.check, fault.verdict


def _line(fault: Fault, found: frozenset[str]) -> Line:
    return Line(
        audit=fault.audit,
        check=fault.check,
        verdict=fault.verdict,
        story=fault.story,
        injected=len(fault.places),
        found=len(fault.places & found),
    )


def _not_injected(
    faults: Iterable[Fault], findings: dict[Key, list[Finding]], places: dict[Key, frozenset[str]]
) -> Iterator[Line]:
    """What findings count beyond the places that were injected. Each place was injected once."""
    injected: dict[Key, frozenset[str]] = {}
    for fault in faults:
        injected[_key(fault)] = injected.get(_key(fault), frozenset()) | fault.places
    for key, found in findings.items():
        surplus = sum(finding.count for finding in found) - len(injected.get(key, frozenset()) & places[key])
        if surplus:
            audit, check, verdict = key
            strange = ", ".join(sorted(places[key] - injected.get(key, frozenset()))[:3])
            story = f"not injected: {strange}" if strange else "the count is not that of the places"
            yield Line(audit=audit, check=check, verdict=verdict, story=story, injected=0, found=surplus)


def _undecided(result: Result) -> Iterator[Line]:
    for audit in result.audits:
        for problem in audit.problems:
            yield Line(audit=audit.name, check="-", verdict=audit.verdict, story=problem.message, injected=0, found=1)


def _places(finding: Finding) -> frozenset[str]:
    """The places that a finding names: its events, or where it has none its ranges of positions."""
    if finding.events:
        return frozenset(map(_place, finding.events))
    return at_positions(position for first, last in finding.ranges for position in range(first, last + 1))


def _place(event: Event) -> str:
    if event.position is not None:
        return at_position(event.position)
    if event.stream is not None and event.version is not None:
        return at_version(event.stream, event.version)
    return known_as(str(event.id))


def render(lines: Sequence[Line], appearance: Appearance) -> str:
    """The stories and the table, as text that ends in a newline."""
    page = Page(appearance.width)
    page.heading("what was done to the shop")
    for number, line in enumerate(lines, start=1):
        _story(page, number, f"{visible(line.audit)}: {visible(line.story)}")
    page.heading("injected and found")
    head = ("    ", "audit", "check", "verdict", "injected", "found", "agree")
    if not page.table(head, [_row(number, line) for number, line in enumerate(lines, start=1)], left=4):
        for number, line in enumerate(lines, start=1):
            counts = f"{visible(line.audit)} {line.check}: {line.injected} injected, {line.found} found"
            _story(page, number, counts if line.agrees else f"{counts}: NO")
    page.line()
    page.line(_conclusion(lines))
    return page.text()


def _story(page: Page, number: int, text: str) -> None:
    """A numbered line; where it has to be wrapped, the rest of it stands below its beginning."""
    indent = 6
    first, *rest = [text] if page.width is None else wrap(text, max(page.width - indent, indent))
    page.line(f"{number:>4}  {first}")
    for row in rest:
        page.line(row, indent=indent)


def _row(number: int, line: Line) -> list[Text]:
    yes_or_no = Text("yes", style="green") if line.agrees else Text("NO", style="bold red")
    return [
        Text(f"{number:>4}"),
        Text(visible(line.audit), style="bold"),
        Text(line.check),
        Text(line.verdict),
        Text(str(line.injected)),
        Text(str(line.found)),
        yes_or_no,
    ]


def _conclusion(lines: Sequence[Line]) -> Text:
    wrong = [line for line in lines if not line.agrees]
    if wrong:
        return Text(f"injected and found differ in {len(wrong)} of {len(lines)} lines", style="bold red")
    places = sum(line.injected for line in lines)
    return Text(f"found = injected: all {places} places in {len(lines)} lines, and nothing else", style="bold green")
