"""From what the ledger knows of redeliveries to what one audit has to know of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.compare.again import Again
from auditor.config import ConsumerConfig, LogConfig
from auditor.memory import DoubtfulCopy, Memory, Redelivered
from checks.sent_again import SentAgain

Asking = Callable[[Sequence[str]], Mapping[str, Redelivered] | None]
"""Asks what was sent again by now, of some names; ``None``: nobody knows."""
Settling = Callable[[str, Sequence[DoubtfulCopy]], Sequence[DoubtfulCopy]]
"""Looks which copies in doubt may be there, in the log of that name. Raises StoreError."""


def all_of_them(_: str, doubtful: Sequence[DoubtfulCopy]) -> Sequence[DoubtfulCopy]:
    """For whoever has no log to look at."""
    return doubtful


@dataclass(frozen=True, slots=True)
class Resent:
    """What was sent again. It is asked for again whenever something is looked at, since it may happen during a run.

    ``memory``: what was known when the run began, which is all there is where ``asking`` gives no answer. Of a copy in
    doubt the outbox itself is asked: ``settling``. Every row is noted before it is committed, so whoever asks once a
    snapshot is open knows of all that stands there.
    """

    memory: Memory
    asking: Asking | None = None
    settling: Settling = all_of_them

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
        """Which rows are copies of others, inserted by redeliveries, whether or not the log says what was sent."""
        return SentAgain(self._of(log.name).get(log.name, Redelivered()).copied)

    def _of(self, *names: str) -> Mapping[str, Redelivered]:
        now = None if self.asking is None else self.asking(names)
        known = self.memory.redelivered if now is None else now
        return {name: self._settled(name, known[name]) for name in names if name in known}

    def _settled(self, name: str, known: Redelivered) -> Redelivered:
        """With those copies in doubt in whose places no other row stands."""
        if not known.doubtful:
            return known
        copies = (each.stretch for each in self.settling(name, known.doubtful))
        return replace(known, copied=(*known.copied, *copies), doubtful=())
