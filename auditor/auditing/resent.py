"""From what the ledger knows of redeliveries to what one comparison has to know of them."""

from collections.abc import Callable, Mapping

from auditor.compare.again import Again
from auditor.config import ConsumerConfig, LogConfig
from auditor.memory import ConsumerMemory, Redelivered
from checks.sent_again import SentAgain

Asking = Callable[..., Mapping[str, Redelivered]]
"""What is known by now of some names, each an argument."""


def sent_again(
    redelivered: Mapping[str, Redelivered], consumer: ConsumerConfig, before: ConsumerMemory | None, *, is_derived: bool
) -> Again:
    """What was sent again to a consumer; a row that was copied in its log is an event that was sent again.

    ``redelivered``: by the names of logs and consumers. ``is_derived``: the consumer stands for a derived log, in which
    rows may have been copied.
    """
    mine = redelivered.get(consumer.name, Redelivered())
    copied = redelivered.get(consumer.log, Redelivered()).copied
    if not (mine.sent or copied or (is_derived and mine.copied)):
        return Again()
    ends = {} if before is None else before.ends
    return Again(
        sent=SentAgain((*mine.sent, *copied)),
        copies=SentAgain(copied),
        rows=SentAgain(mine.copied if is_derived else ()),
        known={(partition, end.position): end.since for partition, both in ends.items() for end in both},
    )


def rows_again(log: LogConfig, redelivered: Asking) -> SentAgain:
    """Which rows of an outbox redeliveries marked unsent, or inserted."""
    known = redelivered(log.name).get(log.name, Redelivered())
    return SentAgain((*known.unsent, *known.copied))


def copies_in(log: LogConfig, redelivered: Asking) -> SentAgain:
    """Which rows of a log are copies of others, inserted by redeliveries."""
    return SentAgain(redelivered(log.name).get(log.name, Redelivered()).copied)
