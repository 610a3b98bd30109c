"""Which tables hold how far consumers are, and which of their rows is whose.

A cursor is a number that lies within a log, in a table of few rows that is named like one. Every row is a consumer of
its own; what its key says beside the position is how the config finds it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.identity import Kind, as_integer
from auditor.init import words
from auditor.init.looks import Looks
from auditor.init.proposals import CursorProposal, LogProposal, Sureness
from auditor.stores.introspection import ColumnInfo, TableInfo, Value
from checks.wording import quoted

_ROWS_AT_MOST = 1_000
_TELLING = 20
"""From here on, standing exactly at the end of a log is no coincidence."""
_NO_CONSUMERS = ("__", "HighWater")
"""How names begin that stand in cursor tables and are nobody's: marks of the systems that keep them."""
_BETTER = words.vocabulary("position checkpoint offset sequence")
_BESIDES = words.vocabulary("timeout lease count retry owner version epoch generation")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The rows of one consumer: what finds them, and the positions."""

    where: tuple[tuple[str, Value], ...]
    values: tuple[int | None, ...]


def cursors_among(tables: Sequence[TableInfo], logs: Sequence[LogProposal], looks: Looks) -> Iterator[CursorProposal]:
    """The cursors in the tables, one for each consumer."""
    own = {(log.table.store, log.table.name) for log in logs}
    for table in tables:
        if (table.store, table.name) not in own and _may_hold_cursors(table):
            yield from _in_table(table, logs, looks)


def _may_hold_cursors(table: TableInfo) -> bool:
    role = words.role(table.bare)
    return role is words.Role.CURSOR or (role is None and words.says(table.bare, words.CONSUMERS))


def _in_table(table: TableInfo, logs: Sequence[LogProposal], looks: Looks) -> Iterator[CursorProposal]:
    position = _position(table)
    if position is None:
        yield from _without_position(table)
        return
    partition = _partition(table, position, logs)
    named = _named(table, (position.name, partition))
    columns = [position.name, *named]
    rows = looks.sampler(table.store).rows(table.name, columns, limit=_ROWS_AT_MOST + 1)
    if len(rows) > _ROWS_AT_MOST:
        return
    if any(as_integer(row[0]) is None and row[0] is not None for row in rows):
        yield from _unclear(table, position.name, f"{position.name} holds other things than whole numbers")
        return
    readings = list(_readings(named, rows))
    if len(readings) == 1 and table.kind(named[0] if named else "") is Kind.INTEGER:
        readings = [_Reading((), readings[0].values)]  # the one row of a table that has but one
    for reading in readings:
        yield _proposal(table, position, partition, reading, logs, looks)


def _position(table: TableInfo) -> ColumnInfo | None:
    spoken = words.CURSOR_POSITIONS
    if words.role(table.bare) is words.Role.CURSOR:
        spoken |= words.CURSOR_POSITIONS_IN_SHORT
    found = [
        c
        for c in table.of_kind(Kind.INTEGER, Kind.TEXT)
        if _may_stand(c)
        and words.says(c.name, spoken)
        and not any(c.name in key for key in table.keys if len(key) == 1 and c.kind is Kind.TEXT)
    ]
    return min(found, key=lambda c: (c.kind is not Kind.INTEGER, not words.says(c.name, _BETTER)), default=None)


def _may_stand(column: ColumnInfo) -> bool:
    if column.draws and words.words(column.name) == ("id",):
        return False
    return not words.says(column.name, _BESIDES | words.PARTITIONS)


def _without_position(table: TableInfo) -> Iterator[CursorProposal]:
    """A table that is called a cursor's, and numbers of which no name says that they are positions: named, not used."""
    keyed = {name for key in table.keys for name in key}
    numbers = [c.name for c in table.of_kind(Kind.INTEGER) if _may_stand(c) and c.name not in keyed]
    if numbers:
        yield from _unclear(
            table, numbers[0], f"no name of a column says that it is a position ({', '.join(numbers)}?)"
        )


def _unclear(table: TableInfo, position: str, doubt: str) -> Iterator[CursorProposal]:
    """A cursor of nobody, where the table's own name says that it holds some."""
    if words.role(table.bare) is words.Role.CURSOR:
        reasons = (f"named {table.bare}", _stands(()), f"{doubt}: [consumers.NAME.cursor] would hold it")
        yield CursorProposal(table=table, sureness=Sureness.UNSURE, reasons=reasons, position=position, values=())


def _partition(table: TableInfo, position: ColumnInfo, logs: Sequence[LogProposal]) -> str | None:
    """The column by which a consumer has several rows, where a log counts its positions by the same."""
    counted = {log.partition for log in logs if log.partition is not None}
    keyed = {name for key in table.keys for name in key if name != position.name}
    return next((name for name in sorted(counted & keyed)), None)


def _named(table: TableInfo, taken: tuple[str | None, ...]) -> list[str]:
    """What tells one consumer's rows from another's: the rest of the key, else a column that is named so."""
    kinds = (Kind.TEXT, Kind.UUID, Kind.INTEGER)
    for key in table.keys:
        rest = [name for name in key if name not in taken and table.kind(name) in kinds]
        if rest and not any(column.draws for name in rest if (column := table.column(name))):
            return rest
    named = [c.name for c in table.of_kind(Kind.TEXT) if c.name not in taken and words.says(c.name, words.CURSOR_NAMES)]
    return named[:1]


def _readings(named: Sequence[str], rows: Sequence[tuple[Value, ...]]) -> Iterator[_Reading]:
    found: dict[tuple[tuple[str, Value], ...], list[int | None]] = defaultdict(list)
    for position, *names in rows:
        where = tuple(zip(named, names, strict=True))
        if not any(isinstance(name, str) and name.startswith(_NO_CONSUMERS) for name in names):
            found[where].append(as_integer(position))
    for where, values in sorted(found.items(), key=repr):
        yield _Reading(where, tuple(values))


def _proposal(
    table: TableInfo,
    position: ColumnInfo,
    partition: str | None,
    reading: _Reading,
    logs: Sequence[LogProposal],
    looks: Looks,
) -> CursorProposal:
    where = {name: value for name, value in reading.where if isinstance(value, str | int)}
    values = tuple(value for value in reading.values if value is not None)
    fitting = _fitting(table, values, list(where.values()), partition, logs, looks)
    sureness, doubts = _sureness(table, reading, where, partition, fitting)
    return CursorProposal(
        table=table,
        sureness=sureness,
        reasons=(f"named {table.bare}", _stands(values), *doubts),
        position=position.name,
        values=values,
        label=_label(table, where),
        where=where,
        partition=partition,
        means=_means(position.name),
        logs=fitting,
    )


def _sureness(
    table: TableInfo, reading: _Reading, where: dict[str, str | int], partition: str | None, fitting: Sequence[str]
) -> tuple[Sureness, list[str]]:
    doubts = []
    if not fitting:
        doubts.append("it lies within no log")
    if len(reading.values) > 1 and partition is None:
        doubts.append(f"{len(reading.values)} rows, and nothing that says which events are whose")
    if len(where) < len(reading.where) or any("${" in value for value in where.values() if isinstance(value, str)):
        doubts.append("what finds its row cannot be said in auditor.toml")
    if doubts:
        return Sureness.UNSURE, doubts
    if len(fitting) > 1:
        return Sureness.LIKELY, [f"it would fit {' and '.join(fitting)}"]
    return (Sureness.SURE if words.role(table.bare) is words.Role.CURSOR else Sureness.LIKELY), doubts


def _stands(values: Sequence[int]) -> str:
    if not values:
        return "it holds no position yet"
    if len(values) == 1:
        return f"it stands at {values[0]}"
    return f"it stands between {min(values)} and {max(values)}"


def _fitting(
    table: TableInfo,
    values: Sequence[int],
    names: Sequence[str | int],
    partition: str | None,
    logs: Sequence[LogProposal],
    looks: Looks,
) -> tuple[str, ...]:
    """The logs that the cursor may be about: those in which it lies, and of these the one that it names."""
    able = [log for log in logs if partition in (None, log.partition) and (partition or not log.partition)]
    within = [log for log in able if all(0 <= value <= _head(log, looks) + 1 for value in values)]
    # A busy log may have grown between the two looks, and its consumer with it.
    near = [log for log in able if all(0 <= value <= _head(log, looks) * 1.05 + 1_000 for value in values)]
    found = within or near
    called = [log for log in found if _is_called(log, table, names)]
    at_end = [log for log in found if values and max(values) >= _TELLING and _stands_at_end(log, values, looks)]
    beside = [log for log in found if log.table.store == table.store]
    chosen = next((some for some in (called, at_end, beside) if len(some) == 1), called or found)
    return tuple(log.name for log in chosen)


def _stands_at_end(log: LogProposal, values: Sequence[int], looks: Looks) -> bool:
    return max(values) - _head(log, looks) in (0, 1)


def _head(log: LogProposal, looks: Looks) -> int:
    return looks.log(log).head or 0


def _is_called(log: LogProposal, table: TableInfo, names: Sequence[str | int]) -> bool:
    """Whether the row or the table has the log's name in it."""
    return words.is_about(" ".join(map(str, (*names, table.bare))), log.table.bare)


def _label(table: TableInfo, where: dict[str, str | int]) -> str | None:
    """Who the row belongs to: what names a consumer before what names anything else, the table's name at last."""
    texts = {name: value for name, value in where.items() if isinstance(value, str)}
    consumers = [value for name, value in texts.items() if words.says(name, words.CONSUMERS)]
    return next(iter([*consumers, *texts.values()]), words.label(table.bare))


def _means(column: str) -> str:
    if words.says(column, ("next",)):
        return "next"
    return "delivered" if words.says(column, ("delivered",)) else "last-processed"


def described(cursor: CursorProposal) -> str:
    """Where a cursor stands, for people."""
    rows = ", ".join(f"{name} = {quoted(str(value))}" for name, value in cursor.where.items())
    return f"{cursor.table.name}{f' ({rows})' if rows else ''}"
