"""From what the ledger knows of redeliveries to what one audit has to know of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from auditor.compare.again import Again
from auditor.config import ConsumerConfig, LogConfig
from auditor.memory import Memory, Redelivered
from checks.sent_again import SentAgain

Asking = Callable[[Sequence[str]], Mapping[str, Redelivered] | None]
"""Asks what was sent again by now, of some names; ``None``: nobody knows."""


@dataclass(frozen=True, slots=True)
class Resent:
    """What was sent again. It is asked for again whenever something is looked at, since it may happen during a run.

    ``memory``: what was known when the run began, which is all there is where ``asking`` gives no answer.
    """

    memory: Memory
    asking: Asking | None = None

    def to(self, consumer: ConsumerConfig, *, is_derived: bool) -> Again:
        """What was sent again to a consumer; a row that was copied in its log is an event that was sent again.

        ``is_derived``: it stands for a derived log, in which rows may have been copied.
        """
        known = self._of(consumer.name, consumer.log)
        mine, log = known.get(consumer.name, Redelivered()), known.get(consumer.log, Redelivered())
        rows = mine.copied if is_derived else ()
        if not (mine.sent or log.copied or rows):
            return Again()
        before = self.memory.consumers.get(consumer.name)
        ends = {} if before is None else before.ends
        return Again(
            sent=SentAgain((*mine.sent, *log.copied)),
            copies=SentAgain(log.copied),
            rows=SentAgain(rows),
            known={(partition, end.position): end.since for partition, both in ends.items() for end in both},
        )

    def rows_in(self, log: LogConfig) -> SentAgain:
        """Which rows of an outbox redeliveries marked unsent, or inserted."""
        known = self._of(log.name).get(log.name, Redelivered())
        return SentAgain((*known.unsent, *known.copied))

    def copies_in(self, log: LogConfig) -> SentAgain:
        """Which rows of an outbox are copies of others, inserted by redeliveries; in no other log there are any."""
        return SentAgain(() if log.sent is None else self._of(log.name).get(log.name, Redelivered()).copied)

    def _of(self, *names: str) -> Mapping[str, Redelivered]:
        now = None if self.asking is None else self.asking(names)
        return self.memory.redelivered if now is None else now
