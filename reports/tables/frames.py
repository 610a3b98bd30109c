r"""The tables of a result as pandas data frames, for notebooks and for files of tables.

No number ever passes through float: positions above 2^53 keep their last digit. Integers are ``Int64``; a column with
one beyond 64 bits, which a numeric column of a database can hold, has Python's own integers instead. What is not known
is ``NA`` (``NaT`` among times), never zero or empty. Text with half of a surrogate pair in it is escaped as in the JSON
document, so that a frame can be written to any file.

pandas is slow to import: this module is imported where a table is asked for, and nowhere else.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

from pandas import NA, DataFrame, DatetimeTZDtype, Series

from checks.model.result import Result
from reports.tables.rows import ROWS, Row, Table, rows
from reports.visible import well_formed

_IN_64_BITS = range(-(2**63), 2**63)


def to_pandas(result: Result, table: Table | str) -> DataFrame:
    """One table of any result; the columns and their types are the same whatever is in it. ValueError: no such one."""
    if table not in set(Table):
        message = f"there is no table {table!r} (there are {', '.join(Table)})"
        raise ValueError(message)
    known = Table(table)
    return frame(list(rows(result, known)), known)


def frame(some: Sequence[Row], table: Table) -> DataFrame:
    """Some rows of a table, with the columns and the types that all of them have."""
    hints = get_type_hints(ROWS[table])
    return DataFrame({name: _series([getattr(row, name) for row in some], hint) for name, hint in hints.items()})


def _series(values: Sequence[Any], hint: Any) -> "Series[Any]":
    """``hint``: the type of the values, with or without ``None``."""
    (kind,) = {*(get_args(hint) or (hint,))} - {type(None)}
    if kind is int:
        return _integers(values)
    if kind is datetime:
        return Series([None if time is None else _utc(time) for time in values], dtype=DatetimeTZDtype("us", "UTC"))
    if kind is bool:
        return Series(values, dtype="bool")
    return Series([NA if text is None else well_formed(text) for text in values], dtype="string")


def _integers(values: Sequence[int | None]) -> "Series[Any]":
    fits = all(value is None or value in _IN_64_BITS for value in values)
    return Series([NA if value is None else value for value in values], dtype="Int64" if fits else "object")


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
