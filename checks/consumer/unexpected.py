"""The consumer has events that the log does not.

What it means
    The inbox holds receipts of events that stand nowhere in the log, filters
    left aside. The producer was restored to an earlier state, rows were
    deleted, something else writes into the inbox, or the consumer reads
    another log than the config says. It acted on what never happened here.

How it is proven
    The inbox was read first, then the whole log, and each receipt was looked
    up in the log once more, later, by its identity. While a transaction on
    the log is in flight it is pending, because a commit that waits for its
    standby may already have been passed on. On a standby of the log's store
    it is unknown. Where the log has a `retention`, a receipt from below its
    first position was purged (benign). Where no position says where it
    stood, so was what was received longer ago than that; of the rest it
    cannot be told: an old event may have been received late, in a backfill.
    Where the log is an outbox (`sent`) it may have deleted what it sent: that
    is benign.

What it cannot know
    What the event was, beyond what the receipt says. Receipts of an id alone
    have no position and stand in no range.

What to do
    See whether all of them lie above one position: then the log was restored,
    and new events will take the same positions (see consumer/cursor-ahead and
    consumer/conflict). If they are scattered, look for deletions in the log,
    and for test or manual writes to the inbox.
"""

from collections.abc import Iterator

from checks.grounds import no_inbox
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence
from checks.model.finding import Finding, Verdict
from checks.ruling import ABOUT_THE_LOG, Doubt, doubt_about_stranger
from checks.scattered import ScatteredRanges
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition, lasting


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition, for how sure it is, and why."""
    tallies: dict[tuple[Doubt | None, str | None], Tally] = {}
    for stranger in evidence.strangers:
        key = doubt_about_stranger(stranger, evidence), stranger.event.partition
        if (tally := tallies.get(key)) is None:
            tally = tallies[key] = Tally(limit=evidence.sample_limit, ranges=ScatteredRanges())
        # The log has no such event, so there are no ranks: neighbours are those whose positions follow.
        tally.add(stranger.event, rank=stranger.event.position or 0)
    retention = evidence.log_retention
    for (doubt, partition), tally in tallies.items():
        yield tally.finding(
            "unexpected",
            Verdict.CONFIRMED if doubt is None else doubt.verdict,
            _message(doubt, partition, tally, evidence),
            partition=partition,
            reason=None if doubt is None else doubt.reason,
            evidence={
                "retention_seconds": None if retention is None else retention.total_seconds(),
                "in_flight": list(evidence.in_flight),
            },
        )


def _message(doubt: Doubt | None, partition: str | None, tally: Tally, evidence: ConsumerEvidence) -> str:
    said = (
        f"{evidence.name} has {counted(tally.count, 'event')}{in_partition(partition)} that {evidence.upstream} does "
        f"not have{first_of(tally.ranges.build())}"
    )
    kept = "" if evidence.log_retention is None else lasting(evidence.log_retention)
    match None if doubt is None else doubt.reason:
        case "purged":
            return f"{said}: from before what it keeps ({kept}), purged since"
        case "sent":
            return f"{said}: that is an outbox, which may have deleted what it sent"
        case "may-be-purged":
            return f"{said}: whether they were purged since cannot be told, no position says where they stood"
        case str(why) if why in ABOUT_THE_LOG:
            return f"{said}{ABOUT_THE_LOG[why]}"
        case _:
            return f"{said}: look for a restored log, deleted rows, or another writer to the inbox"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """Without an inbox it has nothing of its own."""
    return no_inbox(evidence)
