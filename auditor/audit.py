"""An audit: gather evidence, let the checks judge it, put the result together.

Whatever goes wrong with one audit stays with that audit: it is reported as unknown, with the reason, and the others
go on. Waiting for ``grace`` is shared: all consumers take their first and second looks, then there is one wait.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from auditor.compare.drill import GRAIN, Grain
from auditor.compare.merge import DisorderedError
from auditor.config import Config, ConsumerConfig, LogConfig, load
from auditor.errors import StoreError, UsageError
from auditor.gather.case import Case
from auditor.gather.consumer import Inquiry
from auditor.gather.log_memory import inquire
from auditor.gather.remainder import Upkeep
from auditor.gather.settled import Ground, survey
from auditor.gather.variant import found, note_on_log
from auditor.memory import Memory
from auditor.observer import Observer, Silent
from auditor.redact import redact
from auditor.result import Result
from auditor.stores import open_store
from auditor.stores.interface import Store
from checks.accounting import account_of, totals
from checks.catalogue import CONSUMER, LOG
from checks.model.check import Check
from checks.model.consumer import ConsumerEvidence
from checks.model.finding import Finding
from checks.model.result import Audit, Extent, NotChecked, Problem, Totals, Window
from checks.model.settled import Settlement
from checks.wording import counted

LONGEST_UNSETTLED = timedelta(minutes=5)
"""How long a log may stay unsettled before its own audit is in doubt; consumers have their ``max_lag``."""

UNVERIFIABLE = {
    "no-identity": "the identity by which receipts are found is NULL",
    "gone-from-log": "gone from the log between two looks",
    "cursor-rows-disagree": "they lie between cursor rows that disagree",
    "no-inbox": "the cursor is beyond them, and there is no inbox to show what was processed",
    "before-first-receipt": "they lie below the first receipt, and `start` is not declared",
    "inbox-retention": "older than the inbox's retention, or of unknown age",
    "standby": "the consumer was read on a standby that is not proven caught up",
}
"""Why nothing can be said of an event, in words."""

Evidence = TypeVar("Evidence")


def run(
    config: Config | str | Path,
    *,
    names: Sequence[str] = (),
    confirm: bool = True,
    max_findings: int | None = 100,
    observer: Observer | None = None,
) -> Result:
    """Audit everything in a config, or exactly the named logs and consumers.

    ``confirm=False`` takes no second look: every candidate stays pending. ``max_findings``: how many events a finding
    carries, ``None`` for all. Raises ConfigError for a config that cannot be read and UsageError for an unknown name;
    stores that fail do not raise, they make their audits unknown.
    """
    settings = config if isinstance(config, Config) else load(Path(config))
    names = [names] if isinstance(names, str) else names
    unknown = [name for name in names if name not in settings.logs and name not in settings.consumers]
    if unknown:
        raise UsageError(f"there is no log or consumer named {unknown[0]!r}")
    started = datetime.now(UTC)
    session = Session(
        settings,
        observer or Silent(),
        run=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started=started,
        confirm=confirm,
        max_findings=max_findings,
    )
    with ExitStack() as stack:
        stack.callback(session.close)
        session.audit(set(names) or {*settings.logs, *settings.consumers})
    return Result(
        run=session.run,
        started=started,
        finished=datetime.now(UTC),
        audits=tuple(session.audits[name] for name in (*settings.logs, *settings.consumers) if name in session.audits),
        not_checked=tuple(session.not_checked),
    )


@dataclass
class Session:
    """One run on its way: its open stores, what is known of each log, and the audits that are finished.

    ``memory``: what earlier runs left; ``learnt``: what this one leaves for later ones. ``full``: believe nothing of
    what earlier ones verified.
    """

    config: Config
    observer: Observer
    run: str = "unnamed"
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    full: bool = False
    memory: Memory = field(default_factory=Memory)
    confirm: bool = True
    max_findings: int | None = 100
    sleep: Callable[[float], None] = time.sleep
    streamed: bool = False
    grain: Grain = GRAIN
    audits: dict[str, Audit] = field(default_factory=dict)
    not_checked: list[NotChecked] = field(default_factory=list)
    learnt: Memory = field(default_factory=Memory)
    _stores: dict[str, Store] = field(default_factory=dict)
    _grounds: dict[str, Ground | StoreError] = field(default_factory=dict)
    _inquiries: list[Inquiry] = field(default_factory=list)
    _notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _audited: int = 1

    def audit(self, names: set[str]) -> None:
        """Audit the named logs and consumers, in the config's order."""
        self._audited = len(names)
        for log in self.config.logs.values():
            if log.name in names:
                self._guard(log.name, "log", None, partial(self._audit_log, log))
        for consumer in self.config.consumers.values():
            if consumer.name in names:
                self._guard(consumer.name, "consumer", consumer.log, partial(self._look, consumer))
        if self.confirm:
            self._look_again()
        for inquiry in self._inquiries:
            self._guard_inquiry(inquiry, self._conclude)

    def _look_again(self) -> None:
        """The later looks, with one wait before each for all consumers together."""
        self._wait([inquiry.seconds_until_second_look() for inquiry in self._inquiries], "a consumer is at work")
        for inquiry in self._inquiries:
            self._guard_inquiry(inquiry, Inquiry.second_look)
        dues = {inquiry: due for inquiry in self._inquiries if (due := inquiry.seconds_until_third_look()) is not None}
        self._wait(dues.values(), "receipts are only late")
        for inquiry in dues:
            self._guard_inquiry(inquiry, Inquiry.third_look)

    def _guard_inquiry(self, inquiry: Inquiry, work: Callable[[Inquiry], None]) -> None:
        consumer = inquiry.case.consumer
        if consumer.name not in self.audits:
            self._guard(consumer.name, "consumer", consumer.log, partial(work, inquiry))

    def close(self) -> None:
        """Close whatever is open."""
        for inquiry in self._inquiries:
            inquiry.close()
        for store in self._stores.values():
            store.close()

    def _guard(self, name: str, of: str, upstream: str | None, work: Callable[[], None]) -> None:
        """Let one audit fail without the others."""
        try:
            work()
        except StoreError as error:
            self._fail(name, of, upstream, error.reason, str(error))
        except DisorderedError as error:
            self._fail(name, of, upstream, "disordered", f"a store's rows are out of order: {error}")
        except Exception as error:
            text = redact(f"{type(error).__name__}: {error}")
            self._fail(name, of, upstream, "crashed", f"the audit failed unexpectedly: {text}")
            self.observer.crash(error)

    def _fail(self, name: str, of: str, upstream: str | None, reason: str, message: str) -> None:
        problem = Problem(reason=reason, message=message)
        self.audits[name] = Audit(name=name, of=of, upstream=upstream, problems=(problem,))
        self.not_checked.append(NotChecked(audit=name, check=None, reason=reason, message=message))

    def _store(self, name: str) -> Store:
        if name not in self._stores:
            self._stores[name] = open_store(self.config.stores[name], self.observer)
        return self._stores[name]

    def _ground(self, log: LogConfig) -> Ground:
        """How far the log is settled, found out once a run; a failure is remembered, too."""
        if log.name not in self._grounds:
            try:
                self.observer.phase(f"{log.name}: how far it is settled")
                self._grounds[log.name] = survey(
                    self._store(log.store), log, self.sleep, self.memory.logs.get(log.name)
                )
            except StoreError as error:
                self._grounds[log.name] = error
        ground = self._grounds[log.name]
        if isinstance(ground, StoreError):
            raise ground
        return ground

    def _upkeep(self) -> Upkeep:
        """How each audit deals with what earlier runs verified."""
        ledger = self.config.ledger
        return Upkeep(
            run=self.run,
            started=self.started,
            full=self.full,
            full_every=ledger.full_every,
            overlap=ledger.overlap,
            recheck=ledger.recheck.total_seconds() / max(1, self._audited),
        )

    def _audit_log(self, log: LogConfig) -> None:
        ground, before = self._ground(log), self.memory.logs.get(log.name)
        self.observer.phase(f"{log.name}: reading the log")
        with self._store(log.store).snapshot() as snapshot:
            inquiry = inquire(snapshot, log, ground, self.max_findings, before, self._upkeep())
            evidence = inquiry.evidence
            findings, failures = self._judge(log.name, LOG, evidence)
            coverage, learnt = inquiry.coverage(), inquiry.learnt()
        self._grounds[log.name] = inquiry.ground
        if not failures:  # what was not judged is not verified
            self.learnt.logs[log.name] = learnt
        counts = Totals(produced=evidence.produced, received=evidence.produced, excluded=evidence.excluded)
        nameless = 0 if _has_positions(evidence.window) else counts.produced
        doubts = [
            *(() if coverage else _nothing_compared(counts, evidence.excluded, nameless)),
            *_unsettled(evidence.window, evidence.settlement, LONGEST_UNSETTLED),
            *failures,
        ]
        self.audits[log.name] = Audit(
            name=log.name,
            of="log",
            window=evidence.window,
            totals=counts,
            findings=findings,
            problems=tuple(doubts),
            notes=(
                *note_on_log(log, self.config.stores[log.store].kind),
                *_notes_on_settling(evidence.settlement),
                *inquiry.notes(),
            ),
            coverage=coverage,
        )

    def _look(self, consumer: ConsumerConfig) -> None:
        log, store = self.config.logs[consumer.log], self._store(consumer.store)
        variant = found(store, self.config.stores[consumer.store].kind, log, consumer)
        self._notes[consumer.name] = variant.notes
        case = Case(
            consumer=variant.consumer,
            log=log,
            log_store=self._store(log.store),
            store=store,
            ground=self._ground(log),
            observer=self.observer,
            sleep=self.sleep,
            sample_limit=self.max_findings,
            streamed=self.streamed,
            grain=self.grain,
            before=self.memory.consumers.get(consumer.name),
        )
        try:
            self._inquiries.append(Inquiry(case))
        except BaseException:
            case.scratch.close()
            raise

    def _wait(self, seconds: Iterable[float], whether: str) -> None:
        longest = max(seconds, default=0.0)
        if longest > 0:
            self.observer.phase(f"waiting {longest:.0f} s to see whether {whether}")
            self.sleep(longest)

    def _conclude(self, inquiry: Inquiry) -> None:
        evidence = inquiry.evidence()
        counts = totals(evidence)
        findings, failures = self._judge(evidence.name, CONSUMER, evidence)
        self.audits[evidence.name] = Audit(
            name=evidence.name,
            of="consumer",
            upstream=evidence.upstream,
            window=evidence.window,
            totals=counts,
            findings=findings,
            problems=(*_doubts_about(evidence, counts), *failures),
            notes=(*self._notes[evidence.name], *_notes_on(evidence)),
        )

    def _judge(
        self, name: str, checks: Iterable[Check[Evidence]], evidence: Evidence
    ) -> tuple[tuple[Finding, ...], list[Problem]]:
        """Every check that has ground. A crashed check is a problem of its audit, never silence."""
        findings: list[Finding] = []
        failures: list[Problem] = []
        for check in checks:
            lack = check.lacks(evidence)
            if lack is not None:
                self._skip(name, check.name, lack.reason, lack.message)
                continue
            try:
                findings += list(check.judge(evidence))
            except StoreError:
                raise
            except Exception as error:
                message = f"{check.title} failed: {redact(f'{type(error).__name__}: {error}')}"
                failures.append(Problem(reason="crashed", message=message))
                self._skip(name, check.name, "crashed", message)
                self.observer.crash(error)
        return tuple(findings), failures

    def _skip(self, name: str, check: str, reason: str, message: str) -> None:
        self.not_checked.append(NotChecked(audit=name, check=check, reason=reason, message=message))


def _nothing_compared(counts: Totals, excluded: int, nameless: int) -> Iterator[Problem]:
    """``nameless``: how many of the produced events have NULL where it takes a value to compare them."""
    if counts.produced == 0:
        why = f"all {excluded} rows of the log are excluded" if excluded else "the log has no rows"
        yield Problem(reason="nothing-compared", message=f"nothing was compared: {why}")
    elif nameless == counts.produced:
        why = "no event of the log has a position and the identity by which events are compared"
        yield Problem(reason="nothing-compared", message=f"nothing was compared: {why}")


def _has_positions(window: Window) -> bool:
    return window.last is not None or bool(window.partitions)


def _unsettled(window: Window, settlement: Settlement, longest: timedelta) -> Iterator[Problem]:
    extents: Iterable[Extent] = [window] if window.partitions is None else [one for _, one in window.partitions]
    lags = any(extent.settled is not None and extent.settled < (extent.last or 0) for extent in extents)
    old = [holder for holder in settlement.holders if holder.age is not None and holder.age > longest]
    if lags and old:
        who = "; ".join(holder.describe() for holder in old)
        yield Problem(reason="unsettled", message=f"positions below the head may still appear: {who} has not ended")


def _doubts_about(evidence: ConsumerEvidence, counts: Totals) -> Iterator[Problem]:
    """What keeps an audit from being consistent although no finding says so."""
    nameless = account_of(evidence).unverifiable().get("no-identity", 0)
    yield from _nothing_compared(counts, evidence.excluded, nameless)
    if evidence.cursor_rows_disagree:
        text = "its cursor rows disagree, or do not say of which partition they are: give it `where` or `partition`"
        yield Problem(reason="several-cursor-rows", message=text)
    elif account_of(evidence).unverifiable().get("cursor-rows-disagree"):
        text = "events without a place in the order that the consumer goes by: a column of `order` is NULL or no number"
        yield Problem(reason="no-order", message=text)
    if evidence.has_inbox and counts.produced and counts.produced == counts.unverifiable:
        text = "nothing was compared: every event is unverifiable"
        yield Problem(reason="nothing-compared", message=text)
    if evidence.uncovered and account_of(evidence).unverifiable().get("before-first-receipt"):
        where = ", ".join(str(partition) for partition in evidence.uncovered if partition is not None)
        text = f"nothing was received{f' in partition {where}' if where else ''}, and `start` is not declared"
        yield Problem(reason="no-receipt", message=f"{text}: whether events are missing cannot be known")
    yield from _unsettled(evidence.window, evidence.settlement, evidence.max_lag)


def _notes_on_settling(settlement: Settlement) -> Iterator[str]:
    if settlement.standby:
        yield "the log was read on a standby"
    if settlement.against and not settlement.standby:
        yield f"the settled position is known {settlement.how} only: {'; '.join(settlement.against)}"


def _notes_on(evidence: ConsumerEvidence) -> Iterator[str]:
    yield from _notes_on_settling(evidence.settlement)
    if evidence.unmatched_types:
        names = ", ".join(repr(pattern) for pattern in evidence.unmatched_types)
        yield f"no event of the log has a type that matches {names}"
    if evidence.unidentified_receipts:
        yield f"{counted(evidence.unidentified_receipts, 'receipt')} without an identity: matched with nothing"
    if evidence.inbox_behind:
        yield f"the consumer's store: {evidence.inbox_behind}"
    for reason, count in account_of(evidence).unverifiable().items():
        yield f"{counted(count, 'event')} unverifiable: {UNVERIFIABLE.get(reason, reason)}"
    if evidence.unseen:
        yield f"{counted(evidence.unseen, 'event')} unverifiable: {UNVERIFIABLE['no-inbox']}"
