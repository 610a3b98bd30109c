"""The look at a batch right before it is sent, and after: what the log, and all that lack it, say of each event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from auditor.desk import Desk
from auditor.redelivery.applying.barring import barred
from auditor.redelivery.applying.due import Due
from auditor.redelivery.applying.guards import Guard
from auditor.redelivery.look import Seen, viewing
from checks.model.application import Skip
from checks.model.event import Event
from checks.model.redelivery import PlannedEvent, Standing

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two looks at a consumer that may still receive something."""

_BY_WEIGHT = (
    Standing.CHANGED,
    Standing.LACKING,
    Standing.GONE,
    Standing.PARKED,
    Standing.UNFINISHED,
    Standing.RECEIVED,
)
ARRIVED = frozenset({Standing.RECEIVED, Standing.UNFINISHED})
"""What says that the consumer has an event, whatever it makes of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One event as it was found. ``standings``: by consumer, of all that are still to have it. ``row``: the log's.

    ``barred``: by consumer, why it must not be sent for that one. ``again``: who has it, and is to have it once more.
    """

    due: Due
    standings: Mapping[str, Standing]
    row: Event | None = None
    data: object = None
    barred: Mapping[str, Skip] = field(default_factory=dict)
    again: tuple[str, ...] = ()

    @property
    def planned(self) -> PlannedEvent:
        """As the plan has it."""
        return self.due.planned

    @property
    def standing(self) -> Standing:
        """What decides, where nothing bars it: it is sent as long as anybody lacks it."""
        return next(each for each in _BY_WEIGHT if each in self.standings.values())

    @property
    def lacking(self) -> tuple[str, ...]:
        """Who lacks it, and may be sent it."""
        lackers = (name for name, standing in self.standings.items() if standing is Standing.LACKING)
        return tuple(name for name in lackers if name not in self.barred)

    @property
    def receivers(self) -> tuple[str, ...]:
        """For whom it is to be sent."""
        return (*self.lacking, *self.again)

    @property
    def skip(self) -> Skip:
        """Why it is not sent. ValueError: it is."""
        return next(iter(self.barred.values()), None) or Skip(self.standing.value)


@dataclass
class Looker:
    """Looks at events with the eyes of all that lack them. ``guards``: by consumer, of those that the plan knows."""

    desk: Desk
    guards: Mapping[str, Guard] = field(default_factory=dict)

    def survey(self) -> None:
        """The first look at everybody. RefusedError, StoreError."""
        for name, guard in self.guards.items():
            with viewing(self.desk, self.desk.config.consumers[name]) as view:
                guard.survey(view)

    def look(self, dues: Sequence[Due], *, guarded: bool = True, with_data: bool = False) -> list[Found]:
        """What became of each, in their order. Nothing is open any more when it returns.

        ``guarded``: refuse what must not be sent now; ``with_data``: read the contents, too. RefusedError, StoreError.
        """
        standings: list[dict[str, Standing]] = [{} for _ in dues]
        rows: list[Event | None] = [None for _ in dues]
        contents: list[object] = [None for _ in dues]
        bars: list[dict[str, Skip]] = [{} for _ in dues]
        for name in dict.fromkeys(name for due in dues for name in due.lackers):
            wanted = [place for place, due in enumerate(dues) if name in due.lackers]
            guard = self.guards.get(name) if guarded else None
            its_dues = [dues[place] for place in wanted]
            for place, (seen, content, why) in zip(
                wanted, self._seen_by(name, its_dues, guard, with_data=with_data), strict=True
            ):
                standings[place][name], rows[place], contents[place] = seen.standing, seen.row, content
                bars[place] |= {} if why is None else {name: why}
        return [Found(due, standings[n], rows[n], contents[n], bars[n]) for n, due in enumerate(dues)]

    def _seen_by(
        self, name: str, dues: Sequence[Due], guard: Guard | None, *, with_data: bool
    ) -> Iterator[tuple[Seen, object, Skip | None]]:
        events = [due.planned.event for due in dues]
        bars: Sequence[Skip | None] = [None for _ in events]
        with viewing(self.desk, self.desk.config.consumers[name]) as view:
            if guard is not None:
                guard.look(view)
            seen = view.look(events)
            contents = view.contents(events) if with_data else [None for _ in events]
            if guard is not None:
                bars = barred(view, self.desk.config.redelivery[guard.part.target], dues, guard.forgetful)
        if guard is not None:
            guard.refuse_self_delivered(each.event for each in seen if each.standing is Standing.LACKING)
        return zip(seen, contents, bars, strict=True)


def until_arrived(
    look: Callable[[], list[Found]], wait: timedelta, sleep: Callable[[float], None]
) -> tuple[list[Found], float]:
    """Look again and again until nothing is lacking, or for so long. Returns the last look, and the seconds waited."""
    left, pause, waited = wait.total_seconds(), _FIRST_PAUSE, 0.0
    while True:
        found = look()
        if left <= 0 or not any(each.lacking for each in found):
            return found, waited
        nap = min(pause, left)
        sleep(nap)
        left, waited, pause = left - nap, waited + nap, min(pause * 2, _LONGEST_PAUSE)
