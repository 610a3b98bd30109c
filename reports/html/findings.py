"""The findings as the page's script reads them: a short row for each, and the rest of them packed in blocks.

Rows are enough to search, sort and filter by; a block is unpacked when one of its findings is opened. So a page with
a hundred thousand findings opens at once, and is not much larger than what is in it. Beyond
:data:`reports.html.blocks.MOST_PACKED` the lightest findings go without samples and evidence, and say so.

Nothing here holds all findings in another form than the result has them: rows and words are packed some at a time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from checks.catalogue import title_of
from checks.model.finding import Finding, Severity, Verdict
from checks.model.result import Audit, Result
from reports.html.blocks import blocks
from reports.html.hashed import Written
from reports.html.packing import Packing, compact, exact
from reports.html.words import number, shortened
from reports.json_document import moment, text_or_null
from reports.next_steps import next_steps
from reports.visible import well_formed

AT_ONCE = 100
"""Rows that are written together."""
MOST_WORDS = 3_000_000
MOST_WORDS_OF_ONE = 20_000
"""Characters of samples that can be searched for, without opening their findings."""
MOST_COMMANDS = 2_000
"""Findings that have the commands for them spelt out."""

MOST_PLAIN = 100
"""Findings that stand in the page for a browser that runs no script: a mail's preview, a CI that forbids it."""
_LONGEST_MESSAGE = 400

Entry = tuple[int, Audit, Finding]
"""A finding with its audit, and the number of that."""


class Heaviest:
    """All findings of a result, the heaviest first; two lists of numbers, and no object for each of them."""

    def __init__(self, result: Result) -> None:
        self._audits = result.audits
        self._numbers = [number for number, audit in enumerate(result.audits) for _ in audit.findings]
        self._findings = [finding for audit in result.audits for finding in audit.findings]
        weights = [finding.severity.rank for finding in self._findings]
        self._order = sorted(range(len(weights)), key=lambda at: -weights[at])
        self.counts = {severity.value: weights.count(severity.rank) for severity in Severity}

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Entry]:
        for at in self._order:
            number = self._numbers[at]
            yield number, self._audits[number], self._findings[at]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A finding in one row of text."""

    severity: str
    audit: str
    title: str
    count: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Packed rows, packed blocks, and how many there are by severity. ``without``: how many have no block.

    ``plain``: the heaviest as text.
    """

    plain: tuple[Plain, ...]
    rows: str
    blocks: tuple[str, ...]
    counts: dict[str, int]
    total: int
    without: int
    hashed: str


def findings(result: Result, config: str | None) -> Findings:
    """Those of every audit, the heaviest first, and the hash of the JSON document that has them."""
    entries = Heaviest(result)
    written = Written(result)
    packed, sizes = blocks(written)
    return Findings(
        plain=tuple(_plain(audit, finding) for _, audit, finding in islice(entries, MOST_PLAIN)),
        rows=_table(entries, sizes, result, config),
        blocks=tuple(packed),
        counts=entries.counts,
        total=len(entries),
        without=len(entries) - sum(sizes),
        hashed=written.hash,
    )


def _plain(audit: Audit, finding: Finding) -> Plain:
    return Plain(
        severity=finding.severity.value,
        audit=shortened(audit.name),
        title=title_of(audit.of, finding.check),
        count=f"{number(finding.count)} {finding.verdict}",
        message=shortened(finding.message, _LONGEST_MESSAGE),
    )


def _table(entries: Heaviest, sizes: list[int], result: Result, config: str | None) -> str:
    """What the script needs of all of them at once: words that are used again and again stand once, by number."""
    checks: dict[str, int] = {}
    reasons: dict[str, int] = {}
    started = moment(result.started)
    packing = Packing()
    packing.add('{"rows":[')
    _add(packing, (_row(entry, started, checks, reasons) for entry in entries))
    packing.add('],"words":[')
    _add(packing, _words(entries))
    packing.add('],"commands":[')
    _add(packing, (list(next_steps([_alone(*entry)], config)) for entry in islice(entries, MOST_COMMANDS)))
    rest = {
        "audits": [well_formed(audit.name) for audit in result.audits],
        "checks": list(checks),
        "reasons": list(reasons),
        "verdicts": [verdict.value for verdict in Verdict],
        "started": started,
        "blocks": sizes,
    }
    packing.add(f"],{compact(rest)[1:]}")
    return packing.done()


def _add(packing: Packing, members: Iterable[object]) -> None:
    """The members of a list, with commas between them."""
    left = iter(members)
    comma = ""
    while some := list(islice(left, AT_ONCE)):
        packing.add(f"{comma}{compact(some)[1:-1]}")
        comma = ","


def _row(entry: Entry, started: str, checks: dict[str, int], reasons: dict[str, int]) -> list[object]:
    """``checks``, ``reasons``: the numbers of those that were used by now; it adds its own."""
    at, audit, finding = entry
    reason = text_or_null(finding.reason)
    return [
        at,
        checks.setdefault(title_of(audit.of, finding.check), len(checks)),
        finding.severity.rank,
        _VERDICTS[finding.verdict],
        exact(finding.count),
        text_or_null(finding.partition),
        None if reason is None else reasons.setdefault(reason, len(reasons)),
        well_formed(finding.message),
        started if finding.first_seen is None else moment(finding.first_seen),
    ]


_VERDICTS = {verdict: number for number, verdict in enumerate(Verdict)}


def _alone(_: int, audit: Audit, finding: Finding) -> Audit:
    """Its audit with nothing else found in it, so that the commands are about this finding."""
    return Audit(
        name=audit.name,
        of=audit.of,
        upstream=audit.upstream,
        window=audit.window,
        totals=audit.totals,
        findings=(finding,),
        has_target=audit.has_target,
        takes_twice=audit.takes_twice,
    )


def _words(entries: Iterable[Entry]) -> Iterator[list[list[str]] | None]:
    """Streams and ids of a finding's samples, to be searched for; ``None`` where there is no room any more."""
    left = MOST_WORDS
    for _, _, finding in entries:
        if left <= 0:
            yield None
            continue
        streams: dict[str, None] = {}
        ids: dict[str, None] = {}
        size = 0
        for event in finding.events:
            for found, word in ((streams, event.stream), (ids, event.id)):
                if word is not None:
                    found.setdefault(well_formed(word))
                    size += len(word)
            if size > MOST_WORDS_OF_ONE:
                break
        left -= size
        yield [list(streams), list(ids)]
