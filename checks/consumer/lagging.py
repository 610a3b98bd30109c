"""Events that the consumer has not come to yet are older than `max_lag`.

What it means
    Eligible events stand in the log beyond the consumer's cursor (without a
    cursor: beyond the last one that it received), left no trace with it, and
    have waited longer than `max_lag`. It is slow, it has stopped, or the last
    event was lost and nothing came after it to show that.

How it is proven
    The log was read first and the cursor after it, so an event is not called
    late because the cursor was read too early. Ages are counted on the clock
    of the log's own store. Only eligible events count: the distance between
    cursor and head says nothing when nothing for this consumer was written.
    In a log without a time, an event is at least as old as the first of the
    earlier runs that saw it. Where an earlier run proves that it was not there
    yet, whatever its time says (a long transaction wrote it), it counts from
    the first run that saw it. If the cursor has not moved since the run
    before, consumer/stalled says it instead.

What it cannot know
    Why. Slow and stopped look alike in a single run. An event without a time,
    or with one that lies ahead, and that no earlier run saw long enough ago,
    stays pending; so does one held back by an older transaction that has not
    ended, because a careful reader cannot have it yet. When an event of a long
    transaction was committed, where no earlier run looked meanwhile: it is
    then as old as its time says. Old events that a
    redelivery sent again, by putting the cursor back, are late only once they
    have waited longer than `max_lag` since then. A standby of the consumer's
    store may show an old cursor: the verdict is then unknown.

What to do
    See whether the consumer runs and whether its cursor moves. If it moves,
    compare its pace with the producer's. If it stands still, look at its
    errors: often it is one event that it cannot process. If all seems well
    and the event is the last of the log, the notification was lost: wake it.
"""

from collections.abc import Iterator
from datetime import timedelta

from checks.accounting import Entry, account_of
from checks.grounds import no_age
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Standing
from checks.model.finding import Finding
from checks.wording import counted, first_of, in_partition, lasting


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """What waits too long, and, for information, what waits for less or for a reason; by partition."""
    account = account_of(evidence)
    for standing in (Standing.LAGGING, Standing.PENDING):
        for entry in account.of(standing):
            if not entry.ruling.cursor_absent and not entry.ruling.stalled:
                seen = account.evidence_of(entry) | {"max_lag_seconds": evidence.max_lag.total_seconds()}
                yield entry.finding("lagging", _message(entry, evidence), seen)


def _message(entry: Entry, evidence: ConsumerEvidence) -> str:
    said = (
        f"{evidence.name} has {counted(entry.tally.count, 'event')}{in_partition(entry.partition)} still to process"
        f"{first_of(entry.tally.ranges.build())}"
    )
    most = lasting(evidence.max_lag)
    match entry.ruling.reason:
        case "younger-than-max-lag":
            return f"{said}, none older than {most}"
        case "appeared-lately":
            return f"{said}{entry.tally.appeared.phrase(entry.tally.count)}, and may wait for {most} from then on"
        case "sent-again":
            return f"{said}{entry.tally.sent_again.phrase(entry.tally.count)}, and may wait for {most} from then on"
        case "held-back":
            return f"{said}, held back by a transaction that has not ended"
        case "age-unknown":
            return f"{said}, of unknown age: {_why_ageless(evidence, most)}"
        case _:
            oldest = f", waiting for {_longest(entry.tally.oldest, entry)}" if entry.tally.oldest is not None else ""
            moves = "whether its cursor moves" if evidence.cursors is not None else "what was sent to it"
            advice = f"see whether it runs and {moves}"
            if entry.ruling.reason == "standby":
                advice = f"a standby that may be behind shows it ({evidence.inbox_behind}), audit its primary"
            return f"{said}{oldest} (max_lag is {most}): {advice}"


def _why_ageless(evidence: ConsumerEvidence, most: str) -> str:
    why = "their time is absent or ahead" if evidence.has_time else f"{evidence.upstream} names no time"
    return why if evidence.previous is None else f"{why}, and no earlier run saw them for longer than {most}"


def _longest(oldest: timedelta, entry: Entry) -> str:
    return f"{'at least' if entry.tally.by_sighting else 'up to'} {lasting(oldest)}"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """Lag is an age, and an age needs a time, or a run that saw the event earlier."""
    return no_age(evidence)
