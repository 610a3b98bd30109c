"""``auditor cutover``: what is read, in which order, and what is made of it.

First how far the new log is settled, since no row may appear below the start afterwards. Then the old log, and only
then the consumer: what it has processed stays processed. Then the upstream, and the new log last, since it is what an
event must be absent from to be lost. The cursor is read before and after: the statement that is printed holds for the
value that was seen.
"""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from auditor.compare.merge import DisorderedError, event_of
from auditor.config import Config, ConsumerConfig, CursorConfig, InboxConfig, LogConfig, identity_of, load
from auditor.cutting_over.receipts import note_unproven
from auditor.cutting_over.route import Route, route
from auditor.cutting_over.scratch import CutoverScratch
from auditor.cutting_over.sources import Sources, sourced
from auditor.errors import StoreError
from auditor.gather.consumer.case import Case, in_batches
from auditor.gather.consumer.variant import found
from auditor.gather.rereadable import Rereadable
from auditor.gather.settled import Ground, survey
from auditor.identity import Kind
from auditor.init import toml
from auditor.observer import Observer, Silent
from auditor.stores import open_store
from auditor.stores.interface import CursorRow, Match, Snapshot, Store
from checks.cutover import choose
from checks.model.consumer import Means
from checks.model.cutover import Choice, Cutover, CutoverEvidence, Decision, Listed
from checks.model.event import Event
from checks.model.settled import How
from checks.wording import counted, lasting, quoted

ATTEMPTS = 2
"""How often everything is read before a consumer that goes on meanwhile has to be stopped."""


LONGEST_WAIT = timedelta(minutes=2)
"""The longest ``max_delay`` for which it is worth waiting to see whether an event is only late."""


class UndecidedError(Exception):
    """There is no saying where the consumer can go on. ``reason``: a short code."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


def cutover(
    config: Config | str | Path,
    consumer: str,
    to: str,
    *,
    trust_cursor: bool = False,
    max_findings: int | None = 100,
    observer: Observer | None = None,
) -> Cutover:
    """The position from which a consumer can go on in the log ``to``, which has the same upstream as its own.

    ``trust_cursor``: of a consumer without an inbox, take its cursor's word for what it has processed.
    ``max_findings``: how many sample events each list carries, ``None`` for all.

    Raises ConfigError for a config that cannot be read, and UsageError where it names no such consumer or log, or the
    two logs do not have one upstream. Stores that fail do not raise: then it is undecided. Nothing is written.
    """
    settings = config if isinstance(config, Config) else load(Path(config))
    with ExitStack() as stack:
        work = _Work(settings, route(settings, consumer, to), trust_cursor, max_findings, observer or Silent())
        stack.callback(work.close)
        return work.decide()


@dataclass
class _Work:
    config: Config
    route: Route
    trust_cursor: bool
    max_findings: int | None
    observer: Observer
    _stores: dict[str, Store] = field(default_factory=dict)
    _papers: list[CutoverScratch] = field(default_factory=list)

    def store(self, name: str) -> Store:
        """Opened once."""
        if name not in self._stores:
            self._stores[name] = open_store(self.config.stores[name], self.observer)
        return self._stores[name]

    def close(self) -> None:
        """Close whatever is open."""
        for paper in self._papers:
            paper.close()
        for store in self._stores.values():
            store.close()

    def decide(self) -> Cutover:
        """What there is to say, also where it is only that nothing can be said."""
        way = self.route
        said = Cutover(
            consumer=way.consumer.name,
            old=way.old.name,
            new=way.new.name,
            upstream=way.upstream.name,
            decision=Decision.UNDECIDED,
            idempotent=way.consumer.idempotent,
        )
        try:
            return self._decided(said)
        except UndecidedError as undecided:
            return replace(said, reason=undecided.reason, message=str(undecided))
        except StoreError as error:
            return replace(said, reason=error.reason, message=str(error))
        except DisorderedError as error:
            return replace(said, reason="disordered", message=f"a store's rows are out of order: {error}")

    def _decided(self, said: Cutover) -> Cutover:
        way, store = self.route, self.store(self.route.consumer.store)
        variant = found(store, self.config.stores[store.name].kind, way.old, way.consumer)
        self.route = replace(way, consumer=variant.consumer)
        trusted = self._expect_proof(variant.consumer)
        sources = self._sources()
        for _ in range(ATTEMPTS):
            before = self._cursor(variant.consumer)
            said = self._attempt(replace(said, trusted=trusted), sources)
            if self._cursor(variant.consumer) == before:
                return self._with_statement(replace(said, notes=(*variant.notes, *said.notes)), before)
        text = f"the cursor of {quoted(variant.consumer.name)} moved while it was looked at: stop the consumer first"
        raise UndecidedError("cursor-moved", text)

    def _expect_proof(self, consumer: ConsumerConfig) -> bool:
        """Whether its cursor's word is taken."""
        if consumer.inbox is not None:
            return False
        if self.trust_cursor:
            return True
        text = f"{quoted(consumer.name)} has no inbox: nothing proves what it processed"
        raise UndecidedError("no-inbox", f"{text} (--trust-cursor takes its cursor's word)")

    def _sources(self) -> Sources:
        way = self.route
        above = self.store(way.upstream.store)
        old, new = (sourced(above, way.upstream, self.store(log.store), log) for log in (way.old, way.new))
        return Sources(way, old, new, self.observer)

    def _cursor(self, consumer: ConsumerConfig) -> tuple[CursorRow, ...]:
        if consumer.cursor is None:
            return ()
        with self.store(consumer.store).snapshot() as side:
            rows = tuple(side.cursors(consumer.cursor))
        if len(rows) > 1:
            text = f"{quoted(consumer.name)} has {len(rows)} cursor rows: which of them counts is not known"
            raise UndecidedError("several-cursor-rows", f"{text} (give the cursor a 'where')")
        return rows

    def _attempt(self, said: Cutover, sources: Sources) -> Cutover:
        way, paper = self.route, CutoverScratch(alike=sources.alike)
        self._papers.append(paper)
        ground = self._settled(way.new)
        settled = _settled_at(ground)
        self.observer.phase(f"{way.old.name}: reading the log")
        with self.store(way.old.store).snapshot() as snapshot:
            sources.read_old(snapshot, paper)
        note_unproven(self._case(), paper)
        self.observer.phase(f"{way.upstream.name}: reading the log")
        with self.store(way.upstream.store).snapshot() as snapshot:
            now, read_at = sources.read_upstream(snapshot, paper), time.monotonic()
        self.observer.phase(f"{way.new.name}: reading the log")
        with self.store(way.new.store).snapshot() as snapshot:
            sources.read_new(snapshot, paper)
        self.observer.phase(f"{said.consumer}: bringing together what belongs to one event")
        paper.join()
        evidence = CutoverEvidence(
            events=Rereadable(lambda: paper.facts(now)),
            rows_beyond=lambda position: paper.rows_beyond(position, now),
            settled=settled,
            max_delay=way.new.max_delay,
            old_retention=way.old.retention,
            old_skips=way.old.per_event == "any",
            sample_limit=self.max_findings,
        )
        choice = choose(evidence)
        if choice.ageless.count and not choice.lost.count and way.new.max_delay <= LONGEST_WAIT:
            self._wait(way.new)
            with self.store(way.new.store).snapshot() as snapshot:
                seen_for = timedelta(seconds=time.monotonic() - read_at)
                sources.read_new_again(snapshot, paper)
            choice = choose(replace(evidence, events=Rereadable(lambda: paper.facts(now, seen_for))))
        choice = self._described(choice)
        return replace(
            said,
            decision=_decision(choice),
            choice=choice,
            reason="age-unknown" if _decision(choice) is Decision.UNDECIDED else None,
            message=_undated(choice, way) if _decision(choice) is Decision.UNDECIDED else None,
            settled=settled,
            head=ground.heads.get(None),
            how=ground.settlement.how.value,
            notes=tuple(self._notes(ground)),
        )

    def _wait(self, log: LogConfig) -> None:
        """Nothing says how old events are that the log lacks: after this they are too old to be on their way."""
        self.observer.phase(f"waiting {lasting(log.max_delay)} to see whether events are only late in {log.name}")
        time.sleep(log.max_delay.total_seconds())

    def _case(self) -> Case:
        way = self.route
        self.observer.phase(f"{way.old.name}: how far it is settled")
        log_store = self.store(way.old.store)
        return Case(
            consumer=_without_order(way.consumer),
            log=way.old,
            log_store=log_store,
            store=self.store(way.consumer.store),
            ground=survey(log_store, way.old, time.sleep),
            observer=self.observer,
            sleep=time.sleep,
            sample_limit=self.max_findings,
        )

    def _settled(self, log: LogConfig) -> Ground:
        self.observer.phase(f"{log.name}: how far it is settled")
        ground = survey(self.store(log.store), log, time.sleep)
        if ground.settlement.standby or self.store(log.store).is_standby():
            text = f"{quoted(log.name)} was read on a standby, where nothing shows what may still appear in it"
            raise UndecidedError("standby", text)
        if ground.settlement.how is How.UNKNOWN:
            text = f"how far {quoted(log.name)} is settled is not known: rows may still appear below any start"
            advice = "give it 'time', or positions = \"drawn-on-insert\" where that is so"
            raise UndecidedError("unsettled", f"{text} ({advice})")
        return ground

    def _notes(self, ground: Ground) -> Iterable[str]:
        way, settlement = self.route, ground.settlement
        if settlement.how is How.BY_AGE:
            why = f": {'; '.join(settlement.against)}" if settlement.against else ""
            yield f"by age only is it known that nothing can still appear in {quoted(way.new.name)}{why}"
        for holder in settlement.holders:
            yield f"{quoted(way.new.name)} is settled no further because of {holder.describe()}"
        inbox = way.consumer.inbox
        if inbox is not None and inbox.retention is not None:
            yield (
                f"receipts older than {lasting(inbox.retention)} may be gone from the inbox:"
                " events without one count as not processed"
            )
        for log in (way.upstream, way.old):
            if self.store(log.store).is_standby():
                yield f"{quoted(log.name)} was read on a standby: what it does not have yet was not looked at"
        cursor = way.consumer.cursor
        if inbox is None and cursor is not None and cursor.means is Means.DELIVERED:
            yield "the cursor whose word was taken says what was delivered, not what was processed"
        if inbox is not None and _is_known_by_place_alone(way.old, inbox):
            old = quoted(way.old.name)
            yield f"receipts name their events by position alone: if {old} was ever rebuilt, they prove little"
        if inbox is not None and self.trust_cursor:
            yield "the consumer has an inbox, which proves more than its cursor: --trust-cursor changes nothing"
        if way.consumer.types:
            old, new = quoted(way.old.name), quoted(way.new.name)
            yield f"'types' names types of {old}: see whether {new} calls them the same"

    def _described(self, choice: Choice) -> Choice:
        """With what the logs say of the samples."""
        way = self.route
        with self.store(way.upstream.store).snapshot() as snapshot:
            lost, ageless = (_known(snapshot, way.upstream, each) for each in (choice.lost, choice.ageless))
        with self.store(way.new.store).snapshot() as snapshot:
            return replace(choice, lost=lost, ageless=ageless, twice=_known(snapshot, way.new, choice.twice))

    def _with_statement(self, said: Cutover, rows: tuple[CursorRow, ...]) -> Cutover:
        """How the consumer is sent there."""
        start = None if said.choice is None else said.choice.start
        if start is None:
            return said
        said = replace(said, config=(f"log = {toml.text(said.new)}", f"start = {start + 1}"))
        cursor = self.route.consumer.cursor
        if cursor is None:
            return replace(said, notes=(*said.notes, "it stores no cursor: let it begin right after the start"))
        if not rows:
            text = f"there is no cursor row in {quoted(cursor.table)}: nothing to move"
            return replace(said, notes=(*said.notes, f"{text}, let it begin right after the start"))
        return self._moved(said, cursor, rows[0].positions[0], start)

    def _moved(self, said: Cutover, cursor: CursorConfig, seen: str | None, start: int) -> Cutover:
        if seen is not None and ":" in seen:
            text = f"the cursor of {quoted(said.consumer)} holds {quoted(seen)}"
            raise UndecidedError("composite-cursor", f"{text}, and {quoted(said.new)} is read by one position")
        value = start + 1 if cursor.means is Means.NEXT else start
        with self.store(self.route.consumer.store).snapshot() as side:
            statement, after = side.cursor_update(cursor, seen, value)
        return replace(said, cursor=seen, cursor_after=after, statement=statement)


def _without_order(consumer: ConsumerConfig) -> ConsumerConfig:
    """In which order it received its events does not matter here, and not to ask is much faster."""
    inbox = None if consumer.inbox is None else consumer.inbox.model_copy(update={"received": None})
    return consumer.model_copy(update={"inbox": inbox})


def _is_known_by_place_alone(log: LogConfig, inbox: InboxConfig) -> bool:
    others = ("id", "stream", "version", "type")
    return identity_of(log, inbox) == "position" and not any(getattr(log, w) and getattr(inbox, w) for w in others)


def _settled_at(ground: Ground) -> int:
    """Of a log without rows: before the first."""
    if ground.heads.get(None) is None:
        return 0
    settled = ground.settled.get(None)
    if settled is None:
        raise UndecidedError(
            "unsettled", "how far the log is settled is not known: rows may still appear below any start"
        )
    return settled


def _decision(choice: Choice) -> Decision:
    if choice.lost.count:
        return Decision.LACKING
    return Decision.UNDECIDED if choice.ageless.count else Decision.FOUND


def _known(snapshot: Snapshot, log: LogConfig, listed: Listed) -> Listed:
    """What the log says of the samples by their positions; those that it does not have stay as they are."""
    by_position = Match(("position",), (Kind.INTEGER,))
    events: list[Event] = []
    for batch in in_batches(listed.events):
        wanted = [(event.position,) for event in batch if event.position is not None]
        there = {row.position: event_of(row) for row in snapshot.find_events(log, by_position, wanted)}
        events += [there.get(event.position, event) for event in batch]
    return replace(listed, events=tuple(events))


def _undated(choice: Choice, way: Route) -> str:
    count = counted(choice.ageless.count, "event")
    why = "has no 'time'" if way.upstream.time is None else "gives them no usable time"
    return (
        f"{count} to process: not in {quoted(way.new.name)}, and {quoted(way.upstream.name)} {why}, so nothing says"
        f" whether they are lost there or only on their way, and {lasting(way.new.max_delay)} are too long to wait"
    )
