"""The consumer received events more than once.

What it means
    The inbox has several receipts of one event. If the consumer acts on each
    of them, something happened twice: a mail sent, an amount booked.

How it is proven
    The receipts of each event of the log were counted by its identity. The
    count is that of the extra receipts: an event received three times counts
    as two.

What it cannot know
    Whether the consumer acted on each receipt. Which of several receipts a
    redelivery brought, where a sequence numbers them: `sent_again` in the
    evidence counts those that it may have. An inbox that refuses a second
    receipt never shows one, however often the event was sent. Where the
    config says `idempotent = true` it is a warning and changes no verdict.

What to do
    See whether the log has the event twice under one identity
    (log/version-conflict), whether a producer publishes again after a
    timeout, or whether two instances of the consumer run with one cursor.
    Give the inbox a unique key on the identity, written in the transaction
    that does the work; and undo what was done twice.
"""

from collections import defaultdict
from collections.abc import Iterator

from checks.grounds import no_inbox
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence
from checks.model.finding import Finding, Verdict
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition."""
    tallies: defaultdict[str | None, Tally] = defaultdict(lambda: Tally(limit=evidence.sample_limit))
    extra: defaultdict[str | None, list[int]] = defaultdict(list)
    events: defaultdict[str | None, int] = defaultdict(int)
    brought: defaultdict[str | None, int] = defaultdict(int)
    for repeat in evidence.repeats:
        if tallies[repeat.event.partition].has_room:
            extra[repeat.event.partition].append(repeat.extra)
        tallies[repeat.event.partition].add(repeat.event, repeat.rank, repeat.extra)
        events[repeat.event.partition] += 1
        brought[repeat.event.partition] += repeat.brought
    for partition, tally in tallies.items():
        message = (
            f"{evidence.name} has {counted(tally.count, 'receipt')} too many of "
            f"{counted(events[partition], 'event')}{in_partition(partition)}{first_of(tally.ranges.build())}"
        )
        yield tally.finding(
            "duplicate",
            Verdict.CONFIRMED,
            f"{message}{_by_redelivery(brought[partition], tally.count)}: {_advice(evidence)}",
            partition=partition,
            harmless=evidence.idempotent is True,
            evidence={
                "events": events[partition],
                "extra": extra[partition],
                "idempotent": evidence.idempotent,
            }
            | ({"sent_again": brought[partition]} if brought[partition] else {}),
        )


def _by_redelivery(brought: int, extra: int) -> str:
    if not brought:
        return ""
    if extra == 1:
        return ", it is of an event that a redelivery sent again"
    some = "all" if brought == extra else f"{brought:,}"
    return f", {some} of them of events that a redelivery sent again"


def _advice(evidence: ConsumerEvidence) -> str:
    if evidence.idempotent:
        return "declared harmless, since it may receive events twice"
    return "find out whether it acted on each of them"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """Without an inbox there are no receipts to count."""
    return no_inbox(evidence)
