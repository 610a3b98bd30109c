"""``docs/formats.md``: every format of a report, with a small report in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Loss, LostAt, NotChecked, Result, Totals, Window
from docs.generator.markdown import code, document, fenced, link, prose, sentence, slug, table
from reports import FORMATS, render

LONGEST = 120
"""Lines of a report that are shown."""

TO_BE_LOOKED_AT = frozenset({"html"})
"""Formats whose text tells a reader nothing."""

INTRODUCTION = """\
A report goes to standard output, or with `--output FILE` to a file. An `--output` takes the format that stands right
before it, else the one that its ending means; both options can be repeated, and at most one format goes without a file:

```sh
auditor check --format json                                        # to standard output
auditor check --output report.json                                 # to a file, and nothing to standard output
auditor check --format json --output audit --format terminal       # both
auditor check --output lost.csv --output report.json --output -    # one run, three reports
```

A file is there whole or not at all: it is written beside its place and renamed, so that a reader sees the last report
or this one, never half of one. What can be known beforehand, such as a folder that is not there, is a usage error
(exit code 2), and nothing is audited. Where a disk turns out to be full, or a report cannot be made, that is one line
on standard error; the other reports are written, what stood in the file still stands there, and the exit code is 3,
or 1 if there were errors to find.

All formats say the same of one run. Most carry samples of the events of a finding, as many as `--max-findings` says;
ALL_CARRIERS carry every one of them, in the same run and beside the others. So with one of them a run keeps all that it
finds in memory: some 350 bytes an event. Of a recorded run, which `auditor report` shows, there are 10,000 events a
finding at the most.

From Python, [a result is data](pandas.md), and `reports.render(result, "json")` makes any of these of it; with
`Appearance(by=By.FINDING)` from `reports` as well, the csv has a row a finding.

Below, each format reports the same small audit."""

LANGUAGES = {"json": "json", "jsonl": "json", "csv": "csv"}
"""What a report is shown as, where that is not plain text."""


def page() -> str:
    """The whole page."""
    rows = (
        (link(code(name), f"#{slug(name)}"), ", ".join(map(code, known.endings)), sentence(_said_by(known.module)))
        for name, known in FORMATS.items()
    )
    carriers = " and ".join(code(name) for name, known in FORMATS.items() if known.carries_all)
    introduction = INTRODUCTION.replace("ALL_CARRIERS", carriers)
    return document("# Formats", introduction, table(("format", "endings", "is"), rows), *_formats())


def _formats() -> Iterator[str]:
    for name, known in FORMATS.items():
        yield f"## {name}"
        yield _said_by(known.module)
        if name in TO_BE_LOOKED_AT:
            yield fenced(f"auditor check --output report{known.endings[0]}", "sh")
        else:
            lines = render(SAMPLE, name).splitlines()
            more = [f"… and {len(lines) - LONGEST} lines more"] * (len(lines) > LONGEST)
            yield fenced("\n".join([*lines[:LONGEST], *more]), LANGUAGES.get(name, "text"))
        if name in PICTURES:
            yield PICTURES[name]


def _said_by(module: str) -> str:
    return prose(import_module(module).__doc__)


PICTURES = {
    "terminal": """\
On a terminal the same report has colours, and as many columns as there is room for:

![auditor check orders billing in a terminal of 100 columns](pictures/terminal.svg)""",
    "html": """\
The demo's bank, as a browser shows it by day and by night:

![The top of an HTML report: inconsistent, what is lost, and what to type next](pictures/html-light.png)

![The same in dark colours](pictures/html-dark.png)""",
}


_AT_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_LOST = tuple(
    Event(
        position=position,
        id=f"7f3a1c5e-0000-4000-8000-{position:012}",
        stream=f"order-{position}",
        version=2,
        type="OrderPaid",
        time=_AT_NOON - timedelta(hours=3, seconds=-position),
    )
    for position in (871, 872)
)

SAMPLE = Result(
    run="20260301T120000Z-5ba1ad",
    started=_AT_NOON,
    finished=_AT_NOON + timedelta(seconds=0.4),
    audits=(
        Audit(
            name="billing",
            of="consumer",
            upstream="orders",
            window=Window(first=1, last=1000, settled=1000),
            totals=Totals(produced=400, received=398, missing=2, excluded=600),
            findings=(
                Finding(
                    check="missing",
                    verdict=Verdict.CONFIRMED,
                    count=2,
                    message="billing never received 2 events that its cursor is past, from position 871 on",
                    ranges=((871, 872),),
                    events=_LOST,
                    evidence={"grace_seconds": 30.0},
                ),
            ),
            losses=(
                Loss(
                    source="orders",
                    target="billing",
                    how=LostAt.NOT_RECEIVED,
                    audit="billing",
                    check="missing",
                    count=2,
                    ranges=((871, 872),),
                    events=_LOST,
                ),
            ),
        ),
    ),
    not_checked=(
        NotChecked(
            audit="billing",
            check="out-of-order",
            reason="no-receipt-order",
            message="the inbox has no `received` column, which would say in which order events came",
        ),
    ),
)
"""A run that found two lost events. Real reports have more evidence."""
