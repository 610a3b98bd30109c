"""The library ``eventsourcing`` itself at work, audited by its preset: clean is clean, and what is lost is found."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, Tracking

from auditor.audit import run
from auditor.presets import recognise
from checks.model.finding import Finding
from checks.model.result import Audit, Outcome, Result
from tests.integration.eventsourced import (
    Nameless,
    Order,
    Orders,
    Place,
    Shop,
    bookkeeping,
    open_shop,
    sqlite_place,
)
from tests.integration.shop import Settings, check, write_config
from tests.postgres import Server


@pytest.fixture(params=["postgres18", "postgres16", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Everywhere that the preset knows."""
    if request.param == "sqlite":
        yield sqlite_place(tmp_path)
        return
    server: Server = request.getfixturevalue(request.param)
    with server.database() as url:
        yield Place(url)


@pytest.fixture
def on_postgres(database: str) -> Place:
    return Place(database)


@pytest.fixture
def shop(place: Place) -> Iterator[Shop]:
    """An application with a name, and a follower with a name that has processed its eighteen events."""
    with open_shop(place) as shop:
        shop.place_orders(6)
        shop.follow()
        yield shop


def audited(folder: Path, said: Settings) -> Result:
    return run(write_config(folder, said))


def of(result: Result, name: str) -> Audit:
    return next(audit for audit in result.audits if audit.name == name)


def findings(audit: Audit) -> dict[str, tuple[str, int]]:
    """By check: the verdict and the count."""
    return {finding.check: (str(finding.verdict), finding.count) for finding in audit.findings}


def finding(audit: Audit, check: str) -> Finding:
    return next(finding for finding in audit.findings if finding.check == check)


def test_an_application_and_its_follower_are_consistent(shop: Shop, tmp_path: Path) -> None:
    result = audited(tmp_path, shop.said())
    assert result.verdict is Outcome.CONSISTENT
    assert [findings(audit) for audit in result.audits] == [{}, {}]
    totals = of(result, "mail").totals
    assert totals is not None
    assert (totals.produced, totals.received, totals.unverifiable) == (18, 18, 0)


@pytest.mark.parametrize(("kind", "follower"), [(Nameless, ""), (Nameless, "mail"), (Orders, "")])
def test_it_is_so_without_names(place: Place, kind: type[Application[UUID]], follower: str, tmp_path: Path) -> None:
    with open_shop(place, kind, follower) as shop:
        shop.place_orders(3)
        shop.follow()
        result = audited(tmp_path, shop.said())
    assert result.verdict is Outcome.CONSISTENT
    totals = of(result, "mail").totals
    assert totals is not None
    assert (totals.produced, totals.received) == (9, 9)


def test_the_layout_that_was_found_is_said(shop: Shop, tmp_path: Path) -> None:
    [note] = [note for note in of(audited(tmp_path, shop.said()), "orders").notes if note.startswith("read as")]
    assert note == f"read as eventsourcing on {'PostgreSQL' if shop.place.file is None else 'SQLite'}"


def test_positions_are_proven_settled_as_the_preset_says(on_postgres: Place, tmp_path: Path) -> None:
    with open_shop(on_postgres) as shop:
        shop.place_orders(1)
        shop.follow()
        audit = of(audited(tmp_path, shop.said()), "orders")
    assert audit.notes == ("read as eventsourcing on PostgreSQL",)
    assert audit.window is not None
    assert audit.window.settled == audit.window.last == 3


def test_only_wanted_topics_are_expected(shop: Shop, tmp_path: Path) -> None:
    with shop.place.opened() as database:
        database.execute("DELETE FROM processed WHERE originator_version = 1")
    assert of(audited(tmp_path, shop.said()), "mail").verdict is Outcome.INCONSISTENT
    result = audited(tmp_path, shop.said(consumer={"types": ["*:Order.Shipped"]}))
    assert of(result, "mail").verdict is Outcome.CONSISTENT
    totals = of(result, "mail").totals
    assert totals is not None
    assert (totals.produced, totals.excluded) == (12, 6)


def conflict(shop: Shop) -> None:
    """Two sessions change one order; the second is refused, as the library does it."""
    [number] = shop.place_orders(1)
    mine: Order = shop.app.repository.get(number)
    yours: Order = shop.app.repository.get(number)
    mine.ship()
    yours.ship()
    shop.app.save(mine)
    with pytest.raises(IntegrityError):
        shop.app.save(yours)
    shop.place_orders(1)
    shop.follow()


def test_a_version_conflict_leaves_a_benign_hole(on_postgres: Place, tmp_path: Path) -> None:
    with open_shop(on_postgres) as shop:
        conflict(shop)
        result = audited(tmp_path, shop.said())
    assert result.verdict is Outcome.CONSISTENT
    assert findings(of(result, "orders")) == {"position-gap": ("benign", 1)}
    assert finding(of(result, "orders"), "position-gap").ranges == ((5, 5),)


def test_a_version_conflict_leaves_no_hole_on_sqlite(tmp_path: Path) -> None:
    with open_shop(sqlite_place(tmp_path)) as shop:
        conflict(shop)
        result = audited(tmp_path, shop.said())
    assert [findings(audit) for audit in result.audits] == [{}, {}]


def test_a_removed_event_is_found_in_its_stream_and_at_the_follower(shop: Shop, tmp_path: Path) -> None:
    with shop.place.opened() as database:
        table = shop.place.events_table(shop.app.name)
        database.execute(f"DELETE FROM {table} WHERE originator_version = 2 AND {position(shop)} = 5")
    result = audited(tmp_path, shop.said())
    assert result.verdict is Outcome.INCONSISTENT
    assert findings(of(result, "orders"))["version-gap"] == ("confirmed", 1)
    assert findings(of(result, "mail")) == {"unexpected": ("confirmed", 1)}


def position(shop: Shop) -> str:
    return "notification_id" if shop.place.file is None else "rowid"


def remove_tracking(shop: Shop) -> None:
    with shop.place.opened() as database:
        table = shop.place.tracking_table(shop.follower)
        database.execute(f"DELETE FROM {table} WHERE application_name = ?", [(shop.app.name,)])


@pytest.mark.parametrize("inbox", [True, False], ids=["with a read model", "without any other trace"])
def test_a_removed_tracking_row_is_found_and_of_unknown_age(shop: Shop, inbox: bool, tmp_path: Path) -> None:
    remove_tracking(shop)
    said = shop.said() if inbox else shop.said(consumer={"inbox": None})
    result = audited(tmp_path, said)
    assert of(result, "orders").verdict is Outcome.CONSISTENT
    assert of(result, "mail").verdict is Outcome.UNKNOWN
    assert findings(of(result, "mail")) == {"cursor-absent": ("unknown", 18)}
    assert finding(of(result, "mail"), "cursor-absent").reason == "age-unknown"
    assert check(tmp_path / "auditor.toml").code == 3


def test_the_mark_of_the_library_is_no_consumer(shop: Shop, tmp_path: Path) -> None:
    remove_tracking(shop)
    assert shop.view.max_tracking_id("__migration__") == 1
    result = audited(tmp_path, shop.said(consumer={"inbox": None}))
    head = {"partition": None, "stream": None, "position": None, "order": None, "absent": True, "head": 18}
    assert finding(of(result, "mail"), "cursor-absent").evidence["cursors"] == [head]
    outcome = check(write_config(tmp_path, shop.said(consumer={"cursor": {"subscription": "__migration__"}})))
    assert (outcome.code, outcome.stdout) == (2, "")


def test_a_tracking_row_beyond_the_head_is_found(shop: Shop, tmp_path: Path) -> None:
    shop.view.insert_tracking(Tracking(shop.app.name, 1000))
    result = audited(tmp_path, shop.said())
    assert findings(of(result, "mail")) == {"cursor-ahead": ("confirmed", 1)}
    assert result.verdict is Outcome.INCONSISTENT


def test_a_follower_that_stands_still_is_not_called_late_for_no_age_is_known(shop: Shop, tmp_path: Path) -> None:
    shop.place_orders(1)
    result = audited(tmp_path, shop.said())
    assert of(result, "mail").verdict is Outcome.CONSISTENT
    totals = of(result, "mail").totals
    assert totals is not None
    assert (totals.received, totals.pending) == (18, 3)
    assert ("mail", "lagging", "no-time") in {(each.audit, each.check, each.reason) for each in result.not_checked}


def test_an_event_that_a_follower_lost_is_found(shop: Shop, tmp_path: Path) -> None:
    with shop.place.opened() as database:
        database.execute("DELETE FROM processed WHERE originator_version = 3")
    assert findings(of(audited(tmp_path, shop.said()), "mail")) == {"missing": ("confirmed", 6)}


def test_a_follower_with_a_tracking_row_alone_cannot_be_held_to_have_processed_anything(
    place: Place, tmp_path: Path
) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    books = place if place.file is None else sqlite_place(folder)
    with bookkeeping(place, books) as app:
        for customer in range(3):
            app.save(Order(str(customer)))
        table = {"table": "orders_events"} if place.file is None else {}
        tracking = {"table": "accounting_tracking"} if place.file is None else {}
        said: Settings = {
            "stores": {"shop": {"url": place.url}, "books": {"url": books.url}},
            "logs": {"orders": {"store": "shop", "preset": "eventsourcing", **table}},
            "consumers": {
                "accounting": {"log": "orders", "store": "books", "cursor": {"subscription": "Orders", **tracking}}
            },
        }
        result = audited(tmp_path, said)
    totals = of(result, "accounting").totals
    assert totals is not None
    assert (totals.produced, totals.received, totals.unverifiable) == (3, 0, 3)
    assert ("missing", "no-inbox") in {(each.check, each.reason) for each in result.not_checked}
    assert of(result, "accounting").findings == ()


OLDER = {"POSTGRES_SINGLE_ROW_TRACKING": "n", "SINGLE_ROW_TRACKING": "n"}


def test_a_tracking_table_of_the_older_mode_is_an_inbox(place: Place, tmp_path: Path) -> None:
    with open_shop(place, environment=OLDER) as shop:
        shop.place_orders(3)
        shop.follow()
        said = shop.said(consumer={"inbox": None})
        clean = audited(tmp_path, said)
        with place.opened() as database:
            database.execute(f"DELETE FROM {place.tracking_table('mail')} WHERE notification_id = 4")
        broken = audited(tmp_path, said)
    assert findings(of(clean, "mail")) == {}
    [note] = [note for note in of(clean, "mail").notes if "keeps a row" in note]
    assert note.endswith("SINGLE_ROW_TRACKING=n): read as an inbox")
    assert findings(of(broken, "mail")) == {"missing": ("confirmed", 1)}
    assert finding(of(broken, "mail"), "missing").ranges == ((4, 4),)


def test_in_the_older_mode_the_table_is_no_cursor_beside_another_inbox(place: Place, tmp_path: Path) -> None:
    with open_shop(place, environment=OLDER) as shop:
        shop.place_orders(1)
        shop.follow()
        audit = of(audited(tmp_path, shop.said()), "mail")
    assert audit.verdict is Outcome.UNKNOWN
    assert any("that is no cursor" in note for note in audit.notes)


def test_the_librarys_own_tables_are_recognised(shop: Shop) -> None:
    found = recognise(_tables(shop.place), shop.place.kind)
    seen = {(each.application, each.event_table, each.tracking_table) for each in found}
    if shop.place.file is None:
        assert seen == {("orders", "orders_events", None), ("mail", None, "mail_tracking")}
    else:
        assert seen == {("", "stored_events", "tracking")}


def _tables(place: Place) -> dict[str, list[str]]:
    query: LiteralString
    rows: Sequence[tuple[object, ...]]
    tables: dict[str, list[str]] = {}
    if place.file is None:
        query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        with psycopg.connect(place.url) as connection:
            rows = connection.execute(query).fetchall()
    else:
        query = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        with closing(sqlite3.connect(place.file)) as file:
            rows = file.execute(query).fetchall()
    for table, column in rows:
        tables.setdefault(str(table), []).append(str(column))
    return tables
