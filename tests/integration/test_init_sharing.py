"""What ``auditor init`` makes of inboxes in which an event stands more than once: never a false duplicate."""

from pathlib import Path

import pytest

import auditor
from tests.integration.happened import happened
from tests.integration.test_init import accusations
from tests.integration.unknown_folder import Folder, log


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def with_inbox(folder: Folder, table: str, rows: list[tuple[object, ...]], file: str = "shop.db") -> None:
    """A long log, so that the first rows of the inbox are one consumer's, and events that no other has."""
    folder.fill(*log(happened(900)))
    folder.fill(table, (f"INSERT INTO inbox VALUES ({', '.join('?' for _ in rows[0])})", rows), file=file)
    assert folder.init() == 0


@pytest.mark.parametrize(("column", "file"), [("sub", "shop.db"), ("sub", "billing.db"), ("consumer", "billing.db")])
def test_an_inbox_of_several_consumers_is_told_apart_by_its_key_whatever_the_column_is_called(
    folder: Folder, column: str, file: str
) -> None:
    table = f"CREATE TABLE inbox ({column} TEXT, eid TEXT, at TEXT, PRIMARY KEY ({column}, eid))"
    rows: list[tuple[object, ...]] = [
        (whose, str(e.id), e.received.isoformat())
        for whose in ("invoice", "sms")
        for e in happened(900)
        if whose == "invoice" or (e.position > 820 and e.type in ("Paid", "Shipped"))
    ]
    with_inbox(folder, table, rows, file)
    wheres = {name: one["inbox"]["where"] for name, one in folder.consumers.items()}
    assert wheres == {whose: {column: whose} for whose in ("invoice", "sms")}
    assert folder.consumers["sms"]["types"] == ["Paid", "Shipped"]
    assert accusations(auditor.run(folder.config)) == []


@pytest.mark.parametrize(("beside", "file"), [("attempt INTEGER", "shop.db"), ("status TEXT", "billing.db")])
def test_rows_that_are_not_told_apart_by_consumers_are_a_comment(folder: Folder, beside: str, file: str) -> None:
    table = f"CREATE TABLE inbox ({beside}, event_id TEXT, PRIMARY KEY ({beside.split(maxsplit=1)[0]}, event_id))"
    with_inbox(folder, table, [(n, str(e.id)) for n in (1, 2) for e in happened(900)], file)
    assert folder.consumers == {}
    assert "stand in it more than once: rows of several consumers" in folder.prose


def test_a_few_events_that_stand_twice_are_a_comment_with_their_number(folder: Folder) -> None:
    ids = [str(e.id) for e in happened(900)]
    with_inbox(folder, "CREATE TABLE inbox (event_id TEXT)", [(each,) for each in (*ids, *ids[:3])])
    assert folder.consumers == {}
    assert "3 of the 900 events found in it stand in it more than once" in folder.prose
