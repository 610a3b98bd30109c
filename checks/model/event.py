"""An event as a finding names it: as much of it as is known."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. ``None`` means not known, never zero or empty.

    ``time`` is aware and in UTC. ``partition`` is text, also where the column holds numbers.
    """

    position: int | None = None
    id: str | None = None
    stream: str | None = None
    version: int | None = None
    type: str | None = None
    time: datetime | None = None
    partition: str | None = None
