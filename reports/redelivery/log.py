"""The log of redeliveries, newest first: for people, and as the JSON document ``auditor.redelivery-log/1``.

A redelivery is a line: when, by whom, of which plan, where to, for whom, what became of its events, and why. Below it
stand its attempts, if they were asked for: a line an event. A terminal that is too narrow has several lines for it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from rich.text import Text

from checks.model.journal import SEEN_AT_THE_CONSUMER, Attempt, Line, LogEntry, RedeliveryLog
from checks.model.redelivery import Step
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.earlier import second
from reports.events import LONGEST_NAME, sample
from reports.json_document import Json, event_entry, moment, plain
from reports.page import Page
from reports.visible import visible, well_formed

SCHEMA = "auditor.redelivery-log/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("reports.redelivery.log", (".txt", ".log")),
        "json": Format("reports.redelivery.log", (".json",)),
    }
)
"""The formats of the log, with the endings of files that are taken to want them."""

_HEAD = ("no", "began", "by", "plan", "target", "for", "result", "why")
_SHORT = 12
"""Characters of a plan's hash that people get."""
_INDENT = 4
_BAD = frozenset({Step.REJECTED, Step.FAILED, Step.MISSING})
_DOUBTFUL = frozenset({Step.SENDING, Step.UNKNOWN, Step.PARKED})


def render(log: RedeliveryLog, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The log in a format, ending in a newline. KeyError: there is no such format."""
    return _RENDERERS[format_name](log, appearance)


# ---- for people ------------------------------------------------------------------------------------------------------


def _terminal(log: RedeliveryLog, appearance: Appearance) -> str:
    page = Page(appearance.width)
    if not log.entries:
        page.line("no redelivery is recorded that was asked for" if log.narrowed else "nothing was sent again yet")
        return page.text()
    is_long = any(entry.attempts is not None for entry in log.entries)
    rows = [_cells(entry) for entry in log.entries]
    if is_long or not page.table(_HEAD, rows, left=len(_HEAD)):
        for entry in log.entries:
            _several_lines(page, entry)
    return page.text()


def _cells(entry: LogEntry) -> list[Text]:
    redelivery = entry.recorded.redelivery
    return [
        Text(str(redelivery.number), style="bold"),
        Text(second(redelivery.at)),
        Text(_who(entry)),
        Text(visible(redelivery.plan[:_SHORT])),
        Text(_target(entry)),
        Text(_names(redelivery.consumers)),
        _result(entry),
        Text(_why(entry)),
    ]


def _several_lines(page: Page, entry: LogEntry) -> None:
    number, began, who, plan, target, consumers, result, why = _cells(entry)
    page.line(Text.assemble(number, "  ", began, "  ", who, ": ", result))
    page.line(Text.assemble("plan ", plan, " to ", target, " for ", consumers), indent=_INDENT, style="dim")
    if why.plain:
        page.line(why, indent=_INDENT)
    for attempt in entry.attempts or ():
        page.line(_attempt(attempt, page.width), indent=_INDENT)


def _who(entry: LogEntry) -> str:
    redelivery = entry.recorded.redelivery
    return f"{visible(redelivery.user)}@{visible(redelivery.host)}"


def _target(entry: LogEntry) -> str:
    redelivery = entry.recorded.redelivery
    return f"{visible(redelivery.target)} ({visible(redelivery.kind)})"


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(visible, names))


def _why(entry: LogEntry) -> str:
    redelivery = entry.recorded.redelivery
    return ": ".join(visible(each) for each in (redelivery.ticket, redelivery.reason) if each)


def _result(entry: LogEntry) -> Text:
    """``998 accepted, 2 rejected; then 997 healed, 1 missing``."""
    counts = entry.recorded.counts
    said = [step for step in Step if counts.get(step) and step not in SEEN_AT_THE_CONSUMER]
    seen = [step for step in Step if counts.get(step) and step in SEEN_AT_THE_CONSUMER]
    line = Text(", ").join(_count(step, counts[step]) for step in said) if said else Text("nothing was sent")
    return (
        Text.assemble(line, "; then ", Text(", ").join(_count(step, counts[step]) for step in seen)) if seen else line
    )


def _count(step: Step, count: int) -> Text:
    return Text(f"{count:,} {step}", style=_colour(step))


def _colour(step: Step) -> str:
    return "red" if step in _BAD else "yellow" if step in _DOUBTFUL else "green" if step is Step.HEALED else ""


def _attempt(attempt: Attempt, width: int | None) -> Text:
    """``- position 5, order-1@2, OrderPlaced, for billing: accepted 2026-03-01T12:00:01Z (202)``."""
    event = attempt.event
    partition = "" if event.partition is None else f"partition {visible(event.partition)}, "
    named = sample(event, None if width is None else LONGEST_NAME)
    steps = Text(", ").join(_step(line) for line in _telling(attempt.lines))
    return Text.assemble(f"- {partition}{named}, for {visible(attempt.consumer)}: ", steps)


def _telling(lines: Sequence[Line]) -> Iterator[Line]:
    """That it was about to be sent goes without saying where it is said what came of it."""
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        if line.step is not Step.SENDING or after is None or after.step is Step.SENDING:
            yield line


def _step(line: Line) -> Text:
    detail = f" ({visible(line.detail)})" if line.detail else ""
    return Text.assemble((str(line.step), _colour(line.step)), f" {second(line.at)}{detail}")


# ---- for programs ----------------------------------------------------------------------------------------------------


def _json(log: RedeliveryLog, appearance: Appearance) -> str:  # noqa: ARG001 (for people, not for programs)
    return json.dumps(document(log), indent=2, allow_nan=False) + "\n"


def document(log: RedeliveryLog) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers: every key always, null where nothing is known."""
    return {"schema": SCHEMA, "redeliveries": [_entry(entry) for entry in log.entries]}


def _entry(entry: LogEntry) -> Json:
    redelivery, counts = entry.recorded.redelivery, entry.recorded.counts
    return {
        "number": redelivery.number,
        "at": moment(redelivery.at),
        "user": well_formed(redelivery.user),
        "host": well_formed(redelivery.host),
        "reason": _text(redelivery.reason),
        "ticket": _text(redelivery.ticket),
        "plan": well_formed(redelivery.plan),
        "run": well_formed(redelivery.run),
        "target": well_formed(redelivery.target),
        "kind": well_formed(redelivery.kind),
        "consumers": [well_formed(name) for name in redelivery.consumers],
        "heard_by": [well_formed(name) for name in redelivery.heard_by],
        "options": {well_formed(name): plain(value) for name, value in redelivery.options.items()},
        "events": entry.recorded.events,
        "counts": {step.value: counts.get(step, 0) for step in Step},
        "attempts": None if entry.attempts is None else [_attempt_entry(each) for each in entry.attempts],
    }


def _attempt_entry(attempt: Attempt) -> Json:
    return {
        "consumer": well_formed(attempt.consumer),
        "event": {"partition": _text(attempt.event.partition), **event_entry(attempt.event)},
        "steps": [
            {"step": line.step.value, "at": moment(line.at), "batch": line.batch, "detail": well_formed(line.detail)}
            for line in attempt.lines
        ],
    }


def _text(text: str | None) -> str | None:
    return None if text is None else well_formed(text)


_RENDERERS: Mapping[str, Callable[[RedeliveryLog, Appearance], str]] = MappingProxyType(
    {"terminal": _terminal, "json": _json}
)
