"""Which column of a table may be an event's position, id, stream, version, type or time.

Keys come first: a unique key over a stream and a number is worth more than any name. What the keys leave open, names
decide, and what names leave open is not proposed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.identity import Kind
from auditor.init import words
from auditor.stores.introspection import ColumnInfo, TableInfo

IDENTITIES = (Kind.UUID, Kind.TEXT, Kind.BYTES, Kind.INTEGER)
_TIMES = (Kind.TIME, Kind.TEXT, Kind.INTEGER)
_ROW_ID = "rowid"
_ABSENT = 1_000


@dataclass(frozen=True, slots=True)
class StreamVersion:
    """The two columns that place an event in its stream, and whether a unique key says so.

    ``by_shape``: that key, and what else the table has, say it alone; no name does.
    """

    stream: str
    version: str
    by_key: bool
    by_shape: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """The column that orders a log, and that by which it is counted anew."""

    column: str
    partition: str | None = None


def stream_and_version(table: TableInfo) -> StreamVersion | None:
    """Where an event stands in its stream."""
    found = sorted(_keyed(table), key=lambda pair: words.rank(pair.version, words.VERSIONS) or 0)
    return found[0] if found else _named(table)


def _keyed(table: TableInfo) -> Iterator[StreamVersion]:
    for key in table.keys:
        # Whose it is and whether it is archived stand in keys beside what places an event.
        rest = [name for name in key if _is_stream(name) or not words.says(name, words.PARTITIONS | words.FLAGS)]
        rest = [name for name in rest if table.kind(name) in IDENTITIES]
        numbers = [name for name in rest if table.kind(name) is Kind.INTEGER and _may_be_version(table, name)]
        if len(rest) != 2 or not numbers:  # noqa: PLR2004 (stream and version)
            continue
        version = min(numbers, key=lambda name: _rank(name, words.VERSIONS))
        stream = next(name for name in rest if name != version)
        yield StreamVersion(stream, version, by_key=True)


def _may_be_version(table: TableInfo, name: str) -> bool:
    if words.says(name, words.VERSION_WORDS) and not words.says(name, ("schema",)):
        return True
    # "position", "number", "index": the place in a list as often as in a stream, unless there is a global one beside.
    if words.rank(name, words.VERSIONS) is None:
        return False
    return _is_stream_named(table, name) or any(_is_drawn(column) for column in table.columns)


def _is_stream_named(table: TableInfo, number: str) -> bool:
    return any(number in key and any(map(_is_stream, key)) for key in table.keys)


def _is_stream(name: str) -> bool:
    return words.rank(name, words.STREAMS) is not None


def _is_drawn(column: ColumnInfo) -> bool:
    return column.kind is Kind.INTEGER and column.draws


def _named(table: TableInfo) -> StreamVersion | None:
    identities = [c.name for c in table.of_kind(*IDENTITIES) if not c.draws]
    streams = [name for name in identities if _is_stream(name)]
    numbers = table.of_kind(Kind.INTEGER)
    counted = [c.name for c in numbers if words.says(c.name, words.VERSION_WORDS) and not c.draws]
    counted = [name for name in counted if not table.is_unique(name)]
    versions = [name for name in counted if words.rank(name, words.VERSIONS) is not None]
    if not streams or not versions:
        return next((StreamVersion(*pair, by_key=False) for pair in pairs_by_name(identities, counted)), None)
    stream = min(streams, key=lambda name: _rank(name, words.STREAMS))
    return StreamVersion(stream, min(versions, key=lambda name: _rank(name, words.VERSIONS)), by_key=False)


def pairs_by_name(streams: Sequence[str], versions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``article`` with ``article_version``, ``order_no`` with ``order_version``."""
    for version in versions:
        own = [word for word in words.words(version) if word not in words.VERSION_WORDS]
        if own:
            alike = (name for name in streams if name != version and words.words(name)[: len(own)] == tuple(own))
            yield from ((name, version) for name in alike)


def position(table: TableInfo, placed: StreamVersion | None) -> Position | None:
    """What orders the log: a number of its own, one counted for each tenant, or SQLite's row id."""
    version = placed.version if placed and placed.by_key else None
    numbers = [column for column in table.of_kind(Kind.INTEGER) if column.name != version]
    single = [column for column in numbers if _orders(table, column)]
    if single:
        return Position(min(single, key=lambda column: _preference(table, column)).name)
    counted = [pair for column in numbers if (pair := _counted_by(table, column.name, placed)) is not None]
    if counted:
        return counted[0]
    if table.row_id and placed is not None and placed.by_key:
        return Position(_ROW_ID)
    return None


def _orders(table: TableInfo, column: ColumnInfo) -> bool:
    if words.says(column.name, words.PARTITIONS):
        return False
    is_named = words.rank(column.name, words.POSITIONS) is not None or _is_plain_id(column.name)
    if table.is_unique(column.name):
        return column.draws or is_named
    # A partitioned table's keys have to hold the column by which it is partitioned, so none may be the position's own.
    dated = any(column.name in key and _rest_is_time(table, key, column.name) for key in table.keys)
    return column.draws or (is_named and dated)


def _rest_is_time(table: TableInfo, key: tuple[str, ...], name: str) -> bool:
    return all(table.kind(other) is Kind.TIME for other in key if other != name)


def _is_plain_id(name: str) -> bool:
    return words.words(name) in (("id",), ("event", "id"), ("message", "id"))


def _preference(table: TableInfo, column: ColumnInfo) -> tuple[int, bool, bool]:
    return _rank(column.name, words.POSITIONS), not column.draws, not table.is_unique(column.name)


def _counted_by(table: TableInfo, number: str, placed: StreamVersion | None) -> Position | None:
    if words.rank(number, words.POSITIONS) is None:
        return None
    for key in table.keys:
        others = [name for name in key if name != number]
        if number not in key or len(others) != 1 or (placed is not None and others[0] == placed.stream):
            continue
        if table.kind(others[0]) in IDENTITIES and not _is_stream(others[0]):
            return Position(number, others[0])
    return None


def event_id(table: TableInfo, taken: tuple[str | None, ...]) -> str | None:
    """What names an event by itself, beside its position. Numbers are left to the position."""
    columns = [c for c in table.of_kind(Kind.UUID, Kind.TEXT, Kind.BYTES) if c.name not in taken]
    keyed = [c for c in columns if table.is_unique(c.name) or _is_keyed_with_time(table, c.name)]
    named = [c for c in keyed if words.rank(c.name, words.IDS) is not None]
    unkeyed = [c for c in columns if words.rank(c.name, words.IDS) is not None and _is_telling(c)]
    uuids = [c for c in keyed if c.kind is Kind.UUID]
    for some in (named, uuids, unkeyed, keyed):
        if some:
            return min(some, key=lambda column: _rank(column.name, words.IDS)).name
    return None


def _is_telling(column: ColumnInfo) -> bool:
    """Whether a column without a key may hold ids all the same; that its rows differ is looked at afterwards."""
    return column.kind is Kind.UUID or words.says(column.name, ("event", "message"))


def _is_keyed_with_time(table: TableInfo, name: str) -> bool:
    return any(name in key and _rest_is_time(table, key, name) for key in table.keys)


def event_type(table: TableInfo, taken: tuple[str | None, ...]) -> str | None:
    """What says which kind of event it is."""
    texts = [c.name for c in table.of_kind(Kind.TEXT) if c.name not in taken]
    named = [name for name in texts if words.rank(name, words.TYPES) is not None]
    return min(named, key=lambda name: _rank(name, words.TYPES)) if named else None


def event_time(table: TableInfo, taken: tuple[str | None, ...]) -> str | None:
    """When it was recorded: by the database's own clock rather than by whoever sent it."""
    columns = [c for c in table.of_kind(*_TIMES) if c.name not in taken and _tells_a_time(c)]
    if not columns:
        return None
    return min(
        columns, key=lambda c: (not c.stamped, not words.says(c.name, words.RECORDED), c.kind is not Kind.TIME)
    ).name


def _tells_a_time(column: ColumnInfo) -> bool:
    if words.says(column.name, words.NOT_RECORDED):
        return False
    told = words.says(column.name, words.RECORDED) or words.says(column.name, words.HAPPENED)
    return told or (column.kind is Kind.TIME and column.stamped)


def payload(table: TableInfo, taken: tuple[str | None, ...]) -> str | None:
    """What an event says, where a column's name gives it away."""
    kinds = (Kind.OTHER, Kind.TEXT, Kind.BYTES)
    found = (c.name for c in table.of_kind(*kinds) if c.name not in taken and words.says(c.name, words.PAYLOADS))
    return next(found, None)


def sent(table: TableInfo) -> str | None:
    """What marks the rows of an outbox that were sent."""
    kinds = (Kind.TIME, Kind.OTHER, Kind.INTEGER, Kind.TEXT)
    return next((c.name for c in table.of_kind(*kinds) if words.says(c.name, words.SENT)), None)


def _rank(name: str, names: tuple[str, ...]) -> int:
    found = words.rank(name, names)
    return _ABSENT if found is None else found
