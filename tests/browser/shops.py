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
"""Whether an event, counted from 1 within its tenant, never reached billing."""


def shop(folder: Path, tenants: int, events: int, lost: Lost, apart: int = 1) -> Path:
    """A shop of so many tenants, each with so many events of one stream; the file of its config.

    ``apart``: how far the position of each event is from the one before.
    """
    folder.mkdir()
    with closing(sqlite3.connect(folder / "shop.db")) as database:
        database.executescript("""
            CREATE TABLE events (tenant TEXT, position INTEGER, id TEXT, stream TEXT, version INTEGER, type TEXT,
                                 at TEXT, PRIMARY KEY (tenant, position));
            CREATE UNIQUE INDEX events_id ON events (id);
            CREATE INDEX events_position ON events (position);
            CREATE TABLE inbox (id TEXT PRIMARY KEY);
            CREATE TABLE cursors (tenant TEXT PRIMARY KEY, position INTEGER);
        """)
        for tenant in range(tenants):
            rows = [
                (f"t{tenant}", number * apart, f"t{tenant}-{number}", f"order-{tenant}", number, "OrderPaid")
                for number in range(1, events + 1)
            ]
            database.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, '2026-03-01T12:00:00Z')", rows)
            database.executemany("INSERT INTO inbox VALUES (?)", [(row[2],) for row in rows if not lost(row[4])])
            database.execute("INSERT INTO cursors VALUES (?, ?)", (f"t{tenant}", events * apart))
        database.commit()
    config = folder / "auditor.toml"
    config.write_text(CONFIG.format(partition='partition = "tenant"' if tenants > 1 else ""))
    return config


def nothing(number: int) -> bool:
    """Everything arrived."""
    return False


def second(number: int) -> bool:
    """One event a tenant is lost."""
    return number == 2


def pairs(number: int) -> bool:
    """Half of them are lost, two in a row, so that there are many ranges."""
    return number % 4 > 1


def hundred_thousand(folder: Path) -> Result:
    """As many findings: those of ten thousand tenants, as ten consumers with the same holes have them together.

    To audit ten of them, or a hundred thousand tenants, takes minutes and finds the same.
    """
    result = auditor.run(shop(folder, 10_000, 2, second))
    [log, consumer] = result.audits
    return replace(result, audits=(log, *(replace(consumer, name=f"billing-{number}") for number in range(10))))


def scattered(folder: Path) -> Result:
    """One finding of twenty thousand events in ten thousand ranges of a hundred million positions, all named."""
    return auditor.run(shop(folder, 1, 40_000, pairs, apart=2_500), max_findings=None)


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
