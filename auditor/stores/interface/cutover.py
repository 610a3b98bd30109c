"""What a cutover asks of a store, beyond what audits do: which event each row names, and how a cursor is moved."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from auditor.config import CursorConfig, LogConfig
from auditor.identity import Kind


class NamedRow(NamedTuple):
    """A row of a log and the event that it names; ``None`` where a column is NULL. ``time`` as the driver gives it."""

    name: object
    position: int | None
    eligible: bool
    time: object


class CutoverQuestions(Protocol):
    """Part of every :class:`auditor.stores.interface.Snapshot`."""

    def named_rows(
        self,
        log: LogConfig,
        column: str,
        kind: Kind,
        *,
        types: tuple[str, ...] | None = None,
        start: int | None = None,
        timed: bool = False,
    ) -> Iterator[NamedRow]:
        """All rows of a log by position, filters ignored, each with the value of ``column``, read as ``kind`` asks.

        ``eligible``: whether it passes the log's ``where`` and these types, and lies at or after ``start``. Without
        ``timed`` no time is read.
        """
        ...

    def cursor_update(self, cursor: CursorConfig, seen: str | None, position: int) -> tuple[str, str]:
        """What moves a cursor to ``position`` if it still holds what was ``seen``; and what it then holds.

        It keeps the form of the column: text stays text, and zero-padded if it is. Nothing is executed.
        """
        ...
