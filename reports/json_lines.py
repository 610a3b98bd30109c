"""One JSON object a line, for logs, `jq` and loaders: every finding with all its events, however many there are.

Each line says by `kind` what it is. The first one is the `run`, with the schema `auditor.result-lines/1` and how many
`audits`, `findings`, `events`, `parities` and `not_checked` follow, so that a reader knows when it has them all. Then
comes each `audit`; behind it each `finding` of it; behind that each `event` of the finding. What is told of no one
audit comes last: each `parity` and each `not_checked`.

The keys are those of the JSON document, and mean what they mean there: integers are exact, times are UTC, what is not
known is null. Where the document has a list, the line has its length, and the members have lines of their own:
`findings` of an audit, `events` of a finding. A finding has a number, `finding`, by which its events name it; a
finding and an event name their `audit`. `count` is how many there are, `events` how many of them follow. It is the same
number where a check counts events, unless `auditor report` shows a recorded run: 10,000 events a finding are recorded.

Any line can be read without the others. A finding may cover 10,000 ranges and is then a long line; an event never is.
The `losses` of an audit and the differences of a parity name samples, as in the JSON document.
"""

import json
from collections.abc import Iterator
from itertools import count

from checks.model.event import Event
from checks.model.finding import Finding
from checks.model.result import Audit, Result
from reports.appearance import Appearance
from reports.json_document import (
    Json,
    audit_entry,
    event_entry,
    finding_entry,
    moment,
    not_checked_entry,
    parity_entry,
    text_or_null,
)
from reports.visible import well_formed

SCHEMA = "auditor.result-lines/1"


def pieces(result: Result, appearance: Appearance) -> Iterator[str]:  # noqa: ARG001 (for people, not for programs)
    """A line at a time, ASCII only."""
    return (json.dumps(entry, allow_nan=False) + "\n" for entry in lines(result))


def lines(result: Result) -> Iterator[dict[str, Json]]:
    """The lines as plain lists, dicts, text and numbers."""
    yield _run(result)
    numbers, started = count(1), moment(result.started)
    for audit in result.audits:
        yield {"kind": "audit", **audit_entry(audit, len(audit.findings))}
        for finding, number in zip(audit.findings, numbers, strict=False):
            yield _finding(number, finding, audit, started)
            yield from (_event(number, event, finding, audit) for event in finding.events)
    yield from ({"kind": "parity", **parity_entry(parity)} for parity in result.parities)
    yield from ({"kind": "not_checked", **not_checked_entry(entry)} for entry in result.not_checked)


def _run(result: Result) -> dict[str, Json]:
    findings = [finding for audit in result.audits for finding in audit.findings]
    return {
        "kind": "run",
        "schema": SCHEMA,
        "run": well_formed(result.run),
        "started": moment(result.started),
        "finished": moment(result.finished),
        "verdict": result.verdict.value,
        "audits": len(result.audits),
        "findings": len(findings),
        "events": sum(len(finding.events) for finding in findings),
        "parities": len(result.parities),
        "not_checked": len(result.not_checked),
        "known": result.known,
        "not_recorded": text_or_null(result.not_recorded),
    }


def _finding(number: int, finding: Finding, audit: Audit, started: str) -> dict[str, Json]:
    entry = finding_entry(finding, audit.name, started, len(finding.events))
    return {"kind": "finding", "finding": number, "audit": well_formed(audit.name), **entry}


def _event(number: int, event: Event, finding: Finding, audit: Audit) -> dict[str, Json]:
    return {
        "kind": "event",
        "finding": number,
        "audit": well_formed(audit.name),
        "check": finding.check,
        "verdict": finding.verdict.value,
        "partition": text_or_null(finding.partition if event.partition is None else event.partition),
        **event_entry(event),
    }
