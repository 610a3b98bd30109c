"""How far a consumer has come that began from a declared start, beside where an earlier run saw it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from checks.model.result import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a run saw of it at a moment: how many events it should have by then, and how many of them it had."""

    received: int
    eligible: int
    at: datetime

    @property
    def left(self) -> int:
        """What was still to come, or was lost."""
        return self.eligible - self.received


def progress(now: Reached, before: Reached | None) -> Progress:
    """Its pace since ``before``, and how long what is left takes at that pace.

    No time is left where it gained nothing on what is left: events were written as fast as it received them.
    """
    seconds = 0.0 if before is None else (now.at - before.at).total_seconds()
    if before is None or seconds <= 0 or now.received < before.received:
        return Progress(received=now.received, eligible=now.eligible)
    pace = (now.received - before.received) / seconds
    left = _lasting(now.left / pace) if pace > 0 and now.left < before.left else None
    return Progress(received=now.received, eligible=now.eligible, per_second=pace, left=left)


def _lasting(seconds: float) -> timedelta | None:
    try:
        return timedelta(seconds=round(seconds))
    except OverflowError:
        return None
