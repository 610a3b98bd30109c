"""Whether the indexes are there that checks need, and the statements that would create them.

A small table needs none. Whether the planner takes an index is its own decision; an index that is partial may serve or
not, so it is named and not relied on.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from auditor.doctor.needs import Need, fixed_columns
from auditor.doctor.uses import Use
from auditor.stores.catalogue import Catalogue, Index, Part, Table
from checks.model.diagnosis import Examined
from checks.wording import counted, quoted

SMALL = 10_000
"""Rows below which reading the whole table costs nothing worth an index."""
BIG = 100_000
"""Rows from which on it pays to spare the table itself."""
_WIDE = 150
"""Bytes of a row from which on an index is so much smaller than its table."""
_PAGE = 8_192


@dataclass(frozen=True, slots=True)
class Ward:
    """A table with the database that it is in. ``texts``: its columns that hold text."""

    use: Use
    table: Table
    catalogue: Catalogue
    texts: Collection[str] = ()


def examine(ward: Ward, need: Need) -> Iterator[Examined]:
    """A line about one need; views are left to the tables below them."""
    about, table = ward.use.about("indexes"), ward.table
    what = f"{need.what_for} in {quoted(ward.use.table)}"
    numbers = [column for column in need.numbers if column in ward.texts]
    lacking = [part for part in table.parts if not _serving(part, need, ward.use)]
    if table.rows is None:
        yield about.fine(f"{quoted(ward.use.table)} is a {table.kind}: what indexes it has is up to what it shows")
    elif table.rows < SMALL and (lacking or numbers):
        yield about.fine(f"no index for {what}, and none is needed for about {counted(table.rows, 'row')}")
    elif numbers:
        message = f"no index can serve {what}: {quoted(numbers[0])} is text and compared as a number"
        yield about.warning(message, "make it a bigint, if audits take too long")
    elif lacking:
        statements = ward.catalogue.index_statements(table, lacking, need.columns, _included(table, need))
        advice = "let the owner of the table run (writers go on meanwhile)"
        yield about.warning(f"no index for {what}{_in_vain(lacking, need, ward.use)}", advice, statements)
    else:
        index = _serving(table.parts[0], need, ward.use)[0]
        yield from _served(ward, need, index, what)


def _served(ward: Ward, need: Need, index: Index, what: str) -> Iterator[Examined]:
    """``index``: one that serves, of the first part."""
    about, included = ward.use.about("indexes"), _included(ward.table, need)
    uncovered = [
        part for part in ward.table.parts if not any(need.covered_by(index) for index in _serving(part, need, ward.use))
    ]
    if included and uncovered:
        message = f"index {quoted(index.name)} serves {what}, but not all that comparing reads"
        advice = "comparing would be faster with an index that has it all, if there is room for one"
        statements = ward.catalogue.index_statements(ward.table, uncovered, need.columns, included)
        yield about.fine(message, advice, statements)
    else:
        yield about.fine(f"index {quoted(index.name)} serves {what}")


def invalid(ward: Ward) -> Iterator[Examined]:
    """Indexes that were begun and never finished: they cost every writer and serve nobody."""
    for index in (index for part in ward.table.parts for index in part.indexes):
        if not index.valid:
            message = f"index {quoted(index.name)} of {quoted(ward.use.table)} is invalid: its creation failed"
            statements = [ward.catalogue.drop_statement(index.quoted)]
            advice = "if nobody is just creating it, let the owner of the table run, and create it again"
            yield ward.use.about("indexes").warning(message, advice, statements)


def _serving(part: Part, need: Need, use: Use) -> list[Index]:
    return [index for index in part.indexes if index.valid and _serves(index, need, use)]


def _serves(index: Index, need: Need, use: Use) -> bool:
    if need.is_of_its_rows(index):
        return True
    return need.served_by(index, fixed_columns(use)) and (index.predicate is None or _not_null(index, need))


def _not_null(index: Index, need: Need) -> bool:
    """A partial index of the rows that have a value: others are never asked for."""
    return (index.predicate or "").replace('"', "") in [f"({column} IS NOT NULL)" for column in need.columns]


def _included(table: Table, need: Need) -> tuple[str, ...]:
    """The further columns that are worth a place in an index: of a big table with wide rows."""
    rows, pages = table.rows or 0, sum(part.pages for part in table.parts)
    worthwhile = rows >= BIG and pages * _PAGE > _WIDE * rows
    return need.covers if worthwhile else ()


def _in_vain(lacking: list[Part], need: Need, use: Use) -> str:
    """Indexes that look as if they served."""
    for index in (index for part in lacking for index in part.indexes):
        if need.served_by(index, fixed_columns(use)):
            why = "is invalid" if not index.valid else f"is only for {index.predicate}"
            return f" ({quoted(index.name)} {why})"
    return ""
