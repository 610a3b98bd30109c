"""What a person should weigh before a plan is applied."""

from collections.abc import Collection, Iterator, Sequence

from auditor.config import Config
from auditor.redelivery.planning.asked import Asked
from auditor.result import Result
from checks.model.finding import Verdict
from checks.model.redelivery import Order, Part
from checks.wording import counted, listed, quoted


def concerns(config: Config, parts: Sequence[Part], asked: Asked) -> Iterator[str]:
    """Sentences, for each consumer in turn."""
    if asked.first_sighting:
        yield "what one run alone confirmed is in the plan, too: it may have looked at an unlucky moment"
    for part in parts:
        if part.superseded and config.consumers[part.consumer].ordered:
            yield _superseded(part, asked.order)
        others = [quoted(name) for name in part.heard_by if name != part.consumer]
        if others and part.count:
            yield f"{listed(others)} may have what is sent for {part.consumer}, and get it once more"


def put_back(result: Result, names: Collection[str]) -> Iterator[str]:
    """That cursors of these consumers went back: only the run that a plan goes by tells it, and nobody may read that.

    What lies between comes to the consumer again by itself.
    """
    for audit in result.audits:
        for finding in audit.findings:
            if audit.name in names and finding.check == "cursor-rewound" and finding.verdict is not Verdict.BENIGN:
                yield finding.message


def _superseded(part: Part, order: Order) -> str:
    later = f"{part.consumer} needs its order, and has processed later events of the same streams than"
    if order is Order.STRICT:
        return f"{later} the missing ones: all that came after these in their streams comes again"
    return f"{later} {counted(part.superseded, 'missing one')} (--order strict sends what came after these again, too)"
