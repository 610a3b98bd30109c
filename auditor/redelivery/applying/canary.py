"""The first events of an attempt go alone, and have to arrive before the others are sent.

A target that takes everything and delivers nothing looks like one that works. The canary is what tells them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from auditor.redelivery.applying.due import Due
from auditor.redelivery.applying.looking import ARRIVED, Found, until_arrived
from auditor.redelivery.applying.sending import Sending
from auditor.redelivery.applying.terms import DEFAULT_CANARY_WAIT
from auditor.redelivery.targets.interface import Answer
from checks.model.application import Canary, Stop
from checks.model.journal import Line
from checks.model.redelivery import Outcome, Standing, Step
from checks.wording import counted, lasting


@dataclass
class CanaryWatch:
    """Collects the first ``asked`` events that are sent, and then looks for them. 0: there is no canary.

    Who goes on with what was sent by an earlier attempt looks for that first: else every attempt would send some more.
    """

    asked: int
    _accepted: list[Due] = field(default_factory=list)
    _refused: int = 0
    result: Canary | None = None

    @property
    def room(self) -> int | None:
        """How many may still go before all others wait; ``None``: as many as anybody likes."""
        return None if self.is_over else self.asked - self._sent

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more, or never was."""
        return self.asked == 0 or self.result is not None

    @property
    def is_due(self) -> bool:
        """Whether all of it was sent, and nobody has looked for it yet."""
        return not self.is_over and self._sent >= self.asked

    @property
    def _sent(self) -> int:
        return len(self._accepted) + self._refused

    def recall(self, due: Due) -> None:
        """An event that an earlier attempt sent, and of which nobody has seen that it arrived, is a part of it, too."""
        if not self.is_over and not self.is_due and due.accepted:
            self._accepted.append(replace(due, lackers=due.planned.lackers))

    def note(self, founds: Sequence[Found], answers: Sequence[Answer]) -> None:
        """What was sent, as long as it is the canary."""
        if self.is_over:
            return
        for found, answer in zip(founds, answers, strict=True):
            if answer.outcome is Outcome.ACCEPTED:
                self._accepted.append(found.due)
            else:
                self._refused += 1

    def judge(self, sending: Sending) -> Stop | None:
        """Wait for what was sent, write down what became of it, and say why to stop, if so. StoreError, LedgerError."""
        if self.is_over or not self._sent:
            return None
        terms = sending.terms
        longest = max((sending.grace_of(due.planned.consumer) for due in self._accepted), default=DEFAULT_CANARY_WAIT)
        wait = max(DEFAULT_CANARY_WAIT, longest) if terms.canary_wait is None else terms.canary_wait
        founds: list[Found] = []
        waited = 0.0
        if not self._refused:
            founds, waited = until_arrived(
                lambda: sending.looker.look(self._accepted, guarded=False), wait, sending.watch.sleep
            )
        self._write_down(sending, founds)
        self.result = self._counted(founds, waited)
        return None if self.result.passed else Stop("canary", _told(self.result))

    def _counted(self, founds: Sequence[Found], waited: float) -> Canary:
        arrived = sum(_step_of(found) is Step.HEALED for found in founds)
        parked = sum(_step_of(found) is Step.PARKED for found in founds)
        return Canary(
            asked=self.asked,
            sent=self._sent,
            arrived=arrived,
            missing=len(founds) - arrived - parked,
            parked=parked,
            refused=self._refused,
            waited=waited,
        )

    def _write_down(self, sending: Sending, founds: Sequence[Found]) -> None:
        by_target: dict[str, list[Line]] = {}
        for found in founds:
            lines = sending.lines(found.due, _step_of(found), "canary")
            by_target.setdefault(found.planned.target, []).extend(lines)
        for target, lines in by_target.items():
            sending.skip_all(target, lines)


def _step_of(found: Found) -> Step:
    """As a verification would say it."""
    standings = set(found.standings.values())
    if standings <= ARRIVED:
        return Step.HEALED
    return Step.PARKED if Standing.PARKED in standings else Step.MISSING


def _told(canary: Canary) -> str:
    first = f"of the first {counted(canary.sent, 'event')}"
    if canary.refused:
        return f"{first} {canary.refused:,} were not accepted; the others were not sent"
    parked = f", {canary.parked:,} were parked" if canary.parked else ""
    lacking = f"{canary.missing:,} did not arrive within {lasting(timedelta(seconds=canary.waited))}"
    return f"{first} {lacking}{parked}; the others were not sent"
