"""What a run tells while it is under way, for a progress bar and for ``--show-sql``.

An observer only watches: a run with one gives the same result as a run without.
"""

from typing import Protocol


class Observer(Protocol):
    """Told what a run is doing, from the thread that runs it."""

    def phase(self, text: str) -> None:
        """A new phase begins, in words: ``orders: reading the log``."""

    def progress(self, done: int, total: int | None) -> None:
        """``done`` rows of the phase are read, out of about ``total`` where that can be told."""

    def looked(self, done: int, total: int) -> None:
        """``done`` of the run's ``total`` audits have been looked at; some of them will be looked at again."""

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """``sql`` is about to be sent to ``store`` with ``parameters`` bound to it."""

    def crash(self, error: Exception) -> None:
        """A fault of the program made an audit unknown. The result says so; ``error`` has the traceback."""


class Silent:
    """The observer of a run that nobody watches."""

    def phase(self, text: str) -> None:
        """Say nothing."""

    def progress(self, done: int, total: int | None) -> None:
        """Say nothing."""

    def looked(self, done: int, total: int) -> None:
        """Say nothing."""

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """Say nothing."""

    def crash(self, error: Exception) -> None:
        """Say nothing."""
