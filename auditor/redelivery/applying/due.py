"""What of a plan is not decided yet, by the journal: the same plan, applied again, goes on from there.

What was accepted is never sent again by the same plan, whatever a verification said of it since: that is for another
plan, which counts the attempts. What may have been sent, for nobody wrote down an answer, is *unsure*.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from auditor.redelivery.applying.journal import Journal
from checks.identities import key_of
from checks.model.journal import Line
from checks.model.redelivery import Plan, PlannedEvent, Step

AT_ONCE = 500
"""Events that one look into the journal is about."""

_DECIDED = frozenset({Step.ACCEPTED, Step.HEALED})
_UNSURE = frozenset({Step.SENDING, Step.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Due:
    """One event of a plan, and what the journal says of it.

    - ``ordinal``: its place in the plan, from 0. ``key``: of the event, the same in every plan.
    - ``lackers``: those of whom it is not known yet that it was accepted for them; nobody: it is decided.
    - ``unsure_since``: when an attempt began of which no outcome is known; ``unsure_in``: its redelivery
      and batch.
    - ``refused``: the target rejected it. ``elsewhere``: for whom another plan has sent it since this one was made.
    - ``accepted``: the target took it for all of them, and nobody has seen yet that it arrived.
    """

    planned: PlannedEvent
    ordinal: int
    key: str
    lackers: tuple[str, ...]
    unsure_since: datetime | None = None
    unsure_in: tuple[int, int] | None = None
    refused: bool = False
    elsewhere: tuple[str, ...] = ()
    accepted: bool = False

    @property
    def scope(self) -> tuple[str, str | None]:
        """What never shares a batch with another: the consumer, and the partition."""
        return self.planned.consumer, self.planned.event.partition


def due_of(events: Iterable[PlannedEvent], plan: Plan, journal: Journal | None) -> Iterator[Due]:
    """Every event of a plan, in its order, as the journal knows it; ``None``: nothing is known. Raises LedgerError."""
    numbered = enumerate(events)
    while chunk := list(islice(numbered, AT_ONCE)):
        keyed = [(ordinal, planned, key_of(planned.event)) for ordinal, planned in chunk]
        keys_of: dict[str, list[str]] = {}
        for _, planned, key in keyed:
            for lacker in planned.lackers:
                keys_of.setdefault(lacker, []).append(key)
        given = {
            consumer: {} if journal is None else journal.given_of(plan.hash, consumer, keys)
            for consumer, keys in keys_of.items()
        }
        others = {
            consumer: () if journal is None else journal.sent_since(plan.hash, consumer, keys, plan.created)
            for consumer, keys in keys_of.items()
        }
        yield from (_due(ordinal, planned, key, given, others) for ordinal, planned, key in keyed)


def _due(
    ordinal: int,
    planned: PlannedEvent,
    key: str,
    given: Mapping[str, Mapping[str, Line]],
    others: Mapping[str, Collection[str]],
) -> Due:
    lines = {lacker: given[lacker].get(key) for lacker in planned.lackers}
    left = {lacker: line for lacker, line in lines.items() if line is None or line.step not in _DECIDED}
    unsure = [line for line in left.values() if line is not None and line.step in _UNSURE]
    last = max(unsure, key=lambda line: line.at, default=None)
    since, within = (None, None) if last is None else (last.at, (last.number, last.batch or 0))
    refused = any(line is not None and line.step is Step.REJECTED for line in left.values())
    elsewhere = tuple(lacker for lacker in left if key in others[lacker])
    accepted = not left and any(line is not None and line.step is Step.ACCEPTED for line in lines.values())
    return Due(planned, ordinal, key, tuple(left), since, within, refused, elsewhere, accepted)


def batches(dues: Iterable[Due], most: Callable[[Due], int]) -> Iterator[list[Due]]:
    """Runs of events of one consumer and partition, in the plan's order. ``most``: how many, asked for each anew.

    What was in one batch of which no outcome is known is a batch again, by itself: whoever was sent it once is sent
    the same, and can tell.
    """
    batch: list[Due] = []
    room = 0
    for due in dues:
        if batch and (len(batch) >= room or _apart(batch[0], due)):
            yield batch
            batch = []
        if not batch:
            room = most(due)
        batch.append(due)
    if batch:
        yield batch


def _apart(one: Due, other: Due) -> bool:
    ours, theirs = (one.scope, one.planned.target, one.unsure_in), (other.scope, other.planned.target, other.unsure_in)
    return ours != theirs
