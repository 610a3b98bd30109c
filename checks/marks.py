"""What an outbox says of events that did not arrive: whether they were marked sent, and what follows from that.

Marked sent and absent downstream: lost between the relay and the receiver. Not marked: they never left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.model.ranges import RangeBuilder

MOST_RANGES = 100
"""Ranges of either kind that evidence names."""


@dataclass(slots=True)
class Marks:
    """Events of one finding by their marks, in ascending order of position. Those that nobody looked up are neither."""

    sent: int = 0
    not_sent: int = 0
    sent_ranges: RangeBuilder = field(default_factory=lambda: RangeBuilder(most=MOST_RANGES))
    not_sent_ranges: RangeBuilder = field(default_factory=lambda: RangeBuilder(most=MOST_RANGES))

    def add(self, position: int | None, rank: int, *, marked: bool | None) -> None:
        """Count one event. ``marked``: ``None`` where nobody looked."""
        if marked is None:
            return
        self.sent += marked
        self.not_sent += not marked
        if position is not None:
            (self.sent_ranges if marked else self.not_sent_ranges).add(position, rank)

    def evidence(self) -> dict[str, object]:
        """What a finding carries of it; nothing where nothing was looked up."""
        if not self.sent and not self.not_sent:
            return {}
        return {
            "marked_sent": self.sent,
            "not_sent": self.not_sent,
            "marked_sent_ranges": self.sent_ranges.build(),
            "not_sent_ranges": self.not_sent_ranges.build(),
        }


def hint(evidence: Mapping[str, object], count: int) -> str:
    """How the message of a finding ends that has this evidence, with a semicolon before it.

    >>> hint({"marked_sent": 3, "not_sent": 0}, 3)
    '; all of them are marked sent: the relay or the broker lost them after that'
    >>> hint({"marked_sent": 0, "not_sent": 1}, 2), hint({}, 2)
    ('; 1 of them is not marked sent', '')
    """
    sent, not_sent = (_number(evidence.get(key)) for key in ("marked_sent", "not_sent"))
    said = []
    if sent:
        said.append(f"{_how_many(sent, count)} marked sent: the relay or the broker lost {_it(sent)} after that")
    if not_sent:
        said.append(f"{_how_many(not_sent, count)} not marked sent")
    return "".join(f"; {each}" for each in said)


def _how_many(some: int, count: int) -> str:
    if some == count:
        return "all of them are" if count > 1 else "it is"
    return f"{some:,} of them {'is' if some == 1 else 'are'}"


def _it(count: int) -> str:
    return "it" if count == 1 else "them"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
