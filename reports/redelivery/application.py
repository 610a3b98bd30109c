"""What became of sending a plan's events again, for people, and as the JSON document ``auditor.redelivery/1``.

That a target accepted an event is never told as if the consumer had it. What is left, and the command that goes on,
come last. Plain text is never cut or wrapped; JSON is exact and grows keys only.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from shlex import quote
from types import MappingProxyType

from rich.text import Text

from checks.model.application import MOST_EVENTS, Application, AppliedPart, Canary, Example, Skip
from checks.wording import counted, lasting
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.events import LONGEST_NAME, MOST_SAMPLES, sample
from reports.json_document import Json, event_entry, moment
from reports.page import Page
from reports.redelivery import verification
from reports.redelivery.plan import SHORT_HASH
from reports.visible import visible, well_formed

SCHEMA = "auditor.redelivery/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("reports.redelivery.application", (".txt", ".log")),
        "json": Format("reports.redelivery.application", (".json",)),
    }
)
"""The formats of an attempt, with the endings of files that are taken to want them."""

_INDENT = 2
_SENT = ("accepted", "rejected", "failed", "unknown")
_WORDS = {
    "accepted": "accepted",
    "rejected": "rejected",
    "failed": "failed, certainly not sent",
    "unknown": "unknown, perhaps sent",
    "healed": "found at the consumer, sent by an earlier attempt",
    "would_send": "would be sent",
    "before": "accepted or found by earlier attempts",
    "not_reached": "not reached",
}
_SKIPPED = {
    Skip.RECEIVED: "skipped: arrived meanwhile",
    Skip.UNFINISHED: "skipped: received, not processed",
    Skip.PARKED: "skipped: set aside by the consumer",
    Skip.GONE: "skipped: gone from the log",
    Skip.NEVER: "skipped: the target's 'never' names their types by now",
    Skip.ENDED: "skipped: their streams have ended since",
    Skip.EXPIRED: "skipped: older by now than the inbox keeps receipts",
    Skip.FORGOTTEN: "skipped: older by now than others who hear them keep receipts",
    Skip.SENT_SINCE: "skipped: sent by another plan since this one was made (plan again)",
    Skip.REJECTED_BEFORE: "skipped: rejected by an earlier attempt (--again sends them)",
    Skip.HELD_BACK: "held back: an earlier event of the stream did not get through",
}
_TOLD = {"would_send": "would be sent", **{word: word for word in _SENT}, **{skip.value: skip.value for skip in Skip}}


def render(application: Application, file: str, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The attempt in a format, ending in a newline. ``file``: the plan's. KeyError: there is no such format."""
    return _RENDERERS[format_name](application, file, appearance)


def _terminal(application: Application, file: str, appearance: Appearance) -> str:
    page = Page(appearance.width)
    word, colour = _verdict(application)
    line = Text(f"{word}: {verdict(application)}")
    line.stylize(colour, 0, len(word))
    page.line(line)
    took = lasting(application.ended - application.began)
    numbers = ", ".join(f"{number}" for number in application.numbers)
    number = f", redelivery {numbers}" if numbers else ""
    page.line(f"plan {visible(application.plan.hash[:SHORT_HASH])}{number}, took {took}", indent=_INDENT, style="dim")
    if application.stopped is not None:
        page.line(f"stopped: {visible(application.stopped.message)}", indent=_INDENT, style="yellow")
    if application.canary is not None:
        page.line(_canary(application.canary), indent=_INDENT)
    for warning in application.warnings:
        page.line(f"warning: {visible(warning)}", indent=_INDENT, style="yellow")
    for part in application.parts:
        page.heading(f"for {visible(part.consumer)}, by {visible(part.target)} ({visible(part.kind)})")
        for said in _counts(part):
            page.line(said, indent=_INDENT)
    _examples(page, application)
    _next(page, application, file, appearance.config)
    text = page.text()
    if application.verification is None:
        return text
    return f"{text}\n{verification.render(application.verification, file, 'terminal', appearance)}"


def _verdict(application: Application) -> tuple[str, str]:
    """One word, and its colour."""
    if application.stopped is not None:
        return "stopped", "bold yellow"
    if not application.executed:
        return "dry run", "bold"
    if application.total("rejected") or application.skipped().get(Skip.REJECTED_BEFORE):
        return "rejected", "bold red"
    if application.total("left"):
        return "unfinished", "bold yellow"
    return "sent", "bold green"


def verdict(application: Application) -> str:
    """What it comes to, in one line, without the word for it."""
    planned, before = application.total("planned"), application.total("before")
    earlier = f", {before:,} were before" if before else ""
    if not application.executed:
        would = application.total("would_send")
        return f"{would:,} of {counted(planned, 'event')} would be sent{earlier}; nothing was sent"
    if planned == before:
        return f"nothing left to do: {counted(planned, 'event')} accepted or found by earlier attempts"
    accepted = application.total("accepted")
    return f"{accepted:,} of {counted(planned, 'event')} accepted{earlier}"


def _canary(canary: Canary) -> str:
    first = f"canary: of the first {counted(canary.sent, 'event')} {canary.arrived:,} arrived"
    others = {"missing": canary.missing, "parked": canary.parked, "not accepted": canary.refused}
    rest = "".join(f", {count:,} {word}" for word, count in others.items() if count)
    return f"{first}{rest}, after {canary.waited:.1f}s"


def _counts(part: AppliedPart) -> Iterator[str]:
    for word, told in _WORDS.items():
        if count := getattr(part, word):
            yield f"{count:,} {told}"
    for reason, told in _SKIPPED.items():
        if count := part.skipped.get(reason):
            yield f"{count:,} {told}"


def _examples(page: Page, application: Application) -> None:
    longest = LONGEST_NAME if page.width is not None else None
    for what, told in _TOLD.items():
        of_kind = [each for each in application.examples if each.what == what]
        if not of_kind:
            continue
        page.heading(f"{told}, some of them" if len(of_kind) > 1 else told)
        for each in of_kind[:MOST_SAMPLES]:
            detail = f": {visible(each.detail)}" if each.detail else ""
            page.line(f"- {visible(each.consumer)}: {sample(each.event, longest)}{detail}", indent=_INDENT, style="dim")


def _next(page: Page, application: Application, file: str, config: str | None) -> None:
    tail = f"{'' if config is None else f'--config {quote(config)} '}{quote(file)}"
    sends = f"apply {tail} --execute{_kept_options(application)}"
    commands = []
    if application.total("left") and application.plan.expires <= application.ended:
        names = " ".join(quote(visible(part.consumer)) for part in application.parts)
        commands.append(
            (f"plan {'' if config is None else f'--config {quote(config)} '}{names}", "this one has expired")
        )
    elif application.total("left"):
        commands.append((sends, "goes on" if application.executed else "sends"))
    if application.total("rejected") or application.skipped().get(Skip.REJECTED_BEFORE):
        commands.append((f"{sends} --again", "also what was rejected, once the cause is mended"))
    if application.executed and application.verification is None and application.total("planned"):
        waits = ", once the consumer runs again" if any(part.kind == "cursor" for part in application.parts) else ""
        commands.append((f"verify {tail} --wait 5m", f"looks whether it arrived{waits}"))
    if _stopped_by_canary(application):
        commands.reverse()  # what was sent first has to be found before more is sent
    if commands:
        page.heading("to do next")
    for command, told in commands:
        page.line(Text.assemble((f"auditor redeliver {command}", "cyan"), f"  # {told}"), indent=_INDENT)


def _kept_options(application: Application) -> str:
    """What the command needs again: nothing else may go on where the first events did not arrive."""
    left, canary = application.total("left"), application.canary
    kept = f" --max-events {left}" if left > MOST_EVENTS else ""
    kept += " --consumer-stopped" if any(part.kind == "cursor" for part in application.parts) else ""
    return f"{kept} --canary {canary.asked}" if canary is not None and _stopped_by_canary(application) else kept


def _stopped_by_canary(application: Application) -> bool:
    return application.stopped is not None and application.stopped.reason == "canary"


def _json(application: Application, file: str, appearance: Appearance) -> str:  # noqa: ARG001 (for people)
    return json.dumps(document(application, file), indent=2, allow_nan=False) + "\n"


def document(application: Application, file: str) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    stopped, verified = application.stopped, application.verification
    return {
        "schema": SCHEMA,
        "plan": application.plan.hash,
        "file": well_formed(file),
        "executed": application.executed,
        "verdict": _verdict(application)[0],
        "began": moment(application.began),
        "ended": moment(application.ended),
        "redeliveries": list(application.numbers),
        "stopped": None if stopped is None else {"reason": stopped.reason, "message": well_formed(stopped.message)},
        "canary": None if application.canary is None else _canary_entry(application.canary),
        "counts": _count_entry(application),
        "parts": [_part_entry(part) for part in application.parts],
        "examples": [_example_entry(each) for each in application.examples],
        "warnings": [well_formed(warning) for warning in application.warnings],
        "verification": None if verified is None else verification.document(verified, file),
    }


_COUNTS = ("planned", "before", "accepted", "rejected", "failed", "unknown", "healed", "would_send", "not_reached")


def _count_entry(application: Application) -> dict[str, Json]:
    skipped = application.skipped()
    return {
        **{word: application.total(word) for word in _COUNTS},
        "skipped": {skip.value: skipped.get(skip.value, 0) for skip in Skip},
        "left": application.total("left"),
    }


def _part_entry(part: AppliedPart) -> dict[str, Json]:
    return {
        "consumer": well_formed(part.consumer),
        "target": well_formed(part.target),
        "kind": part.kind,
        **{word: getattr(part, word) for word in _COUNTS},
        "skipped": {skip.value: part.skipped.get(skip.value, 0) for skip in Skip},
        "left": part.left,
    }


def _canary_entry(canary: Canary) -> dict[str, Json]:
    return {
        "asked": canary.asked,
        "sent": canary.sent,
        "arrived": canary.arrived,
        "missing": canary.missing,
        "parked": canary.parked,
        "not_accepted": canary.refused,
        "waited": canary.waited,
    }


def _example_entry(example: Example) -> dict[str, Json]:
    partition = example.event.partition
    return {
        "consumer": well_formed(example.consumer),
        "what": example.what,
        "detail": well_formed(example.detail),
        "event": {**event_entry(example.event), "partition": None if partition is None else well_formed(partition)},
    }


_RENDERERS: Mapping[str, Callable[[Application, str, Appearance], str]] = {"terminal": _terminal, "json": _json}
