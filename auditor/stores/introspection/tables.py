"""A database's tables as its catalogue describes them: frozen, and without anything of a driver."""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.identity import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnInfo:
    """A column. ``draws``: its values come from a plain sequence, an identity, or a SQLite row id, unless given.

    ``declared`` is its type in the database's words, ``default`` its default expression. ``stamped``: the default is
    the time at which the row is written.
    """

    name: str
    kind: Kind
    declared: str = ""
    nullable: bool = True
    draws: bool = False
    default: str | None = None

    @property
    def stamped(self) -> bool:
        """Whether the database itself writes the time into it."""
        words = ("now()", "current_timestamp", "clock_timestamp", "statement_timestamp", "strftime", "datetime(")
        return self.default is not None and any(word in self.default.lower() for word in words)

    @property
    def zoneless(self) -> bool:
        """Whether it holds times that do not say in which zone they are."""
        return self.kind is Kind.TIME and "without time zone" in self.declared


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns that name a row of another table of the same database, by the name that a config gives that table."""

    columns: tuple[str, ...]
    table: str
    referred: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """A table. ``name`` is what a config calls it: bare where the search path finds it so, else ``schema.table``.

    ``keys``: the columns of every key that is unique, the primary one first. Partial and expression indexes are none.
    ``indexed``: the columns that an index begins with. ``row_id``: a SQLite table that has one beside its columns.
    """

    store: str
    name: str
    bare: str
    columns: tuple[ColumnInfo, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    indexed: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    row_id: bool = False

    def column(self, name: str) -> ColumnInfo | None:
        """The column of that exact name."""
        return next((column for column in self.columns if column.name == name), None)

    def kind(self, name: str) -> Kind:
        """What a column holds; ``OTHER`` for one that is not there."""
        found = self.column(name)
        return Kind.OTHER if found is None else found.kind

    def of_kind(self, *kinds: Kind) -> Iterator[ColumnInfo]:
        """The columns that hold one of these, in the order of the table."""
        return (column for column in self.columns if column.kind in kinds)

    def is_unique(self, *columns: str) -> bool:
        """Whether a key says that these columns together, in any order, stand once."""
        return any(set(key) == set(columns) for key in self.keys)

    def refers(self, column: str) -> ForeignKey | None:
        """The foreign key of that column alone."""
        return next((key for key in self.foreign_keys if key.columns == (column,)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The tables of a database. ``left_out``: those that no config could name or the role may not read, and why.

    ``views``: the names of views and of SQLite's virtual tables, which are not described, in alphabetical order.
    """

    tables: tuple[TableInfo, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    views: tuple[str, ...] = ()
