"""How a consumer's cursors stand against the run before: where they were, further on, or further back.

Two places of one cursor are compared as a whole: a position, or all parts of a composite one, in their order. What was
not seen by both runs says nothing: a row that is new, rows that disagree, cursors by stream.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from checks.model.consumer import ConsumerEvidence, Cursor
from checks.model.previous import ConsumerBefore, CursorBefore, FurtherOn

Place = tuple[int, ...]
"""A position, or all parts of a composite one; empty where nothing was processed yet."""


class Direction(StrEnum):
    """Where a cursor went since the run before."""

    STILL = "still"
    ON = "on"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Move:
    """One cursor now and in the run before. A row that is gone went back, to nothing."""

    cursor: Cursor
    before: CursorBefore
    run_before: ConsumerBefore
    direction: Direction

    def described(self) -> dict[str, object]:
        """What the run before saw, as evidence: JSON-able. Moments are on the clock of the log's store, in UTC."""
        return {
            "run": self.run_before.run,
            "at": self.run_before.at.isoformat(),
            "position": self.before.position,
            "order": None if self.before.order is None else list(self.before.order),
            "since": self.before.since.isoformat(),
        }


def moves(evidence: ConsumerEvidence) -> Iterator[Move]:
    """The cursors that both runs saw, each with where it went."""
    previous = evidence.previous
    if previous is None or evidence.cursor_rows_disagree:
        return
    for cursor in evidence.cursors or ():
        before = None if cursor.stream is not None else previous.cursors.get(cursor.partition)
        direction = None if before is None else _direction(cursor, before)
        if before is not None and direction is not None:
            yield Move(cursor, before, previous, direction)


def _direction(cursor: Cursor, before: CursorBefore) -> Direction | None:
    now, then = place_of(cursor), place_of(before)
    if cursor.absent:
        # Where nothing had been processed, nothing is lost with the row; one that was only away for a moment is none.
        return Direction.BACK if then and not cursor.reappeared else None
    if now == then:
        return Direction.STILL
    if now and then and len(now) != len(then):
        return None
    return Direction.ON if now > then else Direction.BACK


def not_caught_up(evidence: ConsumerEvidence) -> Iterator[tuple[Cursor, FurtherOn]]:
    """The cursors that went back before the run before looked, and have not come again to where they were."""
    before = {} if evidence.previous is None or evidence.cursor_rows_disagree else evidence.previous.cursors
    for cursor in evidence.cursors or ():
        seen = None if cursor.stream is not None or cursor.partition not in before else before[cursor.partition]
        if seen is not None and seen.further_on is not None and place_of(cursor) < place_of(seen.further_on):
            yield cursor, seen.further_on


def place_of(cursor: Cursor | CursorBefore | FurtherOn) -> Place:
    """All of a cursor's parts."""
    if cursor.order is not None:
        return cursor.order
    return () if cursor.position is None else (cursor.position,)


def scopes_standing_still(evidence: ConsumerEvidence) -> frozenset[str | None]:
    """The partitions whose cursor is where the run before saw it; ``None``: the one that covers everything."""
    return frozenset(move.cursor.partition for move in moves(evidence) if move.direction is Direction.STILL)
