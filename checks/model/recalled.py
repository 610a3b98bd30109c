"""What became of that which earlier runs saw of a log.

Each of these is there only where something is not as it was, but for :class:`LogBefore`, which says that there was an
earlier run at all. ``purged``: whether the log's ``retention`` explains that events are gone; ``None``: it may, their
age is not known.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from checks.model.event import Event
from checks.model.previous import DeadHole, Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradicted:
    """An event that an earlier run saw, and what stands at its position now: another one, or none.

    ``differs``: in which of the contract's words the other one differs.
    """

    witness: Witness
    now: Event | None
    differs: tuple[str, ...] = ()
    purged: bool | None = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerHead:
    """A head that is lower than one that an earlier run saw. ``now``: ``None`` where nothing is left."""

    seen: int
    now: int | None
    run: str
    at: datetime
    partition: str | None = None
    event: Event | None = None
    purged: bool | None = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledHole:
    """Rows that stand in positions of which an earlier run said that nothing can appear there any more."""

    hole: DeadHole
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredRange:
    """Positions ``first`` to ``last`` (inclusive) that do not hold what they held when they were verified.

    ``rows_then``, ``rows_now``: how many rows stood and stand there. ``unproven``: what is new may stand in holes of
    which nobody had said that they stay empty.
    """

    first: int
    last: int
    rows_then: int
    rows_now: int
    run: str
    at: datetime
    purged: bool | None = False
    unproven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBefore:
    """What an earlier run is the last of, and all that is not as it or those before it left it."""

    run: str
    at: datetime
    contradicted: Collection[Contradicted] = ()
    lower_heads: Collection[LowerHead] = ()
    filled: Collection[FilledHole] = ()
    altered: Collection[AlteredRange] = ()
