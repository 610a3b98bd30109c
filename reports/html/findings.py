"""The findings as the page's script reads them: a short row for each, and the rest of them packed in blocks.

Rows are enough to search, sort and filter by; a block is unpacked when one of its findings is opened. So a page with
a hundred thousand findings opens at once, and is not much larger than what is in it. Beyond :data:`MOST_PACKED` the
lightest findings go without samples and evidence, and say so.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from checks.catalogue import title_of
from checks.model.finding import Finding, Severity, Verdict
from checks.model.result import Audit, Result
from reports.html.packing import compact, exact, packed
from reports.json_document import Json, event_entry, finding_entry, moment
from reports.next_steps import next_steps
from reports.visible import well_formed

BLOCK = 250
MOST_IN_BLOCK = 500_000
"""A block ends with so many findings, or characters before it is packed."""
MOST_PACKED = 12_000_000
"""Characters of all blocks, packed."""
MOST_WORDS = 3_000_000
MOST_WORDS_OF_ONE = 20_000
"""Characters of samples that can be searched for, without opening their findings."""
MOST_COMMANDS = 2_000
"""Findings that have the commands for them spelt out."""
_LONG_NUMBER = re.compile(r"\d{16}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding as the contract's JSON has it, with what it is a finding of."""

    audit: Audit
    number: int
    finding: Finding
    json: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Packed rows, packed blocks, and how many there are by severity. ``without``: how many have no block."""

    rows: str
    blocks: tuple[str, ...]
    counts: dict[str, int]
    total: int
    without: int
    hashed: str


def findings(result: Result, document: dict[str, Json], config: str | None) -> Findings:
    """Those of every audit, the heaviest first. ``document``: the JSON document without its findings, to be hashed."""
    started = moment(result.started)
    entries = [
        Entry(
            audit,
            number,
            finding,
            finding_entry(finding, audit.name, started, [event_entry(event) for event in finding.events]),
        )
        for number, audit in enumerate(result.audits)
        for finding in audit.findings
    ]
    texts = [compact(entry.json) for entry in entries]
    heaviest = sorted(range(len(entries)), key=lambda at: -entries[at].finding.severity.rank)
    blocks, sizes = _blocks([(entries[at], texts[at]) for at in heaviest])
    return Findings(
        rows=packed(compact(_table([entries[at] for at in heaviest], sizes, result, config))),
        blocks=tuple(blocks),
        counts={severity.value: sum(entry.finding.severity is severity for entry in entries) for severity in Severity},
        total=len(entries),
        without=len(entries) - sum(sizes),
        hashed=_hash(document, entries, texts),
    )


def _blocks(entries: Iterable[tuple[Entry, str]]) -> tuple[list[str], list[int]]:
    """Packed arrays of findings, and how many are in each, as long as there is room."""
    blocks: list[str] = []
    sizes: list[int] = []
    left = MOST_PACKED
    for texts in _parted(entries):
        block = packed(f"[{','.join(texts)}]")
        left -= len(block)
        if left < 0:
            break
        blocks.append(block)
        sizes.append(len(texts))
    return blocks, sizes


def _parted(entries: Iterable[tuple[Entry, str]]) -> Iterator[list[str]]:
    texts: list[str] = []
    size = 0
    for entry, text in entries:
        exactly = compact(exact(entry.json)) if _LONG_NUMBER.search(text) else text
        if texts and (len(texts) == BLOCK or size + len(exactly) > MOST_IN_BLOCK):
            yield texts
            texts, size = [], 0
        texts.append(exactly)
        size += len(exactly)
    if texts:
        yield texts


def _table(entries: list[Entry], sizes: list[int], result: Result, config: str | None) -> dict[str, object]:
    """What the script needs of all of them at once: words that are used again and again stand once, by number."""
    checks: dict[str, int] = {}
    reasons: dict[str, int] = {}
    rows = [_row(entry, checks, reasons) for entry in entries]
    return {
        "audits": [well_formed(audit.name) for audit in result.audits],
        "checks": list(checks),
        "reasons": list(reasons),
        "verdicts": [verdict.value for verdict in Verdict],
        "started": moment(result.started),
        "blocks": sizes,
        "rows": rows,
        "words": list(_words(entries)),
        "commands": [
            list(next_steps([_alone(entry)], config)) if at < MOST_COMMANDS else None
            for at, entry in enumerate(entries[: MOST_COMMANDS + 1])
        ],
    }


def _row(entry: Entry, checks: dict[str, int], reasons: dict[str, int]) -> list[object]:
    """``checks``, ``reasons``: the numbers of those that were used by now; it adds its own."""
    reason = entry.json["reason"]
    return [
        entry.number,
        checks.setdefault(title_of(entry.audit.of, entry.finding.check), len(checks)),
        entry.finding.severity.rank,
        list(Verdict).index(entry.finding.verdict),
        exact(entry.finding.count),
        entry.json["partition"],
        None if reason is None else reasons.setdefault(str(reason), len(reasons)),
        entry.json["message"],
        entry.json["first_seen"],
    ]


def _alone(entry: Entry) -> Audit:
    """Its audit with nothing else found in it, so that the commands are about this finding."""
    audit = entry.audit
    return Audit(
        name=audit.name,
        of=audit.of,
        upstream=audit.upstream,
        window=audit.window,
        totals=audit.totals,
        findings=(entry.finding,),
        has_target=audit.has_target,
    )


def _words(entries: Iterable[Entry]) -> Iterator[list[list[str]] | None]:
    """Streams and ids of a finding's samples, to be searched for; ``None`` where there is no room any more."""
    left = MOST_WORDS
    for entry in entries:
        if left <= 0:
            yield None
            continue
        streams: dict[str, None] = {}
        ids: dict[str, None] = {}
        size = 0
        for event in entry.finding.events:
            for found, word in ((streams, event.stream), (ids, event.id)):
                if word is not None:
                    found.setdefault(well_formed(word))
                    size += len(word)
            if size > MOST_WORDS_OF_ONE:
                break
        left -= size
        yield [list(streams), list(ids)]


def _hash(document: dict[str, Json], entries: Iterable[Entry], texts: Iterable[str]) -> str:
    """The SHA-256 of the whole document in JSON without spaces, whose findings stand in ``texts``."""
    of_audit: dict[int, list[str]] = {}
    for entry, text in zip(entries, texts, strict=True):
        of_audit.setdefault(entry.number, []).append(text)
    hashed = sha256()
    whole = compact(document).split('"findings":[]')  # no name can look like it: its quotes would be escaped
    for number, part in enumerate(whole):
        hashed.update(part.encode())
        if number < len(whole) - 1:
            hashed.update(b'"findings":[')
            hashed.update(",".join(of_audit.get(number, [])).encode())
            hashed.update(b"]")
    return hashed.hexdigest()
