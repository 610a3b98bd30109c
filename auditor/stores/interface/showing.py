"""What a statement shows that somebody pastes into a client of their own, in words that know no SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.config import Condition
from auditor.identity import Kind

Between = tuple[int, int]
"""A closed interval of numbers."""
Part = int | str | Between


@dataclass(frozen=True, slots=True)
class Among:
    """Rows by what some of their columns hold together: each of ``wanted`` has a part for each column.

    ``kinds``: the joint kind under which a part is an identity; ``None``: it is as the same column gave it. An
    interval is of numbers, whatever the column is.
    """

    columns: tuple[str, ...]
    kinds: tuple[Kind | None, ...]
    wanted: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Tallied:
    """Instead of rows, how many there are, by the columns ``by``, and the lowest and highest of ``ends``."""

    by: tuple[str, ...] = ()
    ends: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Rows of one table: which of them, which of their columns (none named: all), in which order, and how many at most.

    ``where``: as the config has it. ``among``: each has to hold. ``partition``: a column, and its value as it was read
    (``None``: NULL). ``mark``: a column that says whether something was done, and whether it does. ``present``:
    columns that are not NULL. ``order``: by columns, ascending; ``descending``: all of them the other way.
    """

    table: str
    columns: tuple[str, ...] = ()
    where: Mapping[str, Condition] = field(default_factory=dict)
    among: tuple[Among, ...] = ()
    partition: tuple[str, str | None] | None = None
    mark: tuple[str, bool] | None = None
    present: tuple[str, ...] = ()
    tallied: Tallied | None = None
    order: tuple[str, ...] = ()
    descending: bool = False
    limit: int | None = None
