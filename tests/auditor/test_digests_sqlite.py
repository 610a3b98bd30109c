"""What SQLite allows and others do not: digests say what the comparison row by row says."""

import sqlite3
from contextlib import closing
from pathlib import Path

from auditor.compare.drill import Grain
from tests.histories.verdicts import FINE, audit, expect_the_same, without_ages

COUNT = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"


def told(folder: Path, statements: str, *, log: str, inbox: str) -> Path:
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        connection.executescript(statements)
    text = (
        f'[stores.shop]\nurl = "sqlite:///shop.db"\n[logs.orders]\nstore = "shop"\ntable = "events"\n{log}\n'
        f'[consumers.billing]\nlog = "orders"\nstore = "shop"\nstart = "first"\n'
        f'[consumers.billing.inbox]\ntable = "inbox"\n{inbox}\n'
    )
    (folder / "auditor.toml").write_text(text)
    return folder / "auditor.toml"


def test_a_column_that_is_called_like_the_row_id_is_not_the_row_id(tmp_path: Path) -> None:
    """An order's id, say: it may be NULL, and be there twice."""
    config = told(
        tmp_path,
        f"""CREATE TABLE events (position INTEGER NOT NULL, oid INTEGER);
        CREATE TABLE inbox (oid INTEGER);
        {COUNT.format(last=20)} INSERT INTO events SELECT i, i FROM n;
        INSERT INTO events VALUES (21, NULL), (22, NULL), (23, 5);
        INSERT INTO inbox SELECT oid FROM events WHERE oid <> 7;
        INSERT INTO inbox VALUES (NULL)""",
        log='position = "position"\nid = "oid"',
        inbox='id = "oid"',
    )
    totals = audit(config, grain=FINE).totals
    assert totals is not None
    assert (totals.produced, totals.received, totals.unverifiable) == (23, 20, 2)
    expect_the_same(config)


def test_many_differences_in_many_ranges_are_no_more_than_sqlite_takes(tmp_path: Path) -> None:
    """Every range of a statement names all fingerprints that are looked for."""
    config = told(
        tmp_path,
        f"""CREATE TABLE events (position INTEGER PRIMARY KEY);
        CREATE TABLE inbox (position INTEGER NOT NULL);
        CREATE INDEX i ON inbox (position);
        {COUNT.format(last=127_999)} INSERT INTO events SELECT i FROM n;
        INSERT INTO inbox SELECT position FROM events WHERE position / 1000 % 2 = 1 OR position % 1000 >= 75""",
        log='position = "position"',
        inbox='position = "position"',
    )
    row_by_row = audit(config, streamed=True)
    assert sum(finding.count for finding in row_by_row.findings) == 64 * 75
    assert without_ages(audit(config, grain=Grain(ranges=128))) == without_ages(row_by_row)
