"""Whether a plan's events have arrived, for people, and as the JSON document ``auditor.redelivery-verification/1``.

What has not arrived is listed by what became of it, with a few samples and what to do. Plain text is never cut or
wrapped; JSON is exact and grows keys only.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from shlex import quote
from types import MappingProxyType

from rich.text import Text

from checks.model.redelivery import Step
from checks.model.verification import Fate, Proof, Remnant, Verification, VerifiedConsumer
from checks.wording import counted, lasting
from reports import Format
from reports.appearance import PLAIN, Appearance
from reports.events import LONGEST_NAME, MOST_SAMPLES, sample
from reports.json_document import Json, event_entry, moment
from reports.page import Page
from reports.redelivery.plan import SHORT_HASH
from reports.visible import visible, well_formed

SCHEMA = "auditor.redelivery-verification/1"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "terminal": Format("reports.redelivery.verification", (".txt", ".log")),
        "json": Format("reports.redelivery.verification", (".json",)),
    }
)
"""The formats of a verification, with the endings of files that are taken to want them."""

_INDENT = 2
_COLOURS = {Proof.HEALED: "bold green", Proof.NOT_HEALED: "bold red", Proof.UNDECIDED: "bold yellow"}
_TOLD = {
    Fate.MISSING: "still missing",
    Fate.UNPROCESSED: "received, not processed",
    Fate.PARKED: "set aside by the consumer as failed",
    Fate.REJECTED: "rejected by the target",
    Fate.GONE: "gone from the log",
    Fate.NOT_SEEN: "could not be looked at",
}
_HINTS = {
    Fate.UNPROCESSED: "the consumer has them, and is not done with them: look at the consumer, or wait longer (--wait)",
    Fate.PARKED: "its own record of failures says why; to send them again changes nothing before that is mended",
    Fate.REJECTED: "to send the same again changes nothing before the reason is mended",
    Fate.GONE: "the log has no such rows any more, or others in their place: they cannot be sent again from there",
}
_SAID: Mapping[Step | None, str] = {
    None: "not sent by this plan, as far as the ledger knows: apply it, and where it skips them, plan again (another"
    " plan may have sent them since: auditor redeliver log)",
    Step.ACCEPTED: "accepted by the target and not there: they are under way still (--wait), or were dropped behind it,"
    " as by a broker that takes them for duplicates; this plan sends them no more, another one would",
    Step.FAILED: "certainly not sent: apply the plan again",
    Step.SENDING: "begun, and the attempt was cut short: apply the plan again, which looks before it sends",
    Step.UNKNOWN: "perhaps sent, nobody answered: apply the plan again, which looks before it sends",
    Step.HEALED: "there at an earlier look, and not any more: the consumer lost them, or was restored",
}
"""What it means that an event is missing, by the last that the journal says of its sending."""


_GIVEN = (Step.ACCEPTED, Step.HEALED)
_EXPIRED = "the plan has expired: plan again"


def render(verification: Verification, file: str, format_name: str, appearance: Appearance = PLAIN) -> str:
    """The verification in a format, ending in a newline. ``file``: the plan's. KeyError: there is no such format."""
    return _RENDERERS[format_name](verification, file, appearance)


def _terminal(verification: Verification, file: str, appearance: Appearance) -> str:
    page = Page(appearance.width)
    line = Text(verdict(verification))
    line.stylize(_COLOURS[verification.proof], 0, len(verification.proof))
    page.line(line)
    looks = f"{counted(verification.looks, 'look')} within {lasting(verification.waited)}"
    page.line(f"plan {visible(verification.plan.hash[:SHORT_HASH])}, {looks}", indent=_INDENT, style="dim")
    for each in verification.consumers:
        page.line(Text.assemble((visible(each.consumer), "bold"), f": {_counts(each)}"), indent=_INDENT)
    for fate in _TOLD:
        if count := verification.count(fate):
            _fate(page, verification, fate, count)
    _next(page, verification, file, appearance.config)
    return page.text()


def verdict(verification: Verification) -> str:
    """What it comes to, in one line."""
    healed, had = verification.count(Fate.HEALED), verification.count(Fate.HAD)
    total, unseen = verification.total - had, verification.count(Fate.NOT_SEEN)
    along = f"; {had:,} more were there already, and sent along for their order" if had else ""
    if verification.proof is Proof.HEALED:
        return f"healed: {healed:,} of {counted(total, 'event')} arrived{along}"
    if verification.proof is Proof.UNDECIDED:
        return f"undecided: {unseen:,} of {counted(total, 'event')} could not be looked at, {healed:,} arrived{along}"
    also = f", {unseen:,} could not be looked at" if unseen else ""
    return f"not healed: {total - healed - unseen:,} of {counted(total, 'event')} did not arrive{also}{along}"


def _counts(each: VerifiedConsumer) -> str:
    return ", ".join(f"{each.counts[fate]:,} {fate}" for fate in Fate if each.counts.get(fate))


def _fate(page: Page, verification: Verification, fate: Fate, count: int) -> None:
    page.heading(f"{_TOLD[fate]}: {counted(count, 'event')}")
    for hint in _hints(verification, fate):
        page.line(hint, indent=_INDENT, style="yellow")
    remnants = [each for each in verification.remnants if each.fate is fate]
    longest = LONGEST_NAME if page.width is not None else None
    for each in remnants[:MOST_SAMPLES]:
        page.line(f"- {_remnant(each, longest)}", indent=_INDENT, style="dim")
    if len(remnants) > MOST_SAMPLES:
        page.line(f"- and {len(remnants) - MOST_SAMPLES:,} more in --format json", indent=_INDENT, style="dim")


def _hints(verification: Verification, fate: Fate) -> Iterator[str]:
    if fate in _HINTS:
        yield _HINTS[fate]
    for each in verification.consumers:
        if fate is Fate.NOT_SEEN and each.problem is not None:
            reason, message = each.problem
            yield f"{visible(each.consumer)}: [{visible(reason)}] {visible(message)}"
    if fate is Fate.MISSING:
        said = _said(verification)
        yield from (f"{said[step]:,} {words}" for step, words in _SAID.items() if said.get(step))
        if verification.plan.expires <= verification.ended:
            yield _EXPIRED


def _said(verification: Verification) -> Mapping[Step | None, int]:
    said: dict[Step | None, int] = {}
    for each in verification.consumers:
        for step, count in each.said.items():
            said[step] = said.get(step, 0) + count
    return said


def _remnant(remnant: Remnant, longest: int | None) -> str:
    detail = f": {visible(remnant.detail)}" if remnant.detail else ""
    return f"{visible(remnant.consumer)}: {sample(remnant.event, longest)}{detail}"


def _next(page: Page, verification: Verification, file: str, config: str | None) -> None:
    commands = [*_commands(verification, file, "" if config is None else f"--config {quote(config)} ")]
    if commands:
        page.heading("to do next")
    for command in commands:
        page.line(command, indent=_INDENT, style="cyan")


def _commands(verification: Verification, file: str, with_config: str) -> Iterator[str]:
    said, has_expired = _said(verification), verification.plan.expires <= verification.ended
    if not has_expired and any(count for step, count in said.items() if step not in _GIVEN):
        yield f"auditor redeliver apply {with_config}{quote(file)}"
    if verification.count(Fate.UNPROCESSED) or said.get(Step.ACCEPTED):
        yield f"auditor redeliver verify {with_config}{quote(file)} --wait 5m"
    lost = [each for each in verification.consumers if has_expired or each.said.get(Step.ACCEPTED)]
    if names := [quote(visible(each.consumer)) for each in lost if any(each.said.values())]:
        yield f"auditor redeliver plan {with_config}{' '.join(names)}"
    if verification.count(Fate.PARKED):
        yield "auditor explain parked"
    failed = next((each for each in verification.consumers if each.problem is not None), None)
    if failed is not None:
        yield f"auditor doctor {with_config}{quote(visible(failed.consumer))}"


def _json(verification: Verification, file: str, appearance: Appearance) -> str:  # noqa: ARG001 (for people)
    return json.dumps(document(verification, file), indent=2, allow_nan=False) + "\n"


def document(verification: Verification, file: str) -> dict[str, Json]:
    """The document as plain lists, dicts, text and numbers."""
    return {
        "schema": SCHEMA,
        "plan": verification.plan.hash,
        "file": well_formed(file),
        "verdict": verification.proof.value,
        "began": moment(verification.began),
        "ended": moment(verification.ended),
        "waited": verification.waited.total_seconds(),
        "looks": verification.looks,
        "events": verification.total,
        "counts": {fate.value: verification.count(fate) for fate in Fate},
        "consumers": [_consumer(each) for each in verification.consumers],
        "remnants": [
            {
                "consumer": well_formed(each.consumer),
                "fate": each.fate.value,
                "sending": None if each.said is None else each.said.value,
                "detail": well_formed(each.detail),
                "event": {**event_entry(each.event), "partition": _text(each.event.partition)},
            }
            for each in verification.remnants
        ],
        "redeliveries": list(verification.redeliveries),
        "not_recorded": _text(verification.not_recorded),
    }


def _consumer(each: VerifiedConsumer) -> dict[str, Json]:
    said: dict[str, Json] = {step.value: count for step, count in each.said.items() if step is not None}
    problem = each.problem
    return {
        "name": well_formed(each.consumer),
        "counts": {fate.value: each.counts.get(fate, 0) for fate in Fate},
        "missing_by_sending": {"not-sent": each.said.get(None, 0), **said},
        "problem": None if problem is None else {"reason": well_formed(problem[0]), "message": well_formed(problem[1])},
    }


def _text(text: str | None) -> str | None:
    return None if text is None else well_formed(text)


_RENDERERS: Mapping[str, Callable[[Verification, str, Appearance], str]] = {"terminal": _terminal, "json": _json}
