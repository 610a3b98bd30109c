"""A plan of redelivery on one screen, so that a person can judge it, and as ``auditor.plan-summary/1``.

What would be sent, to whom, who else hears it, what comes again with it, and what is left out and why, for each
consumer; what to type next comes last. Plain text is never cut or wrapped. The JSON is the head of the plan, as the
plan's own file has it, with what its events come to in each part.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from shlex import quote
from types import MappingProxyType

from rich.text import Text

from checks.model.application import MOST_EVENTS
from checks.model.redelivery import Order, Part, Why
from checks.wording import counted, lasting, listed
from checks.wording import moment as second
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.events import LONGEST_NAME, sample
from reports.json_document import Json, moment
from reports.page import Page
from reports.phrases import without_middle
from reports.redelivery.plan_document import event_entry, header_entry
from reports.redelivery.plan_summary import PlanSummary, Tally
from reports.visible import visible, well_formed

SCHEMA = "auditor.plan-summary/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("reports.redelivery.plan", (".txt", ".log")),
        "json": Format("reports.redelivery.plan", (".json",)),
    }
)
"""The formats of a plan's summary, with the endings of files that are taken to want them."""

SHORT_HASH = 12
MOST_TYPES = 8
_INDENT = 2
_WHY = {Why.ORDER: "to keep the order"}


def render(summary: PlanSummary, file: str | None, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The summary in a format, ending in a newline. ``file``: where the plan is kept, ``None``: nowhere.

    KeyError: there is no such format.
    """
    return _RENDERERS[format_name](summary, file, appearance)


def _terminal(summary: PlanSummary, file: str | None, appearance: Appearance) -> str:
    page = Page(appearance.width)
    _head(page, summary)
    for part, tally in summary.parts:
        _part(page, part, tally, summary.plan.order)
    if summary.plan.warnings:
        page.heading("warnings")
        for warning in summary.plan.warnings:
            page.line(visible(warning), indent=_INDENT, style="yellow")
    _events(page, summary)
    if file is not None:
        _next(page, summary, file, appearance.config)
    return page.text()


def _head(page: Page, summary: PlanSummary) -> None:
    plan = summary.plan
    names = [visible(part.consumer) for part, tally in summary.parts if tally.count] or ["nobody"]
    said = f": {counted(summary.count, 'event')} to send again, for {listed(names)}"
    page.line(Text.assemble((f"plan {visible(plan.hash[:SHORT_HASH])}", "bold"), said))
    page.line(f"made {second(plan.created)} out of run {visible(plan.run)}", indent=_INDENT, style="dim")
    page.line(_expiry(plan.expires, summary), indent=_INDENT, style="red" if summary.has_expired else "dim")
    if plan.filters:
        chosen = " ".join(f"{visible(option)} {quote(visible(value))}" for option, value in plan.filters.items())
        page.line(f"chosen by {chosen}", indent=_INDENT)
    if plan.first_sighting:
        page.line("what one run alone confirmed is in it, too (--first-sighting)", indent=_INDENT, style="yellow")
    if plan.accepted_duplicates is not None:
        accepted = f"events may come twice to who is not declared idempotent: {visible(plan.accepted_duplicates)}"
        page.line(accepted, indent=_INDENT, style="yellow")


def _expiry(expires: datetime, summary: PlanSummary) -> str:
    if summary.has_expired:
        return f"expired {second(expires)}, {lasting(summary.now - expires)} ago: it will be refused, plan again"
    return f"expires {second(expires)}, in {lasting(expires - summary.now)}"


def _part(page: Page, part: Part, tally: Tally, order: Order) -> None:
    of_streams = f" of {counted(part.streams, 'stream')}" if tally.count else ""
    what = f"{counted(tally.count, 'event')}{of_streams}, by {visible(part.target)} ({visible(part.kind)})"
    page.heading(f"for {visible(part.consumer)}: {what}")
    if others := [visible(name) for name in part.heard_by if name != part.consumer]:
        page.line(f"heard by others, too: {listed(others, most=len(others))}", indent=_INDENT, style="yellow")
    else:
        page.line("heard by nobody else", indent=_INDENT)
    if tally.count:
        for line, style in _facts(part, tally, order):
            page.line(line, indent=_INDENT, style=style)
    for each in part.left_out:
        count = "some" if each.count is None else f"{each.count:,}"
        page.line(f"left out: {count} {visible(each.reason)}: {visible(each.message)}", indent=_INDENT, style="dim")


def _facts(part: Part, tally: Tally, order: Order) -> Iterator[tuple[str, str]]:
    yield from ((line, "") for line in _places(part, tally))
    yield ", ".join(f"{count:,} {_WHY.get(why, why)}" for why, count in tally.why.most_common()), ""
    yield f"types: {_types(tally)}", ""
    yield _order(order, tally), "yellow" if tally.superseded else ""
    for name, count in tally.also_for.items():
        yield f"{visible(name)} lacks {count:,} of them, too, and hears them", ""
    if tally.sent_before:
        most = f", up to {tally.most_attempts:,} times" if tally.most_attempts > 1 else ""
        yield f"sent before, and still missing: {tally.sent_before:,}{most}", "yellow"
    yield _again(part), "" if part.comes_again == 0 else "yellow"


def _places(part: Part, tally: Tally) -> Iterator[str]:
    span = "" if tally.earliest is None or tally.latest is None else _span(tally.earliest, tally.latest)
    if not tally.places:
        yield f"events of {visible(part.log)}{span}"
    for number, (partition, (first, last)) in enumerate(sorted(tally.places.items(), key=lambda each: each[0] or "")):
        if number == MOST_TYPES:
            yield f"and in {len(tally.places) - MOST_TYPES:,} further partitions"
            return
        inside = "" if partition is None else f" in partition {without_middle(visible(partition), LONGEST_NAME)}"
        place = f"position {first}" if first == last else f"positions {first} to {last}"
        yield f"{place} of {visible(part.log)}{inside}{span}"
        span = ""


def _span(earliest: datetime, latest: datetime) -> str:
    if earliest == latest:
        return f", of {second(earliest)}"
    return f", from {second(earliest)} to {second(latest)}"


def _types(tally: Tally) -> str:
    ordered = tally.types.most_common()
    named = [
        f"{'(none)' if name is None else without_middle(visible(name), LONGEST_NAME)} {count:,}"
        for name, count in ordered[:MOST_TYPES]
    ]
    rest = sum(count for _, count in ordered[MOST_TYPES:]) + tally.other_types
    return "; ".join([*named, *([f"others {rest:,}"] if rest else [])])


def _order(order: Order, tally: Tally) -> str:
    if order is Order.STRICT:
        return "order strict: each stream from its first missing event on, in the order of its versions"
    said = "order as-is: what is missing and no more, each stream in the order of its versions"
    if not tally.superseded:
        return f"{said}; none comes after what was processed already"
    comes = "it comes" if tally.superseded == 1 else "they come"
    return f"{said}; {counted(tally.superseded, 'event')} superseded: {comes} after later events of the same stream"


def _again(part: Part) -> str:
    if part.comes_again is None:
        return "what comes again with them of what it has already is not known"
    if part.comes_again == 0:
        return "nothing that it has already comes again"
    verb = "comes" if part.comes_again == 1 else "come"
    return f"{counted(part.comes_again, 'event')} that it has already {verb} again with them"


def _events(page: Page, summary: PlanSummary) -> None:
    if not summary.events:
        return
    page.heading("events")
    longest = LONGEST_NAME if page.width is not None else None
    for planned in summary.events:
        marks = [planned.why.value, *(["superseded"] if planned.superseded else [])]
        page.line(
            f"- {visible(planned.consumer)}: {sample(planned.event, longest)} ({', '.join(marks)})", indent=_INDENT
        )
    if more := summary.count - len(summary.events):
        page.line(f"- and {more:,} more in the plan", indent=_INDENT, style="dim")


def _next(page: Page, summary: PlanSummary, file: str, config: str | None) -> None:
    if not summary.count:
        page.heading("there is nothing to apply")
        return
    page.heading("to do next")
    if summary.has_expired:
        page.line("auditor redeliver plan", indent=_INDENT, style="cyan")
        return
    tail = f"{'' if config is None else f'--config {quote(config)} '}{quote(file)}"
    many = f" --max-events {summary.count}" if summary.count > MOST_EVENTS else ""
    sends, looks = (f"apply {tail} --execute{many}", "sends"), "looks whether it arrived"
    if any(part.kind == "cursor" for part, _ in summary.parts):
        sends = f"{sends[0]} --consumer-stopped", "puts the cursor back: stop the consumer before"
        looks += ", once the consumer runs again"
    for command, told in (
        (f"apply {tail}", "a dry run: looks again, sends nothing"),
        sends,
        (f"verify {tail} --wait 5m", looks),
    ):
        page.line(Text.assemble((f"auditor redeliver {command}", "cyan"), f"  # {told}"), indent=_INDENT)


def _json(summary: PlanSummary, file: str | None, appearance: Appearance) -> str:  # noqa: ARG001 (for people)
    return json.dumps(document(summary, file), indent=2, allow_nan=False) + "\n"


def document(summary: PlanSummary, file: str | None) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    head = header_entry(summary.plan)
    entries = head.pop("parts")
    parts = zip(entries if isinstance(entries, list) else [], summary.parts, strict=True)
    return {
        **head,
        "schema": SCHEMA,
        "file": None if file is None else well_formed(file),
        "expired": summary.has_expired,
        "parts": [{**entry, **_counts(tally)} for entry, (_, tally) in parts if isinstance(entry, dict)],
        "events": [event_entry(planned) for planned in summary.events],
    }


def _counts(tally: Tally) -> dict[str, Json]:
    return {
        "count": tally.count,
        "superseded": tally.superseded,
        "positions": [
            {"partition": None if partition is None else well_formed(partition), "first": first, "last": last}
            for partition, (first, last) in tally.places.items()
        ],
        "earliest": None if tally.earliest is None else moment(tally.earliest),
        "latest": None if tally.latest is None else moment(tally.latest),
        "why": {why.value: count for why, count in tally.why.items()},
        "types": [
            {"type": None if name is None else well_formed(name), "count": count}
            for name, count in tally.types.most_common()
        ],
        "other_types": tally.other_types,
        "also_for": {well_formed(name): count for name, count in tally.also_for.items()},
        "sent_before": tally.sent_before,
        "most_attempts": tally.most_attempts,
    }


_RENDERERS: Mapping[str, Callable[[PlanSummary, str | None, Appearance], str]] = {"terminal": _terminal, "json": _json}
