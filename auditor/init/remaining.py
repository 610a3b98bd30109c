"""What was looked at and has no part in the file: all of it is named there, for silence reads as "nothing more here".

A table is left out with a reason where one is known. Of the others it is said that they were not understood.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.init.consumers import unplaced
from auditor.init.cursors import described
from auditor.init.proposals import ConsumerProposal, CursorProposal, InboxProposal, LogProposal, NearMiss
from auditor.stores.introspection import TableInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A table, or a row of one as ``shown``, and why it is not used."""

    table: TableInfo
    shown: str
    why: str


def unused(
    consumers: Sequence[ConsumerProposal], receipts: Sequence[InboxProposal], cursors: Sequence[CursorProposal]
) -> Iterator[LeftOut]:
    """What looked like a trace of a consumer and found no place."""
    for parked in unplaced(consumers, receipts):
        why = "looks like events set aside as failed, but not whose: [consumers.NAME.parked]"
        yield LeftOut(table=parked.table, shown=parked.table.name, why=why)
    placed = [one.cursor for one in consumers if one.cursor is not None]
    for cursor in cursors:
        if cursor not in placed:
            why = f"looks like a cursor, but {', '.join(cursor.reasons[2:]) or 'not whose'}"
            yield LeftOut(table=cursor.table, shown=described(cursor), why=why)


def lacking(misses: Iterable[NearMiss]) -> Iterator[LeftOut]:
    """Tables that come near to a log."""
    return (LeftOut(table=miss.table, shown=miss.table.name, why=miss.lacks) for miss in misses)


def of_known_layouts(
    tables: Iterable[TableInfo], known: set[tuple[str, str]], part: set[tuple[str, str]]
) -> Iterator[LeftOut]:
    """Tables that a preset knows. ``part``: the tables (store, name) that the file names already."""
    why = "belongs to a known layout (auditor presets), and nothing that is written here needs it"
    for table in tables:
        if place(table) in known - part:
            yield LeftOut(table=table, shown=table.name, why=why)


def named_tables(logs: Iterable[LogProposal], consumers: Iterable[ConsumerProposal]) -> set[tuple[str, str]]:
    """The tables (store, name) of logs and consumers, be they written as sections or as comments."""
    parts = [part for one in consumers for part in (one.cursor, one.inbox, one.parked) if part is not None]
    return {place(each.table) for each in (*logs, *parts)}


def not_understood(tables: Iterable[TableInfo], explained: set[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """By store, the names of the tables that nothing was said of, in alphabetical order."""
    found: dict[str, list[str]] = {}
    for table in tables:
        if place(table) not in explained:
            found.setdefault(table.store, []).append(table.name)
    return {store: tuple(sorted(names)) for store, names in found.items()}


def place(table: TableInfo) -> tuple[str, str]:
    """What a table is found by: its store, and its name there."""
    return table.store, table.name
