"""By which columns a table may name the events of a log, as its keys, foreign keys and names suggest it.

Ids first, then positions, then streams with versions: the order in which the auditor itself takes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.identity import Kind
from auditor.init import words
from auditor.init.columns import pairs_by_name
from auditor.init.looks import match_of
from auditor.init.proposals import LogProposal
from auditor.stores.interface import Match
from auditor.stores.introspection import ColumnInfo, TableInfo

_IDS = (Kind.UUID, Kind.TEXT, Kind.BYTES)
_COLUMNS_AT_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """One way. ``columns``: word of the config → column.

    ``telling``: the values themselves tell one log from another, as uuids do and small numbers do not. ``foreign``: a
    foreign key says it.
    """

    columns: dict[str, str]
    match: Match
    telling: bool
    foreign: bool = False

    @property
    def described(self) -> str:
        """The columns, for people."""
        names = [column for word, column in self.columns.items() if word != "partition"]
        return names[0] if len(names) == 1 else f"({', '.join(names)})"


def namings(table: TableInfo, log: LogProposal) -> Iterator[Naming]:
    """Every way in which the table may name the log's events, the likeliest first."""
    ways = [*_by_id(table, log), *_by_position(table, log), *_by_version(table, log)]
    ways.sort(key=lambda way: not way.foreign)
    yield from ways


def _by_id(table: TableInfo, log: LogProposal) -> Iterator[Naming]:
    if log.id is None:
        return
    found = [column for column in table.of_kind(*_IDS) if _may_hold_id(table, column, log)]
    found.sort(key=lambda c: (not words.says(c.name, words.FOREIGN), not table.is_unique(c.name), c.name != log.id))
    for column in found[:_COLUMNS_AT_MOST]:
        yield from _naming(table, log, {"id": column.name}, telling=True)


def _may_hold_id(table: TableInfo, column: ColumnInfo, log: LogProposal) -> bool:
    if words.says(column.name, ("causation", "correlation", "trace", "parent", "consumer")):
        return False
    named = words.rank(column.name, words.IDS) is not None or words.says(column.name, words.FOREIGN)
    keyed = any(column.name in key for key in table.keys) or column.name in table.indexed
    # Any column of another database may be it, as long as looking its values up costs nothing.
    elsewhere = table.store != log.table.store and log.id in log.table.indexed
    elsewhere = elsewhere and not words.says(column.name, words.PAYLOADS)
    return named or column.name == log.id or keyed or elsewhere


def _by_position(table: TableInfo, log: LogProposal) -> Iterator[Naming]:
    found = [c for c in table.of_kind(Kind.INTEGER) if _may_hold_position(table, c, log)]
    for column in found:
        columns = {"position": column.name}
        if log.partition is not None:
            if table.column(log.partition) is None:
                continue
            columns = {"partition": log.partition, **columns}
        yield from _naming(table, log, columns, telling=False)


def _may_hold_position(table: TableInfo, column: ColumnInfo, log: LogProposal) -> bool:
    if _refers_to(table, column.name, log, log.position):
        return True
    if not column.draws:
        return _is_named_position(column.name, log)
    # SQLite's INTEGER PRIMARY KEY numbers rows by itself only where no number is given.
    return table.row_id and (column.name == log.position != "id" or words.says(column.name, words.FOREIGN))


def _is_named_position(name: str, log: LogProposal) -> bool:
    own = words.label(log.table.bare)
    singular = tuple(own.split("-")) if own else ()
    plain = words.words(name)
    if plain in (("event", "id"), ("message", "id"), ("event", "no"), ("event", "nr"), (*singular, "event", "id")):
        return True
    if words.says(name, words.FOREIGN) and words.says(name, words.POSITION_WORDS):
        return True
    return name == log.position != "id" or words.rank(name, words.POSITIONS) is not None


def _by_version(table: TableInfo, log: LogProposal) -> Iterator[Naming]:
    if log.stream is None or log.version is None:
        return
    if log.partition is not None:
        return
    numbers = [c.name for c in table.of_kind(Kind.INTEGER) if not c.draws and words.says(c.name, words.VERSION_WORDS)]
    named = table.column(log.version) is not None and table.column(log.stream) is not None
    pairs = [(log.stream, log.version)] if named else []
    for key in table.keys:
        pairs += [(other, number) for number in numbers for other in key if number in key and other != number]
    texts = [c.name for c in table.of_kind(*_IDS, Kind.INTEGER) if not c.draws]
    pairs += pairs_by_name(texts, numbers)
    for stream, version in dict.fromkeys(pairs):
        yield from _naming(table, log, {"stream": stream, "version": version}, telling=True)


def _naming(table: TableInfo, log: LogProposal, columns: dict[str, str], *, telling: bool) -> Iterator[Naming]:
    match = match_of(log, table, columns)
    if match is not None and len(match.words) == len(columns):
        foreign = any(_refers_to(table, column, log, getattr(log, word)) for word, column in columns.items())
        yield Naming(columns=columns, match=match, telling=telling, foreign=foreign)


def _refers_to(table: TableInfo, column: str, log: LogProposal, theirs: str | None) -> bool:
    key = table.refers(column)
    if key is None or table.store != log.table.store or key.table != log.table.name:
        return False
    # SQLite may leave the referred column out; it is then the primary key.
    return key.referred in ((theirs,), ())
