"""The derived log has rows of events that its upstream does not have.

What it means
    The column `source` of these rows names events that stand nowhere in the
    upstream, its filters left aside. The upstream was restored to an earlier
    state, rows were deleted there, the publisher's transaction was not the
    event's own, or something else writes into the derived log. Whoever reads
    it acts on what never happened.

How it is proven
    The derived log was read first, then the whole upstream, and each event
    was looked up there once more, later. While a transaction on the upstream
    is in flight it is pending; on a standby of its store it is unknown. Where
    the upstream has a `retention`, a row of an event from below its first
    position is benign, since that was purged; where no position says where it
    stood, so is a row older than that, and of the rest it cannot be told.
    Positions and samples are the derived log's own, the evidence says what
    each row names.
    Where the upstream is an outbox (`sent`) it may have deleted what it sent:
    that is benign.

What it cannot know
    What the event was, beyond what the row says. A row whose `source` is NULL
    names nothing; such rows are counted in a note.

What to do
    See whether all of them follow one moment: then the upstream was restored,
    and new events will take the same positions (see log/head-regressed). If
    they are scattered, look for deletions in the upstream, and for test or
    manual writes to the derived log.
"""

from collections import defaultdict
from collections.abc import Iterator

from checks.derivation import doubt_about_stray, named
from checks.model.check import Lack
from checks.model.derived import DerivedEvidence
from checks.model.finding import Finding, Verdict
from checks.ruling import ABOUT_THE_LOG, Doubt
from checks.scattered import ScatteredRanges
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition, lasting


def judge(evidence: DerivedEvidence) -> Iterator[Finding]:
    """One finding for each partition, for how sure it is, and why."""
    tallies: dict[tuple[Doubt | None, str | None], Tally] = {}
    upstream: defaultdict[tuple[Doubt | None, str | None], list[dict[str, object]]] = defaultdict(list)
    for stray in evidence.strays:
        event = stray.copy.event
        key = doubt_about_stray(stray, evidence), event.partition
        if (tally := tallies.get(key)) is None:
            tally = tallies[key] = Tally(limit=evidence.follower.sample_limit, ranges=ScatteredRanges())
        if tally.has_room:
            upstream[key].append(named(stray.copy.of))
        tally.add(event, rank=event.position or 0)
    retention = evidence.follower.log_retention
    for key, tally in tallies.items():
        doubt, partition = key
        yield tally.finding(
            "unexpected",
            Verdict.CONFIRMED if doubt is None else doubt.verdict,
            _message(doubt, partition, tally, evidence),
            partition=partition,
            reason=None if doubt is None else doubt.reason,
            evidence={
                "upstream": upstream[key],
                "retention_seconds": None if retention is None else retention.total_seconds(),
                "in_flight": list(evidence.follower.in_flight),
            },
        )


def _message(doubt: Doubt | None, partition: str | None, tally: Tally, evidence: DerivedEvidence) -> str:
    said = (
        f"{evidence.name} has {counted(tally.count, 'row')}{in_partition(partition)} of events that "
        f"{evidence.upstream} does not have{first_of(tally.ranges.build())}"
    )
    retention = evidence.follower.log_retention
    kept = "" if retention is None else lasting(retention)
    match None if doubt is None else doubt.reason:
        case "purged":
            return f"{said}: from before what that keeps ({kept}), purged since"
        case "sent":
            return f"{said}: that is an outbox, which may have deleted what it sent"
        case "may-be-purged":
            return f"{said}: whether they were purged since cannot be told, no position says where they stood"
        case str(why) if why in ABOUT_THE_LOG:
            return f"{said}{ABOUT_THE_LOG[why]}"
        case _:
            return f"{said}: look for a restored upstream, deleted rows, or another writer"


def lacks(evidence: DerivedEvidence) -> Lack | None:  # noqa: ARG001 (there is always ground)
    """Nothing: what a derived log is made of must be named."""
    return None
