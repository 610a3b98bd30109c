"""What ``auditor doctor`` asks a database about itself: server, role, tables, indexes, statistics.

None of it reads more than a few thousand rows of an audited table. Every method is a read-only transaction of its own,
so that a question that takes too long, or that the role may not ask, costs nothing but its own answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auditor.config import Conditions, LogConfig

SAMPLE = 10_000
"""Rows that are read of a table, at the most, to see which values a column has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A database that answered. ``described``: what it is and as whom we are in; ``offer``: what could be better.

    ``major`` is ``None`` where versions do not matter. ``superuser``: the role may do anything.
    """

    described: str
    role: str | None = None
    major: int | None = None
    superuser: bool = False
    offer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index of a table.

    ``quoted``: its name as SQL writes it. ``keys`` in their order, ``None`` for an expression; ``predicate`` where it
    is partial.
    """

    name: str
    quoted: str
    keys: tuple[str | None, ...]
    included: tuple[str, ...] = ()
    unique: bool = False
    valid: bool = True
    predicate: str | None = None
    method: str = "btree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What really holds rows: an ordinary table itself, or a partition of a partitioned one.

    ``quoted``: its name as SQL writes it. ``rows`` and ``pages`` are estimates. ``all_visible``: pages that index-only
    scans need not look into. ``analysed``: the planner has statistics; ``changed``: rows written since then, ``None``
    where that is not counted.
    """

    quoted: str
    rows: int
    pages: int = 0
    all_visible: int = 0
    analysed: bool = True
    changed: int | None = None
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table or view as the role finds it. ``parts`` is empty for what has no rows of its own: a view.

    ``schema`` is empty where there are none. ``quoted``: schema and name as SQL writes them. ``filtered``: row-level
    security hides rows from this role. ``unreadable`` names the columns that it may not read; ``grants`` are the
    statements that would let it. ``writable``: the role was
    given the right to write to it (a superuser needs none).
    """

    schema: str
    name: str
    quoted: str
    kind: str
    columns: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    filtered: bool = False
    writable: bool = False
    unreadable: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()

    @property
    def rows(self) -> int | None:
        """About how many rows it has; ``None`` where it has none of its own."""
        return sum(part.rows for part in self.parts) if self.parts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a table that was not found could be instead.

    ``elsewhere``: tables of that very name in other schemas, ``near``: similar names, both as a config writes them.
    ``schema``: whether its schema exists, ``usable``: whether the role may look into it.
    """

    schema: bool = True
    usable: bool = True
    elsewhere: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Values of a column, as text. ``whole``: there are no others; otherwise there may be."""

    seen: tuple[str, ...]
    whole: bool


class Catalogue(Protocol):
    """Every method raises :class:`auditor.errors.StoreError` and nothing else."""

    def server(self) -> Server:
        """Who answers, and as whom."""
        ...

    def clock(self) -> datetime:
        """The database's clock, aware."""
        ...

    def table(self, name: str) -> Table | None:
        """The table of a name as the config writes it; ``None`` where the role finds none."""
        ...

    def whereabouts(self, name: str) -> Whereabouts:
        """Where a table that :meth:`table` did not find could be."""
        ...

    def values(self, table: str, column: str, where: Conditions) -> Values:
        """Which values a column has among the rows that pass ``where``: from statistics or a sample; no NULL."""
        ...

    def has_row(self, table: str, where: Conditions) -> bool:
        """Whether any row passes ``where``."""
        ...

    def obstacles(self, log: LogConfig) -> tuple[str, ...]:
        """What stands against a proof of how far the log is settled, in words; empty where there is one."""
        ...

    def hidden_sequence(self, log: LogConfig) -> tuple[str, ...]:
        """Statements that would let the role read the sequence behind the positions; empty where it may, or none is."""
        ...

    def index_statements(
        self, table: Table, parts: Sequence[Part], keys: Sequence[str], included: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """What creates an index on these ``parts`` of ``table`` while others go on writing to it."""
        ...

    def drop_statement(self, index: str) -> str:
        """What removes an index, given by its quoted name."""
        ...

    def analyse_statement(self, table: Table) -> str:
        """What gives the planner statistics of a table."""
        ...

    def vacuum_statement(self, table: Table) -> str | None:
        """What marks the pages of a table as visible to all; ``None`` where there is no such thing."""
        ...
