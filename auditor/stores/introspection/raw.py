"""What the two catalogues are turned into before names and kinds are known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column as the catalogue has it."""

    name: str
    declared: str
    nullable: bool
    draws: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class RawForeignKey:
    """A foreign key, to a table by its schema and bare name."""

    columns: tuple[str, ...]
    schema: str
    table: str
    referred: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as the catalogue has it; ``name`` is what a config would call it."""

    schema: str
    bare: str
    name: str
    readable: bool
    columns: tuple[RawColumn, ...]
    keys: tuple[tuple[str, ...], ...]
    indexed: tuple[str, ...]
    foreign_keys: tuple[RawForeignKey, ...]
    row_id: bool
