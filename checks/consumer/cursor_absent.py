"""The subscription has no cursor row although there have been events for it.

What it means
    The config names a cursor, the table is there, and no row in it belongs to
    this consumer, while eligible events are older than its `max_lag`. It was
    never started, its row was deleted, or it now runs under another name.

How it is proven
    The log was read first and the cursor after it. Only events older than
    `max_lag` count, so a subscription that was created a moment ago is left
    alone: those that left no trace with the consumer, or, where there are
    none of these, those that it received. In a log without a time the age is
    only known of what an earlier run saw waiting; of anything else the verdict
    is unknown as long as there is any eligible event.

What it cannot know
    Whether the consumer writes its cursor only after the first event, or
    keeps it elsewhere. The `where` of the cursor in the config may not fit
    the name that the consumer uses. A standby of the consumer's store may not
    have the row yet: the verdict is then unknown.

What to do
    List the rows of the cursor table and look for the name. If the consumer
    was renamed, correct the config. If the row was deleted, find out from the
    inbox how far the consumer got before it starts anew: many start at the
    beginning and process everything twice, others at the end and skip.
"""

from collections.abc import Iterator

from checks.accounting import Entry, account_of
from checks.grounds import no_cursor
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Standing
from checks.model.finding import Finding, Verdict
from checks.wording import counted, first_of, in_partition, lasting


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition in which events wait for a cursor that is not there."""
    account = account_of(evidence)
    waiting = [
        entry
        for standing in (Standing.LAGGING, Standing.PENDING)
        for entry in account.of(standing)
        if entry.ruling.cursor_absent
    ]
    for entry in waiting:
        seen = account.evidence_of(entry) | {"max_lag_seconds": evidence.max_lag.total_seconds()}
        yield entry.finding("cursor-absent", _message(entry, evidence), seen)
    told = {entry.partition for entry in waiting}
    for partition, count in evidence.uncharted.items():
        if partition not in told:
            yield _although_received(partition, count, evidence)


def _although_received(partition: str | None, count: int, evidence: ConsumerEvidence) -> Finding:
    """The consumer works, and nothing says how far it is: after a restart it would begin anywhere."""
    reason = "standby" if evidence.inbox_behind is not None else None if evidence.has_time else "age-unknown"
    return Finding(
        check="cursor-absent",
        verdict=Verdict.CONFIRMED if reason is None else Verdict.UNKNOWN,
        count=count,
        message=(
            f"{evidence.name} has no cursor row{in_partition(partition)}, although it received "
            f"{counted(count, 'event')}{_aged(evidence)}: look for its name in the cursor table"
        ),
        partition=partition,
        reason=reason,
        evidence={"received": count, "max_lag_seconds": evidence.max_lag.total_seconds()},
    )


def _aged(evidence: ConsumerEvidence) -> str:
    return f" older than {lasting(evidence.max_lag)}" if evidence.has_time else " (how old, a log without a time hides)"


def _message(entry: Entry, evidence: ConsumerEvidence) -> str:
    events = counted(entry.tally.count, "event")
    advice = "look for its name in the cursor table"
    if entry.ruling.reason == "standby":
        advice = f"a standby that may be behind shows it ({evidence.inbox_behind}), audit its primary"
    aged = f" older than {lasting(evidence.max_lag)}" if entry.ruling.standing is Standing.LAGGING else _aged(evidence)
    return (
        f"{evidence.name} has no cursor row{in_partition(entry.partition)}, and {events}{aged} "
        f"left no trace with it{first_of(entry.tally.ranges.build())}: {advice}"
    )


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """A cursor must be named."""
    return no_cursor(evidence)
