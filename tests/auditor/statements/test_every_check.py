"""Every check of the catalogue has SQL in its evidence, and that shows the very fault when somebody pastes it."""

from pathlib import Path

import pytest

from checks.catalogue import ALL
from checks.model.finding import Finding
from tests.auditor.statements.executing import answers, sql_of
from tests.auditor.statements.faults import found

EARLY = [*range(1, 15), *range(16, 22)]
"""The first twenty events."""
SHOWN: dict[str, list[tuple[str, list[object]]]] = {
    "log/head-regressed": [("id", ["r5"]), ("position", [])],
    "log/version-gap": [("version", [1, 3]), ("events", [2])],
    "log/version-conflict": [("position", [13, 14])],
    "log/unsent": [("number", [2]), ("number", [3])],
    "log/position-gap": [("position", [14, 16])],
    "derived/underived": [("position", [6]), ("number", [])],
    "derived/unexpected": [("made_of", ["nothing"]), ("position", [])],
    "derived/out-of-order": [("made_of", ["e4", "e3"]), ("version", [3, 4])],
    "derived/duplicate": [("number", [5, 6]), ("position", [5])],
    "state/silent-change": [("version", [12]), ("last", [10])],
    "state/state-missing": [("account", []), ("last", [1])],
    "state/state-behind": [("version", [1]), ("last", [2])],
    "state/state-unexpected": [("account", ["stranger"]), ("stream", [])],
    "consumer/missing": [("position", [6, 8]), ("event", []), ("last", [18])],
    "consumer/backfill-incomplete": [("position", [1, 2]), ("event", []), ("last", [18])],
    "consumer/out-of-retention": [("last", [7]), ("position", [100]), ("events", [0])],
    "consumer/cursor-jumped": [("position", [*range(5, 15), 16]), ("event", []), ("last", [16])],
    "consumer/cursor-absent": [("last", []), ("position", EARLY), ("event", [])],
    "consumer/stalled": [("position", [*range(19, 25)]), ("event", []), ("last", [18])],
    "consumer/lagging": [("position", [21, 22, 23, 24]), ("event", []), ("last", [2])],
    "consumer/cursor-rewound": [("last", [2])],
    "consumer/cursor-ahead": [("last", [99]), ("position", [24])],
    "consumer/unexpected": [("event", ["nowhere"]), ("position", [])],
    "consumer/conflict": [("position", [900]), ("position", [9])],
    "consumer/unprocessed": [("state", ["Received"]), ("position", [17])],
    "consumer/out-of-order": [("event", ["e5", "e4"]), ("position", [4, 5])],
    "consumer/duplicate": [("event", ["e7", "e7"]), ("position", [7])],
    "consumer/parked": [("error", ["no such customer"]), ("position", [10])],
}
"""What comes back of each statement in turn: a column, and its values."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="module")
def findings(folder: Path) -> dict[str, Finding]:
    return found(folder)


def test_there_is_a_fault_for_every_check_of_the_catalogue() -> None:
    assert set(SHOWN) == {check.title for check in ALL}


@pytest.mark.parametrize("title", [check.title for check in ALL])
def test_the_sql_of_a_finding_shows_the_fault(title: str, findings: dict[str, Finding], folder: Path) -> None:
    files = {"shop": folder / "shop.db", "billing-db": folder / "billing.db"}
    pasted = answers(findings[title], files)
    both = zip(SHOWN[title], pasted, strict=True)
    assert [(name, each.column(name)) for (name, _), each in both] == SHOWN[title]


def test_a_statement_that_shows_a_part_says_of_how_much(findings: dict[str, Finding]) -> None:
    assert sql_of(findings["consumer/cursor-absent"])[1] == {
        "store": "shop",
        "shows": "the first 20 of 23 events in orders",
        "statement": "SELECT position, id, stream, version, type, at\nFROM events\n"
        f"WHERE position IN ({', '.join(map(str, EARLY))})\nORDER BY position",
    }
