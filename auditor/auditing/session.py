"""One run on its way: its audits, one after the other, and what they share.

Whatever goes wrong with one audit stays with that audit: it is reported as unknown, with the reason, and the others
go on. Waiting for ``grace`` is shared: all consumers take their first and second looks, then they wait together. An
audit is concluded as soon as it can be, so that a run whose time is over keeps what was finished.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from auditor.auditing.attribution import attributed
from auditor.auditing.doubts import doubts_about, notes_on, notes_on_settling
from auditor.auditing.horizons import Horizons
from auditor.auditing.judging import Judge
from auditor.auditing.looks import Looks
from auditor.auditing.resent import Asking, Resent
from auditor.auditing.stores import Stores
from auditor.auditing.targets import has_target, takes_twice
from auditor.auditing.turns import Counting, logs_that_can_wait, wanted
from auditor.auditing.unfinished import how_far
from auditor.compare.drill import GRAIN, Grain
from auditor.compare.merge import DisorderedError
from auditor.compare.scratch import Scratch
from auditor.config import Config, ConsumerConfig, LogConfig, StateConfig
from auditor.deadline import Deadline, OutOfTime
from auditor.errors import StoreError
from auditor.gather.consumer.case import Case
from auditor.gather.consumer.inquiry import Inquiry
from auditor.gather.consumer.variant import found, note_on_log
from auditor.gather.upkeep import Upkeep
from auditor.memory import ConsumerMemory, DoubtfulCopy, Memory
from auditor.observer import Observer
from auditor.redact import redact
from auditor.result import Result
from checks.accounting import totals
from checks.catalogue import CONSUMER, DERIVED, LOG, STATE
from checks.model.result import Audit, NotChecked, Parity, Problem

if TYPE_CHECKING:  # a run that has no derived logs, or no states, imports nothing of them
    from auditor.auditing.derivations import Derivations
    from auditor.gather.state.inquiry import StateInquiry
    from auditor.gather.state.scratch import StateScratch

Looking = TypeVar("Looking", bound=Looks)


@dataclass
class Session:
    """One run on its way: its open stores, what is known of each log, and the audits that are finished.

    ``memory``: what earlier runs left; ``learnt``: what this one leaves for later ones. ``sent_again``: asks what
    redeliveries have sent by now, ``recorded`` how many audits are recorded. ``upkeep``: how an audit, by its name,
    deals with what earlier runs verified; ``None`` where nothing is remembered.
    """

    config: Config
    observer: Observer
    run: str = "unnamed"
    memory: Memory = field(default_factory=Memory)
    confirm: bool = True
    max_findings: int | None = 100
    sleep: Callable[[float], None] = time.sleep
    streamed: bool = False
    grain: Grain = GRAIN
    deadline: Deadline = field(default_factory=Deadline)
    audits: dict[str, Audit] = field(default_factory=dict)
    parities: list[Parity] = field(default_factory=list)
    learnt: Memory = field(default_factory=Memory)
    upkeep: Callable[[str], Upkeep] | None = None
    sent_again: Asking | None = None
    recorded: Counting | None = None
    _stores: Stores = field(init=False)
    _horizons: Horizons = field(init=False)
    _inquiries: list[Looks] = field(default_factory=list)
    _ends: dict[str, Callable[[], None]] = field(default_factory=dict)
    _others: set[str] = field(default_factory=set)
    _notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _as_found: dict[str, ConsumerConfig] = field(default_factory=dict)
    _scratches: "list[Scratch | StateScratch]" = field(default_factory=list)
    _derivations: "Derivations | None" = None
    _at: str | None = None
    _last: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._horizons = Horizons(self.config, self.memory.horizons, self.learnt.horizons)
        self._stores = Stores(self.config, self.observer, self.deadline, self.sleep, self.memory.logs)
        self._judge = Judge(self.observer, self.deadline)

    @property
    def not_checked(self) -> list[NotChecked]:
        """What had no ground, or could not be carried out."""
        return self._judge.not_checked

    @property
    def _resent(self) -> Resent:
        return Resent(self.memory, self.sent_again, self._copies_that_may_be_there)

    def result(self, started: datetime) -> Result:
        """All audits that are finished, in the config's order."""
        names = (*self.config.logs, *self.config.states, *self.config.consumers)
        audits = attributed(self.config, self.audits)
        result = Result(
            run=self.run,
            started=started,
            finished=datetime.now(UTC),
            audits=tuple(audits[name] for name in names if name in audits),
            not_checked=tuple(self.not_checked),
            parities=tuple(self.parities),
        )
        return self.with_sql(result)

    def with_sql(self, result: Result) -> Result:
        """A result of this run, with SQL in the evidence of its findings: of those that have none yet."""
        if not any(audit.findings for audit in result.audits):
            return result
        from auditor.statements import with_sql  # noqa: PLC0415 (a run that finds nothing needs none of it)

        return replace(
            result, audits=with_sql(result.audits, self.config, self._as_found, self._stores.opened, self.observer)
        )

    def audit(self, names: set[str]) -> None:
        """Audit what is named, in the order of a result. What is unfinished when time is up is unknown."""
        try:
            with self.deadline.enforced(partial(self._end, cut=False), partial(self._end, cut=True)):
                self._audit_all(names)
        except OutOfTime:
            self._give_up(names)

    def _audit_all(self, names: set[str]) -> None:
        if self.recorded is not None and self.deadline.limit is not None:
            self._last = logs_that_can_wait(self.config, names, self.memory, self.recorded)
        self._look_at(names - self._last, 0, len(names))
        if self.confirm:
            self._look_again()
        self._look_at(self._last, len(names - self._last), len(names))
        if self._derivations is not None:
            self.parities += self._derivations.side_by_side(
                self.config.logs, self.audits, self._stores.store, self.deadline, self.observer
            )

    def _look_at(self, names: set[str], done: int, total: int) -> None:
        for number, look in enumerate(self._first_looks(names), done):
            self.observer.looked(number, total)
            look()
        self.observer.looked(done + len(names), total)

    def _first_looks(self, names: set[str]) -> Iterator[Callable[[], None]]:
        """One for each audit; of a derived log its own rows are judged before any other look at one is taken."""
        logs = [log for log in self.config.logs.values() if log.name in names]
        for log in logs:
            look = partial(self._guard, log.name, "log", log.derived_from, partial(self._audit_log, log))
            if log.derived_from is None:
                yield look
            else:
                look()
        for log in logs:
            if log.derived_from is not None:
                yield partial(self._look_at_derived, log, self.config.logs[log.derived_from])
        for state in self.config.states.values():
            if state.name in names:
                yield partial(self._guard, state.name, "state", state.log, partial(self._look_at_state, state))
        for consumer in self.config.consumers.values():
            if consumer.name in names:
                look = partial(self._look, consumer, self._conclude_consumer)
                yield partial(self._guard, consumer.name, "consumer", consumer.log, look)

    def _look_at_derived(self, log: LogConfig, upstream: LogConfig) -> None:
        """The other half of its audit; its own rows have been judged. What those failed at, this would fail at, too."""
        from auditor.auditing.derivations import Derivations  # noqa: PLC0415 (most runs have none)

        if self.audits[log.name].totals is None:
            return
        self._derivations = self._derivations or Derivations()
        consumer = self._derivations.begin(self.audits.pop(log.name), log, upstream)
        end = partial(self._conclude_derived, self._derivations, log)
        self._guard(log.name, "log", upstream.name, partial(self._look, consumer, end, derived=log))

    def _look_again(self) -> None:
        """The later looks, while all states and consumers wait together; each audit ends as soon as it can.

        The shortest wait for late receipts comes first, so that a run whose time is short has ended what could end.
        """
        self._wait([inquiry.seconds_until_second_look() for inquiry in self._inquiries], "a consumer is at work")
        for inquiry in self._inquiries:
            self._guard_inquiry(inquiry, lambda each: each.second_look())
            if inquiry.seconds_until_third_look() is None:
                self._guard_inquiry(inquiry, self._conclude)
        dues = {inquiry: due for inquiry in self._inquiries if (due := inquiry.seconds_until_third_look()) is not None}
        for inquiry in sorted(dues, key=dues.__getitem__):
            self._wait([inquiry.seconds_until_third_look() or 0.0], inquiry.waits_whether)
            self._guard_inquiry(inquiry, lambda each: each.third_look())
            self._guard_inquiry(inquiry, self._conclude)

    def _guard_inquiry(self, inquiry: Looks, work: Callable[[Looks], None]) -> None:
        if inquiry.name not in self.audits:
            self.observer.phase(f"{inquiry.name}: looking again")
            self._guard(inquiry.name, inquiry.of, inquiry.upstream, partial(work, inquiry))

    def _end(self, *, cut: bool) -> None:
        """Time is up: end, from another thread, whatever is being waited for."""
        for scratch in tuple(self._scratches):
            scratch.interrupt()
        self._stores.end(cut=cut)

    def _give_up(self, names: set[str]) -> None:
        """Time is up: what is finished stays as it is, and everything else is unknown."""
        looked_at = {inquiry.name for inquiry in self._inquiries}
        for name, of, upstream in wanted(self.config, names):
            if name not in self.audits:
                self._fail(name, of, upstream, "timeout", how_far(name, self.deadline, self._at, looked_at))

    def close(self) -> None:
        """Close whatever is open."""
        for inquiry in self._inquiries:
            inquiry.close()
        if self._derivations is not None:
            self._derivations.close()
        self._stores.close()

    def _guard(self, name: str, of: str, upstream: str | None, work: Callable[[], None]) -> None:
        """Let one audit fail without the others."""
        self._at = name
        try:
            with self.deadline.blamed():
                work()
        except StoreError as error:
            self._fail(name, of, upstream, error.reason, str(error))
        except DisorderedError as error:
            self._fail(name, of, upstream, "disordered", f"a store's rows are out of order: {error}")
        except Exception as error:
            text = redact(f"{type(error).__name__}: {error}")
            self._fail(name, of, upstream, "crashed", f"the audit failed unexpectedly: {text}")
            self.observer.crash(error)
        self._at = None

    def _fail(self, name: str, of: str, upstream: str | None, reason: str, message: str) -> None:
        problem = Problem(reason=reason, message=message)
        failed = Audit(name=name, of=of, upstream=upstream, problems=(problem,))
        self.audits[name] = failed if self._derivations is None else self._derivations.failed(failed, problem)
        self._judge.cannot_check(name, reason, message)

    def _copies_that_may_be_there(self, name: str, doubtful: Sequence[DoubtfulCopy]) -> Sequence[DoubtfulCopy]:
        from auditor.gather.log.doubtful import Fate, fates_of  # noqa: PLC0415 (after a redelivery that was killed)

        log = self.config.logs.get(name)
        if log is None:  # its name is somebody else's by now
            return ()
        with self._stores.store(log.store).snapshot() as snapshot:
            return [each for each, fate in fates_of(snapshot, log, doubtful) if fate is not Fate.NEVER]

    def _audit_log(self, log: LogConfig) -> None:
        from auditor.auditing.logs import audit_of_log  # noqa: PLC0415 (a run of consumers needs none of it)
        from auditor.gather.log.memory import inquire  # noqa: PLC0415 (likewise)
        from auditor.gather.log.outbox import Known, gather_outbox  # noqa: PLC0415 (likewise)

        ground, before = self._stores.ground(log), self.memory.logs.get(log.name)
        self.observer.phase(f"{log.name}: reading the log")
        store, upkeep = self._stores.store(log.store), None if self.upkeep is None else self.upkeep(log.name)
        again, late_commits = partial(self._resent.rows_in, log), self._horizons.late_commits(log)
        known = Known({} if before is None else before.unsent, again, late_commits)
        outbox = gather_outbox(store, log, known, self.max_findings, self.sleep, confirm=self.confirm)
        with store.snapshot() as snapshot:
            copied = self._resent.copies_in(log)
            inquiry = inquire(snapshot, log, ground, self.max_findings, before, upkeep, outbox, copied=copied)
            evidence = inquiry.evidence
            findings, failures = self._judge.judge(log.name, LOG, evidence)
            coverage, learnt = inquiry.coverage(), inquiry.learnt()
            view = inquiry.view()
        self._stores.correct(log, inquiry.ground)
        if inquiry.is_another:
            self._others.add(log.name)
            self._horizons.forget(log)
        self._horizons.see(log, view)
        is_too_late = inquiry.is_another and log.name in self._last  # to tell those that follow it: the next run will
        if learnt is not None and not failures and not is_too_late:  # what was not judged is not verified
            self.learnt.logs[log.name] = learnt
        notes = (*note_on_log(log, self.config.stores[log.store].kind), *notes_on_settling(evidence.settlement))
        self.audits[log.name] = audit_of_log(evidence, findings, failures, coverage, (*notes, *inquiry.notes()))

    def _look(self, consumer: ConsumerConfig, end: Callable[[Inquiry], None], derived: LogConfig | None = None) -> None:
        log, store = self.config.logs[consumer.log], self._stores.store(consumer.store)
        variant = found(store, self.config.stores[consumer.store].kind, log, consumer)
        self._notes[consumer.name], self._as_found[consumer.name] = variant.notes, variant.consumer
        case = Case(
            consumer=variant.consumer,
            log=log,
            log_store=self._stores.store(log.store),
            store=store,
            ground=self._stores.ground(log),
            observer=self.observer,
            sleep=self.sleep,
            sample_limit=self.max_findings,
            streamed=self.streamed,
            grain=self.grain,
            before=self._before(consumer, log),
            upkeep=self._upkeep_of(consumer),
            derived=derived,
            sent_again=partial(self._resent.to, consumer, is_derived=derived is not None),
            late_commits=self._horizons.late_commits(log),
            looks_for_holes=self.upkeep is not None and not self._horizons.has_seen(log),
        )
        self._begin(log, case.scratch, lambda: Inquiry(case), end)

    def _look_at_state(self, state: StateConfig) -> None:
        from auditor.gather.state.case import StateCase  # noqa: PLC0415 (most runs have none)
        from auditor.gather.state.inquiry import StateInquiry  # noqa: PLC0415 (likewise)

        log = self.config.logs[state.log]
        case = StateCase(
            state=state,
            log=log,
            log_store=self._stores.store(log.store),
            store=self._stores.store(state.store),
            observer=self.observer,
            sleep=self.sleep,
            sample_limit=self.max_findings,
            late_commits=self._horizons.late_commits(log),
        )
        self._begin(log, case.scratch, lambda: StateInquiry(case), self._conclude_state)

    def _begin(
        self,
        log: LogConfig,
        scratch: "Scratch | StateScratch",
        first_look: Callable[[], Looking],
        end: Callable[[Looking], None],
    ) -> None:
        """Take the first look. If that fails, nothing is left of it. ``end``: what is done after the last one."""
        self._scratches.append(scratch)
        try:
            inquiry = first_look()
        except BaseException:
            self._scratches.remove(scratch)
            scratch.close()
            raise
        self._inquiries.append(inquiry)
        self._horizons.see(log, inquiry.view())
        self._ends[inquiry.name] = partial(end, inquiry)
        if not self.confirm:
            self._conclude(inquiry)

    def _before(self, consumer: ConsumerConfig, log: LogConfig) -> ConsumerMemory | None:
        """Of a log that is not what it was, an event that is known by its place alone may never have been seen."""
        before = self.memory.consumers.get(consumer.name)
        is_doubtful = before is not None and log.name in self._others and log.id is None
        return replace(before, sightings={}) if before is not None and is_doubtful else before

    def _upkeep_of(self, consumer: ConsumerConfig) -> Upkeep | None:
        """Of a log that is not what it was, nothing that was verified of its consumers is believed."""
        upkeep = None if self.upkeep is None else self.upkeep(consumer.name)
        return replace(upkeep, full=True) if upkeep is not None and consumer.log in self._others else upkeep

    def _wait(self, seconds: Iterable[float], whether: str) -> None:
        if (longest := max(seconds, default=0.0)) > 0:
            self.observer.phase(f"waiting {longest:.0f} s to see whether {whether}")
            self.sleep(longest)

    def _conclude(self, inquiry: Looks) -> None:
        self._ends[inquiry.name]()

    def _conclude_state(self, inquiry: "StateInquiry") -> None:
        from auditor.auditing.states import audit_of_state  # noqa: PLC0415 (most runs have none)

        evidence = inquiry.evidence()
        self.audits[evidence.name] = audit_of_state(evidence, *self._judge.judge(evidence.name, STATE, evidence))

    def _conclude_consumer(self, inquiry: Inquiry) -> None:
        inquiry.look_for_marks()
        evidence, coverage = inquiry.evidence(), inquiry.coverage
        counts = totals(evidence)
        findings, failures = self._judge.judge(evidence.name, CONSUMER, evidence)
        self.audits[evidence.name] = Audit(
            name=evidence.name,
            of="consumer",
            upstream=evidence.upstream,
            window=evidence.window,
            totals=counts,
            findings=findings,
            problems=(*doubts_about(evidence, counts, verified=inquiry.events_left_out), *failures),
            notes=(*self._notes[evidence.name], *notes_on(evidence)),
            coverage=coverage,
            progress=inquiry.progress,
            has_target=has_target(self.config, evidence.name),
            takes_twice=takes_twice(self.config, evidence.name),
        )
        self.learnt.consumers[evidence.name] = inquiry.memory(self.run)

    def _conclude_derived(self, derivations: "Derivations", log: LogConfig, inquiry: Inquiry) -> None:
        """Both halves become one audit."""
        inquiry.look_for_marks()
        evidence = derivations.evidence(inquiry, log)
        judged = self._judge.judge(log.name, DERIVED, evidence)
        self.audits[log.name] = derivations.conclude(inquiry, evidence, judged, self._notes[log.name])
        self.learnt.consumers[log.name] = inquiry.memory(self.run)
