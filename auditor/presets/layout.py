"""What a preset says: where a system keeps its events and its cursors, in the words of auditor.toml.

A preset is data. It says which keys a section of auditor.toml may leave out, and by what the tables are recognised; it
reads nothing and judges nothing. Whether the tables of a database really are as it says is seen when they are read.
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

APPLICATION = "{application}"
"""What stands for an application's name in the pattern of a table's name."""

Keys = Mapping[str, str | int | bool]
"""Keys of a section of auditor.toml, and what they are where a user leaves them out."""

_Words = Annotated[tuple[str, ...], Field(min_length=1)]


class _Data(BaseModel):
    """Frozen, and nothing in it that is not read: a misspelt word in a preset is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TableLayout(_Data):
    """A kind of table: its name, and the columns by which it is recognised."""

    named: str | None = None
    """The table of a named application, with ``{application}`` for its name. None: the system names none after it."""
    columns: _Words
    """The columns by which it is recognised. It may have others."""
    keys: dict[str, str | int | bool]
    """The defaults of its section. ``table`` is the table of an application without a name."""

    @property
    def table(self) -> str:
        """The table where the application has no name."""
        return str(self.keys["table"])

    def application(self, table: str) -> str | None:
        """Whose table it is by its bare name: an application, ``""`` for one without a name, ``None`` for nobody's."""
        if table == self.table:
            return ""
        before, _, after = (self.named or "").partition(APPLICATION)
        is_named = self.named is not None and len(table) > len(before) + len(after)
        if is_named and table.startswith(before) and table.endswith(after):
            return table[len(before) : len(table) - len(after)]
        return None

    def has(self, columns: frozenset[str]) -> bool:
        """Whether a table with these columns can be one of them."""
        return columns.issuperset(self.columns)

    @model_validator(mode="after")
    def _names_its_table(self) -> Self:
        if "table" not in self.keys:
            raise ValueError("keys lack 'table'")
        if self.named is not None and self.named.count(APPLICATION) != 1:
            raise ValueError(f"'named' must hold {APPLICATION} once")
        return self


class RowAnEvent(_Data):
    """A mode in which the cursor table keeps a row for each event that was processed: more than one a subscription."""

    setting: str
    """What switches the mode on, as the system's users know it."""
    keys: dict[str, str]
    """The defaults of the inbox that the table then is."""


class CursorLayout(TableLayout):
    """A table of cursors, a row a subscription."""

    subscription: str
    """The column that names what is subscribed to, or who subscribes: by it a consumer's row is found."""
    no_consumers: dict[str, str] = Field(default_factory=dict)
    """Values of that column whose rows are no consumer's, and what they are."""
    row_an_event: RowAnEvent | None = None
    """The mode in which it is an inbox, where there is one."""


class Layout(_Data):
    """How a system lays its tables out in one kind of store."""

    name: str
    """For people: PostgreSQL."""
    kind: str
    """The kind of store, as a URL says it: postgresql, sqlite."""
    log: TableLayout
    """Its event table."""
    cursor: CursorLayout | None = None
    """Its cursor table, where it keeps one."""


class Preset(_Data):
    """A system whose tables are known."""

    name: str
    """What a config calls it."""
    title: str
    """What it is, and of which version this was seen to be true."""
    audits: str
    """What of it can be audited."""
    notes: _Words
    """What to know before a verdict is believed, a sentence or two each."""
    example: str
    """A piece of auditor.toml to paste."""
    layouts: Annotated[tuple[Layout, ...], Field(min_length=1)]
    """One for each kind of store."""

    def layout(self, kind: str) -> Layout | None:
        """The layout in stores of that kind, or ``None``."""
        return next((layout for layout in self.layouts if layout.kind == kind), None)

    @model_validator(mode="after")
    def _has_one_layout_a_kind(self) -> Self:
        kinds = [layout.kind for layout in self.layouts]
        if len(set(kinds)) != len(kinds):
            raise ValueError("two layouts for one kind of store")
        return self
