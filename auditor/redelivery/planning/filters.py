"""Which of the missing events are wanted in a plan: by stream, type, position, id and time."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from auditor.config.problems import quoted
from auditor.errors import UsageError
from auditor.identity import Kind, canonical
from checks.globs import matches
from checks.model.event import Event

Span = tuple[int | None, int | None]
"""A closed span of positions; ``None``: open at that end."""

_SPAN = re.compile(r"(\d+)|(\d+)-(\d+)?|-(\d+)", re.ASCII)
_MOST_DIGITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """An event is wanted if it passes each kind of filter that is given, by one of its values at least.

    ``streams`` and ``types``: globs of ``*`` and ``?``. ``since``, ``until``: aware, both included; an event without a
    time lies in no time. What the log has no column for passes no filter on it.
    """

    streams: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    positions: tuple[Span, ...] = ()
    ids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def admit(self, event: Event) -> bool:
        """Whether the event is wanted."""
        return (
            matches(event.stream, self.streams or None)
            and matches(event.type, self.types or None)
            and self._is_placed(event.position)
            and self._is_named(event.id)
            and self._is_timely(event.time)
        )

    def _is_placed(self, position: int | None) -> bool:
        return not self.positions or any(_within(position, span) for span in self.positions)

    def _is_named(self, name: str | None) -> bool:
        """A uuid may be written in more than one way."""
        wanted = {canonical(each, Kind.TEXT) for each in self.ids}
        return not wanted or (name is not None and canonical(name, Kind.TEXT) in wanted)

    def _is_timely(self, time: datetime | None) -> bool:
        if self.since is None and self.until is None:
            return True
        if time is None:
            return False
        return (self.since is None or time >= self.since) and (self.until is None or time <= self.until)

    def described(self) -> Mapping[str, str]:
        """What is asked for, by the names of the options."""
        return dict(self._described())

    def _described(self) -> Iterator[tuple[str, str]]:
        named = {"stream": self.streams, "type": self.types, "position": map(_shown, self.positions), "id": self.ids}
        for name, values in named.items():
            if text := ", ".join(values):
                yield f"--{name}", text
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment is not None:
                yield f"--{name}", moment.isoformat()


EVERYTHING = Filters()


def span_of(option: str, text: str) -> Span:
    """What ``5``, ``5-7``, ``5-`` and ``-7`` mean. UsageError about ``option``: it means none of it."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or any(len(digits or "") > _MOST_DIGITS for digits in found.groups()):
        message = f"{option} {quoted(text)}: must be a position or a span of them, like 17, 5-7, 5- or -7"
        raise UsageError(message)
    one, low, high, end = (None if digits is None else int(digits) for digits in found.groups())
    if one is not None:
        return one, one
    if low is not None and high is not None and low > high:
        message = f"{option} {quoted(text)}: ends before it begins"
        raise UsageError(message)
    return low, high if end is None else end


def _within(position: int | None, span: Span) -> bool:
    low, high = span
    return position is not None and (low is None or position >= low) and (high is None or position <= high)


def _shown(span: Span) -> str:
    low, high = ("" if end is None else str(end) for end in span)
    return low if low == high else f"{low}-{high}"
