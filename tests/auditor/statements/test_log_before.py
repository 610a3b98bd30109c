"""Of a log that is not what it was, SQL shows the very place where that is known, and else how many rows there are."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from auditor.audit import run
from checks.model.finding import Finding
from tests.auditor.statements.executing import Answer, answers
from tests.auditor.statements.faults import Loud

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"

[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
"""
Regressed = Callable[[str], tuple[Finding, list[Answer]]]


@pytest.fixture
def regressed(tmp_path: Path) -> Regressed:
    """What a run says of a log of thirty events, of which position 21 is a hole, after a statement."""
    (tmp_path / "auditor.toml").write_text(CONFIG)

    def do(*several: str) -> None:
        with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
            for statement in several:
                database.execute(statement)

    def found(statement: str) -> tuple[Finding, list[Answer]]:
        do(statement)
        [audit] = run(tmp_path / "auditor.toml", ledger=True, observer=Loud()).audits
        [finding] = [each for each in audit.findings if each.check == "head-regressed"]
        return finding, answers(finding, {"shop": tmp_path / "shop.db"})

    do(
        "CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT NOT NULL)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 31) "
        "INSERT INTO events SELECT i, 'e' || i FROM n WHERE i <> 21",
    )
    run(tmp_path / "auditor.toml", ledger=True, observer=Loud())
    return found


def about(asked: list[Answer], words: str) -> Answer:
    [answer] = [each for each in asked if words in each.shows]
    return answer


def test_of_a_range_that_lacks_an_event_it_counts_the_rows_and_shows_the_holes(regressed: Regressed) -> None:
    finding, asked = regressed("DELETE FROM events WHERE position = 7")
    assert finding.reason == "gone"
    assert about(asked, "an earlier run saw 30").column("events") == [29]
    assert about(asked, "neighbours of the 2 holes").column("position") == [6, 8, 20, 22]


def test_of_an_event_that_is_another_one_it_shows_what_stands_there(regressed: Regressed) -> None:
    finding, asked = regressed("UPDATE events SET id = 'forged' WHERE position = 31")
    assert finding.reason == "rewritten"
    assert about(asked, "in the place of the event").column("id") == ["forged"]
    assert about(asked, "an earlier run saw 30").column("events") == [30]


def test_of_an_event_that_came_into_a_hole_it_shows_that_event(regressed: Regressed) -> None:
    finding, asked = regressed("INSERT INTO events VALUES (21, 'late')")
    assert (finding.reason, finding.count) == ("appeared", 1)
    assert about(asked, "in the place of the event").column("id") == ["late"]
