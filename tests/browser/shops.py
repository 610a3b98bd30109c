"""Shops with holes, audited for real: what the pages that a browser opens are made of."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import auditor
from auditor import Result

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"

[logs.orders]
store = "shop"
table = "events"
position = "position"
{partition}
id = "id"
stream = "stream"
version = "version"
type = "type"
time = "at"

[consumers.billing]
log = "orders"
store = "shop"
start = "first"

[consumers.billing.cursor]
table = "cursors"
position = "position"
{partition}

[consumers.billing.inbox]
table = "inbox"
id = "id"
"""

Lost = Callable[[int], bool]
"""Whether the event at a position never reached billing."""


def shop(folder: Path, tenants: int, events: int, lost: Lost) -> Path:
    """A shop of so many tenants, each with so many events of one stream; the file of its config."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "shop.db")) as database:
        database.executescript("""
            CREATE TABLE events (tenant TEXT, position INTEGER, id TEXT, stream TEXT, version INTEGER, type TEXT,
                                 at TEXT, PRIMARY KEY (tenant, position));
            CREATE UNIQUE INDEX events_id ON events (id);
            CREATE TABLE inbox (id TEXT PRIMARY KEY);
            CREATE TABLE cursors (tenant TEXT PRIMARY KEY, position INTEGER);
        """)
        for tenant in range(tenants):
            rows = [
                (f"t{tenant}", number, f"t{tenant}-{number}", f"order-{tenant}", number, "OrderPaid")
                for number in range(1, events + 1)
            ]
            database.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, '2026-03-01T12:00:00Z')", rows)
            database.executemany("INSERT INTO inbox VALUES (?)", [(row[2],) for row in rows if not lost(row[1])])
            database.execute("INSERT INTO cursors VALUES (?, ?)", (f"t{tenant}", events))
        database.commit()
    config = folder / "auditor.toml"
    config.write_text(CONFIG.format(partition='partition = "tenant"' if tenants > 1 else ""))
    return config


def nothing(position: int) -> bool:
    """Everything arrived."""
    return False


def second(position: int) -> bool:
    """One event a tenant is lost."""
    return position == 2


def every_other(position: int) -> bool:
    """Half of them are lost, scattered, so that no two of them make a range."""
    return position % 2 == 0


def hundred_thousand(folder: Path) -> Result:
    """As many findings: those of ten thousand tenants, as ten consumers with the same holes have them together.

    To audit ten of them, or a hundred thousand tenants, takes minutes and finds the same.
    """
    result = auditor.run(shop(folder, 10_000, 2, second))
    [log, consumer] = result.audits
    return replace(result, audits=(log, *(replace(consumer, name=f"billing-{number}") for number in range(10))))


def scattered(folder: Path) -> Result:
    """One finding of a hundred thousand events that lie apart, all of them named."""
    return auditor.run(shop(folder, 1, 200_000, every_other), max_findings=None)


Kind = Literal["0", "1000", "100000", "scattered"]
SHOPS: dict[Kind, Callable[[Path], Result]] = {
    "0": lambda folder: auditor.run(shop(folder, 1, 100, nothing)),
    "1000": lambda folder: auditor.run(shop(folder, 1_000, 3, second)),
    "100000": hundred_thousand,
    "scattered": scattered,
}
"""By how many findings they have."""

ten = partial(shop, tenants=10, events=30, lost=second)
"""The config of a shop with ten findings, to be audited from the command line."""
