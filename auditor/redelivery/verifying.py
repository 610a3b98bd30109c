"""Looks whether the events of a plan have arrived: at everybody who lacked them, again and again, for as long as asked.

Nothing is sent, and no store is kept open while it waits. What is settled is not looked at again: what was healed, set
aside, refused by the target, or has left the log. What was received and is not done may still be done.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.config import Config
from auditor.desk import Desk, Failure
from auditor.gather.consumer.case import in_batches
from auditor.observer import Observer, Silent
from auditor.redelivery.fates import Pair, Pairs
from auditor.redelivery.look import viewing
from auditor.redelivery.plan_file import PlanError, read_plan
from auditor.redelivery.recorder import Journal, Recorder
from auditor.redelivery.remnants import Report
from checks.model.redelivery import Plan, Standing, Step
from checks.model.verification import Fate, Verification
from checks.wording import counted, quoted

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds between two looks: each pause is twice as long as the one before."""

_FATES = {
    Standing.RECEIVED: Fate.HEALED,
    Standing.UNFINISHED: Fate.UNPROCESSED,
    Standing.PARKED: Fate.PARKED,
    Standing.LACKING: Fate.MISSING,
    Standing.GONE: Fate.GONE,
    Standing.CHANGED: Fate.GONE,
}


@dataclass(frozen=True, slots=True)
class Clock:
    """What a verification waits by: both in seconds."""

    sleep: Callable[[float], None] = time.sleep
    seconds: Callable[[], float] = time.monotonic


REAL = Clock()


def verify(
    config: Config,
    path: Path,
    *,
    wait: timedelta = timedelta(0),
    max_findings: int | None = 100,
    observer: Observer | None = None,
    ledger: Journal | None = None,
    clock: Clock = REAL,
) -> Verification:
    """Look for the events of a plan until each has left a trace, or for as long as ``wait``.

    - ``max_findings``: how many samples of each fate, ``None`` for all.
    - ``ledger``: what was sent is asked of it, and what is seen is written down there, with the last redelivery of the
      plan. One that fails is told of, and changes nothing else.

    Raises UsageError and PlanError for a file that is no plan of this config, or of these databases. Stores that fail
    do not raise: what could not be looked at is ``NOT_SEEN``.
    """
    plan = read_plan(path)
    _refuse_foreign(plan, path, config)
    work = _Work(config, path, plan, observer or Silent(), Recorder(plan, ledger), Pairs(path), clock)
    began, started, looks, pause = datetime.now(UTC), clock.seconds(), 0, FIRST_PAUSE
    while True:
        work.look()
        looks += 1
        left = wait.total_seconds() - (clock.seconds() - started)
        if left <= 0 or not work.open:
            break
        work.tell_waiting()
        clock.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
    waited = timedelta(seconds=clock.seconds() - started)
    work.settle_copies()
    return work.said(began, waited, looks, max_findings)


def _refuse_foreign(plan: Plan, path: Path, config: Config) -> None:
    """PlanError: it is about a consumer or a log that the config does not have."""
    for part in plan.parts:
        consumer = config.consumers.get(part.consumer)
        if consumer is None:
            raise PlanError(path, _unknown(part.consumer))
        if consumer.log != part.log:
            raise PlanError(path, f"is about {quoted(part.log)}, which {quoted(part.consumer)} does not read any more")


def _unknown(consumer: str) -> str:
    return f"is about the consumer {quoted(consumer)}, which the config does not have"


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one look saw: which tables were read, what became of each event, and why a fate proves nothing, if so."""

    origins: Mapping[str, str]
    fates: list[Fate]
    late: Mapping[Fate, str | None]


@dataclass
class _Work:
    config: Config
    path: Path
    plan: Plan
    observer: Observer
    recorder: Recorder
    pairs: Pairs
    clock: Clock
    _problems: dict[str, Failure] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many are worth another look."""
        return self.pairs.count(fate for fate in Fate if fate.may_change)

    def tell_waiting(self) -> None:
        """For whoever watches."""
        total = len(self.pairs)
        self.observer.phase(f"waiting for {counted(self.open, 'event')}")
        self.observer.progress(total - self.open, total)

    def look(self) -> None:
        """At all that is open, everybody's stores opened anew: they may be back, and are closed while it waits."""
        self._problems.clear()
        desk = Desk(self.config, self.observer, self.clock.sleep)
        try:
            for batch in in_batches(self.pairs.open()):
                for name, pairs in _by_consumer(batch):
                    self._look_at(desk, name, pairs)
        finally:
            desk.close()

    def settle_copies(self) -> None:
        """What an attempt that was killed left in doubt is found out, too."""
        desk = Desk(self.config, self.observer, self.clock.sleep)
        try:
            self.recorder.settle_copies(desk)
        finally:
            desk.close()

    def _look_at(self, desk: Desk, name: str, pairs: Sequence[Pair]) -> None:
        for pair, fate in zip(pairs, self._fates_at(desk, name, pairs), strict=True):
            self.pairs.note(pair, Fate.HAD if fate is Fate.HEALED and pair.had_before else fate)

    def _fates_at(self, desk: Desk, name: str, pairs: Sequence[Pair]) -> list[Fate]:
        """What became of each. Who could not be looked at is not asked again before the next look."""
        if name not in self.config.consumers:
            raise PlanError(self.path, _unknown(name))
        self.observer.phase(f"{name}: looking for {counted(len(pairs), 'event')}")
        if name in self._problems:
            return [Fate.NOT_SEEN] * len(pairs)
        sight = desk.guarded(lambda: self._seen(desk, name, pairs))
        if isinstance(sight, Failure):
            self._problems[name] = sight
            return [Fate.NOT_SEEN] * len(pairs)
        self._refuse_strangers(name, pairs, sight.origins)
        return self._without_rejected(name, pairs, self._without_late(name, sight))

    def _seen(self, desk: Desk, name: str, pairs: Sequence[Pair]) -> _Sight:
        """What has left the log may have arrived before that. Whether a store lags is asked before it is read."""
        events = [pair.planned.event for pair in pairs]
        consumer = self.config.consumers[name]
        late = {Fate.GONE: desk.behind(self.config.logs[consumer.log].store), Fate.MISSING: desk.behind(consumer.store)}
        with viewing(desk, consumer) as view:
            standings = [seen.standing for seen in view.look(events)]
            gone = [place for place, standing in enumerate(standings) if standing is Standing.GONE]
            traces = view.traces([events[place] for place in gone])
            for place, trace in zip(gone, traces, strict=True):
                standings[place] = Standing.GONE if trace is Standing.LACKING else trace
            return _Sight(view.origins(), [_FATES[standing] for standing in standings], late)

    def _without_late(self, name: str, sight: _Sight) -> list[Fate]:
        """A server that lags behind its primary proves no absence."""
        for fate in sight.fates:
            if (why := sight.late.get(fate)) is not None:
                self._problems[name] = Failure("behind", why)
        return [fate if sight.late.get(fate) is None else Fate.NOT_SEEN for fate in sight.fates]

    def _without_rejected(self, name: str, pairs: Sequence[Pair], fates: Sequence[Fate]) -> list[Fate]:
        """What is missing because the target refused it is no use waiting for."""
        missing = [pair for pair, fate in zip(pairs, fates, strict=True) if fate is Fate.MISSING]
        given = self.recorder.given(name, missing)
        refused = {pair.number for pair in missing if pair.key in given and given[pair.key].step is Step.REJECTED}
        each = zip(pairs, fates, strict=True)
        return [Fate.REJECTED if pair.number in refused else fate for pair, fate in each]

    def _refuse_strangers(self, name: str, pairs: Sequence[Pair], origins: Mapping[str, str]) -> None:
        """PlanError: these are not the tables that the plan was made from. Of who has no part, the log is compared."""
        parts = {part.consumer: part for part in self.plan.parts}
        own = parts.get(name)
        known = own.origins if own else {"log": parts[pairs[0].planned.consumer].origins.get("log")}
        for side, label in (("log", self.config.consumers[name].log), ("consumer", name)):
            if known.get(side) not in (None, origins[side]):
                why = f"was made from another database: the tables of {quoted(label)} are not those that it knows"
                raise PlanError(self.path, f"{why} (plan again)")

    def said(self, began: datetime, waited: timedelta, looks: int, most: int | None) -> Verification:
        """Read the plan once more: count, take samples, and write down what was seen."""
        report = Report(most)
        at = datetime.now(UTC)
        for batch in in_batches(self.pairs):
            for name, pairs in _by_consumer(batch):
                fated = [(pair, self.pairs.fate(pair)) for pair in pairs]
                given = self.recorder.given(name, pairs)
                for pair, fate in fated:
                    report.add(pair, fate, given.get(pair.key))
                self.recorder.write(fated, given, at)
        return Verification(
            plan=self.plan,
            began=began,
            ended=at,
            waited=waited,
            looks=looks,
            consumers=report.consumers(self._problems),
            remnants=tuple(report.remnants),
            redeliveries=tuple(self.recorder.numbers().values()),
            not_recorded=self.recorder.failure,
        )


def _by_consumer(pairs: Iterable[Pair]) -> Iterator[tuple[str, list[Pair]]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.consumer, []).append(pair)
    return iter(found.items())
