"""Events were received and have not been processed for longer than `max_lag`.

What it means
    The inbox has the event, but not in the state that the config calls
    `done`. The consumer took it over and then stopped, failed without saying
    so, or left it to a worker that never came.

How it is proven
    The event's receipt was found by its identity, and none of its receipts
    fits `done`. It is confirmed once the receipt (where its time is not
    known: the event) is older than `max_lag`; until then it is pending. In
    the totals it counts as pending either way: it is not lost.

What it cannot know
    Whether the work was done and only the mark is absent, or whether a worker
    is busy with it right now. Without any time it stays pending until an
    earlier run saw it unprocessed longer ago than `max_lag`. A standby of the
    consumer's store may not have the mark yet: unknown.

What to do
    Look at the samples in the inbox: state, attempts, last error. If they all
    have one type, look at its handler; if they share a moment, look for a
    restart or a deployment at that time. Let the consumer's own means process
    them again; redelivery would be refused by an inbox that already has them.
"""

from collections.abc import Iterator

from checks.accounting import Entry, account_of
from checks.grounds import no_age, no_inbox
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Standing
from checks.model.finding import Finding
from checks.wording import counted, first_of, in_partition, lasting


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is."""
    account = account_of(evidence)
    for entry in account.of(Standing.UNPROCESSED):
        seen = account.evidence_of(entry) | {"max_lag_seconds": evidence.max_lag.total_seconds()}
        yield entry.finding("unprocessed", _message(entry, evidence), seen)


def _message(entry: Entry, evidence: ConsumerEvidence) -> str:
    events = f"{counted(entry.tally.count, 'event')}{in_partition(entry.partition)}"
    said = f"{evidence.name} has {events} received and not processed{first_of(entry.tally.ranges.build())}"
    most = lasting(evidence.max_lag)
    match entry.ruling.reason:
        case "appeared-lately":
            return f"{said}{entry.tally.appeared.phrase(entry.tally.count)}, and may wait for {most} from then on"
        case "younger-than-max-lag":
            return f"{said}, not for longer than {most}"
        case "age-unknown":
            return f"{said}; since when is not known"
        case "standby":
            return f"{said}, as far as a standby shows ({evidence.inbox_behind}): audit its primary"
        case _:
            return f"{said} for longer than {most}: look at state and last error in the inbox"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """The inbox must tell processed from received, and something must tell how long ago that was."""
    if (lack := no_inbox(evidence)) is not None:
        return lack
    if not evidence.has_done:
        message = f"the inbox of {evidence.name} names no done, so a receipt counts as processed"
        return Lack("no-done", message)
    return None if evidence.has_receipt_time else no_age(evidence)
