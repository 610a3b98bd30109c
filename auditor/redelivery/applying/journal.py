"""What applying asks of the ledger. A redelivery that cannot be written down is not made."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from checks.model.journal import Line, Redelivery, Span


class Journal(Protocol):
    """The ledger, as far as applying goes. Every method may raise LedgerError; each is one transaction."""

    def begin_redelivery(self, redelivery: Redelivery) -> int:
        """Write down that a plan is applied to a target. Returns the number of it."""
        ...

    def journal(
        self, number: int, lines: Iterable[Line], spans: Iterable[Span] = (), *, patience: timedelta | None = None
    ) -> None:
        """Add lines, and which positions were touched, all or none; when it returns, a crash loses none of them.

        ``patience``: how long to wait for whoever writes into the ledger, where others wait for what is done meanwhile.
        """
        ...

    def note_sent(self, number: int, spans: Iterable[Span]) -> None:
        """Add which positions a redelivery touched, all or none."""
        ...

    def copies_in_doubt(self, logs: Iterable[str]) -> Sequence[tuple[int, Span]]:
        """Rows that were about to be committed as copies in these outboxes, of which nobody knows whether they were.

        Each with the number of its redelivery.
        """
        ...

    def given_of(self, plan: str, consumer: str, keys: Iterable[str]) -> Mapping[str, Line]:
        """The last line of each of these events that says whether it was given to a target, or arrived.

        Those of which a plan's redeliveries say nothing are left out. What only skipped it, or did not find it at the
        consumer, says neither.
        """
        ...

    def sent_since(self, plan: str, consumer: str, keys: Iterable[str], since: datetime) -> Collection[str]:
        """Which of these events other plans gave to a target for the consumer after that moment, or may have."""
        ...

    def holding(self, target: str, wait: timedelta) -> AbstractContextManager[Callable[[], None]]:
        """Keep everybody else who shares the ledger from sending to a target. LedgerError: somebody does.

        What it gives looks whether it is still so, and raises LedgerError where not.
        """
        ...
