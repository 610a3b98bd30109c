"""Pastes the SQL of a finding into a SQLite database, and keeps what comes out."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from checks.model.finding import Finding


class Answer(NamedTuple):
    """What one statement gave. ``rows``: by the names of its columns."""

    store: str
    shows: str
    statement: str
    rows: tuple[Mapping[str, Any], ...]

    def column(self, name: str) -> list[Any]:
        """One value of each row."""
        return [row[name] for row in self.rows]


def sql_of(finding: Finding) -> list[dict[str, str]]:
    """Its statements, as its evidence has them."""
    said = finding.evidence.get("sql", [])
    assert isinstance(said, list)
    return list(said)


def answers(finding: Finding, files: Mapping[str, Path]) -> list[Answer]:
    """Every statement of a finding, executed as it stands. ``files``: the database of each store."""
    return [_answer(each, files[each["store"]]) for each in sql_of(finding)]


def _answer(said: dict[str, str], file: Path) -> Answer:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        rows = tuple({key: row[key] for key in row.keys()} for row in database.execute(said["statement"]))  # noqa: SIM118
    return Answer(said["store"], said["shows"], said["statement"], rows)
