"""A log by its shape, whatever its columns are called.

A number that a sequence draws, a unique id, a unique key over something and a whole number, and a time: hardly anything
but a log of events has all four. Hardly is not never, so that a table whose name does not say so is proposed only.
"""

from collections.abc import Iterator
from dataclasses import replace

from auditor.identity import Kind
from auditor.init import columns, words
from auditor.init.looks import Looks
from auditor.init.proposals import LogProposal
from auditor.stores.introspection import TableInfo

_IDS = (Kind.UUID, Kind.TEXT, Kind.BYTES)
_TYPES_AT_MOST, _ROWS_FOR_TYPES = 50, 10_000


def stream_and_version(table: TableInfo) -> columns.StreamVersion | None:
    """The columns of the key that places an event in its stream, in a table that has all of the shape."""
    drawn = any(c.draws and table.is_unique(c.name) for c in table.of_kind(Kind.INTEGER))
    identified = any(table.is_unique(c.name) for c in table.of_kind(*_IDS))
    timed = columns.event_time(table, ()) is not None or only_time(table) is not None
    if not (drawn and identified and timed):
        return None
    return next(_pairs(table), None)


def _pairs(table: TableInfo) -> Iterator[columns.StreamVersion]:
    for key in table.keys:
        if len(key) != 2 or any(words.says(name, words.PARTITIONS | words.FLAGS) for name in key):  # noqa: PLR2004
            continue
        numbers = [name for name in key if _counts(table, name)]
        # Of two numbers the latter counts, as keys are written; the rows say afterwards whether it does.
        for version in numbers[-1:]:
            stream = next(name for name in key if name != version)
            if table.kind(stream) in columns.IDENTITIES:
                yield columns.StreamVersion(stream, version, by_key=True, by_shape=True)


def _counts(table: TableInfo, name: str) -> bool:
    column = table.column(name)
    if column is None or column.kind is not Kind.INTEGER:
        return False
    return not column.draws and not table.is_unique(name) and table.refers(name) is None


def only_time(table: TableInfo) -> str | None:
    """The one time that a table holds, where it holds no other."""
    times = [column.name for column in table.of_kind(Kind.TIME)]
    return times[0] if len(times) == 1 and not words.says(times[0], words.NOT_RECORDED) else None


def with_type(log: LogProposal, looks: Looks) -> LogProposal:
    """The log with the one column of text as its type that says but a few things, where its name tells none.

    Of several such columns none is taken: by a wrong type, what a consumer left out would look like its choice.
    """
    if log.type is not None or not log.by_shape:
        return log
    taken = (log.position, log.partition, log.id, log.stream, log.version, log.time)
    texts = [c.name for c in log.table.of_kind(Kind.TEXT) if c.name not in taken and not log.table.is_unique(c.name)]
    few = [name for name in texts if _says_few_things(log.table, name, looks)]
    if len(few) == 1:
        return replace(
            log, type=few[0], reasons=(*log.reasons, f"few different values in {few[0]}, taken for its type")
        )
    return log


def _says_few_things(table: TableInfo, name: str, looks: Looks) -> bool:
    sampler = looks.sampler(table.store)
    values = sampler.distinct(table.name, name, limit=_TYPES_AT_MOST + 1, looked_at=_ROWS_FOR_TYPES)
    return 1 < len(values) <= _TYPES_AT_MOST


def is_unclear(log: LogProposal) -> bool:
    """Whether nothing but the shape says that the table is a log: neither its name nor its columns' names."""
    return log.by_shape and words.role(log.table.bare) is None
