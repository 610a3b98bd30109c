"""What a verification asks the ledger, and tells it. A ledger that fails changes nothing of what is seen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from auditor.desk import Desk
from auditor.errors import AuditorError, StoreError
from auditor.redelivery.copies_in_doubt import outboxes_of, settle_copies
from auditor.redelivery.fates import Pair
from checks.model.journal import Line, RecordedRedelivery, Span
from checks.model.redelivery import Plan, Step
from checks.model.verification import Fate

_STEPS = {
    Fate.HEALED: Step.HEALED,
    Fate.HAD: Step.HEALED,
    Fate.MISSING: Step.MISSING,
    Fate.REJECTED: Step.MISSING,
    Fate.PARKED: Step.PARKED,
}
"""What the journal is told; of what is received and not done, gone or not seen it is told nothing."""

Answer = TypeVar("Answer")


class Journal(Protocol):
    """The ledger, as far as a verification goes. Every method may raise LedgerError, an AuditorError."""

    def redeliveries(self, *, plan: str) -> Sequence[RecordedRedelivery]:
        """Those of a plan, the newest first."""
        ...

    def given_of(self, plan: str, consumer: str, keys: Iterable[str]) -> Mapping[str, Line]:
        """The last line of each of these events that says whether it was given to a target, or arrived."""
        ...

    def journal(self, number: int, lines: Iterable[Line]) -> None:
        """Add lines to the journal of a redelivery, all or none."""
        ...

    def note_sent(self, number: int, spans: Iterable[Span]) -> None:
        """Add which positions a redelivery touched, all or none."""
        ...

    def copies_in_doubt(self, logs: Iterable[str]) -> Sequence[tuple[int, Span]]:
        """Rows of these outboxes of which nobody knows whether they were committed, and by which redelivery."""
        ...


@dataclass
class Recorder:
    """The ledger, until it fails for the first time: then ``failure`` says why, and it is left alone."""

    plan: Plan
    ledger: Journal | None
    failure: str | None = None
    _numbers: dict[str, int] | None = None

    def numbers(self) -> Mapping[str, int]:
        """The last redelivery of the plan to each target. Read once: a verification waits for what was sent."""
        ledger = self.ledger
        if self._numbers is None:
            none: Sequence[RecordedRedelivery] = ()
            found = none if ledger is None else self._asked(lambda: ledger.redeliveries(plan=self.plan.hash), none)
            self._numbers = {each.redelivery.target: each.redelivery.number for each in reversed(found)}
        return self._numbers

    def given(self, consumer: str, pairs: Sequence[Pair]) -> Mapping[str, Line]:
        """What is known of their sending, by key."""
        ledger, nothing = self.ledger, dict[str, Line]()
        if ledger is None or not pairs or not self.numbers():
            return nothing
        keys = [pair.key for pair in pairs]
        return self._asked(lambda: ledger.given_of(self.plan.hash, consumer, keys), nothing)

    def write(self, fated: Sequence[tuple[Pair, Fate]], given: Mapping[str, Line], at: datetime) -> None:
        """Add what was seen of some events, each to the last redelivery to its target."""
        ledger = self.ledger
        for number, lines in self._lines(fated, given, at).items():
            if ledger is not None:
                self._add(ledger, number, lines)

    def settle_copies(self, desk: Desk) -> None:
        """Find out what an attempt left in doubt in the plan's outboxes. One that cannot be read is left for later."""
        ledger, outboxes = self.ledger, outboxes_of(self.plan, desk.config)
        if ledger is None or not outboxes or not self.numbers():
            return
        with suppress(StoreError):
            self._asked(lambda: settle_copies(desk, ledger, outboxes), None)

    def _add(self, ledger: Journal, number: int, lines: Sequence[Line]) -> None:
        self._asked(lambda: ledger.journal(number, lines), None)

    def _lines(
        self, fated: Sequence[tuple[Pair, Fate]], given: Mapping[str, Line], at: datetime
    ) -> Mapping[int, Sequence[Line]]:
        """What the journal does not know yet, by redelivery. That an event is healed is said once."""
        numbers, lines = self.numbers(), dict[int, list[Line]]()
        for pair, fate in fated:
            step, number, known = _STEPS.get(fate), numbers.get(pair.planned.target), given.get(pair.key)
            if step is Step.HEALED and not _tells_more(pair, known):
                continue
            if step is not None and number is not None:
                line = Line(consumer=pair.consumer, event=pair.planned.event, step=step, at=at)
                lines.setdefault(number, []).append(line)
        return lines

    def _asked(self, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        if self.failure is not None:
            return otherwise
        try:
            return ask()
        except StoreError:
            raise
        except AuditorError as error:
            self.failure = str(error)
            return otherwise


def _tells_more(pair: Pair, known: Line | None) -> bool:
    """Whether it is news that the consumer has it. What is only sent for its order it had before: that ends nothing."""
    if pair.had_before:
        return known is not None and known.step is Step.ACCEPTED
    return known is None or known.step is not Step.HEALED
