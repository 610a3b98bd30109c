"""What ``auditor cutover`` found, for people and as the JSON document ``auditor.cutover/1``.

It keeps to the rules of the other reports: nothing acts on a terminal, plain text is never cut or wrapped, JSON is
exact and grows keys only. The statement stands on a line of its own, ready to be run.
"""

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from rich.text import Text

from checks.cutover import is_nameless
from checks.model.cutover import Choice, Cutover, Decision, Doubt, Facts, Listed
from checks.wording import counted
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.events import LONGEST_NAME, MOST_SAMPLES, sample
from reports.json_document import Json, event_entry
from reports.page import Page
from reports.phrases import MOST_RANGES
from reports.visible import visible, well_formed

SCHEMA = "auditor.cutover/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {"terminal": Format("reports.cutover", (".txt", ".log")), "json": Format("reports.cutover", (".json",))}
)
"""The formats of a cutover, with the endings of files that are taken to want them."""

_COLOURS = {Decision.FOUND: "bold green", Decision.LACKING: "bold red", Decision.UNDECIDED: "bold yellow"}
_INDENT = 2
_RANGE = re.compile(r"\[\n\s+(-?\d+),\n\s+(-?\d+)\n\s+\]")


def render(cutover: Cutover, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The cutover in a format, ending in a newline. KeyError: there is no such format."""
    return _RENDERERS[format_name](cutover, appearance)


def _terminal(cutover: Cutover, appearance: Appearance) -> str:
    """What was decided first, then what it rests on, and what to do last."""
    page = Page(appearance.width)
    line = Text(verdict(cutover))
    line.stylize(_COLOURS[cutover.decision], 0, len(cutover.decision))
    page.line(line)
    if cutover.choice is not None:
        _events(page, cutover, cutover.choice)
    if cutover.notes:
        page.heading("notes")
        for note in cutover.notes:
            page.line(visible(note), indent=_INDENT)
    if cutover.choice is not None and cutover.choice.start is not None:
        _what_to_do(page, cutover, cutover.choice.start)
    return page.text()


def verdict(cutover: Cutover) -> str:
    """What was decided, in one line."""
    who, new = visible(cutover.consumer), visible(cutover.new)
    if cutover.decision is Decision.LACKING and cutover.choice is not None:
        lost = counted(cutover.choice.lost.count, "event")
        return f"lacking: {who} would lose {lost} that {new} does not have"
    if cutover.choice is None or cutover.choice.start is None:
        return f"undecided: {visible(cutover.message or 'nothing is known')}"
    return f"found: {who} can go on in {new} after position {cutover.choice.start}"


def _events(page: Page, cutover: Cutover, choice: Choice) -> None:
    old, new, upstream = (visible(name) for name in (cutover.old, cutover.new, cutover.upstream))
    page.heading(f"events of {upstream}, and whether {visible(cutover.consumer)} has processed them")
    word = "taken for processed, on its cursor's word alone" if cutover.trusted else "proven processed"
    page.line(f"{choice.processed} {word}", indent=_INDENT)
    for doubt, count in choice.doubts.items():
        page.line(f"{count} not proven: {doubt}", indent=_INDENT)
    for line in _asides(choice, old, new, upstream):
        page.line(line, indent=_INDENT, style="dim")
    if choice.lost.count:
        page.heading(f"lost if it went on in {new}: {choice.lost.count} not processed, and not there")
        _listed(page, choice.lost, f"positions of {upstream}")
        page.line(
            f"bring them into {new}, or let {visible(cutover.consumer)} process them first; then look again",
            indent=_INDENT,
        )
    if choice.ageless.count:
        page.heading(f"not in {new}, lost or only young: {choice.ageless.count}")
        _listed(page, choice.ageless, f"positions of {upstream}")
    if choice.start is not None:
        page.heading(f"start: after position {choice.start} of {new}")
        page.line(_why(cutover, choice), indent=_INDENT)
        _twice(page, cutover, choice, new)


def _asides(choice: Choice, old: str, new: str, upstream: str) -> list[str]:
    said = {
        f"not in {new} yet, and too young to be late: they will come beyond the start": choice.waiting,
        f"processed and not in {new}: nothing is lost by that": choice.spared,
        f"none of its business: not its types, before its start, or not meant for {old}": choice.foreign,
        f"only in {upstream}: whether {old} should have them cannot be known": choice.unknowable,
    }
    return [f"{count} {words}" for words, count in said.items() if count]


def _why(cutover: Cutover, choice: Choice) -> str:
    new = visible(cutover.new)
    if choice.first is not None and is_nameless(choice.first):
        return f"at {choice.first.new_first} stands the first row that names no event: nobody knows what it is of"
    if choice.first is None:
        return f"{new} is settled to there ({cutover.how}); whatever it lacks below is proven processed"
    return f"at {choice.first.new_first} stands the first event that is not proven processed: {_named(choice.first)}"


def _named(facts: Facts) -> str:
    doubt = Doubt.NOT_IN_OLD_LOG if facts.old_rows == 0 else facts.doubt or Doubt.NO_RECEIPT
    where = "an event that the upstream does not have" if facts.position is None else f"upstream {facts.position}"
    return f"{where} ({doubt})"


def _twice(page: Page, cutover: Cutover, choice: Choice, new: str) -> None:
    page.line(f"{counted(choice.beyond, 'row')} of {new} beyond it so far", indent=_INDENT)
    if choice.nameless:
        page.line(f"rows of {new} among them that name no event: {choice.nameless}", indent=_INDENT)
    count = choice.twice.count
    if not count:
        page.line("none of them was processed: nothing comes twice", indent=_INDENT)
        return
    harm = {
        True: "it is declared idempotent",
        False: "it is declared not idempotent: skip them, or undo what they do",
        None: "whether it can take that is not declared ('idempotent')",
    }[cutover.idempotent]
    style = "" if cutover.idempotent else "yellow"
    page.line(f"{count} of them it has processed already and will get again: {harm}", indent=_INDENT, style=style)
    _listed(page, choice.twice, f"positions of {new}")


def _listed(page: Page, listed: Listed, places: str) -> None:
    shown = [str(low) if low == high else f"{low}-{high}" for low, high in listed.ranges[:MOST_RANGES]]
    more = len(listed.ranges) - len(shown)
    if shown:
        than = "more than " if listed.ranges_truncated else ""
        page.line(f"{places} {', '.join(shown)}{f' and {than}{more} more' if more else ''}", indent=2 * _INDENT)
    for event in listed.events[:MOST_SAMPLES]:
        longest = LONGEST_NAME if page.width is not None else None
        page.line(f"- {sample(event, longest)}", indent=2 * _INDENT, style="dim")
    if len(listed.events) > MOST_SAMPLES:
        page.line(f"- and {len(listed.events) - MOST_SAMPLES} more in --format json", indent=2 * _INDENT, style="dim")


def _what_to_do(page: Page, cutover: Cutover, start: int) -> None:
    page.heading("to do, while the consumer is stopped")
    page.line(f"1. stop {visible(cutover.consumer)}: what it does between this look and the next start is not seen")
    if cutover.statement is None:
        page.line(f"2. let it begin in {visible(cutover.new)} right after position {start}")
    else:
        held = "NULL" if cutover.cursor is None else visible(cutover.cursor)
        page.line(f"2. move its cursor, which must still hold {held}; if no row is changed, look again:")
        page.line(f"{visible(cutover.statement)};", indent=3, style="cyan")
    page.line(f"3. let it read {visible(cutover.new)}, and say so in [consumers.{visible(cutover.consumer)}]:")
    for line in cutover.config:
        page.line(visible(line), indent=3, style="cyan")
    old, new = visible(cutover.old), visible(cutover.new)
    told = f"receipts that it has from {old} under ids that {new} does not have are 'unexpected' from then on:"
    page.line(f"{told} leave them out by 'where' in its inbox, or take them as known (auditor baseline add)", indent=3)
    page.line("4. start it again; auditor has only looked, and changed nothing")


def _json(cutover: Cutover, appearance: Appearance) -> str:  # noqa: ARG001 (for people, not for programs)
    text = json.dumps(document(cutover), indent=2, allow_nan=False)
    return _RANGE.sub(r"[\1, \2]", text) + "\n"


def document(cutover: Cutover) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    choice = cutover.choice
    return {
        "schema": SCHEMA,
        "decision": cutover.decision.value,
        "consumer": well_formed(cutover.consumer),
        "from": well_formed(cutover.old),
        "to": well_formed(cutover.new),
        "upstream": well_formed(cutover.upstream),
        "reason": cutover.reason,
        "message": _text(cutover.message),
        "start": None if choice is None else choice.start,
        "settled": cutover.settled,
        "settled_by": cutover.how,
        "head": cutover.head,
        "first": None if choice is None or choice.first is None else _first(choice.first),
        "events": None if choice is None else _counts(choice),
        "lost": None if choice is None else _entry(choice.lost),
        "age_unknown": None if choice is None else _entry(choice.ageless),
        "twice": None if choice is None or choice.start is None else _entry(choice.twice),
        "beyond": None if choice is None or choice.start is None else choice.beyond,
        "nameless": None if choice is None or choice.start is None else choice.nameless,
        "idempotent": cutover.idempotent,
        "cursor_trusted": cutover.trusted,
        "cursor": _text(cutover.cursor),
        "cursor_after": _text(cutover.cursor_after),
        "statement": _text(cutover.statement),
        "config": [well_formed(line) for line in cutover.config],
        "notes": [well_formed(note) for note in cutover.notes],
    }


def _counts(choice: Choice) -> dict[str, Json]:
    doubts: dict[str, Json] = {doubt.name.lower(): choice.doubts.get(doubt, 0) for doubt in Doubt}
    return {
        "processed": choice.processed,
        "not_processed": sum(choice.doubts.values()),
        "by_reason": doubts,
        "waiting": choice.waiting,
        "spared": choice.spared,
        "foreign": choice.foreign,
        "unknowable": choice.unknowable,
    }


def _first(facts: Facts) -> dict[str, Json]:
    doubt = Doubt.NOT_IN_OLD_LOG if facts.old_rows == 0 else facts.doubt or Doubt.NO_RECEIPT
    if is_nameless(facts):
        return {"position": facts.new_first, "upstream_position": None, "reason": "nameless"}
    return {"position": facts.new_first, "upstream_position": facts.position, "reason": doubt.name.lower()}


def _entry(listed: Listed) -> dict[str, Json]:
    return {
        "count": listed.count,
        "ranges": [[low, high] for low, high in listed.ranges],
        "ranges_truncated": listed.ranges_truncated,
        "events": [event_entry(event) for event in listed.events],
    }


def _text(text: str | None) -> str | None:
    return None if text is None else well_formed(text)


_RENDERERS: Mapping[str, Callable[[Cutover, Appearance], str]] = {"terminal": _terminal, "json": _json}
