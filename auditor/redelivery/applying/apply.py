"""Applying a plan, from the file to the last batch: the way of it all.

First everything that could refuse it, then the question to whoever is there, then batch by batch. A plan is applied
again by the same call: what was accepted is left alone, what may have been sent is looked for first.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from auditor.config import Config, load
from auditor.config.targets import TargetConfig
from auditor.desk import Desk
from auditor.errors import RefusedError, StoreError, UsageError
from auditor.ledger import LedgerError, find_ledger, open_ledger
from auditor.observer import Observer, Silent
from auditor.redelivery.applying.brake import Brake
from auditor.redelivery.applying.canary import CanaryWatch
from auditor.redelivery.applying.due import Due, batches, due_of
from auditor.redelivery.applying.guards import (
    Guard,
    hearers_of,
    joined,
    refuse_changed_config,
    refuse_expired,
    refuse_other_ledger,
)
from auditor.redelivery.applying.journal import Journal
from auditor.redelivery.applying.locks import holding
from auditor.redelivery.applying.looking import Looker
from auditor.redelivery.applying.notes import Notes
from auditor.redelivery.applying.pace import Pace
from auditor.redelivery.applying.sending import Sending
from auditor.redelivery.applying.tally import Tally
from auditor.redelivery.applying.terms import Terms, Watch
from auditor.redelivery.applying.whole import Whole
from auditor.redelivery.copies_in_doubt import outboxes_of, settle_copies
from auditor.redelivery.plan_file import PlanError, events_of, read_plan
from auditor.redelivery.planning.hearers import forgetful
from auditor.redelivery.targets import Opening, open_target
from auditor.redelivery.targets.interface import Target
from checks.model.application import Application, Stop
from checks.model.event import Event
from checks.model.redelivery import Part, Plan, PlannedEvent
from checks.wording import counted, quoted

_USUAL_BATCH = 100
"""For targets that do not say."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before anything is sent: whether these ``count`` events are to be sent."""

    plan: Plan
    count: int


Confirm = Callable[[Question], bool]
Opener = Callable[[Opening, TargetConfig], Target]
"""Opens the target of a consumer. Raises AuditorError."""


Scope = tuple[str, str | None]
"""A consumer and a partition."""


class Interrupted(KeyboardInterrupt):
    """Somebody ended it. ``application``: how far it had come; everything of it is written down."""

    def __init__(self, application: Application) -> None:
        self.application = application
        super().__init__("interrupted")


def apply(
    config: Config | str | Path,
    path: Path,
    terms: Terms,
    *,
    confirm: Confirm,
    observer: Observer | None = None,
    watch: Watch | None = None,
    opener: Opener = open_target,
) -> Application:
    """Send what holds of a plan, or with ``terms.execute`` off only look at all of it.

    ``confirm`` is asked once, before anything is sent. Raises ConfigError and UsageError for what is typed wrongly,
    RefusedError and PlanError where the plan must not be applied, LockError where another attempt is under way,
    StoreError and LedgerError where something could not be looked at: then nothing was sent. What ends it later does
    not raise: it is ``stopped``. Interrupted: somebody pressed Ctrl-C, or the program was told to end.
    """
    settings = config if isinstance(config, Config) else load(Path(config))
    if terms.accept_duplicates and not terms.reason:
        raise UsageError("--accept-duplicates needs --reason TEXT: somebody must answer for it")
    trait = _trait_of(path)
    plan = read_plan(path)
    watch = watch or Watch()
    refuse_expired(plan, watch.now())
    accepted = terms.accept_duplicates or plan.accepted_duplicates is not None
    refuse_changed_config(plan, settings, duplicates_accepted=accepted)
    with ExitStack() as stack:
        attempt = _Attempt(settings, path, trait, plan, terms, watch, observer or Silent(), stack)
        return attempt.run(confirm, opener)


def _trait_of(path: Path) -> object:
    """Another one for a file that was replaced or written to. It is read more than once, and its hash checked once."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@dataclass
class _Attempt:
    config: Config
    path: Path
    trait: object
    plan: Plan
    terms: Terms
    watch: Watch
    observer: Observer
    stack: ExitStack
    journal: Journal | None = None
    _tally: Tally = field(init=False)
    _canary: CanaryWatch = field(init=False)
    _began: datetime = field(init=False)
    _joined: frozenset[str] = field(init=False)
    _paces: dict[str, Pace] = field(default_factory=dict)
    _still_held: Callable[[], None] = field(default=lambda: None)

    def run(self, confirm: Confirm, opener: Opener) -> Application:
        """Everything that may refuse it, the question, and the sending."""
        self._began, self._tally = self.watch.now(), Tally(self.plan)
        self._canary = CanaryWatch(self.terms.canary or 0)
        self._joined = frozenset(part.consumer for part in self.plan.parts if joined(part, self.config))
        self._open_journal()
        desk = Desk(self.config, self.observer, self.watch.sleep)
        self.stack.callback(desk.close)
        guards = {part.consumer: self._guard(part) for part in self.plan.parts}
        looker = Looker(desk, guards)
        self.observer.phase("looking at what the plan was made from")
        looker.survey()
        left, firsts = self._survey(guards)
        targets = self._open_targets(desk, opener, firsts)
        if self.terms.execute and self.journal is not None:
            settle_copies(desk, self.journal, outboxes_of(self.plan, self.config))
        scopes = [scope for scope in firsts if targets[scope[0]].sends_whole]
        self._refuse_too_many(left)
        if self.terms.execute and left and not confirm(Question(self.plan, left)):
            raise RefusedError("not confirmed: nothing was sent")
        refuse_expired(self.plan, self.watch.now())  # a lock may have been waited for, and an answer, for long
        notes = None
        if self.terms.execute and left and self.journal is not None:
            hearers = {part.consumer: hearers_of(part, self.config) for part in self.plan.parts}
            notes = Notes(self.plan, self.terms, self.journal, self.watch, hearers)
        sending = Sending(
            self.config,
            self.plan,
            self.terms,
            self.watch,
            targets,
            looker,
            self._tally,
            notes,
            self._say_what_is_awaited,
        )
        return self._run(sending, scopes)

    def _guard(self, part: Part) -> Guard:
        consumer = self.config.consumers[part.consumer]
        accepted = self.terms.accept_duplicates or self.plan.accepted_duplicates is not None
        others = () if accepted else forgetful(self.config, consumer.name, hearers_of(part, self.config))
        return Guard(part, consumer, others)

    def _say_what_is_awaited(self) -> None:
        self.observer.phase("interrupted: waits for what is in flight, once more ends it")

    def _open_journal(self) -> None:
        """Sending takes a journal, and the locks; a dry run takes what there is."""
        ledger = find_ledger(self.config.ledger)
        if ledger is not None:
            self.stack.callback(ledger.close)
        refuse_other_ledger(self.plan, ledger, self.config.ledger)
        if ledger is None:
            if not self.terms.execute:
                return
            ledger = open_ledger(self.config.ledger)
            self.stack.callback(ledger.close)
        self.journal = ledger
        if self.terms.execute:
            held = holding(self.config, ledger, self.plan.targets, self.terms.lock_wait)
            self._still_held = self.stack.enter_context(held)

    def _open_targets(self, desk: Desk, opener: Opener, firsts: Mapping[Scope, Event]) -> dict[str, Target]:
        """Every target is asked whether it can send before anything is sent. AuditorError: it cannot."""
        targets = {}
        for part in self.plan.parts:
            consumer = self.config.consumers[part.consumer]
            its_firsts = [event for (name, _), event in firsts.items() if name == part.consumer]
            # Whoever only looks need not have stopped it yet.
            is_stopped = self.terms.consumer_stopped or not self.terms.execute
            opening = Opening(desk, consumer, self.plan.hash, its_firsts, consumer_stopped=is_stopped)
            target = opener(opening, self.config.redelivery[part.target])
            self.stack.callback(target.close)
            self._refuse_unfit(part, target)
            if its_firsts:
                target.prepare()
            targets[part.consumer] = target
        return targets

    def _refuse_unfit(self, part: Part, target: Target) -> None:
        """RefusedError, UsageError: it cannot do what is asked of it."""
        log, heard_by = self.config.logs[part.log], self.config.redelivery[part.target].heard_by
        if target.shared and heard_by is None:
            raise RefusedError(
                f"target {part.target!r} does not say for whom it sends, and 'heard_by' is not given: nobody knows"
                " who would get these events twice"
            )
        if target.needs_data and log.data is None:
            raise RefusedError(
                f"target {part.target!r} needs what the events say: name the column as 'data' in [logs.{log.name}]"
            )
        if target.sends_whole and self.terms.canary:
            raise UsageError(f"--canary: target {part.target!r} sends everything by one act, there is no first part")

    def _look_around(self) -> None:
        """Before each batch. LedgerError: the locks are lost. RefusedError: it expired, or is not the file any more."""
        self._still_held()
        self._refuse_other_file()
        refuse_expired(self.plan, self.watch.now())

    def _refuse_other_file(self) -> None:
        if _trait_of(self.path) != self.trait:
            raise RefusedError(f"plan {quoted(str(self.path))} was changed while it was applied (see what was sent)")

    def _dues(self, scope: Scope | None = None) -> Iterator[Due]:
        """The events of the plan, or of one scope in it, as the journal knows them now."""
        self._refuse_other_file()
        events = (self._as_heard(planned) for planned in events_of(self.path))
        if scope is not None:
            events = (planned for planned in events if (planned.consumer, planned.event.partition) == scope)
        return due_of(events, self.plan, self.journal)

    def _as_heard(self, planned: PlannedEvent) -> PlannedEvent:
        """What stands between two events for somebody who hears them since, nobody has looked at."""
        return replace(planned, follows=False) if planned.consumer in self._joined else planned

    def _survey(self, guards: Mapping[str, Guard]) -> tuple[int, dict[Scope, Event]]:
        """How many events are left to send, and the first of each scope. RefusedError: one of them must not be sent."""
        left = 0
        firsts: dict[Scope, Event] = {}
        for due in self._dues():
            self._tally.plan(due)
            self._canary.recall(due)
            if not due.lackers or (due.refused and not self.terms.again):
                continue
            left += 1
            event = due.planned.event
            firsts.setdefault(due.scope, event)
            for name in due.lackers:
                if name in guards:
                    guards[name].refuse_below_head([event])
                    guards[name].refuse_self_delivered([event])
        return left, firsts

    def _refuse_too_many(self, left: int) -> None:
        if self.terms.execute and left > self.terms.max_events:
            raise RefusedError(
                f"the plan has {counted(left, 'event')} left to send, more than {self.terms.max_events:,}"
                f" (--max-events {left} sends them all the same)"
            )

    def _run(self, sending: Sending, scopes: list[Scope]) -> Application:
        """Send, and say how far it came, whatever ended it."""
        try:
            stop = self._send(sending, scopes)
        except (RefusedError, PlanError) as error:
            stop = Stop("refused", str(error))
        except StoreError as error:
            stop = Stop(error.reason, str(error))
        except LedgerError as error:
            stop = Stop("journal", f"{error}; nothing more was sent")
        except KeyboardInterrupt:
            stop = Stop("interrupted", "interrupted; the same command goes on")
            raise Interrupted(self._application(sending, stop)) from None
        return self._application(sending, stop)

    def _send(self, sending: Sending, scopes: list[Scope]) -> Stop | None:
        canary = self._canary
        self.observer.phase("sending" if sending.notes is not None else "looking at each event")
        brake = Brake(self.terms.error_share)
        for scope in scopes:
            self._look_around()
            whole = Whole(sending, partial(self._dues, scope))
            answer = whole.send()
            self._show()
            stop = None if answer is None else brake.note([answer.outcome] * whole.count, 1)
            if stop is not None:
                return stop
        if sending.notes is not None and canary.is_due and (stop := canary.judge(sending)) is not None:
            return stop
        for batch in batches(self._undecided(sending, set(scopes)), lambda due: self._most(due, canary)):
            stop = self._send_batch(sending, batch, brake, canary)
            self._show()
            if stop is not None:
                return stop
        return None if sending.notes is None else canary.judge(sending)

    def _undecided(self, sending: Sending, wholes: Container[Scope]) -> Iterator[Due]:
        """What is sent batch by batch; what was decided before is only counted."""
        for due in self._dues():
            if due.scope in wholes:
                continue
            if due.lackers:
                yield due
            else:
                sending.suffixes.note(due)
                self._tally.count(due, "before")

    def _send_batch(self, sending: Sending, batch: list[Due], brake: Brake, canary: CanaryWatch) -> Stop | None:
        pace = self._pace(batch[0].planned.target)
        pace.wait()
        self._look_around()
        founds, lines = sending.sift(batch)
        if sending.notes is None:
            for found in founds:
                self._tally.count(found.due, "would_send")
            return None
        if not founds:
            sending.skip_all(batch[0].planned.target, lines)
            return None
        pace.took(len(founds))
        answers = sending.send(founds, lines)
        canary.note(founds, answers)
        stop = brake.note([answer.outcome for answer in answers], self._batch_size(batch[0].planned.target))
        if stop is None and canary.is_due:
            stop = canary.judge(sending)
        return stop

    def _most(self, due: Due, canary: CanaryWatch) -> int:
        """How many go in the next batch."""
        target = due.planned.target
        most = self._pace(target).most(self._batch_size(target))
        return most if canary.room is None else max(1, min(most, canary.room))

    def _batch_size(self, target: str) -> int:
        return int(getattr(self.config.redelivery[target], "batch", _USUAL_BATCH))

    def _pace(self, target: str) -> Pace:
        if target not in self._paces:
            own = getattr(self.config.redelivery[target], "rate", None)
            self._paces[target] = Pace(self.terms.rate or own, self.watch.monotonic, self.watch.sleep)
        return self._paces[target]

    def _show(self) -> None:
        self.observer.progress(self._tally.seen, self.plan.count)

    def _application(self, sending: Sending, stop: Stop | None) -> Application:
        return Application(
            plan=self.plan,
            executed=self.terms.execute,
            began=self._began,
            ended=self.watch.now(),
            parts=self._tally.parts(),
            numbers=() if sending.notes is None else sending.notes.numbers,
            stopped=stop,
            canary=self._canary.result,
            examples=self._tally.examples(),
            warnings=tuple(
                dict.fromkeys(each for target in sending.targets.values() for each in getattr(target, "warnings", ()))
            ),
        )
