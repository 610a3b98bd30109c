"""What earlier runs could not see of a log: it tells events that appeared late from events that waited long.

An event's own time is when its transaction began, or when a statement ran in it, and nobody sees it before the commit.
A batch that ran for ten minutes and committed a second ago shows rows of which the oldest is ten minutes old, and its
readers could see it for a second. So a run remembers of each log what it saw of it, filters ignored, in one snapshot at
the moment T: the head H of each partition, and the holes below it as far as it looked. A row at a position p

    was not visible at T   where p > H, or where p lies in a hole.

That is a proof, and nothing else is: that a position is not settled proves nothing, since a row may stand there all
the same, and a forgotten transaction would then hide every loss above it. Let T be the latest such moment. If the
row's own time is not before T, it was simply written since, and its time is its age. If it is, the time is disproved:
the row became visible after T, and at the latest when the next run saw it, at S (in the first run that sees it, S is
now). It is then as old as `now - S`, so an event is late iff

    time < now - limit,   and not: it appeared after some T > time, and S >= now - limit.

Which way to err: S is not before the commit, so nothing is called late that could be seen for less than its limit,
and a loss is found one run later than its commit would allow, at the most. Where the run before looked very long
ago (:data:`RARELY` times the limit), one run more is too much, and what appeared in so long a time hardly did so at
its very end: there T counts in place of S. T is read in its own snapshot, right after that was opened: what commits in
between is taken for late by so much.

What it cannot know: without a ledger, or in the first run, there is no T. Not more than :data:`MOST_HOLES` holes are
known, the highest; those far below the head only to runs that audit the log itself. To the next run that does not know
them they count as filled, lest what stands in them stays young for ever. A standby may lack what its primary has, so it
proves nothing. Of a log that is not what earlier runs saw, or stands in another database, nothing is believed where
that shows.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import groupby

from auditor.memory import Empty, Filled, Horizon
from auditor.stores.interface import BIGGEST
from auditor.stores.interface.outbox import Lately
from checks.model.event import Event
from checks.model.previous import Appearance
from checks.model.result import Extent

RARELY = 10
"""So many times the limit between two runs: what became visible in between is taken to have done so at once."""
MOST_HOLES = 500
MOST_FILLED = 2_000
MOST_PARTITIONS = 1_000
ENOUGH = 250
FINENESS = 16
"""Beyond so many, two looks are one that lie as close together as the 16th part of the time since then."""
_NOT_AT_ALL = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one snapshot shows of a log. ``holes``: partition, first and last position, as far as somebody looked."""

    at: datetime
    heads: Mapping[str | None, int]
    holes: tuple[tuple[str | None, int, int], ...] = ()
    origin: str = ""


def heads_now(extents: Mapping[str | None, Extent]) -> dict[str | None, int]:
    """Where each partition ends."""
    return {partition: extent.last for partition, extent in extents.items() if extent.last is not None}


def widened(before: Horizon | None, view: View, longest: timedelta) -> Horizon:
    """What is known after one more look. ``longest``: the longest time for which anybody may ask how old an event is.

    Of another database, and where the clock went back, nothing is taken over.
    """
    heads = dict(list(view.heads.items())[:MOST_PARTITIONS])
    is_other = before is not None and bool(before.origin and view.origin) and before.origin != view.origin
    holes = tuple(Empty(*hole) for hole in view.holes[-MOST_HOLES:])
    filled: tuple[Filled, ...] = ()
    if before is not None and not is_other and before.at < view.at:
        found = [*before.filled, *_filled_since(before, view, heads, set(holes))]
        filled = tuple(_thinned(found, view.at, longest)[-MOST_FILLED:])
    origin = view.origin or ("" if before is None or is_other else before.origin)
    return Horizon(
        at=view.at, heads=heads, whole=len(heads) == len(view.heads), holes=holes, filled=filled, origin=origin
    )


def glanced(before: Horizon, at: datetime) -> Horizon:
    """The same, after a run read the log at a moment and can say nothing for certain of what was not there.

    What it saw first counts from then on: else it would count anew in every such run.
    """
    return before if before.again is not None or at <= before.at else replace(before, again=at)


def _filled_since(
    before: Horizon, view: View, heads: Mapping[str | None, int], holes: Collection[Empty]
) -> Iterator[Filled]:
    """Holes that are not as they were, and what lies between two heads; the holes in there are known by themselves.

    Where this look knows of no holes, those of before may be filled, and count as filled: else they never would.
    """
    by = before.again or view.at
    for hole in before.holes:
        if before.again is not None or hole not in holes:
            yield Filled(*hole, before.at, by)
    for partition, head in heads.items():
        end = before.heads.get(partition, -BIGGEST if before.whole else head)
        if head > end:
            yield Filled(partition, end + 1, head, before.at, by)


def _thinned(found: Iterable[Filled], now: datetime, longest: timedelta) -> list[Filled]:
    """What anybody may still ask for, ascending by the look that found it empty; twice as long, so as to say how late.

    Where one place was empty in several looks, the last of them is all that counts: else old holes, which each run that
    looks at none takes for filled, would crowd out the rest. Of very many, those that lie next to each other in place
    and time become one, which says what is true of both: empty after the one, and not by the other. So what is
    disproved may come out younger, and never older.
    """
    ascending = sorted((one for one in found if now - one.by <= 2 * longest), key=lambda each: each.after)
    last = {(one.partition, one.first, one.last): one for one in ascending}
    kept = sorted(last.values(), key=lambda each: each.after)
    return kept if len(kept) <= ENOUGH else sorted(_joined(kept, now), key=lambda each: each.after)


def _joined(found: Iterable[Filled], now: datetime) -> Iterator[Filled]:
    joined: dict[tuple[str | None, int], Filled] = {}
    for one in found:
        before, here = (one.partition, one.first - 1), (one.partition, one.last)
        beside, longer = joined.get(before), one
        if beside is not None and one.by - beside.after <= (now - one.by) / FINENESS:
            del joined[before]
            longer = beside._replace(last=one.last, by=one.by)
        if here in joined:
            yield joined[here]
        joined[here] = longer
    yield from joined.values()


class LateCommits:
    """Tells which events appeared later than their own time says, as far as a horizon shows."""

    def __init__(self, horizon: Horizon | None = None) -> None:
        self._horizon = horizon
        self._holes: dict[str | None, list[Empty]] = {}
        self._filled: dict[str | None, list[Filled]] = {}
        self._stretches: dict[str | None, tuple[list[int], list[Filled | None]]] = {}
        self._floor: dict[str | None, int] = {}
        if horizon is not None:
            for hole in sorted(horizon.holes, key=lambda each: each.first):
                self._holes.setdefault(hole.partition, []).append(hole)
            for one in horizon.filled:
                self._filled.setdefault(one.partition, []).append(one)
            known: list[Empty | Filled] = [*horizon.holes, *horizon.filled]
            for each in known:
                self._floor[each.partition] = min(each.first, self._floor.get(each.partition, each.first))

    def of(self, event: Event, now: datetime, limit: timedelta | None = None) -> Appearance | None:
        """``None`` where nothing is proven, or the event's time agrees with it.

        ``limit``: the age that is asked about, see :data:`RARELY`; ``None``: one for which the run itself can wait.
        """
        time, position, horizon = event.time, event.position, self._horizon
        if horizon is None or time is None or position is None or time >= horizon.at or horizon.at > now:
            return None
        found = self._latest(horizon, event.partition, position, now)
        if found is None or time >= found.after:
            return None
        return Appearance(after=found.after, visible_for=max(now - _since(found, limit), _NOT_AT_ALL))

    def _latest(self, horizon: Horizon, partition: str | None, position: int, now: datetime) -> Filled | None:
        """The last look that proves that nothing stood there, with the next one."""
        head, by = horizon.heads.get(partition), horizon.again or now
        if position > head if head is not None else horizon.whole:
            return Filled(partition, position, position, horizon.at, by)
        if position < self._floor.get(partition, BIGGEST):  # most of a long backlog
            return None
        holes = self._holes.get(partition, [])
        at = bisect_right(holes, position, key=lambda each: each.first) - 1
        if at >= 0 and position <= holes[at].last:
            return Filled(partition, position, position, horizon.at, by)
        if partition not in self._stretches:
            self._stretches[partition] = _stretches(self._filled.get(partition, ()))
        begins, last_ones = self._stretches[partition]
        at = bisect_right(begins, position) - 1
        return last_ones[at] if at >= 0 else None

    def lately(self, now: datetime, limit: timedelta, most: int) -> tuple[Lately, ...]:
        """Where events may stand that are not late, whatever their own time, the last look first; so many at the most.

        Partitions of which no run has seen anything are left out: :meth:`lately_among` has those of given events.
        """
        horizon = self._horizon
        if horizon is None or horizon.at > now:
            return ()
        by = horizon.again or now
        ends = ((each, head) for each, head in horizon.heads.items() if head < BIGGEST)
        beyond = [Filled(each, head + 1, BIGGEST, horizon.at, by) for each, head in ends]
        if not horizon.heads and horizon.whole:
            beyond = [Filled(None, -BIGGEST, BIGGEST, horizon.at, by)]
        holes = [Filled(*hole, horizon.at, by) for hole in horizon.holes]
        found = [*beyond, *(one for some in self._filled.values() for one in some), *reversed(holes)]
        recent = [each for each in (_lately(each, limit) for each in found) if now - each.since <= limit]
        return _last_first(recent[:most])

    def lately_among(self, events: Iterable[Event], now: datetime, limit: timedelta) -> tuple[Lately, ...]:
        """The same for these events alone, ascending by partition and position.

        What stands between two that follow each other, and is none of them, must be nobody's concern.
        """
        places = ((each.partition, self._lately_at(each, now, limit)) for each in events)
        found = []
        for (partition, moments), some in groupby(places, key=lambda each: (each[0], each[1] and each[1][3:])):
            spans = [each for _, each in some if each is not None]
            if moments is not None:
                found.append(Lately(partition, spans[0].first, max(each.last for each in spans), *moments))
        return _last_first(found)

    def _lately_at(self, event: Event, now: datetime, limit: timedelta) -> Lately | None:
        """Where an event stands that appeared later than its time says, and not too long ago."""
        appeared = self.of(event, now, limit)
        if appeared is None or appeared.visible_for > limit or self._horizon is None or event.position is None:
            return None
        found = self._latest(self._horizon, event.partition, event.position, now)
        return None if found is None else _lately(found, limit)


def _stretches(filled: Collection[Filled]) -> tuple[list[int], list[Filled | None]]:
    """Where stretches begin of which the same is true, and the last look that found each of them empty."""
    ascending = sorted(filled, key=lambda each: each.first)
    begins = sorted({edge for each in filled for edge in (each.first, each.last + 1)})
    last_ones: list[Filled | None] = []
    here: list[tuple[float, int]] = []
    number = 0
    for begin in begins:
        while number < len(ascending) and ascending[number].first <= begin:
            heappush(here, (-ascending[number].after.timestamp(), number))
            number += 1
        while here and ascending[here[0][1]].last < begin:
            heappop(here)
        last_ones.append(ascending[here[0][1]] if here else None)
    return begins, last_ones


def _lately(found: Filled, limit: timedelta) -> Lately:
    return Lately(found.partition, found.first, found.last, found.after, _since(found, limit))


def _last_first(found: Iterable[Lately]) -> tuple[Lately, ...]:
    return tuple(sorted(found, key=lambda each: each.after, reverse=True))


def _since(found: Filled, limit: timedelta | None) -> datetime:
    is_rare = limit is not None and found.by - found.after > RARELY * limit
    return found.after if is_rare else found.by
