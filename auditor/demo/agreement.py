"""Whether an audit found what was injected: every place of it, nothing else, and with the right verdict."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.text import Text

from auditor.demo.faults import LACKING, PARITY, Fault, at_position, at_positions, at_version, known_as
from checks.model.event import Event
from checks.model.result import Result
from reports.appearance import Appearance
from reports.page import Page
from reports.visible import visible

Key = tuple[str, str, str]
"""What injected and found are matched by: audit, check, verdict. Of what was lost on the way: consumer, hop, how."""


@dataclass(slots=True)
class Said:
    """What an audit says under one key: how much, and of which places."""

    count: int = 0
    places: frozenset[str] = frozenset()

    def add(self, count: int, places: frozenset[str]) -> None:
        """One more statement under the same key."""
        self.count += count
        self.places |= places


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Further lines that are held against each other, below those of the faults.

    ``key``: how its first three columns are called; ``counts``: the two with numbers. ``told``: what the conclusion
    says of it where all its lines agree.
    """

    heading: str
    key: tuple[str, str, str]
    lines: tuple[Line, ...]
    told: str
    counts: tuple[str, str] = ("injected", "found")


def compare(faults: Sequence[Fault], result: Result) -> tuple[Line, ...]:
    """A line for each fault, in their order, then one for whatever else the audits say."""
    said: defaultdict[Key, Said] = defaultdict(Said)
    for audit in result.audits:
        for finding in audit.findings:
            said[audit.name, finding.check, finding.verdict].add(finding.count, _places(finding.events, finding.ranges))
    for parity in result.parities:
        for side in parity.differences:
            other = next(log for log in parity.logs if log != side.lacking)
            key = side.lacking, f"{PARITY} with {other}", LACKING
            said[key].add(side.count, _places(side.events, side.ranges))
    return (*held_against(faults, said), *_undecided(result))


def compare_hops(faults: Sequence[Fault], result: Result) -> Table:
    """A line for each consumer and hop at which it lost events, then one for whatever else the audits say of that."""
    said: defaultdict[Key, Said] = defaultdict(Said)
    for audit in result.audits:
        for loss in audit.losses:
            key = audit.name, _between(loss.source, loss.target), loss.how
            said[key].add(loss.count, _places(loss.events, loss.ranges))
    lines = tuple(held_against(_lost(faults), said))
    return Table(
        heading="where on the way it was lost, for those at the end of it",
        key=("consumer", "between", "how"),
        lines=lines,
        told=f"each way of losing them in its place ({len(lines)} lines)",
    )


def _lost(faults: Iterable[Fault]) -> list[Fault]:
    """What each consumer lost, by hop: the same hop may lose events in several ways."""
    lost: dict[Key, Fault] = {}
    for fault in faults:
        if fault.hop is None:
            continue
        hop, way = fault.hop.how, _between(fault.hop.source, fault.hop.target)
        for consumer in fault.hop.consumers:
            known = lost.get((consumer, way, hop))
            places = fault.places if known is None else known.places | fault.places
            told = Fault(audit=consumer, check=way, verdict=hop, places=places, story=fault.story)
            lost[consumer, way, hop] = told
    return list(lost.values())


def _between(source: str, target: str) -> str:
    return f"{source} -> {target}"


def held_against(faults: Sequence[Fault], said: Mapping[Key, Said]) -> Iterator[Line]:
    """A line for each fault, in their order, then one for whatever else was said."""
    nothing = Said()
    for fault in faults:
        yield Line(
            audit=fault.audit,
            check=fault.check,
            verdict=fault.verdict,
            story=fault.story,
            injected=len(fault.places),
            found=len(fault.places & said.get(_key(fault), nothing).places),
        )
    yield from _not_injected(faults, said)


def _key(fault: Fault) -> Key:
    return fault.audit, fault.check, fault.verdict


def _not_injected(faults: Iterable[Fault], said: Mapping[Key, Said]) -> Iterator[Line]:
    """What is counted beyond the places that were injected. Each place was injected once."""
    injected: dict[Key, frozenset[str]] = {}
    for fault in faults:
        injected[_key(fault)] = injected.get(_key(fault), frozenset()) | fault.places
    for key, found in said.items():
        surplus = found.count - len(injected.get(key, frozenset()) & found.places)
        if surplus:
            audit, check, verdict = key
            strange = ", ".join(sorted(found.places - injected.get(key, frozenset()))[:3])
            story = f"not injected: {strange}" if strange else "the count is not that of the places"
            yield Line(audit=audit, check=check, verdict=verdict, story=story, injected=0, found=surplus)


def _undecided(result: Result) -> Iterator[Line]:
    for audit in result.audits:
        for problem in audit.problems:
            yield Line(audit=audit.name, check="-", verdict=audit.verdict, story=problem.message, injected=0, found=1)


def _places(events: Sequence[Event], ranges: Iterable[tuple[int, int]]) -> frozenset[str]:
    """The places that are named: events, or where there are none ranges of positions."""
    if events:
        return frozenset(map(_place, events))
    return at_positions(position for first, last in ranges for position in range(first, last + 1))


def _place(event: Event) -> str:
    if event.position is not None:
        return at_position(event.position)
    if event.stream is not None and event.version is not None:
        return at_version(event.stream, event.version)
    return known_as(str(event.id))


def render(
    lines: Sequence[Line], appearance: Appearance, *, whom: str = "the shop", tables: Sequence[Table] = ()
) -> str:
    """The stories and the tables, as text that ends in a newline."""
    page = Page(appearance.width)
    page.heading(f"what was done to {whom}")
    for number, line in enumerate(lines, start=1):
        _story(page, number, f"{visible(line.audit)}: {visible(line.story)}")
    page.heading("injected and found")
    _table(page, ("audit", "check", "verdict"), lines)
    for table in tables:
        page.heading(table.heading)
        _table(page, table.key, table.lines, table.counts)
        for number, line in enumerate(table.lines, start=1):
            if not line.agrees:
                _story(page, number, visible(line.story))
    page.line()
    page.line(_conclusion(lines, tables))
    return page.text()


def _table(
    page: Page, key: tuple[str, str, str], lines: Sequence[Line], counts: tuple[str, str] = ("injected", "found")
) -> None:
    head = ("    ", *key, *counts, "agree")
    if not page.table(head, [_row(number, line) for number, line in enumerate(lines, start=1)], left=4):
        for number, line in enumerate(lines, start=1):
            told = f"{line.injected} {counts[0]}, {line.found} {counts[1]}"
            said = f"{visible(line.audit)} {line.check}: {told}"
            _story(page, number, said if line.agrees else f"{said}: NO")


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


def agree(lines: Sequence[Line], tables: Sequence[Table]) -> bool:
    """Whether every line does."""
    return all(line.agrees for line in (*lines, *(line for table in tables for line in table.lines)))


def _conclusion(lines: Sequence[Line], tables: Sequence[Table]) -> Text:
    every = [*lines, *(line for table in tables for line in table.lines)]
    wrong = [line for line in every if not line.agrees]
    if wrong:
        return Text(f"injected and found differ in {len(wrong)} of {len(every)} lines", style="bold red")
    places = sum(line.injected for line in lines)
    further = "".join(f", {table.told}" for table in tables)
    said = f"found = injected: all {places} places in {len(lines)} lines{further}, and nothing else"
    return Text(said, style="bold green")
