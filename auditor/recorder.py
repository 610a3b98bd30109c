"""Between a run and its ledger: what earlier runs left, how this one goes on from it, and that it is written down.

Whatever happens to the ledger, the run goes on as if there were none, says so, and ends with the same exit code.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from auditor.config import Config
from auditor.deadline import Deadline, OutOfTime
from auditor.effective import key_of_consumer, key_of_derivation, key_of_log
from auditor.gather.upkeep import Upkeep
from auditor.ledger import TRACKED, Ledger, LedgerError, open_ledger
from auditor.memory import Memory, Redelivered, Verified
from auditor.observer import Observer
from auditor.pipeline import graph
from auditor.redact import redact
from auditor.result import Result
from auditor.sampling import sampled
from checks.baseline import apply
from checks.model import result as model
from checks.model.finding import Finding
from checks.model.result import Audit

Answer = TypeVar("Answer")

KEEP_EVERY = timedelta(seconds=2)
"""How often a full audit keeps what it has seen; more often where the run's time is short."""
TO_RECORD = timedelta(seconds=10)
"""How long writing down may take where the run's own time is over."""


@dataclass(slots=True)
class Recorder:
    """The ledger of one run. ``failure``: why nothing more is asked of it; ``None`` while all is well.

    A run whose time is limited (``deadline``) does not wait for its ledger, either: half of what is left at most.
    """

    config: Config
    ledger: Ledger | None
    observer: Observer
    failure: str | None = None
    deadline: Deadline = field(default_factory=Deadline)
    _logs: dict[str, str] = field(default_factory=dict)
    _consumers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A memory holds for what is read as it was read then."""
        self._logs = {name: key_of_log(self.config, log) for name, log in self.config.logs.items()}
        derived = (log for log in self.config.logs.values() if log.derived_from is not None)
        self._consumers = {log.name: key_of_derivation(self.config, log) for log in derived}
        self._consumers |= {name: key_of_consumer(self.config, each) for name, each in self.config.consumers.items()}

    def recall(self) -> Memory:
        """What earlier runs left; nothing where the ledger fails."""
        try:
            ledger = self.ledger
            if ledger is None:
                return Memory()
            return in_time(lambda: ledger.recall(self._logs, self._consumers), half_of(self.deadline))
        except LedgerError as error:
            self._give_up(error)
            return Memory()

    def sent_again(self, names: Sequence[str]) -> Mapping[str, Redelivered] | None:
        """What redeliveries have sent again by now; ``None`` where the ledger does not say."""
        try:
            ledger = self.ledger
            if ledger is None:
                return None
            return in_time(lambda: ledger.sent_again(names), half_of(self.deadline))
        except LedgerError as error:
            self._give_up(error)
            return None

    def recorded(self, names: Iterable[str]) -> Mapping[str, int]:
        """How many audits of each of these are recorded; of none where the ledger does not say."""
        try:
            ledger = self.ledger
            return {} if ledger is None else in_time(lambda: ledger.recorded(names), half_of(self.deadline))
        except LedgerError as error:
            self._give_up(error)
            return {}

    def upkeep(self, run: str, started: datetime, audits: int, *, full: bool) -> Callable[[str], Upkeep]:
        """How each audit of a run deals with what was verified. The time for old ranges is shared by all of them."""
        ledger = self.config.ledger
        share = ledger.recheck.total_seconds() / max(1, audits)
        limit = self.deadline.limit
        keep_every = KEEP_EVERY if limit is None else min(KEEP_EVERY, limit / 10)

        def of(name: str) -> Upkeep:
            return Upkeep(
                run=run,
                started=started,
                full=full,
                full_every=ledger.full_every,
                overlap=ledger.overlap,
                recheck=share,
                keep_every=keep_every.total_seconds(),
                keep=lambda verified: self._keep("consumer" if name in self._consumers else "log", name, verified),
                keep_log=lambda verified: self._keep("log", name, verified),
            )

        return of

    def _keep(self, of: Literal["log", "consumer"], name: str, verified: Verified) -> None:
        key = self._consumers[name] if of == "consumer" else self._logs[name]
        try:
            ledger = self.ledger
            if ledger is not None:
                in_time(lambda: ledger.keep_verified(of, name, key, verified), half_of(self.deadline))
        except LedgerError as error:
            self._give_up(error)

    def record(self, result: Result, learnt: Memory, *, hide_known: bool = True) -> Result:
        """The result with what the ledger knows of it, or with the reason why it is not in there.

        ``hide_known``: without what the baseline covers, as far as it can still be read.
        """
        recorded: model.Result = result
        ledger, brief = self.ledger, sampled(result, TRACKED)
        try:
            if ledger is not None:
                file = None if self.config.path is None else str(self.config.path)
                recorded = in_time(
                    lambda: ledger.record(
                        brief,
                        learnt,
                        self._logs,
                        self._consumers,
                        config=file,
                        hide_known=hide_known,
                        pipeline=graph(self.config, ledger=False),
                    ),
                    None if self.deadline.limit is None else TO_RECORD,
                )
        except LedgerError as error:
            self._give_up(error)
            recorded = self._without_known(ledger, brief) if hide_known and ledger is not None else result
        except Exception as error:  # a fault of the auditor must not take the report of a finished audit with it
            self.failure = redact(f"{type(error).__name__}: {error} (a fault of the auditor)")
            self.observer.crash(error)
        return replace(result, audits=_judged(result.audits, recorded.audits), not_recorded=self.failure)

    def _without_known(self, ledger: Ledger, result: Result) -> Result:
        """A ledger that cannot be written may still say what is known: the exit code is then what it would be."""
        try:
            entries = in_time(ledger.baseline, None if self.deadline.limit is None else TO_RECORD)
        except LedgerError:
            return result
        return replace(result, audits=apply(result.audits, entries, result.started))

    def _give_up(self, error: LedgerError) -> None:
        self.failure, self.ledger = error.message, None


def recorder_for(
    config: Config,
    ledger: Ledger | bool,  # noqa: FBT001 (a ledger, or whether)
    observer: Observer,
    deadline: Deadline,
) -> Recorder | None:
    """The recorder of a run with this ledger, with the config's own (``True``), or with none at all."""
    if ledger is False:
        return None
    if ledger is not True:
        return Recorder(config, ledger, observer, deadline=deadline)
    try:
        opened = in_time(lambda: open_ledger(config.ledger), half_of(deadline))
    except LedgerError as error:
        return Recorder(config, None, observer, error.message, deadline)
    return Recorder(config, opened, observer, deadline=deadline)


def half_of(deadline: Deadline) -> timedelta | None:
    """Half of the time that is left; ``None`` where there is no limit."""
    return None if deadline.limit is None else timedelta(seconds=deadline.left() / 2)


def in_time(work: Callable[[], Answer], limit: timedelta | None) -> Answer:
    """What a ledger answers within that time. LedgerError: it fails, or does not answer: it is then left alone."""
    try:
        return Deadline(limit).within(work, lambda _: None)
    except OutOfTime as error:
        raise LedgerError("the ledger did not answer while the run had time for it") from error


def _judged(audits: Sequence[Audit], recorded: Sequence[Audit]) -> tuple[Audit, ...]:
    """The audits as they were recorded, without what is known, and with all the events that they carry."""
    return tuple(
        replace(audit, findings=_in_full(audit, as_recorded), known=as_recorded.known, notes=as_recorded.notes)
        for audit, as_recorded in zip(audits, recorded, strict=True)
    )


def _in_full(audit: Audit, recorded: Audit) -> tuple[Finding, ...]:
    """What is recorded of a finding is brief, and of what was left out nothing is known."""
    found = {(each.check, each.verdict, each.partition, each.reason): each for each in audit.findings}
    full = []
    for brief in recorded.findings:
        whole = found[brief.check, brief.verdict, brief.partition, brief.reason]
        if brief.count == whole.count:
            full.append(replace(whole, first_seen=brief.first_seen))
        else:
            full.append(replace(brief, events=brief.events + whole.events[TRACKED:]))
    return tuple(full)


def gathered(most: int | None) -> int | None:
    """How many events of a finding are gathered where they are written down, and ``most`` of them shown."""
    return None if most is None else max(most, TRACKED)
