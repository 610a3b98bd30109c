"""Targets that send everything from one event on: one act for all that a consumer lacks of a partition.

The journal still has a line for every planned event, some at a time: whoever goes on after a crash looks for each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from auditor.errors import RefusedError
from auditor.redelivery.applying.due import AT_ONCE, Due, batches
from auditor.redelivery.applying.guards import hearers_of
from auditor.redelivery.applying.looking import Found
from auditor.redelivery.applying.notes import Notes, withdrawn
from auditor.redelivery.applying.sending import Sending, one_each
from auditor.redelivery.holding_on import holding_on
from auditor.redelivery.look import viewing
from auditor.redelivery.planning.hearers import wanted_by_any
from auditor.redelivery.planning.taken_along import takes_along
from auditor.redelivery.targets.interface import Answer
from checks.model.journal import Line
from checks.model.redelivery import Outcome, PlannedEvent, Step
from checks.wording import quoted

_NOT_BEGUN = Answer(Outcome.FAILED, "not sent: the attempt ended before")


@dataclass
class Whole:
    """One act. ``dues``: the events of one consumer and partition as the journal knows them, anew at each call.

    ``count``: how many of them are sent by it, once they were looked at.
    """

    sending: Sending
    dues: Callable[[], Iterable[Due]]
    count: int = 0
    _first: Found | None = None
    _head: int | None = None

    def send(self) -> Answer | None:
        """Look at all of it, then act; ``None``: there is nothing to send, or nothing is to be sent now.

        RefusedError, StoreError, LedgerError: nothing was sent, or what became of it could not be written down.
        """
        try:
            self._look()
        except BaseException:
            self._give_up()
            raise
        return None if self._first is None or self.sending.notes is None else self._act(self._first, self.sending.notes)

    def _look(self) -> None:
        """Everything that is going to be sent is written down as such before."""
        sending = self.sending
        for chunk in batches(self.dues(), lambda _: AT_ONCE):
            founds, lines = sending.sift(chunk)
            self._first = self._first or (founds[0] if founds else None)
            self.count += len(founds)
            if sending.notes is None:
                for found in founds:
                    sending.tally.count(found.due, "would_send")
                continue
            given = [
                sending.notes.line(found.planned.event, name, Step.SENDING, batch=1)
                for found in founds
                for name in found.receivers
            ]
            sending.notes.steps(chunk[0].planned.target, [*lines, *given])
        self._survey()

    def _survey(self) -> None:
        """How far the act will reach. RefusedError: what must never be sent, by what is known now, would come, too."""
        if self._first is None or (event := self._first.planned.event).position is None:
            return
        planned, config = self._first.planned, self.sending.config
        with viewing(self.sending.looker.desk, config.consumers[planned.consumer]) as view:
            heard = wanted_by_any(config, view.log.name, self._hearers(planned))
            along = takes_along(view, heard, config.redelivery[planned.target], [(event.partition, event.position)])
            extent = view.log_side.extents(view.log).get(event.partition)
        self._head = None if extent is None else extent.last
        if along:
            raise RefusedError(
                f"target {quoted(planned.target)} sends all that follows position {event.position}, too, also what is"
                " never sent, or of streams that have ended (plan again)"
            )

    def _hearers(self, planned: PlannedEvent) -> list[str]:
        part = next(part for part in self.sending.plan.parts if part.consumer == planned.consumer)
        return hearers_of(part, self.sending.config)

    def _act(self, first: Found, notes: Notes) -> Answer:
        sending, planned = self.sending, first.planned
        target = sending.targets[planned.consumer]
        with holding_on(sending.interrupted):
            spans = notes.whole(planned.target, first, self._head)
            [answer] = one_each(target.send(replace(sending.batch([first], target), count=self.count)), 1)
            self._write_down(planned.target, notes, answer)
            if answer.outcome in (Outcome.FAILED, Outcome.REJECTED):
                notes.insist(planned.target, [], further=withdrawn(spans))
        return answer

    def _give_up(self) -> None:
        """What was only written down is certainly not sent."""
        if self._first is not None and self.sending.notes is not None:
            self._write_down(self._first.planned.target, self.sending.notes, _NOT_BEGUN)

    def _write_down(self, target: str, notes: Notes, answer: Answer) -> None:
        number = notes.number(target)
        for chunk in batches(self.dues(), lambda _: AT_ONCE):
            lines: list[Line] = []
            for due in chunk:
                if due.lackers and due.unsure_in == (number, 1):
                    self.sending.tally.answer(due, answer.outcome, answer.detail)
                    step = Step(answer.outcome.value)
                    lines += [notes.line(due.planned.event, name, step, answer.detail, batch=1) for name in due.lackers]
            notes.insist(target, lines)
        notes.insist(target, [], [answer])
