"""The consumer received events of a stream in another order than they happened.

What it means
    An event came after a later event of its own stream. A consumer that
    applies each event to what it knows (changed, then created) may have
    ignored it, failed on it, or now hold an older state than the stream has.

How it is proven
    Within a stream only, by the first receipt of each event against the
    versions in the log. It is confirmed only where receipts are numbered by a
    sequence. Receipt times tie and turn round without any fault: what rests
    on times is unknown, and less than `settle` apart it changes no verdict.

What it cannot know
    Whether the consumer minds. Say `ordered = false` if it does not: then it
    is a warning. Threads that write their receipts one after the other may be
    numbered in another order than they worked. Events that were sent again
    later are late by design. Of those that `auditor redeliver` sent, nothing
    is said: where receipts have times, the later ones are passed over; where
    a sequence numbers them, nothing tells the first from the later, and the
    order of such an event is not judged any more. What others sent again is
    not known here, and is told.

What to do
    See whether several workers share the events of one stream, or whether a
    failed event was tried again while later ones went on. Keep each stream on
    one worker. Then compare the consumer's state with the stream's latest
    version for the samples.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from checks.grounds import no_inbox
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Inversion
from checks.model.finding import Finding, Verdict
from checks.scattered import ScatteredRanges
from checks.tally import Tally
from checks.wording import counted, in_partition, lasting, quoted


class Order(NamedTuple):
    """How sure an inversion is, why, and whether it may weigh on the verdict."""

    verdict: Verdict
    reason: str | None
    harmless: bool


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is."""
    tallies: dict[tuple[Order, str | None], Tally] = {}
    overtaken: defaultdict[tuple[Order, str | None], list[dict[str, object]]] = defaultdict(list)
    for inversion in evidence.inversions:
        key = _order(inversion, evidence), inversion.event.partition
        if (tally := tallies.get(key)) is None:
            tally = tallies[key] = Tally(limit=evidence.sample_limit, ranges=ScatteredRanges())
        if tally.has_room:
            overtaken[key].append(_described(inversion))
        tally.add(inversion.event, inversion.rank)
    for (order, partition), tally in tallies.items():
        yield tally.finding(
            "out-of-order",
            order.verdict,
            _message(order, partition, tally, evidence),
            partition=partition,
            reason=order.reason,
            harmless=order.harmless,
            evidence={"overtaken": overtaken[order, partition], "settle_seconds": evidence.settle.total_seconds()},
        )


def _order(inversion: Inversion, evidence: ConsumerEvidence) -> Order:
    if evidence.receipts_are_sequenced:
        return Order(Verdict.CONFIRMED, None, not evidence.ordered)
    if inversion.apart is not None and inversion.apart <= evidence.settle:
        return Order(Verdict.UNKNOWN, "within-settle", harmless=True)
    return Order(Verdict.UNKNOWN, "receipt-times", not evidence.ordered)


def _described(inversion: Inversion) -> dict[str, object]:
    event, later = inversion.event, inversion.overtaken_by
    return {
        "stream": event.stream,
        "version": event.version,
        "overtaken_by_id": later.id,
        "overtaken_by_version": later.version,
        "overtaken_by_position": later.position,
        "apart_seconds": None if inversion.apart is None else inversion.apart.total_seconds(),
    }


def _message(order: Order, partition: str | None, tally: Tally, evidence: ConsumerEvidence) -> str:
    streams = {event.stream for event in tally.events if event.stream is not None}
    first = f" (first: stream {quoted(min(streams))})" if streams else ""
    events = counted(tally.count, "event")
    said = f"{evidence.name} received {events}{in_partition(partition)} after a later event of its stream{first}"
    match order.reason:
        case "within-settle":
            return f"{said}, within {lasting(evidence.settle)} by receipt times, which turn round without a fault"
        case "receipt-times":
            return f"{said} by receipt times, which prove no order: let received name a sequence"
        case _:
            return f"{said}: keep each stream on one worker, and compare its state with the stream"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """Receipts must be ordered by something, and the log must name streams and versions."""
    if (lack := no_inbox(evidence)) is not None:
        return lack
    if not evidence.has_receipt_order:
        message = f"the inbox of {evidence.name} names no received column, so the order of its receipts is not known"
        return Lack("no-receipt-order", message)
    if not evidence.has_streams:
        message = f"the log {evidence.upstream} names no stream and version, so there is no order to compare with"
        return Lack("no-stream", message)
    return None
