"""Whether what was planned, sent and seen is what it should have been: event by event, and nothing else."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from auditor.demo.agreement import Key, Line, Said, Table, compare, held_against
from auditor.demo.faults import Fault, at_position
from auditor.demo.redelivery.services import Losses
from auditor.demo.redelivery.steps import Seen
from checks.model.event import Event
from checks.model.redelivery import Step
from checks.model.result import Outcome
from checks.model.verification import Fate

PLANNED, ACCEPTED, HEALED = ("planned", "missing for certain"), ("sent", "accepted"), ("arrived", "healed")
LOGGED = ("in the log", "accepted, healed")


def reckon(losses: Losses, seen: Seen) -> tuple[tuple[Line, ...], Table]:
    """Injected and found before anything was sent; and what was to be expected then, beside what was seen."""
    lines = (
        *held_against(tuple(_expected(losses)), _seen(seen)),
        *_left_out(losses, seen),
        *_afterwards(losses, seen),
        _refused_once(seen),
        _consistent(seen),
    )
    table = Table(
        heading="sent again, and left out on purpose",
        key=("consumer", "step", "what"),
        lines=lines,
        told="all that may be sent planned and healed",
        counts=("expected", "seen"),
    )
    return compare(losses.faults, seen.before), table


def _expected(losses: Losses) -> Iterator[Fault]:
    for step, what in (PLANNED, ACCEPTED, HEALED, LOGGED):
        for service in losses.services:
            places = losses.lost(service) - losses.left(service)
            story = f"of what {service} lacks, all that may be sent again"
            yield Fault(audit=service, check=step, verdict=what, places=places, story=story)


def _seen(seen: Seen) -> dict[Key, Said]:
    """What the plan, the target, the consumers and the log say, by place."""
    said: defaultdict[Key, Said] = defaultdict(Said)
    gone = {(each.consumer, _place(each.event)) for each in seen.verified.remnants}
    for each in seen.planned:
        place = frozenset({_place(each.event)})
        said[each.consumer, *PLANNED].add(1, place)
        if (each.consumer, *place) not in gone:
            said[each.consumer, *HEALED].add(0, place)
    for part in seen.sent.parts:
        places = said[part.consumer, *PLANNED].places
        said[part.consumer, *ACCEPTED].add(part.accepted, places if part.accepted == part.planned else frozenset())
    for looked in seen.verified.consumers:
        said[looked.consumer, *HEALED].add(looked.counts.get(Fate.HEALED, 0), frozenset())
    for entry in seen.log.entries:
        for attempt in entry.attempts or ():
            if {Step.ACCEPTED, Step.HEALED} <= {line.step for line in attempt.lines}:
                said[attempt.consumer, *LOGGED].add(1, frozenset({_place(attempt.event)}))
    return said


def _place(event: Event) -> str:
    return at_position(event.position or 0)


def _left_out(losses: Losses, seen: Seen) -> Iterator[Line]:
    """How many the plan leaves out, by reason. Which ones shows in what is lacking afterwards."""
    counts = {(part.consumer, each.reason): each.count or 0 for part in seen.plan.parts for each in part.left_out}
    expected = {key: len(places) for key, places in losses.unfit.items()}
    for consumer, reason in dict.fromkeys((*expected, *counts)):
        key = consumer, reason
        story = "what must not be sent again is left out, and nothing else"
        yield Line(
            audit=consumer,
            check="left out",
            verdict=reason,
            story=story,
            injected=expected.get(key, 0),
            found=counts.get(key, 0),
        )


def _afterwards(losses: Losses, seen: Seen) -> Iterator[Line]:
    """An audit finds what was left out; nothing that is doubled, out of order, or missing still."""
    left = [replace(fault, places=fault.places & losses.left(fault.audit)) for fault in losses.faults]
    for line in compare([fault for fault in left if fault.places], seen.after):
        yield replace(line, check=f"{line.check} still", story=f"after it was sent again: {line.story}")


def _refused_once(seen: Seen) -> Line:
    return Line(
        audit="(endpoint)",
        check="refused",
        verdict="503, then repeated",
        story="the endpoint refuses the first request, which is then repeated",
        injected=1,
        found=sum(answer == HTTPStatus.SERVICE_UNAVAILABLE for answer in seen.answers),
    )


def _consistent(seen: Seen) -> Line:
    """The last audit, with what was left out in the baseline."""
    verdicts = [audit.verdict for audit in seen.last.audits]
    return Line(
        audit="(all audits)",
        check="in the end",
        verdict="consistent",
        story="with what was left out in the baseline nothing is wrong any more",
        injected=len(verdicts),
        found=verdicts.count(Outcome.CONSISTENT),
    )
