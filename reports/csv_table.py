r"""The findings as a table, for spreadsheets, databases and `pandas.read_csv`: one row an event, all of them.

Its columns are those of the table `events` of a result. Every event that a finding has is there, whatever
`--max-findings` says; a finding that names none has one row in which the event is left out. `--by finding` has one row
a finding instead, the table `findings`: `count` is how many there are, `events` how many of them are named.
`auditor report` has what was recorded, 10,000 events a finding at the most, and says so if there were more.

A table has no verdict, but without rows it is that of a consistent run. Below the findings, an audit that could not be
decided has a row for each reason: no `finding` and no `check`, `verdict` unknown, and the `reason`; by finding, the
`message`, too. Whoever counts what is wrong counts the rows whose `verdict` is confirmed and whose `severity` is error.

The file is UTF-8 and quoted as in RFC 4180, the first line names the columns, lines end in a newline. A newline in a
name stays what it is, inside quotes. Numbers are exact, also those that a float cannot hold. Times are UTC, as in the
JSON document. What is not known is nothing between two commas.

No text acts in a spreadsheet as a formula. Text that begins with `=`, `+`, `-`, `@` or an apostrophe gets an apostrophe
in front, and text that is empty is an apostrophe alone; whoever takes one leading apostrophe away has the text back.
Numbers are numbers and get none. A character without a picture, such as a tab, a carriage return, NUL, half of a
surrogate pair or a mark that turns the reading direction round, is written as the escape that the terminal shows
(`\t`, `\x00`, `\u202e`). The JSON formats have such names exactly.

pandas reads it back exactly where it does not guess: `pandas.read_csv(name, dtype="string", keep_default_na=False,
na_values=[""])`, and then `astype("Int64")` on the columns that are numbers.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from pandas import DataFrame, Series

from checks.model.result import Result
from reports.appearance import Appearance, By
from reports.json_document import moment
from reports.tables.frames import frame
from reports.tables.rows import Table, rows
from reports.tables.undecided import undecided
from reports.visible import visible

ROWS_AT_ONCE = 10_000
"""Rows of a piece, so that a large table is never in memory as a whole and as text besides."""

TABLES = {By.EVENT: Table.EVENTS, By.FINDING: Table.FINDINGS}

APOSTROPHE = "'"
_ACTS = (APOSTROPHE, *"=+-@＝＋－＠", "\n")
"""What a spreadsheet may take for the beginning of a formula, line breaks before it left aside; and our own mark."""


def pieces(result: Result, appearance: Appearance) -> Iterator[str]:
    """The table, first the line with the names of its columns."""
    table = TABLES[appearance.by]
    left = chain(rows(result, table), undecided(result, table))
    piece = list(islice(left, ROWS_AT_ONCE))
    yield _written(frame(piece, table), header=True)
    while piece := list(islice(left, ROWS_AT_ONCE)):
        yield _written(frame(piece, table), header=False)


def harmless(text: str) -> str:
    """Text as a cell has it. Taking one leading apostrophe away undoes the first half of it: nothing acts."""
    shown = "\n".join(map(visible, text.split("\n")))
    return APOSTROPHE + shown if not shown or shown.startswith(_ACTS) else shown


def _written(table: DataFrame, *, header: bool) -> str:
    cells = DataFrame({name: _cells(column) for name, column in table.items()})
    return cells.to_csv(index=False, header=header, lineterminator="\n")


def _cells(column: "Series[Any]") -> "Series[Any]":
    """Text made harmless, times as everywhere; numbers and truths are left to pandas, which writes them exactly."""
    if column.dtype == "string":
        return column.map(harmless, na_action="ignore")
    if column.dtype.kind == "M":
        return column.map(lambda time: moment(time.to_pydatetime()), na_action="ignore")
    return column
