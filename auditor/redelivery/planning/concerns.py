"""What a person should weigh before a plan is applied."""

from collections.abc import Collection, Iterator, Sequence

from auditor.config import Config
from auditor.redelivery.planning.asked import Asked
from auditor.redelivery.planning.taken_along import sends_all_from
from auditor.result import Result
from checks.model.finding import Verdict
from checks.model.redelivery import Order, Part
from checks.wording import counted, listed, quoted

_TO_WEIGH = frozenset({"cursor-rewound", "conflict", "head-regressed"})


def concerns(config: Config, parts: Sequence[Part], asked: Asked) -> Iterator[str]:
    """Sentences, for each consumer in turn."""
    if asked.first_sighting:
        yield "what one run alone confirmed is in the plan, too: it may have looked at an unlucky moment"
    for part in parts:
        if part.superseded and config.consumers[part.consumer].ordered:
            yield _superseded(part, asked.order, shares=any(_shares(each, part) for each in parts))
        others = listed([quoted(name) for name in part.heard_by if name != part.consumer])
        if others and part.count and sends_all_from(config.redelivery[part.target]):
            yield f"{others} may have what is sent for {part.consumer}, and all that follows it: that comes again, too"
        elif others and part.count:
            yield f"{others} may have what is sent for {part.consumer}, and get it once more"


def found_beside(result: Result, names: Collection[str]) -> Iterator[str]:
    """What the run that a plan goes by found of these consumers and logs, and nobody may have read there.

    Where a cursor went back, what lies between comes again by itself. Where receipts contradict the log, or the log is
    not what it was, what would be sent may be another event than the one that was lost.
    """
    for audit in result.audits:
        for finding in audit.findings:
            if audit.name in names and finding.check in _TO_WEIGH and finding.verdict is not Verdict.BENIGN:
                yield finding.message


def _shares(other: Part, part: Part) -> bool:
    """Whether another one lacks some of the same, which are sent once for both."""
    is_other = other.target == part.target and other.consumer in part.heard_by and other.consumer != part.consumer
    return is_other and any(each.reason == "shared" for each in other.left_out)


def _superseded(part: Part, order: Order, *, shares: bool) -> str:
    """Which of those that share an event went on without it is not told apart."""
    who = f"{part.consumer}, or another that lacks the same," if shares else part.consumer
    later = f"{who} needs its order, and has processed later events of the same streams than"
    if order is Order.STRICT:
        return f"{later} the missing ones: all that came after these in their streams comes again"
    return f"{later} {counted(part.superseded, 'missing one')} (--order strict sends what came after these again, too)"
