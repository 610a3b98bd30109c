"""The log is not what an earlier run saw: an event is another one, or gone.

What it means
    Events never change, and a log only grows. Where the head is lower than it
    was, where another event stands at a known position, or where a row
    appeared in a place that was proven dead, somebody restored a backup,
    rewrote history, or set a sequence back. Consumers went on meanwhile: they
    have events that never happened, and may take new ones for old ones.

How it is proven
    Every run remembers the event at the head, some others, and the holes that
    no transaction was left to fill; the next one looks up what stands there
    now, filters ignored. A row in such a hole has appeared; that the hole was
    proven dead is said only where the config has `positions =
    "drawn-on-insert"`, since elsewhere a row may be given its position.
    Ranges of positions that were found in order keep a digest of their rows,
    and some of these are taken again by every run. Uuids are compared by value
    and numbers by number, so another spelling is no finding. Once seen, a
    contradiction is told by every run until it is accepted as known, or what
    stood there stands there again.

What it cannot know
    Which of the two is right, and who did it. A range whose digest differs
    does not tell which of its rows do. Where the log names neither id nor
    stream, version, type or time, an event that was rewritten looks like the
    one that it replaced. What `retention` explains is benign, and so is it
    that an outbox (`sent`) lacks rows, since it may delete what it sent: that
    it was restored, too, looks the same; a standby may lag, so there it is
    unknown. Of a log whose holes are not proven to stay empty, an event that
    came into one of them is no contradiction; it is unknown where there are
    more such holes than are remembered.

What to do
    Find out whether the log was restored, and as of when: everything that was
    written between that moment and the restore is gone from it, and stands in
    the consumers' inboxes yet. Stop the consumers before they go on by
    position, and compare what they have with the log (consumer/unexpected,
    consumer/conflict). If the change was meant, accept the finding as known.
    Where test data are made anew every day, that is what it says each time:
    let such runs remember nothing (`--no-ledger`), or remove the ledger's
    file together with the data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from checks.model.check import Lack
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.log import LogEvidence
from checks.model.ranges import MOST_RANGES
from checks.model.recalled import AlteredRange, Contradicted, FilledHole, LogBefore, LowerHead
from checks.wording import counted, first_of, in_partition, quoted

SAID = {
    "rewritten": "holds other events than earlier runs saw",
    "lower-head": "ends before positions that earlier runs saw in it",
    "gone": "lacks events that earlier runs saw in it",
    "appeared": "has events that appeared among positions that earlier runs had verified",
    "dead-hole-filled": "has events in holes that earlier runs had proven dead",
    "retention": "let go of events that earlier runs saw, as its retention allows",
    "sent": "lacks events that earlier runs saw in it: it may have let go of what it sent, or it was restored, too",
    "age-unknown": "lacks events that earlier runs saw in it, which its retention may explain: their age is not known",
    "not-provable": "has events that appeared since, maybe in holes of which earlier runs had proven nothing",
    "standby": "is not what earlier runs saw, but it was read on a standby, which may lag: audit its primary",
}


@dataclass(slots=True)
class Statement:
    """What one finding says: how many events, where, samples of what was seen, and what stands there now."""

    limit: int | None
    count: int = 0
    spans: list[tuple[int, int]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    seen: list[dict[str, object]] = field(default_factory=list)

    def add(self, count: int, first: int, last: int, event: Event | None, **seen: object) -> None:
        """Note one contradiction."""
        self.count += count
        self.spans.append((first, last))
        if event is not None and self._has_room(self.events):
            self.events.append(event)
        if self._has_room(self.seen):
            self.seen.append(seen)

    def _has_room(self, samples: list[Event] | list[dict[str, object]]) -> bool:
        return self.limit is None or len(samples) < self.limit

    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Ascending, those that touch made one."""
        found: list[tuple[int, int]] = []
        for first, last in sorted(self.spans):
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], max(last, found[-1][1]))
            else:
                found.append((first, last))
        return tuple(found)


Key = tuple[Verdict, str, str | None]


def judge(evidence: LogEvidence) -> Iterator[Finding]:
    """One finding for each verdict, reason and partition. It counts events, of an altered range at least one."""
    before = evidence.before
    if before is None:
        return
    statements: dict[Key, Statement] = {}

    def under(reason: str, partition: str | None, *, purged: bool | None = False) -> Statement:
        verdict, code = _weighed(reason, purged=purged, standby=evidence.settlement.standby)
        code = "sent" if code == "retention" and evidence.has_sent and evidence.retention is None else code
        return statements.setdefault((verdict, code, partition), Statement(evidence.sample_limit))

    for lower in before.lower_heads:
        _tell_lower(under("lower-head", lower.partition, purged=lower.purged), lower)
    for contradicted in _beside_heads(before):
        reason = "gone" if contradicted.now is None else "rewritten"
        event = contradicted.witness.event
        _tell_contradicted(under(reason, event.partition, purged=contradicted.purged), contradicted)
    for filled in before.filled:
        reason = "dead-hole-filled" if evidence.drawn_on_insert else "appeared"
        _tell_filled(under(reason, filled.hole.partition), filled)
    for altered, rows in _before_heads(before):
        _tell_altered(under(_kind_of(altered), None, purged=altered.purged), altered, rows)
    yield from (_finding(evidence, before, key, statement) for key, statement in statements.items())


def _weighed(reason: str, *, purged: bool | None, standby: bool) -> tuple[Verdict, str]:
    """Nobody is accused of what retention explains, or of what a standby shows."""
    if purged:
        return Verdict.BENIGN, "retention"
    if standby:
        return Verdict.UNKNOWN, "standby"
    if purged is None:
        return Verdict.UNKNOWN, "age-unknown"
    if reason == "not-provable":
        return Verdict.UNKNOWN, reason
    return Verdict.CONFIRMED, reason


def _beside_heads(before: LogBefore) -> Iterator[Contradicted]:
    """Without those that are gone because the log ends before them."""
    heads = {lower.partition: lower.now for lower in before.lower_heads}
    for one in before.contradicted:
        partition, position = one.witness.event.partition, one.witness.event.position or 0
        if one.now is not None or partition not in heads or position <= (heads[partition] or 0):
            yield one


def _before_heads(before: LogBefore) -> Iterator[tuple[AlteredRange, int]]:
    """Each with the number of rows that it has too few or too many, but for those beyond where the log ends now."""
    ends = [lower.now or 0 for lower in before.lower_heads if lower.partition is None]
    for altered in before.altered:
        lacking = altered.rows_then - altered.rows_now
        beyond = max((altered.last - max(end, altered.first - 1) for end in ends if end < altered.last), default=0)
        if not 0 < lacking <= beyond:
            yield altered, lacking - beyond if lacking > 0 else -lacking


def _kind_of(altered: AlteredRange) -> str:
    if altered.rows_now == altered.rows_then:
        return "rewritten"
    if altered.rows_now < altered.rows_then:
        return "gone"
    return "not-provable" if altered.unproven else "appeared"


def _tell_lower(statement: Statement, lower: LowerHead) -> None:
    first = lower.seen if lower.now is None else lower.now + 1
    seen = _seen(lower.run, lower.at, position=lower.seen, head=lower.now)
    statement.add(1, min(first, lower.seen), lower.seen, lower.event, **seen)


def _tell_contradicted(statement: Statement, one: Contradicted) -> None:
    event = one.witness.event
    position = event.position or 0
    statement.add(
        1,
        position,
        position,
        event,
        **_seen(one.witness.run, one.witness.at, position=position, event=_described(event)),
        now=None if one.now is None else _described(one.now),
        differs=list(one.differs),
    )


def _tell_altered(statement: Statement, altered: AlteredRange, rows: int) -> None:
    """At least one event of it, if none was told of by itself. ``rows``: how many it has too few or too many."""
    told = sum(altered.first <= first <= altered.last for first, _ in statement.spans)
    statement.add(
        max(0, max(1, rows) - told),
        altered.first,
        altered.last,
        None,
        **_seen(altered.run, altered.at, positions=[altered.first, altered.last], rows=altered.rows_then),
        now={"rows": altered.rows_now},
    )


def _tell_filled(statement: Statement, filled: FilledHole) -> None:
    hole = filled.hole
    for event in filled.events:
        position = event.position or hole.first
        seen = _seen(hole.run, hole.at, hole=[hole.first, hole.last])
        statement.add(1, position, position, event, **seen, now=_described(event))


def _seen(run: str, at: datetime, **what: object) -> dict[str, object]:
    return {"run": run, "at": at, "seen": what}


def _described(event: Event) -> dict[str, object]:
    return {
        "position": event.position,
        "id": event.id,
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "time": event.time,
    }


def _finding(evidence: LogEvidence, before: LogBefore, key: Key, statement: Statement) -> Finding:
    verdict, reason, partition = key
    ranges = statement.ranges()
    said = f"{evidence.name}{in_partition(partition)} {SAID[reason]}"
    count = f"{counted(statement.count, 'event')} at the least{first_of(ranges)}"
    by = quoted(str(statement.seen[0]["run"] if statement.seen else before.run))
    to_do = "; see whether it was restored or rewritten before consumers go on" if verdict is Verdict.CONFIRMED else ""
    return Finding(
        check="head-regressed",
        verdict=verdict,
        count=statement.count,
        message=f"{said}: {count}, not as run {by} saw it{to_do}",
        partition=partition,
        reason=reason,
        ranges=ranges[:MOST_RANGES],
        ranges_truncated=len(ranges) > MOST_RANGES,
        events=tuple(statement.events),
        evidence={"run_before": before.run, "at": before.at, "contradictions": statement.seen},
    )


def lacks(evidence: LogEvidence) -> Lack | None:
    """There must have been an earlier run of this very log."""
    if evidence.before is not None:
        return None
    return Lack(
        "no-earlier-run", f"no earlier run of {evidence.name} is remembered, so nothing can be compared with it"
    )
