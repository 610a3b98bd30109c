"""What is not marked sent in an outbox: all of it in every run, and once more a moment later where something is late.

The database counts the rows and says where they stand; how long each waits is decided there by its own time. Rows whose
time tells nothing are read one by one, as many as a run remembers, and held against what earlier runs saw.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import NamedTuple

from auditor.compare.merge import event_of
from auditor.config import LogConfig
from auditor.gather.consumer.earlier import sighting_key
from auditor.gather.horizon import LateCommits
from auditor.memory import MOST_SIGHTINGS
from auditor.stores.interface import Snapshot, Store
from auditor.stores.interface.outbox import Asked, UnsentCount, UnsentRow, UnsentSpan, Wait
from checks.model.event import Event
from checks.model.log import Unsent
from checks.model.previous import Appearance
from checks.model.ranges import MOST_RANGES
from checks.model.sent_again import Stretch
from checks.sent_again import SentAgain

LOOK_AGAIN = timedelta(milliseconds=500)
"""A relay that is at work sends something in this time."""
MOST_SPANS = 5 * MOST_RANGES
MOST_AGAIN = 200
"""Stretches that were sent again and are told apart in one statement; and as many of what appeared late."""
MOST_LATE = 10_000
"""Late rows of each kind that are looked at one by one, to see which of them appeared late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What an outbox has not sent. ``sightings``: since when rows were seen unsent whose time tells nothing.

    ``looked_twice``: or nothing was late, so that one look was enough. ``behind``: why the server may lack a mark.
    """

    unsent: tuple[Unsent, ...] = ()
    sightings: Mapping[str, datetime] = field(default_factory=dict)
    looked_twice: bool = False
    behind: str | None = None

    def has_late(self, max_delay: timedelta) -> bool:
        """Whether something waits for longer than it may."""
        return any(rows.youngest is not None and rows.youngest > max_delay for rows in self.unsent)


class _Kind(NamedTuple):
    """What unsent rows have in common."""

    partition: str | None
    wait: Wait
    overtaken: bool
    again: bool = False


_Line = tuple[str | None, bool]
"""Partition, and whether a redelivery put the rows there: they stand in a line of their own."""


class _Span(NamedTuple):
    """Rows that follow each other, by position and by number among all rows."""

    first: int
    last: int
    nth_first: int
    nth_last: int
    rows: int


@dataclass(slots=True)
class _Found:
    """Everything about rows of one kind, as far as it was read. ``after``: the first look after which any appeared."""

    count: int = 0
    oldest: datetime | None = None
    youngest: datetime | None = None
    by_sighting: int = 0
    after: datetime | None = None
    spans: list[_Span] = field(default_factory=list)
    events: list[tuple[int, Event]] = field(default_factory=list)

    def date(self, oldest: datetime | None, youngest: datetime | None) -> None:
        """Take in when some of the rows were written, or seen first."""
        self.oldest = min((each for each in (self.oldest, oldest) if each is not None), default=None)
        self.youngest = max((each for each in (self.youngest, youngest) if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the rows themselves.

    ``sightings``: since when runs saw rows unsent whose time tells nothing. ``again``: tells which rows redeliveries
    marked unsent or inserted, by the moment that it is asked. ``late_commits``: which appeared later than they say.
    """

    sightings: Mapping[str, datetime] = field(default_factory=dict)
    again: Callable[[], SentAgain] = SentAgain
    late_commits: LateCommits = field(default_factory=LateCommits)


def gather_outbox(
    store: Store,
    log: LogConfig,
    known: Known,
    sample_limit: int | None,
    sleep: Callable[[float], None],
    *,
    confirm: bool,
) -> Outbox | None:
    """What is not marked sent; ``None`` where the log is no outbox. ``confirm``: look again at what is late."""
    if log.sent is None:
        return None
    is_late = confirm and _is_surely_late(store, log, known)
    found = None if is_late else _look(store, log, known, sample_limit)
    if found is not None and not found.has_late(log.max_delay):
        return found
    behind = store.behind(sleep)
    if found is None or confirm:
        sleep(LOOK_AGAIN.total_seconds())
        found = _look(store, log, known, sample_limit)
    return Outbox(unsent=found.unsent, sightings=found.sightings, looked_twice=confirm, behind=behind)


def _is_surely_late(store: Store, log: LogConfig, known: Known) -> bool:
    """Whether rows wait for too long by their own time: then the second look is the one that is put together."""
    with store.snapshot() as snapshot:
        first = snapshot.first_unsent(log)
        if first is None:
            return False
        _, counts = _counted(snapshot, log, first, known)
        return _are_late(counts)


def _are_late(counts: Iterable[UnsentCount]) -> bool:
    return any(each.wait is Wait.TOO_LONG for each in counts)


def _counted(snapshot: Snapshot, log: LogConfig, first: int, known: Known) -> tuple[Asked, Sequence[UnsentCount]]:
    """What is asked, and how many rows there are of each kind.

    Only where something waits for too long by its own time these rows are looked at one by one: a statement that named
    every place at which a row may have appeared late would take long, and not all of them could be named.
    """
    now, most = snapshot.clock(), log.max_delay
    asked = Asked(first, now, now - most, _told_apart(known.again(), first, now - most))
    counts = snapshot.unsent_counts(log, asked)
    late = sum(each.rows for each in counts if each.wait is Wait.TOO_LONG)
    others = known.late_commits.lately(now, most, MOST_AGAIN) if late else ()
    if not others:
        return asked, counts
    rows = snapshot.unsent_rows(log, asked, MOST_LATE, 0)
    seen = [event_of(each.row) for each in rows if each.wait is Wait.TOO_LONG]
    lately = known.late_commits.lately_among(seen, now, most)
    if len(seen) < late:
        lately = (*lately, *others)
    if not lately:
        return asked, counts
    ordered = sorted(lately[:MOST_AGAIN], key=lambda each: each.after, reverse=True)
    asked = replace(asked, lately=tuple(ordered))
    return asked, snapshot.unsent_counts(log, asked)


def _look(store: Store, log: LogConfig, known: Known, sample_limit: int | None) -> Outbox:
    with store.snapshot() as snapshot:
        first = snapshot.first_unsent(log)
        if first is None:
            return Outbox(looked_twice=True)
        asked, counts = _counted(snapshot, log, first, known)
        most = None if sample_limit is None else max(sample_limit, 1)
        rows = list(snapshot.unsent_rows(log, asked, most, MOST_SIGHTINGS))
        spans = list(snapshot.unsent_spans(log, asked, MOST_SPANS))
    reading = _Reading(log, asked, known, counts, rows, spans)
    return Outbox(unsent=tuple(reading.unsent(sample_limit)), sightings=reading.sightings, looked_twice=True)


class _Reading:
    """One look, put together: rows whose age was found out one by one come to those of the same age."""

    def __init__(
        self,
        log: LogConfig,
        asked: Asked,
        known: Known,
        counts: Sequence[UnsentCount],
        rows: Sequence[UnsentRow],
        spans: Iterable[UnsentSpan],
    ) -> None:
        self._max_delay = log.max_delay
        self._asked = asked
        self._known = known
        self._found: dict[_Kind, _Found] = {}
        self._sent_past: dict[_Line, int] = {}
        self._waiting: dict[_Line, int] = {}
        self._heads: dict[_Line, tuple[Event, datetime | None]] = {}
        self._again = SentAgain(asked.again)
        self.sightings: dict[str, datetime] = {}
        self._count(counts)
        ageless: dict[_Kind, list[UnsentRow]] = {}
        for row in rows:
            event = event_of(row.row)
            kind = _Kind(event.partition, row.wait, row.overtaken, row.again)
            self._heads.setdefault(_line(kind), (event, self._since(event)))
            if row.wait is Wait.UNKNOWN:
                ageless.setdefault(kind, []).append(row)
            else:
                self._of(kind).events.append((row.nth, event))
        self._place(spans, ageless)
        for kind, some in ageless.items():
            self._date_one_by_one(kind, some)

    def _of(self, kind: _Kind) -> _Found:
        """Who went past a row matters where it waits for too long."""
        overtaken = kind.overtaken and kind.wait is Wait.TOO_LONG
        return self._found.setdefault(kind._replace(overtaken=overtaken), _Found())

    def _count(self, counts: Iterable[UnsentCount]) -> None:
        for each in counts:
            kind = _Kind(each.partition, each.wait, each.overtaken, each.again)
            found, line = self._of(kind), _line(kind)
            found.count += each.rows
            if each.wait is not Wait.UNKNOWN:
                found.date(each.oldest, each.youngest)
            self._sent_past[line] = max(self._sent_past.get(line, 0), each.sent_after)
            self._waiting[line] = self._waiting.get(line, 0) + each.rows

    def _place(self, spans: Iterable[UnsentSpan], ageless: Mapping[_Kind, Sequence[UnsentRow]]) -> None:
        """Where rows stand. Those that were read one by one are placed one by one, and left out here."""
        read = {kind: rows[-1] for kind, rows in ageless.items()}
        for each in spans:
            kind = _Kind(each.partition, each.wait, each.overtaken, each.again)
            span = _Span(each.first, each.last, each.nth_first, each.nth_last, each.rows)
            last = read.get(kind)
            if last is not None and span.nth_first <= last.nth:
                rows = span.nth_last - last.nth
                span = _Span((last.row.position or 0) + 1, span.last, last.nth + 1, span.nth_last, rows)
            if span.rows > 0:
                self._of(kind).spans.append(span)

    def _date_one_by_one(self, kind: _Kind, rows: Iterable[UnsentRow]) -> None:
        """By a time that the database could not read, or by the first sighting; what has neither stays as it is."""
        for row in rows:
            event = event_of(row.row)
            since, is_seen = self._since(event), not self._is_past(event.time)
            appeared = None if is_seen else self._appearance(event)
            if is_seen:
                first = self._asked.now if since is None else since
                if len(self.sightings) < MOST_SIGHTINGS:
                    self.sightings[sighting_key(event)] = first
            wait = Wait.UNKNOWN
            if since is not None and since < self._asked.late:
                wait = Wait.TOO_LONG
            elif since is not None and not is_seen:
                wait = Wait.NOT_LONG if appeared is None else Wait.LATELY_THERE
            found = self._of(kind._replace(wait=wait))
            if appeared is not None:
                found.after = appeared.after if found.after is None else min(found.after, appeared.after)
            self._of(kind).count -= 1
            found.count += 1
            if wait is not Wait.UNKNOWN:
                found.date(since, since)
                found.by_sighting += is_seen
            position = event.position or 0
            found.spans.append(_Span(position, position, row.nth, row.nth, 1))
            found.events.append((row.nth, event))

    def _is_past(self, time: datetime | None) -> bool:
        return time is not None and time <= self._asked.now

    def _since(self, event: Event) -> datetime | None:
        """When it was written, or appeared, or else was seen unsent first; what was sent again, when that was."""
        if (stretch := self._again.at(event.partition, event.position)) is not None:
            return min(stretch.at, self._asked.now)
        if (appeared := self._appearance(event)) is not None:
            return self._asked.now - appeared.visible_for
        if self._is_past(event.time):
            return event.time
        seen = self._known.sightings.get(sighting_key(event))
        return None if seen is None else min(seen, self._asked.now)

    def _appearance(self, event: Event) -> Appearance | None:
        """From when on a row counts that appeared later than its time says."""
        return self._known.late_commits.of(event, self._asked.now, self._max_delay)

    def unsent(self, sample_limit: int | None) -> Iterator[Unsent]:
        """By partition, what waits for too long first."""
        ordered = sorted(
            self._found, key=lambda kind: (kind.partition or "", kind.wait, not kind.overtaken, kind.again)
        )
        for kind in ordered:
            found, line = self._found[kind], _line(kind)
            if not found.count:
                continue
            head, since = self._heads[line]
            ranges = list(islice(_joined(sorted(found.spans)), MOST_RANGES + 1))
            placed = sum(span.rows for span in found.spans)
            events = sorted(found.events, key=lambda each: each[0])
            yield Unsent(
                count=found.count,
                overtaken=kind.overtaken,
                head=head,
                waiting=self._waiting[line],
                sent_past=self._sent_past[line],
                again=kind.again,
                appeared_after=self._last_look(found) if kind.wait is Wait.LATELY_THERE else None,
                partition=kind.partition,
                youngest=self._age(found.youngest),
                oldest=self._age(found.oldest),
                since=found.oldest,
                by_sighting=found.by_sighting,
                head_age=self._age(since),
                ranges=tuple(ranges[:MOST_RANGES]),
                ranges_truncated=len(ranges) > MOST_RANGES or placed < found.count,
                events=tuple(event for _, event in events[:sample_limit]),
            )

    def _last_look(self, found: _Found) -> datetime | None:
        """After which look rows appeared, as far as that can be said of all of them."""
        one_by_one = () if found.after is None else (found.after,)
        return min((*one_by_one, *(each.after for each in self._asked.lately)), default=None)

    def _age(self, since: datetime | None) -> timedelta | None:
        return None if since is None else max(self._asked.now - since, timedelta(0))


def _order(kind: _Kind) -> tuple[str, Wait, bool, bool]:
    return kind.partition or "", kind.wait, not kind.overtaken, kind.again


def _line(kind: _Kind) -> _Line:
    return kind.partition, kind.again


def _told_apart(again: SentAgain, first: int, late: datetime) -> tuple[Stretch, ...]:
    """Of what was sent again, not more than a statement takes: what is left out is late by its own time, too.

    Where even what was sent lately is more, those next to each other are taken together, with what stands between.
    """
    some = sorted((each for each in again if each.last >= first), key=lambda each: each.at, reverse=True)
    lately = sum(each.at >= late for each in some)
    kept = sorted(some[: max(lately, MOST_AGAIN)], key=lambda each: (each.partition or "", each.first))
    while len(kept) > MOST_AGAIN:
        nearest = sorted(range(1, len(kept)), key=lambda n: _gap(kept[n - 1], kept[n]))
        joining = set(nearest[: len(kept) - MOST_AGAIN])
        kept = list(_merged(kept, joining))
        if all(one.partition != other.partition for one, other in pairwise(kept)):
            break
    return tuple(kept)


def _gap(one: Stretch, other: Stretch) -> tuple[bool, int]:
    return one.partition != other.partition, other.first - one.last


def _merged(stretches: Sequence[Stretch], joining: Collection[int]) -> Iterator[Stretch]:
    open_one = stretches[0]
    for n, each in enumerate(stretches[1:], start=1):
        if n in joining and each.partition == open_one.partition:
            open_one = replace(open_one, last=each.last, at=max(open_one.at, each.at))
        else:
            yield open_one
            open_one = each
    yield open_one


def _joined(spans: Iterable[_Span]) -> Iterator[tuple[int, int]]:
    """Spans that follow each other without another row in between, as one."""
    open_one: _Span | None = None
    for span in spans:
        if open_one is not None and span.nth_first - open_one.nth_last <= 1:
            last, nth = max(open_one.last, span.last), max(open_one.nth_last, span.nth_last)
            open_one = open_one._replace(last=last, nth_last=nth)
            continue
        if open_one is not None:
            yield open_one.first, open_one.last
        open_one = span
    if open_one is not None:
        yield open_one.first, open_one.last
