"""What the run before saw of a log or a consumer, for checks that compare with it.

All moments are on the clock of the log's store, as ages are. Nothing here is proof of how things stand now: it says
what was seen, when, and by which run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checks.model.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherOn:
    """Where a run saw a cursor that stands lower since: its place as :class:`CursorBefore` has it, by whom and when."""

    position: int | None
    order: tuple[int, ...] | None
    run: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorBefore:
    """Where a cursor stood in the run before, turned into "the last processed position", inclusive.

    ``position`` is ``None`` where nothing was processed yet. ``order`` holds all of a composite cursor's parts.
    ``since``: since when every run saw it there. ``further_on``: where it had been, until it is there again.
    """

    position: int | None
    since: datetime
    order: tuple[int, ...] | None = None
    further_on: FurtherOn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerBefore:
    """The run before of one consumer: which one it was, when it looked, and where the cursors stood, by partition."""

    run: str
    at: datetime
    cursors: Mapping[str | None, CursorBefore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An event that a run saw at a position of a log: what stands there must be that event for ever."""

    event: Event
    run: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadHole:
    """Positions ``first`` to ``last`` (inclusive) of which a run said that nothing can appear there any more."""

    first: int
    last: int
    run: str
    at: datetime
    partition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """An event that a run proves not to have been visible, although its own time is earlier: its commit came late.

    ``after``: when that run looked. ``visible_for``: for how long it has been there, as far as runs can tell.
    """

    after: datetime
    visible_for: timedelta
