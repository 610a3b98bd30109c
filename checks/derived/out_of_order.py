"""The derived log has events of a stream in another order than its upstream.

What it means
    A row stands behind the row of a later event of the same stream, by the
    derived log's own positions. All who read the derived log get the two in
    the wrong order, however careful they are.

How it is proven
    Within a stream of the upstream only, by the first row of each event. The
    positions of the derived log say in which order its readers get them, so
    no time is asked. Both rows were looked up once more. The samples are the
    rows that stand too late, with positions of the derived log; the evidence
    says behind which one, and which upstream events the two are.

What it cannot know
    Whether readers mind. Rows that were written again to repair a loss are
    late by design; copies that `auditor redeliver` inserted are known and
    passed over, those that others wrote are told. Where the derived log
    counts its positions by partition, rows of two partitions have no order.

What to do
    See whether several publishers share one stream, whether one of them tries
    a failed event again while later ones go on, or whether it reads by
    positions that become visible late. Keep each stream on one publisher.
    Then compare what its readers hold with the latest version of the streams
    in the samples.
"""

from collections import defaultdict
from collections.abc import Iterator

from checks.derivation import named
from checks.model.check import Lack
from checks.model.derived import DerivedEvidence, Overtaken
from checks.model.finding import Finding, Verdict
from checks.scattered import ScatteredRanges
from checks.tally import Tally
from checks.wording import counted, in_partition, quoted


def judge(evidence: DerivedEvidence) -> Iterator[Finding]:
    """One finding for each partition of the derived log."""
    tallies: defaultdict[str | None, Tally] = defaultdict(
        lambda: Tally(limit=evidence.follower.sample_limit, ranges=ScatteredRanges())
    )
    pairs: defaultdict[str | None, list[dict[str, object]]] = defaultdict(list)
    streams: defaultdict[str | None, set[str]] = defaultdict(set)
    for overtaken in evidence.overtaken:
        event, stream = overtaken.copy.event, overtaken.copy.of.stream
        if tallies[event.partition].has_room:
            pairs[event.partition].append(_described(overtaken))
            streams[event.partition].update([] if stream is None else [stream])
        tallies[event.partition].add(event, rank=event.position or 0)
    for partition, tally in tallies.items():
        yield tally.finding(
            "out-of-order",
            Verdict.CONFIRMED,
            _message(partition, tally, streams[partition], evidence),
            partition=partition,
            evidence={"overtaken": pairs[partition]},
        )


def _described(overtaken: Overtaken) -> dict[str, object]:
    return {
        "upstream": named(overtaken.copy.of),
        "overtaken_by_position": overtaken.by.event.position,
        "overtaken_by": named(overtaken.by.of),
    }


def _message(partition: str | None, tally: Tally, streams: set[str], evidence: DerivedEvidence) -> str:
    first = f" (first: stream {quoted(min(streams))})" if streams else ""
    return (
        f"{evidence.name} has {counted(tally.count, 'row')}{in_partition(partition)} behind a later event of the same "
        f"stream of {evidence.upstream}{first}: keep each stream on one publisher"
    )


def lacks(evidence: DerivedEvidence) -> Lack | None:
    """The upstream must name streams."""
    if evidence.follower.has_streams:
        return None
    message = (
        f"the log {evidence.upstream} names no stream, so there is no order to compare with; give it the key stream"
    )
    return Lack("no-stream", message)
