"""Paper to work on: what an audit, a cutover or a plan notes while it is made, on disk, so that memory stays flat.

Each kind of notes is a subclass with tables of its own, in the package that takes them. Events stand in them in the
same columns.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from auditor.moment import from_microseconds, to_microseconds, to_moment
from checks.model.event import Event

EVENT_COLUMNS = "partition, position, id, stream, version, type, time"
"""An event in a table of notes, as :func:`event_row` writes and :func:`event_of` reads it."""
EVENT_TYPES = "partition TEXT, position INTEGER, id TEXT, stream TEXT, version INTEGER, type TEXT, time INTEGER"
"""The same columns for a CREATE TABLE."""


class ScratchDatabase:
    """A private SQLite database without a name; it lives in a temporary file that vanishes with it."""

    def __init__(self, schema: str) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + schema)
        self._database.execute("BEGIN")

    def interrupt(self) -> None:
        """End, from another thread, what is being read or written, with sqlite3's own error."""
        self._database.interrupt()

    def close(self) -> None:
        """Forget everything."""
        self._database.close()


def event_row(event: Event) -> tuple[object, ...]:
    """An event as the values of :data:`EVENT_COLUMNS`."""
    time = number_of(event.time)
    return (event.partition, event.position, event.id, event.stream, event.version, event.type, time)


def event_of(row: Sequence[Any]) -> Event:
    """The event of such values. A time may stand there as a text, too, as it was found."""
    partition, position, id_, stream, version, type_, time = row
    return Event(
        partition=partition,
        position=position,
        id=id_,
        stream=stream,
        version=version,
        type=type_,
        time=to_moment(time) if isinstance(time, str) else moment_of(time),
    )


def event_columns(table: str) -> str:
    """:data:`EVENT_COLUMNS` of one of several tables."""
    return ", ".join(f"{table}.{column}" for column in EVENT_COLUMNS.split(", "))


def number_of(moment: datetime | None) -> int | None:
    """A moment as notes keep it: in microseconds."""
    return None if moment is None else to_microseconds(moment)


def moment_of(number: int | None) -> datetime | None:
    """The moment that such a number stands for."""
    return None if number is None else from_microseconds(int(number))
