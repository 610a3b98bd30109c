"""Two events share a stream and version, an id, or a position.

What it means
    Two writers appended to a stream without noticing each other, an event was
    published twice under one id, or a position was given out a second time.
    Readers may see one of the two, both, or each another one.

How it is proven
    By the log alone: rows were grouped by stream and version, by id and by
    position (each within its partition). The count is that of the rows
    beyond the first of each group.

What it cannot know
    Which of the two is right, and whether the rest of the rows differs.
    Stores that enforce uniqueness never show this; an outbox or an
    integration log that publishes at least once may show ids twice by design.
    Rows that `auditor redeliver` inserted as copies are no conflict and are
    left out; copies that others made are told.

What to do
    Read both rows of a sample. One id twice: look at the publisher's way of
    trying again, and make consumers drop what they know. One version twice:
    two writers acted on the same state, and one decision ignored the other;
    that is for the domain to mend. One position twice: look for a restore, a
    sequence set back, or a merge of two logs. Then add the unique key.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.model.check import Lack
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.log import Double, LogEvidence, Shared
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition

REASONS = {Shared.VERSION: "same-version", Shared.ID: "same-id", Shared.POSITION: "same-position"}


@dataclass(slots=True, kw_only=True)
class DoubleTally(Tally):
    """Doubles of one kind and partition: also both places of the samples."""

    pairs: list[dict[str, object]] = field(default_factory=list)

    def observe(self, double: Double) -> None:
        """Count one row beyond the first."""
        if self.has_room:
            self.pairs.append({"first": _described(double.first), "again": _described(double.event)})
        self.add(double.event, double.rank)


def _described(event: Event) -> dict[str, object]:
    return {"position": event.position, "id": event.id, "stream": event.stream, "version": event.version}


def judge(evidence: LogEvidence) -> Iterator[Finding]:
    """One finding for each partition and for what is shared. It counts rows beyond the first."""
    tallies: dict[tuple[Shared, str | None], DoubleTally] = {}
    for double in evidence.doubles:
        key = double.shared, double.event.partition
        if (tally := tallies.get(key)) is None:
            tally = tallies[key] = DoubleTally(limit=evidence.sample_limit)
        tally.observe(double)
    for (shared, partition), tally in tallies.items():
        message = (
            f"{evidence.name} has {counted(tally.count, 'event')}{in_partition(partition)} whose {shared} an earlier "
            f"event has already{first_of(tally.ranges.build())}: read both rows, then see who wrote them"
        )
        yield tally.finding(
            "version-conflict",
            Verdict.CONFIRMED,
            message,
            partition=partition,
            reason=REASONS[shared],
            evidence={"shared": shared.value, "samples": tally.pairs},
        )


def lacks(_: LogEvidence) -> Lack | None:
    """Nothing: every log has positions."""
    return None
