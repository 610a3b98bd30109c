"""A stream lacks a version below its last one.

What it means
    The versions of a stream are written one after the other and have no
    holes. One is absent although later ones are there: an event was deleted,
    lost in a restore or a migration, or never written because the producer
    does not count as it should. Whoever rebuilds state from this stream gets
    a wrong one.

How it is proven
    By the log alone: the versions of each stream up to its last one were
    counted, filters left aside. Unlike positions, versions are not drawn
    ahead: a later version is only written on top of the one before.

What it cannot know
    A loss at the end of a stream: nothing comes after it (consumers and the
    producer's own state may show it). With `retention`, versions absent at the
    beginning may have been purged and are left out. An outbox that deletes
    what it sent, as its `retention` or streams without their beginnings show,
    may lack any version beside one that is stuck: benign. A declared erasure
    looks like a loss.

What to do
    Look for the event elsewhere: a consumer's inbox, an archive, a backup.
    Check what the neighbours' times have in common: one moment for many
    streams points to a restore or a purge, single ones to manual deletion.
    Keep a unique key on stream and version.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.model.check import Lack
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.log import LogEvidence, VersionGap
from checks.wording import counted, in_partition, quoted

MOST_SAMPLES = 10_000
"""One absurd version number makes a gap of billions: this many samples are named even where all are asked for."""


@dataclass(slots=True)
class GapTally:
    """The gaps of one partition: absent versions, streams, and samples of both intervals and events."""

    limit: int | None
    versions: int = 0
    streams: int = 0
    gaps: list[dict[str, object]] = field(default_factory=list)
    truncated: bool = False
    events: list[Event] = field(default_factory=list)

    def add(self, gap: VersionGap, absent: tuple[tuple[int, int], ...]) -> None:
        """Count the absent intervals of one stream."""
        self.streams += 1
        for first, last in absent:
            self.versions += last - first + 1
            self._name(gap, first, last)

    def _name(self, gap: VersionGap, first: int, last: int) -> None:
        if self.limit is None or len(self.gaps) < self.limit:
            self.gaps.append({"stream": gap.stream, "partition": gap.partition, "from": first, "to": last})
        else:
            self.truncated = True
        room = (MOST_SAMPLES if self.limit is None else self.limit) - len(self.events)
        self.events += [
            Event(stream=gap.stream, version=version, partition=gap.partition)
            for version in range(first, min(last + 1, first + room))
        ]


def judge(evidence: LogEvidence) -> Iterator[Finding]:
    """One finding for each partition. It counts absent versions."""
    tallies: dict[str | None, GapTally] = {}
    lets_go = _lets_go_of_what_it_sent(evidence)
    for gap in evidence.gaps or ():
        if absent := _weighty(gap, evidence, lets_go=lets_go):
            tallies.setdefault(gap.partition, GapTally(evidence.sample_limit)).add(gap, absent)
    for partition, tally in tallies.items():
        yield Finding(
            check="version-gap",
            verdict=Verdict.BENIGN if lets_go else Verdict.CONFIRMED,
            count=tally.versions,
            message=_message(partition, tally, evidence, lets_go=lets_go),
            partition=partition,
            reason="sent" if lets_go else None,
            events=tuple(tally.events),
            evidence={"gaps": tally.gaps, "gaps_truncated": tally.truncated, "streams": tally.streams},
        )


def _lets_go_of_what_it_sent(evidence: LogEvidence) -> bool:
    """Whether it is an outbox that deletes: the first versions of a stream are the first to go."""
    if not evidence.has_sent or evidence.retention is not None:
        return evidence.has_sent
    return any(first <= evidence.first_version for gap in evidence.gaps or () for first, _ in gap.absent)


def _weighty(gap: VersionGap, evidence: LogEvidence, *, lets_go: bool) -> tuple[tuple[int, int], ...]:
    """The absent intervals, without the beginning of the stream where that may have been purged."""
    if evidence.retention is None and not lets_go:
        return gap.absent
    return tuple(interval for interval in gap.absent if interval[0] > evidence.first_version)


def _message(partition: str | None, tally: GapTally, evidence: LogEvidence, *, lets_go: bool) -> str:
    first = ""
    if tally.events:
        event = tally.events[0]
        first = f" (first: stream {quoted(event.stream or '')}, version {event.version})"
    said = (
        f"{evidence.name} lacks {counted(tally.versions, 'version')} of {counted(tally.streams, 'stream')}"
        f"{in_partition(partition)}{first}"
    )
    if lets_go:
        return f"{said}: it lets go of what it sent, so these may have been sent while earlier ones are stuck"
    return f"{said}: look for the events in an inbox, an archive or a backup"


def lacks(evidence: LogEvidence) -> Lack | None:
    """The log must name streams and versions."""
    if evidence.gaps is not None:
        return None
    return Lack(
        "no-stream", f"the log {evidence.name} names no stream and version, so lost events cannot be seen in it"
    )
