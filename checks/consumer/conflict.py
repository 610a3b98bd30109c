"""A receipt and the log agree in the event's identity and differ in the rest.

What it means
    The consumer holds another event than the log does under the same
    identity: another position, stream, version or type. Usually the producer
    was restored from a backup and used positions a second time, or somebody
    rewrote history. The consumer acted on what is no longer there.

How it is proven
    The inbox was read first, then the log; each receipt that differs from its
    log row was read again on both sides. Every column that both have is
    compared, by value: uuids and numbers do not differ in spelling. While a
    transaction on the log is in flight it is pending; on a standby of the
    log's store unknown.

What it cannot know
    Which side is right, and whether the contents differ too: data is not
    compared. Where the identity is the only column that both sides have,
    rewritten events cannot be seen at all.

What to do
    Compare a sample on both sides, and the times: did the conflicts begin at
    one moment? Then look for a restore, a failover or a migration. Do not
    redeliver: an inbox that already knows the identity would drop the events.
    Decide first which history holds, then rebuild the consumer from it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.grounds import no_inbox
from checks.model.check import Lack
from checks.model.consumer import Conflict, ConsumerEvidence
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.ruling import ABOUT_THE_LOG, doubt_about_log
from checks.tally import Tally
from checks.wording import counted, first_of, in_partition


@dataclass(slots=True, kw_only=True)
class ConflictTally(Tally):
    """Conflicts of one partition: also what differs how often, and both sides of the samples."""

    differs: Counter[str] = field(default_factory=Counter)
    pairs: list[dict[str, object]] = field(default_factory=list)

    def observe(self, conflict: Conflict) -> None:
        """Count one conflict."""
        if self.has_room:
            self.pairs.append({"log": _described(conflict.event), "receipt": _described(conflict.receipt)})
        self.add(conflict.event, conflict.rank)
        self.differs.update(conflict.differs)


def _described(event: Event) -> dict[str, object]:
    return {
        "position": event.position,
        "id": event.id,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
    }


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition."""
    doubt = doubt_about_log(evidence)
    tallies: defaultdict[str | None, ConflictTally] = defaultdict(lambda: ConflictTally(limit=evidence.sample_limit))
    for conflict in evidence.conflicts:
        tallies[conflict.event.partition].observe(conflict)
    for partition, tally in tallies.items():
        reason = None if doubt is None else doubt.reason
        yield tally.finding(
            "conflict",
            Verdict.CONFIRMED if doubt is None else doubt.verdict,
            _message(partition, tally, reason, evidence),
            partition=partition,
            reason=reason,
            evidence={"differs": dict(tally.differs), "samples": tally.pairs, "in_flight": list(evidence.in_flight)},
        )


def _message(partition: str | None, tally: ConflictTally, reason: str | None, evidence: ConsumerEvidence) -> str:
    words = ", ".join(word for word, _ in tally.differs.most_common())
    said = (
        f"{evidence.name} holds {counted(tally.count, 'event')}{in_partition(partition)} that {evidence.upstream} has "
        f"with another {words}{first_of(tally.ranges.build())}"
    )
    match reason:
        case str(why) if why in ABOUT_THE_LOG:
            return f"{said}{ABOUT_THE_LOG[why]}"
        case _:
            return f"{said}: look for a restore or a rewritten history before anything is sent again"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """Inbox and log must share more than the identity."""
    if (lack := no_inbox(evidence)) is not None:
        return lack
    if not evidence.shared_columns:
        message = (
            f"the inbox of {evidence.name} shares nothing but the identity with {evidence.upstream}: "
            "rewritten events cannot be seen"
        )
        return Lack("no-shared-column", message)
    return None
