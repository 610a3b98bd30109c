"""Which event each row of three logs belongs to, on scratch paper.

Rows are noted as they are read; then :meth:`CutoverScratch.join` brings them together, event by event, and from then on
the facts are read in order.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from auditor.moment import from_microseconds, to_moment
from auditor.scratch import ScratchDatabase
from checks.model.cutover import Doubt, Facts, NewRow

Name = int | str
"""What derived logs call an upstream event."""

DOUBTS = tuple(Doubt)
_SCHEMA = """
    CREATE TABLE event (number INTEGER PRIMARY KEY, position INTEGER, old_name, new_name, expected INTEGER,
        time);
    CREATE TABLE old_row (position INTEGER, name, wanted INTEGER);
    CREATE TABLE new_row (position INTEGER, name);
    CREATE TABLE absent (position INTEGER PRIMARY KEY, doubt INTEGER);
    CREATE TABLE old (event INTEGER PRIMARY KEY, rows INTEGER, wanted INTEGER, unproven INTEGER, doubt INTEGER);
    CREATE TABLE new (event INTEGER PRIMARY KEY, position INTEGER);
    CREATE TABLE place (number INTEGER PRIMARY KEY, position INTEGER, event INTEGER);
"""
_NAMELESS_OLD, _NAMELESS_NEW = 2**62, 2**62 + 1
"""Under these numbers stands what names no event: it belongs to none that anybody knows."""
_FACTS = (
    "e.position, e.old_name, e.new_name, e.expected, o.rows, o.wanted, o.unproven, o.doubt, n.position, e.time"
    " FROM {source} JOIN event e ON e.number = {event} LEFT JOIN old o ON o.event = e.number"
    " LEFT JOIN new n ON n.event = e.number"
)


class CutoverScratch(ScratchDatabase):
    """``alike``: both logs call an upstream event by the same name."""

    def __init__(self, *, alike: bool) -> None:
        self._new_name = "old_name" if alike else "new_name"
        super().__init__(_SCHEMA)

    def note_events(self, events: Iterable[tuple[int, Name, Name | None, bool, int | str | None]]) -> None:
        """``(position, name, name in the new log where it is another, expected, time)``, by position.

        The time is a text as it was found, or microseconds.
        """
        self._database.executemany(
            "INSERT INTO event (position, old_name, new_name, expected, time) VALUES (?, ?, ?, ?, ?)", events
        )

    def note_old_rows(self, rows: Iterable[tuple[int | None, Name | None, bool]]) -> None:
        """``(position, name of the event, whether the consumer should have it)``."""
        self._database.executemany("INSERT INTO old_row VALUES (?, ?, ?)", rows)

    def note_new_rows(self, rows: Iterable[tuple[int, Name | None]]) -> None:
        """``(position, name of the event)``, by position."""
        self._database.executemany("INSERT INTO new_row VALUES (?, ?)", rows)

    def note_absent(self, positions: Iterable[tuple[int, Doubt]]) -> None:
        """Positions of the old log whose row is not proven processed; the weightiest doubt stays."""
        rows = ((position, DOUBTS.index(doubt)) for position, doubt in positions)
        self._database.executemany(
            "INSERT INTO absent VALUES (?, ?) ON CONFLICT (position) DO UPDATE SET doubt = min(doubt, excluded.doubt)",
            rows,
        )

    def is_absent(self, position: int) -> bool:
        """Whether it was noted as absent."""
        return bool(self._database.execute("SELECT 1 FROM absent WHERE position = ?", (position,)).fetchone())

    def wanted_positions(self) -> Iterator[int]:
        """Of the old rows that the consumer should have, ascending."""
        query = "SELECT position FROM old_row WHERE wanted AND position IS NOT NULL ORDER BY position"
        return (int(position) for (position,) in self._database.execute(query))

    def join(self) -> None:
        """Bring together what belongs to one event."""
        run = self._database.execute
        for column in {"old_name", self._new_name}:
            run(f"CREATE INDEX by_{column} ON event ({column})")
            self._join_doubles(column)
        self._add_strangers("old_row", "old_name")
        for number in (_NAMELESS_OLD, _NAMELESS_NEW):
            run("INSERT INTO event (number, expected) VALUES (?, 1)", (number,))
        run(
            "INSERT INTO old SELECT coalesce(e.number, ?) AS event, count(*), sum(r.wanted),"
            " sum(r.wanted AND (r.position IS NULL OR a.position IS NOT NULL)),"
            " min(CASE WHEN r.wanted THEN a.doubt END) FROM old_row r LEFT JOIN event e ON e.old_name = r.name"
            " LEFT JOIN absent a ON a.position = r.position GROUP BY event",
            (_NAMELESS_OLD,),
        )
        self._join_new_rows()
        run("CREATE INDEX by_position ON place (position)")

    def join_again(self, rows: Iterable[tuple[int, Name | None]]) -> None:
        """The new log as it is by now, in place of what it was."""
        for table in ("new_row", "place", "new"):
            self._database.execute(f"DELETE FROM {table}")
        self.note_new_rows(rows)
        self._join_new_rows()

    def _join_new_rows(self) -> None:
        self._add_strangers("new_row", self._new_name)
        run = self._database.execute
        run(
            "INSERT INTO place (position, event) SELECT r.position, coalesce(e.number, ?) FROM new_row r"
            f" LEFT JOIN event e ON e.{self._new_name} = r.name ORDER BY r.rowid",
            (_NAMELESS_NEW,),
        )
        run("INSERT INTO new SELECT event, min(position) FROM place GROUP BY event")

    def _join_doubles(self, column: str) -> None:
        """Rows of the upstream that share a name are one event, expected if one of them is."""
        doubles = f"SELECT {column} FROM event GROUP BY {column} HAVING count(*) > 1"
        if self._database.execute(f"{doubles} LIMIT 1").fetchone() is None:
            return
        self._database.execute(
            f"UPDATE event AS e SET expected = 1 WHERE {column} IN ({doubles} AND max(expected) = 1)"
        )
        self._database.execute(
            f"DELETE FROM event WHERE number NOT IN (SELECT min(number) FROM event GROUP BY {column})"
        )

    def _add_strangers(self, rows: str, column: str) -> None:
        """Events that the upstream does not have."""
        self._database.execute(
            f"INSERT INTO event ({column}, expected) SELECT DISTINCT r.name, 1 FROM {rows} r"
            f" LEFT JOIN event e ON e.{column} = r.name WHERE r.name IS NOT NULL AND e.number IS NULL"
        )

    def facts(self, now: datetime, seen_for: timedelta | None = None) -> Iterator[Facts]:
        """Of every event that any of the logs has, in the upstream's order, then of what it does not have.

        ``now``: the time when the upstream was read. ``seen_for``: for how long its events have been known since; that
        old are those without a usable time at least.
        """
        query = f"SELECT {_FACTS.format(source='event f', event='f.number')} ORDER BY f.number"
        for row in self._database.execute(query):
            if row[0] is not None or row[4] is not None or row[8] is not None:
                yield _facts(row, now, seen_for)

    def rows_beyond(self, position: int, now: datetime) -> Iterator[NewRow]:
        """Rows of the new log beyond a position, in its order."""
        query = (
            f"SELECT p.position, {_FACTS.format(source='place p', event='p.event')}"
            " WHERE p.position > ? ORDER BY p.position, p.number"
        )
        for place, *row in self._database.execute(query, (position,)):
            yield NewRow(place, _facts(row, now, None))


def _facts(row: Any, now: datetime, seen_for: timedelta | None) -> Facts:
    position, old_name, new_name, expected, rows, wanted, unproven, doubt, new_first, time = row
    name = old_name if old_name is not None else new_name
    return Facts(
        position,
        None if name is None else str(name),
        bool(expected),
        rows or 0,
        wanted or 0,
        unproven or 0,
        None if doubt is None else DOUBTS[doubt],
        new_first,
        None if new_first is not None else seen_for if (age := _age(time, now)) is None else age,
    )


def _age(time: int | str | None, now: datetime) -> timedelta | None:
    """A time ahead of the clock is no evidence of age."""
    moment = from_microseconds(time) if isinstance(time, int) else to_moment(time)
    return None if moment is None or moment > now else now - moment
