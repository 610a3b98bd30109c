"""One batch: it is looked at, written down, given to the target, and what the target said is written down.

In this order, so that whenever the program ends, the journal knows what may have been sent. A batch is the most that
is unsure then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from auditor.config import Config
from auditor.redact import redact
from auditor.redelivery.applying.brake import Streams
from auditor.redelivery.applying.due import Due
from auditor.redelivery.applying.guards import refuse_changed
from auditor.redelivery.applying.keys import idempotency_key
from auditor.redelivery.applying.looking import ARRIVED, Found, Looker, until_arrived
from auditor.redelivery.applying.notes import Notes
from auditor.redelivery.applying.suffixes import Suffixes
from auditor.redelivery.applying.tally import Tally
from auditor.redelivery.applying.terms import Terms, Watch
from auditor.redelivery.holding_on import holding_on
from auditor.redelivery.targets.interface import Answer, Batch, Parcel, Target
from checks.model.application import Skip
from checks.model.journal import Line
from checks.model.redelivery import Outcome, Plan, Standing, Step

_UNANSWERED = Answer(Outcome.UNKNOWN, "the target did not say anything about it")


@dataclass
class Sending:
    """What sending a batch takes. ``targets``: by consumer. ``notes``: ``None``: a dry run, which writes nothing.

    ``interrupted``: tells whoever interrupts it that the batch in flight is waited for.
    """

    config: Config
    plan: Plan
    terms: Terms
    watch: Watch
    targets: Mapping[str, Target]
    looker: Looker
    tally: Tally
    notes: Notes | None
    interrupted: Callable[[], None] = lambda: None
    streams: Streams = field(init=False)
    suffixes: Suffixes = field(default_factory=Suffixes)

    def __post_init__(self) -> None:
        """No stream is held back yet."""
        self.streams = Streams(self.config.consumers)

    def sift(self, dues: Sequence[Due]) -> tuple[list[Found], list[Line]]:
        """What of a batch is to be sent now, and the lines about what is not. RefusedError, StoreError."""
        founds: list[Found] = []
        lines: list[Line] = []
        for seen in self._look(self._open(dues, lines)):
            found = self._with_order(seen)
            if found.receivers:
                self.suffixes.begin(found.due, found.receivers)
                founds.append(found)
            else:
                lines += self._left(found)
        return founds, lines

    def _with_order(self, found: Found) -> Found:
        """What a stream is sent again with, although the consumer has it."""
        has = (name for name, standing in found.standings.items() if standing in ARRIVED and name not in found.barred)
        return replace(found, again=tuple(name for name in has if self.suffixes.follows(found.due, name)))

    def _open(self, dues: Sequence[Due], lines: list[Line]) -> list[Due]:
        """Without what is decided, what was rejected, and what has to wait for its stream."""
        still = []
        for due in dues:
            self.suffixes.note(due)
            if not due.lackers:
                self.tally.count(due, "before")
            elif due.refused and not self.terms.again:
                self.streams.hold(due)
                lines += self._skipped(due, Skip.REJECTED_BEFORE)
            elif self.streams.holds_back(due):
                lines += self._skipped(due, Skip.HELD_BACK)
            else:
                still.append(due)
        return still

    def _look(self, dues: Sequence[Due]) -> list[Found]:
        if not dues:
            return []
        self._await_unsure([due for due in dues if due.unsure_since is not None])
        needs_data = self.targets[dues[0].planned.consumer].needs_data
        founds = self.looker.look(dues, with_data=needs_data)
        for found in founds:
            if found.standing is Standing.CHANGED:
                refuse_changed(found.planned, found.row)
        return founds

    def _await_unsure(self, dues: Sequence[Due]) -> None:
        """What may have been sent is given its time to arrive, before it is sent again."""
        if not dues or self.notes is None:
            return
        asked = self.terms.unknown_wait
        patience = asked if asked is not None else max(self.grace_of(name) for due in dues for name in due.lackers)
        since = max(due.unsure_since for due in dues if due.unsure_since is not None)
        left = since + patience - self.watch.now()
        if left > timedelta():
            until_arrived(lambda: self.looker.look(dues, guarded=False), min(left, patience), self.watch.sleep)

    def grace_of(self, consumer: str) -> timedelta:
        """How long a receipt may take."""
        known = self.config.consumers.get(consumer)
        return timedelta() if known is None else known.grace

    def _left(self, found: Found) -> list[Line]:
        """The lines about an event that nobody lacks any more, or that the log does not have."""
        arrived = all(standing in ARRIVED for standing in found.standings.values())
        if not (arrived and found.due.unsure_since is not None):
            return self._skipped(found.due, found.skip)
        self.tally.count(found.due, "healed")
        return self.lines(found.due, Step.HEALED, "an earlier attempt had sent it")

    def _skipped(self, due: Due, why: Skip) -> list[Line]:
        self.tally.skip(due, why)
        return self.lines(due, Step.SKIPPED, why.value)

    def lines(self, due: Due, step: Step, detail: str) -> list[Line]:
        """One line for everybody that it is still due for; none in a dry run."""
        if self.notes is None:
            return []
        return [self.notes.line(due.planned.event, name, step, detail) for name in due.lackers]

    def send(self, founds: Sequence[Found], beside: Sequence[Line]) -> list[Answer]:
        """Give a batch to its target, and return what became of each. LedgerError: it was not written down.

        ``beside``: lines about what is not sent. Whoever interrupts is heard when all of it is done.
        """
        planned = founds[0].planned
        target, notes = self.targets[planned.consumer], self._notes()
        with holding_on(self.interrupted):
            number = notes.next_batch(planned.target)
            notes.sending(planned.target, number, founds, beside)
            batch = replace(self.batch(founds, target), note=partial(notes.touching, planned.target))
            answers = one_each(self._given(target, founds, batch), len(founds))
            for found, answer in zip(founds, answers, strict=True):
                self.tally.answer(found.due, answer.outcome, answer.detail)
                if answer.outcome is not Outcome.ACCEPTED:
                    self.streams.hold(found.due)
            notes.outcomes(planned.target, number, zip(founds, answers, strict=True))
        return answers

    def _given(self, target: Target, founds: Sequence[Found], batch: Batch) -> Sequence[Answer]:
        """What the target says. Whoever does not want to wait for that leaves it unknown."""
        try:
            return target.send(batch)
        except BaseException:
            for found in founds:
                self.tally.answer(found.due, Outcome.UNKNOWN, "the attempt ended before the target answered")
            raise

    def skip_all(self, target: str, lines: Sequence[Line]) -> None:
        """Write down what is not sent. LedgerError."""
        if self.notes is not None:
            self.notes.steps(target, lines)

    def _notes(self) -> Notes:
        if self.notes is None:
            message = "a dry run sends nothing"
            raise RuntimeError(message)
        return self.notes

    def batch(self, founds: Sequence[Found], target: Target) -> Batch:
        """What is given to a target at once."""
        first = founds[0].planned
        return Batch(
            plan=self.plan.hash,
            consumer=first.consumer,
            log=self.config.logs[self.config.consumers[first.consumer].log],
            parcels=tuple(self.parcels(founds, shared=target.shared)),
            count=len(founds),
        )

    def parcels(self, founds: Sequence[Found], *, shared: bool) -> list[Parcel]:
        """What is given to a target. Where something between two of them is left out, they do not follow each other."""
        parcels: list[Parcel] = []
        before = -1
        for found in founds:
            planned, due = found.planned, found.due
            receiver = planned.target if shared else planned.consumer
            parcels.append(
                Parcel(
                    event=planned,
                    key=idempotency_key(self.plan.hash, due.key, receiver),
                    follows=planned.follows and due.ordinal == before + 1 and bool(parcels),
                    data=found.data,
                )
            )
            before = due.ordinal
        return parcels


def one_each(answers: Sequence[Answer], count: int) -> list[Answer]:
    """Of what a target says nothing about, nothing is known. What it says is kept and shown: without any secret."""
    said = [replace(answer, detail=redact(answer.detail)) for answer in answers[:count]]
    return [*said, *([_UNANSWERED] * (count - len(answers)))]
