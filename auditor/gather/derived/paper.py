"""Rows of a derived log that findings are about, as they were looked up, on disk: there may be as many as events.

A private SQLite database without a name, as :mod:`auditor.scratch`.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from auditor.moment import from_microseconds, to_microseconds
from checks.model.derived import Copy
from checks.model.event import Event

Cells = list[Any]


class Located(NamedTuple):
    """A row. ``by``: the one that overtook it; ``below_floor``: see :class:`checks.model.derived.Stray`."""

    copy: Copy
    by: Copy | None = None
    below_floor: bool | None = None


class Paper:
    """Lists of located rows, by name, in the order in which they were noted."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE located (list TEXT, number INTEGER, row TEXT, PRIMARY KEY (list, number)) WITHOUT ROWID;"
        )
        self._database.execute("BEGIN")
        self._count = 0

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def note(self, which: str, rows: Iterable[Located]) -> None:
        """Add rows to one of the lists."""
        for row in rows:
            self._count += 1
            cells = [_copy(row.copy), None if row.by is None else _copy(row.by), row.below_floor]
            self._database.execute("INSERT INTO located VALUES (?, ?, ?)", (which, self._count, json.dumps(cells)))

    def of(self, which: str) -> Iterator[Located]:
        """The rows of one of the lists."""
        for (text,) in self._database.execute("SELECT row FROM located WHERE list = ? ORDER BY number", (which,)):
            copy, by, below_floor = json.loads(text)
            yield Located(_to_copy(copy), None if by is None else _to_copy(by), below_floor)


def _copy(copy: Copy) -> list[Cells]:
    return [_event(copy.event), _event(copy.of)]


def _to_copy(cells: list[Cells]) -> Copy:
    event, of = cells
    return Copy(event=_to_event(event), of=_to_event(of))


def _event(event: Event) -> Cells:
    time = None if event.time is None else to_microseconds(event.time)
    return [event.position, event.id, event.stream, event.version, event.type, time, event.partition]


def _to_event(cells: list[Any]) -> Event:
    position, id_, stream, version, type_, time, partition = cells
    return Event(
        position=position,
        id=id_,
        stream=stream,
        version=version,
        type=type_,
        time=None if time is None else from_microseconds(time),
        partition=partition,
    )
