"""Whatever names and ids are made of, what is pasted names the same rows."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from auditor.audit import run
from checks.model.finding import Finding
from tests.auditor.statements.executing import answers
from tests.auditor.statements.faults import Loud

EVIL = (
    "it's",
    'say "so"',
    "back\\slash\\",
    "two\nlines",
    "100%",
    "%s %(x)s %%",
    ":name",
    "a?b",
    "--",
    "/* */",
    "$1",
    "é\u202e",
)
TABLE = "ev\"en't%s :x ?%%"
COLUMN = 'id :y "?" %(z)s\n\''


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def build(folder: Path, ids: tuple[str, ...]) -> Path:
    """A log whose first half was received twice, and whose second half never."""
    with closing(sqlite3.connect(folder / "shop.db")) as database, database:
        table, column = quoted(TABLE), quoted(COLUMN)
        database.execute(f"CREATE TABLE {table} (position INTEGER, {column} TEXT, at TEXT)")
        database.execute(f"CREATE TABLE inbox ({column} TEXT, consumer TEXT)")
        database.execute("CREATE TABLE cursors (reader TEXT, position INTEGER)")
        database.executemany(f"INSERT INTO {table} VALUES (?, ?, '2026-01-01')", list(enumerate(ids, 1)))
        received = [(id_, EVIL[0]) for id_ in ids[: len(ids) // 2] * 2]
        database.executemany("INSERT INTO inbox VALUES (?, ?)", [*received, *((id_, "another") for id_ in ids)])
        database.execute("INSERT INTO cursors VALUES (?, ?)", (EVIL[2], len(ids)))
    config = folder / "auditor.toml"
    table, column = json.dumps(TABLE), json.dumps(COLUMN)
    config.write_text(
        '[stores.shop]\nurl = "sqlite:///shop.db"\n'
        f'[logs.orders]\nstore = "shop"\ntable = {table}\nposition = "position"\nid = {column}\ntime = "at"\n'
        '[consumers.billing]\nlog = "orders"\nstore = "shop"\nstart = "first"\ngrace = "0s"\n'
        f'[consumers.billing.cursor]\ntable = "cursors"\nposition = "position"\n'
        f"where = {{ reader = {json.dumps(EVIL[2])} }}\n"
        f'[consumers.billing.inbox]\ntable = "inbox"\nid = {column}\nwhere = {{ consumer = {json.dumps(EVIL[0])} }}\n'
    )
    return config


def findings(config: Path) -> dict[str, Finding]:
    return {finding.check: finding for audit in run(config, observer=Loud()).audits for finding in audit.findings}


def test_quotes_signs_of_parameters_and_line_breaks_are_pasted_as_they_are(tmp_path: Path) -> None:
    found = findings(build(tmp_path, EVIL))
    received, absent = list(EVIL[: len(EVIL) // 2]), list(EVIL[len(EVIL) // 2 :])
    events, none, cursor = answers(found["missing"], {"shop": tmp_path / "shop.db"})
    assert events.column(COLUMN) == absent
    assert none.rows == ()
    assert cursor.column("reader") == [EVIL[2]]
    twice, once = answers(found["duplicate"], {"shop": tmp_path / "shop.db"})
    assert sorted(twice.column(COLUMN)) == sorted(received * 2)
    assert once.column(COLUMN) == received


@pytest.mark.parametrize("id_", ["nul\0inside", "x" * 20_000])
def test_what_nobody_could_paste_is_left_out_and_the_rest_stays(id_: str, tmp_path: Path) -> None:
    found = findings(build(tmp_path, ("received", id_)))
    events, cursor = answers(found["missing"], {"shop": tmp_path / "shop.db"})
    assert events.column(COLUMN) == [id_]
    assert cursor.column("position") == [2]
