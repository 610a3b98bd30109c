"""The derived log has events of its upstream more than once.

What it means
    Several rows of the derived log name one and the same upstream event,
    although each becomes one. Whoever reads the derived log gets it twice,
    and cannot tell: each of the rows has a position, and mostly an id, of its
    own.

How it is proven
    The rows of each upstream event were counted by what the column `source`
    says, and looked up once more. The first one, by position, is taken to be
    the right one, and the others are the finding: their positions, and in the
    evidence the event that each of them names.

What it cannot know
    Which of the rows its readers took, and whether they differ in content. A
    derived log that refuses a second row never shows one. Rows of events that
    are not among its `types` are not counted, and neither are copies that
    `auditor redeliver` inserted on purpose.

What to do
    Where an upstream event may become several rows, say `per_event = "any"`.
    Otherwise see whether the publisher writes its rows and its cursor in two
    transactions, or whether two of it run with one cursor. Give the derived
    log a unique key on the column `source`. Then see what its readers did
    with the second row, and whether an inbox of theirs told it apart.
"""

from collections import defaultdict
from collections.abc import Iterator

from checks.derivation import any_number, named
from checks.model.check import Lack
from checks.model.derived import DerivedEvidence
from checks.model.finding import Finding, Verdict
from checks.scattered import ScatteredRanges
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition


def judge(evidence: DerivedEvidence) -> Iterator[Finding]:
    """One finding for each partition of the derived log."""
    tallies: defaultdict[str | None, Tally] = defaultdict(
        lambda: Tally(limit=evidence.follower.sample_limit, ranges=ScatteredRanges())
    )
    upstream: defaultdict[str | None, list[dict[str, object]]] = defaultdict(list)
    for extra in evidence.extras:
        partition = extra.event.partition
        if tallies[partition].has_room:
            upstream[partition].append(named(extra.of))
        tallies[partition].add(extra.event, rank=extra.event.position or 0)
    for partition, tally in tallies.items():
        message = (
            f"{evidence.name} has {counted(tally.count, 'row')} too many{in_partition(partition)} of events that "
            f"{evidence.upstream} has once{first_of(tally.ranges.build())}"
        )
        yield tally.finding(
            "duplicate",
            Verdict.CONFIRMED,
            f"{message}: find out what its readers did with them",
            partition=partition,
            evidence={"events": tally.count, "extra": [1] * len(tally.events), "upstream": upstream[partition]},
        )


def lacks(evidence: DerivedEvidence) -> Lack | None:
    """Where an event may become several rows, none is too many."""
    return None if evidence.one_each else any_number(evidence)
