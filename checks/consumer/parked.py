"""Events that the consumer set aside as failed.

What it means
    The consumer met these events, could not process them and put them where
    the config says that failed events are kept (dead letters). They are known
    and not lost, but nobody has dealt with them either.

How it is proven
    The event has no processed receipt and its identity stands among the
    parked ones. An event that was processed later counts as received, even if
    its parked row is still there.

What it cannot know
    Why it failed, whether someone is working on it, and whether it is meant
    to stay there. It is therefore a warning and never changes the verdict.

What to do
    Look at the errors stored with the parked events and group them by type.
    Mend the cause, then let the consumer take them up again by its own means.
    Later events of the same stream may already have been processed: see
    whether the parked ones still make sense after them.
"""

from collections.abc import Iterator

from checks.accounting import account_of
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Standing
from checks.model.finding import Finding
from checks.wording import counted, first_of, in_partition


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition."""
    account = account_of(evidence)
    for entry in account.of(Standing.PARKED):
        message = (
            f"{evidence.name} set {counted(entry.tally.count, 'event')} aside as failed{in_partition(entry.partition)}"
            f"{first_of(entry.tally.ranges.build())}: look at the errors stored with them"
        )
        yield entry.finding("parked", message, account.evidence_of(entry), harmless=True)


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """The config must say where failed events are kept."""
    if evidence.has_parked:
        return None
    message = f"{evidence.name} names no place for failed events; give it [consumers.{evidence.name}.parked]"
    return Lack("no-parked", message)
