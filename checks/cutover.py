"""From which position of another log of the same events a consumer can go on, so that nothing is lost.

Not after the last event that it processed: the order of the new log may be another one. Say that it has the events e0,
e2, e1 in this order, and that e0 and e1 are processed: then e2 stands before the last of them. So the start lies right
before the first row of any event that is *not* proven processed, wherever the others stand, and what was processed and
stands beyond it comes twice. It is also the highest start that loses nothing.

It never lies beyond what is settled: below that nothing can still appear, and what appears later is read.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from checks.model.cutover import Choice, CutoverEvidence, Doubt, Facts, Listed
from checks.model.event import Event
from checks.tally import Tally


class Stand(Enum):
    """How an event stands to the consumer."""

    FOREIGN = auto()  # it should not have it
    PROCESSED = auto()  # every row of it that it should have has a processed receipt
    UNPROVEN = auto()


def stand_of(facts: Facts) -> Stand:
    """How the consumer stands to one event. An expected one that the old log does not show is not processed."""
    if facts.old_rows == 0:
        return Stand.UNPROVEN if facts.expected else Stand.FOREIGN
    if facts.wanted == 0:
        return Stand.FOREIGN
    return Stand.UNPROVEN if facts.unproven else Stand.PROCESSED


def is_nameless(facts: Facts) -> bool:
    """Whether these are the rows of the new log that name no event."""
    return facts.position is None and facts.name is None and not facts.old_rows


def choose(evidence: CutoverEvidence) -> Choice:
    """The highest start from which nothing is lost; none where the new log lacks something, or may lack it."""
    seen = _Survey(evidence)
    for facts in evidence.events:
        seen.take(facts)
    choice = seen.choice(_start(seen.first, evidence.settled))
    return choice if choice.start is None else _with_what_comes_twice(choice, choice.start, evidence)


def _start(first: Facts | None, settled: int) -> int:
    return settled if first is None or first.new_first is None else min(first.new_first - 1, settled)


@dataclass
class _Survey:
    """Every event, each seen once."""

    evidence: CutoverEvidence
    first: Facts | None = None
    counts: Counter[str] = field(default_factory=Counter)
    doubts: Counter[Doubt] = field(default_factory=Counter)
    rank: int = 0

    def __post_init__(self) -> None:
        self.lost = Tally(limit=self.evidence.sample_limit)
        self.ageless = Tally(limit=self.evidence.sample_limit)

    def take(self, facts: Facts) -> None:
        if is_nameless(facts):  # no event at all, but whoever goes on beyond it would never read it
            self._stands_before(facts)
            return
        stand = stand_of(facts)
        if stand is Stand.FOREIGN:
            self.counts["foreign"] += 1
            return
        self.rank += 1
        if stand is Stand.PROCESSED:
            self.counts["processed"] += 1
            self.counts["spared"] += facts.new_first is None
        elif facts.new_first is not None:
            self._doubt(facts)
            self._stands_before(facts)
        elif facts.old_rows == 0 and self._is_unknowable(facts):
            self.counts["unknowable"] += 1
        else:
            self._doubt(facts)
            self._absent(facts)

    def _stands_before(self, facts: Facts) -> None:
        place = facts.new_first
        if place is not None and (self.first is None or place < (self.first.new_first or 0)):
            self.first = facts

    def _doubt(self, facts: Facts) -> None:
        self.doubts[Doubt.NOT_IN_OLD_LOG if facts.old_rows == 0 else facts.doubt or Doubt.NO_RECEIPT] += 1

    def _is_unknowable(self, facts: Facts) -> bool:
        """Neither log has it, and that the old one does not says nothing: nor would the consumer get it there."""
        retention = self.evidence.old_retention
        is_purged = retention is not None and (facts.age is None or facts.age > retention)
        return self.evidence.old_skips or is_purged

    def _absent(self, facts: Facts) -> None:
        """It is not in the new log: lost, unless it may still be on its way there."""
        event = Event(position=facts.position, id=facts.name)
        if facts.position is None:
            self.lost.add(event, self.rank)  # nobody can derive it any more
        elif facts.age is None:
            self.ageless.add(event, self.rank)
        elif facts.age > self.evidence.max_delay:
            self.lost.add(event, self.rank)
        else:
            self.counts["waiting"] += 1

    def choice(self, start: int) -> Choice:
        """What was seen, with that start where nothing stands against it."""
        counts = self.counts
        return Choice(
            start=None if self.lost.count or self.ageless.count else start,
            first=self.first if self.first is not None and self.first.new_first == start + 1 else None,
            lost=listed(self.lost),
            ageless=listed(self.ageless),
            processed=counts["processed"],
            doubts={doubt: self.doubts[doubt] for doubt in Doubt if self.doubts[doubt]},
            waiting=counts["waiting"],
            spared=counts["spared"],
            foreign=counts["foreign"],
            unknowable=counts["unknowable"],
        )


def listed(tally: Tally) -> Listed:
    """What a tally holds."""
    ranges = tally.ranges.build()
    return Listed(count=tally.count, ranges=ranges, ranges_truncated=tally.ranges.truncated, events=tuple(tally.events))


def _with_what_comes_twice(choice: Choice, start: int, evidence: CutoverEvidence) -> Choice:
    """Rows beyond the start whose event was processed; ranges go on as long as every row is one of them."""
    twice, beyond, nameless = Tally(limit=evidence.sample_limit), 0, 0
    for row in evidence.rows_beyond(start):
        beyond += 1
        nameless += is_nameless(row.facts)
        if stand_of(row.facts) is Stand.PROCESSED:
            twice.add(Event(position=row.position), beyond)
    return replace(choice, twice=listed(twice), beyond=beyond, nameless=nameless)
