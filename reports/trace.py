"""One event's way, for people, and as the JSON document ``auditor.trace/1``.

A hop is a line: where, at which position, when, how much later than the hop before, the verdict, and why. Times are
those that the stores have, each on its own clock; a delay between two stores names both. Plain text is never cut or
wrapped; a terminal that is too narrow for the table has two lines for a hop.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from rich.text import Text

from checks.model.event import Event
from checks.model.trace import PRESENT, Delay, Hop, HopKind, HopVerdict, Look, Sought, Trace
from checks.wording import lasting
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.events import LONGEST_NAME, sample
from reports.json_document import Json, event_entry, moment
from reports.page import Page
from reports.redelivery.sent_again import entries, phrase
from reports.visible import visible, well_formed

SCHEMA = "auditor.trace/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {"terminal": Format("reports.trace", (".txt", ".log")), "json": Format("reports.trace", (".json",))}
)
"""The formats of a trace, with the endings of files that are taken to want them."""

_INDENT = 4
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_HEAD = ("hop", "position", "time", "delay", "verdict", "")
_BAD = frozenset(
    {
        HopVerdict.NOT_WRITTEN,
        HopVerdict.NOT_IN_LOG,
        HopVerdict.NOT_DERIVED,
        HopVerdict.NOT_RECEIVED,
        HopVerdict.NO_ROW,
        HopVerdict.BEHIND,
        HopVerdict.AHEAD,
    }
)
_DOUBTFUL = frozenset(
    {HopVerdict.CANNOT_TELL, HopVerdict.PARKED, HopVerdict.RECEIVED_TWICE, HopVerdict.NOT_SENT, HopVerdict.NOT_YET}
)


def render(trace: Trace, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The trace in a format, ending in a newline. KeyError: there is no such format."""
    return _RENDERERS[format_name](trace, appearance)


def _terminal(trace: Trace, appearance: Appearance) -> str:
    page = Page(appearance.width)
    page.line(_summary(trace, appearance.width))
    if trace.hops:
        page.line()
        if not page.table(_HEAD, [_cells(hop) for hop in trace.hops], left=len(_HEAD)):
            for hop in trace.hops:
                _two_lines(page, hop)
    for note in trace.notes:
        page.line()
        page.line(f"note: {visible(note)}")
    _looked(page, trace)
    return page.text()


def _summary(trace: Trace, width: int | None) -> Text:
    if trace.sought is None or not trace.found:
        doubt = "" if trace.complete else ", as far as could be looked"
        return Text.assemble(("not found", "bold red"), f": {visible(trace.asked)}{doubt}")
    longest = None if width is None else LONGEST_NAME
    first = next((hop.name for hop in trace.hops if hop.of is HopKind.LOG and hop.verdict in PRESENT), None)
    word, style = ("found in no log", "bold red") if first is None else (f"found in {visible(first)}", "bold green")
    partition = "" if trace.event.partition is None else f"partition {visible(trace.event.partition)}, "
    return Text.assemble((word, style), f": {partition}{sample(trace.event, longest)}")


def _cells(hop: Hop) -> list[Text]:
    return [
        _where(hop),
        Text(position_of(hop)),
        Text("" if hop.time is None else moment(hop.time), style="dim"),
        Text("" if hop.delay is None else delay_of(hop.delay, hop.store)),
        _verdict(hop),
        Text(_why(hop), style="dim"),
    ]


def _two_lines(page: Page, hop: Hop) -> None:
    """For terminals that the table does not fit."""
    position = position_of(hop)
    page.line(Text.assemble(_where(hop), f" {position}" if position else "", ": ", _verdict(hop)))
    when = "" if hop.time is None else moment(hop.time)
    delay = "" if hop.delay is None else delay_of(hop.delay, hop.store)
    said = ", ".join(part for part in (when, delay, _why(hop)) if part)
    if said:
        page.line(said, indent=2 * hop.depth + _INDENT, style="dim")


def _why(hop: Hop) -> str:
    """What is said behind a verdict."""
    return "; ".join(part for part in (visible(hop.message or ""), phrase(hop.sent_again)) if part)


def _where(hop: Hop) -> Text:
    return Text.assemble(f"{'  ' * hop.depth}{hop.of} ", (visible(hop.name), "bold"))


def _verdict(hop: Hop) -> Text:
    style = "red" if hop.verdict in _BAD else "yellow" if hop.verdict in _DOUBTFUL else ""
    many = f" ({hop.count})" if hop.verdict is HopVerdict.RECEIVED_TWICE else ""
    return Text(f"{hop.verdict}{many}", style=style or ("green" if hop.verdict in PRESENT else ""))


def position_of(hop: Hop) -> str:
    """The place of the event at a hop: of a state its row's version, with partitions both."""
    event = hop.event
    if hop.of is HopKind.STATE:
        return "" if event.version is None else f"version {event.version}"
    if event.position is None:
        return ""
    return str(event.position) if event.partition is None else f"{visible(event.partition)}:{event.position}"


def delay_of(delay: Delay, clock: str) -> str:
    """``+1.25s``, ``-40ms``; of two clocks with the stores whose clocks they are."""
    sign, length = ("-", -delay.by) if delay.by < timedelta(0) else ("+", delay.by)
    if length < _SECOND:
        said = f"{length / timedelta(milliseconds=1):.0f}ms"
    elif length < _MINUTE:
        said = f"{length.total_seconds():.2f}s"
    else:
        said = lasting(length)
    clocks = "" if delay.clock == clock else f" ({visible(delay.clock)} -> {visible(clock)})"
    return f"{sign}{said}{clocks}"


def _looked(page: Page, trace: Trace) -> None:
    """Where it was looked for: everywhere, if it was found nowhere; else only what could not be looked at."""
    shown = [look for look in trace.looked if look.problem is not None or not trace.found]
    if shown:
        page.heading("could not be looked at" if trace.found else "where it was looked for")
    for look in shown:
        style = "yellow" if look.problem is not None else ""
        page.line(
            Text.assemble(f"{look.of} ", (visible(look.name), "bold"), (f": {visible(look.message)}", style)), indent=2
        )


def _json(trace: Trace, appearance: Appearance) -> str:  # noqa: ARG001 (for people, not for programs)
    return json.dumps(document(trace), indent=2, allow_nan=False) + "\n"


def document(trace: Trace) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers: every key always, null where nothing is known."""
    return {
        "schema": SCHEMA,
        "asked": well_formed(trace.asked),
        "at": moment(trace.at),
        "found": trace.found,
        "in_a_log": trace.in_a_log,
        "complete": trace.complete,
        "sought": None if trace.sought is None else _sought(trace.sought),
        "event": _event(trace.event),
        "hops": [_hop(hop) for hop in trace.hops],
        "looked": [_look(look) for look in trace.looked],
        "notes": [well_formed(note) for note in trace.notes],
    }


def _sought(sought: Sought) -> Json:
    return {"by": sought.by.value, "log": _text(sought.log), "event": _event(sought.event)}


def _event(event: Event) -> Json:
    return {"partition": _text(event.partition), **event_entry(event)}


def _hop(hop: Hop) -> Json:
    return {
        "of": hop.of.value,
        "name": well_formed(hop.name),
        "upstream": _text(hop.upstream),
        "depth": hop.depth,
        "store": well_formed(hop.store),
        "verdict": hop.verdict.value,
        "count": hop.count,
        "event": _event(hop.event),
        "time": None if hop.time is None else moment(hop.time),
        "delay": None if hop.delay is None else _delay(hop.delay),
        "cursor": None if hop.cursor is None else list(hop.cursor),
        "message": _text(hop.message),
        "problem": hop.problem,
        "sent_again": entries(hop.sent_again),
    }


def _delay(delay: Delay) -> Json:
    return {
        "seconds": delay.by.total_seconds(),
        "of": delay.of.value,
        "name": well_formed(delay.name),
        "clock": well_formed(delay.clock),
    }


def _look(look: Look) -> Json:
    return {
        "of": look.of.value,
        "name": well_formed(look.name),
        "found": look.found,
        "message": well_formed(look.message),
        "problem": look.problem,
    }


def _text(text: str | None) -> str | None:
    return None if text is None else well_formed(text)


_RENDERERS: Mapping[str, Callable[[Trace, Appearance], str]] = MappingProxyType({"terminal": _terminal, "json": _json})
