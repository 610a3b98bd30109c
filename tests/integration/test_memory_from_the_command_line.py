"""``auditor check`` again and again, as cron runs it: what it leaves out, what it finds all the same."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

EVENTS = 200
CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[stores.billing-db]
url = "sqlite:///billing.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
stream = "stream"
version = "version"
time = "at"
[consumers.billing]
log = "orders"
store = "billing-db"
start = "first"
grace = "1s"
[consumers.billing.cursor]
table = "cursors"
position = "position"
[consumers.billing.inbox]
table = "inbox"
id = "id"
position = "pos"
[ledger]
recheck = "0ms"
"""


class Shop:
    """A producer and a consumer in a file each, so that one can be restored without the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "auditor.toml").write_text(CONFIG)
        with closing(sqlite3.connect(folder / "shop.db")) as shop:
            shop.execute(
                "CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream, version INT, at)"
            )
        with closing(sqlite3.connect(folder / "billing.db")) as billing:
            billing.executescript(
                "CREATE TABLE inbox (id TEXT NOT NULL PRIMARY KEY, pos INTEGER NOT NULL);"
                "CREATE INDEX by_position ON inbox (pos);"
                "CREATE TABLE cursors (position INT); INSERT INTO cursors VALUES (0)"
            )

    def go_on(self, number: int, *, made_by: str, lost: int | None = None) -> None:
        """Write events, and receive all but one."""
        hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        with (
            closing(sqlite3.connect(self.folder / "shop.db")) as shop,
            closing(sqlite3.connect(self.folder / "billing.db")) as billing,
        ):
            [(head,)] = shop.execute("SELECT coalesce(max(position), 0) FROM events")
            for position in range(head + 1, head + number + 1):
                event = f"{made_by}-{position}"
                shop.execute("INSERT INTO events VALUES (?, ?, ?, 1, ?)", (position, event, event, hour_ago))
                if position != lost:
                    billing.execute("INSERT INTO inbox VALUES (?, ?)", (event, position))
            billing.execute("UPDATE cursors SET position = ?", (head + number,))
            shop.commit()
            billing.commit()

    def check(self, *options: str) -> tuple[int, dict[str, Any]]:
        """Exit code and document."""
        command = [str(Path(sys.executable).with_name("auditor")), "check", "--format", "json", *options]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120)
        assert done.stderr == ""
        document: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, {audit["name"]: audit for audit in document["audits"]}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path)
    made.go_on(EVENTS, made_by="first")
    return made


def test_the_second_run_looks_at_what_is_new_only_and_says_so(shop: Shop) -> None:
    code, first = shop.check()
    assert (code, first["billing"]["coverage"], first["orders"]["coverage"]) == (0, None, None)
    shop.go_on(10, made_by="second")
    code, second = shop.check()
    assert code == 0
    for audit in second.values():
        assert audit["coverage"]["through"] >= EVENTS - 1
        assert audit["window"]["first"] == audit["coverage"]["through"] + 1
        assert audit["totals"]["produced"] == audit["window"]["last"] - audit["window"]["first"] + 1
    code, full = shop.check("--full")
    assert code == 0
    assert (full["billing"]["coverage"], full["billing"]["totals"]["produced"]) == (None, EVENTS + 10)


def test_an_open_finding_stays_open_from_run_to_run_until_it_heals(shop: Shop) -> None:
    shop.check()
    shop.go_on(10, made_by="second", lost=EVENTS + 3)
    seen = []
    for _ in range(3):
        code, audits = shop.check()
        [finding] = audits["billing"]["findings"]
        assert (code, finding["check"], finding["ranges"]) == (1, "missing", [[EVENTS + 3, EVENTS + 3]])
        seen.append(finding["first_seen"])
        shop.go_on(10, made_by=f"later-{len(seen)}")
    assert len(set(seen)) == 1
    with closing(sqlite3.connect(shop.folder / "billing.db")) as billing:
        billing.execute("INSERT INTO inbox VALUES (?, ?)", (f"second-{EVENTS + 3}", EVENTS + 3))
        billing.commit()
    code, audits = shop.check()
    assert (code, audits["billing"]["findings"]) == (0, [])


def test_a_restored_producer_is_found_although_positions_and_counts_agree(shop: Shop) -> None:
    shop.check()
    shutil.copy(shop.folder / "shop.db", shop.folder / "copy.db")
    shop.go_on(10, made_by="lost")
    assert shop.check()[0] == 0
    shutil.copyfile(shop.folder / "copy.db", shop.folder / "shop.db")
    with closing(sqlite3.connect(shop.folder / "billing.db")) as billing:
        billing.execute("DELETE FROM inbox WHERE pos > ?", (EVENTS,))
        billing.execute("UPDATE cursors SET position = ?", (EVENTS,))
        billing.commit()
    shop.go_on(10, made_by="another")
    code, audits = shop.check()
    assert code == 1
    assert [finding["check"] for finding in audits["orders"]["findings"]] == ["head-regressed"]
    assert audits["billing"]["coverage"] is None, "what was verified of another log was believed"
    code, audits = shop.check()
    assert (code, audits["orders"]["findings"][0]["check"]) == (1, "head-regressed"), "one run later it was forgotten"
    assert audits["billing"]["coverage"] is not None


def test_a_receipt_that_is_deleted_far_below_is_found_when_its_range_is_looked_at_again(shop: Shop) -> None:
    """A log as small as this one is looked at again as a whole, however little time there is for it."""
    shop.check()
    with closing(sqlite3.connect(shop.folder / "billing.db")) as billing:
        billing.execute("DELETE FROM inbox WHERE pos = 7")
        billing.commit()
    code, audits = shop.check()
    assert (code, [finding["ranges"] for finding in audits["billing"]["findings"]]) == (1, [[[7, 7]]])
    assert audits["billing"]["coverage"] is not None
