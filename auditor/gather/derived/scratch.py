"""Rows of a derived log that findings are about, as they were looked up, on scratch paper: as many as events, maybe."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from auditor.scratch import ScratchDatabase, event_of, event_row
from checks.model.derived import Copy

_SCHEMA = "CREATE TABLE located (list TEXT, number INTEGER, row TEXT, PRIMARY KEY (list, number)) WITHOUT ROWID;"


class Located(NamedTuple):
    """A row. ``by``: the one that overtook it; ``below_floor``: see :class:`checks.model.derived.Stray`."""

    copy: Copy
    by: Copy | None = None
    below_floor: bool | None = None


class DerivedScratch(ScratchDatabase):
    """Lists of located rows, by name, in the order in which they were noted."""

    def __init__(self) -> None:
        super().__init__(_SCHEMA)
        self._count = 0

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


def _copy(copy: Copy) -> list[Sequence[object]]:
    return [event_row(copy.event), event_row(copy.of)]


def _to_copy(cells: Sequence[Any]) -> Copy:
    event, of = cells
    return Copy(event=event_of(event), of=event_of(of))
