"""A pipeline on SQLite with a fault for every check of the catalogue, seen by two runs."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import Memory
from auditor.observer import Silent
from checks.catalogue import title_of
from checks.model.finding import Finding, Verdict
from checks.model.result import Result

CONFIG = """\
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
type = "type"
time = "at"
gapless = true

[logs.outbox]
store = "shop"
table = "outbox"
position = "number"
time = "at"
sent = "sent_at"

[logs.restored]
store = "shop"
table = "restored"
position = "position"
id = "id"

[logs.purged]
store = "shop"
table = "purged"
position = "position"
time = "at"
gapless = true
retention = "90d"

[logs.copies]
store = "billing-db"
derived_from = "orders"
table = "copies"
position = "number"
source = "made_of"

[states.accounts]
log = "orders"
store = "billing-db"
table = "accounts"
stream = "account"
version = "version"

[consumers.billing]
log = "orders"
store = "billing-db"
start = "first"
grace = "0s"
[consumers.billing.cursor]
table = "cursors"
where = { reader = "billing" }
position = "last"
[consumers.billing.inbox]
table = "inbox"
where = { consumer = "billing" }
id = "event"
position = "position"
received = "seq"
done = { state = "Handled" }
[consumers.billing.parked]
table = "parked"
id = "event"

[consumers.late]
log = "purged"
store = "billing-db"
[consumers.late.cursor]
table = "cursors"
where = { reader = "late" }
position = "last"
"""

READERS = ("ahead", "absent", "rewound", "jumped")
READER = """
[consumers.{0}]
log = "orders"
store = "billing-db"
grace = "0s"
[consumers.{0}.cursor]
table = "cursors"
where = {{ reader = "{0}" }}
position = "last"
[consumers.{0}.inbox]
table = "inbox"
where = {{ consumer = "{0}" }}
id = "event"
"""

EVENTS = {
    **{position: ("calm", position) for position in range(1, 11)},
    11: ("gap", 1), 12: ("gap", 3),
    13: ("twin", 1), 14: ("twin", 1),
    16: ("behind", 1), 17: ("behind", 2), 18: ("absent", 1),
    **{position: ("tail", position - 18) for position in range(19, 25)},
}  # fmt: skip
"""Position → stream and version. Nothing stands at 15."""
COPIED = {1: "e1", 2: "e2", 3: "e4", 4: "e3", 5: "e5", 6: "e5", 7: "nothing"} | {
    position + 20: f"e{position}" for position in EVENTS if position > 6
}
"""The derived log: position → the event that the row names. e6 is lacking."""
RECEIVED = ("e3", "e5", "e4", "e7", "e7", "e9", "e11", "e12", "e13", "e14", "e16", "e17", "e18", "nowhere")
"""In the order of receipt; e1 and e2 are from before the first one, e6 is missing, e10 is parked, e19 and on wait."""


class Loud(Silent):
    """Lets nothing pass that fails while SQL is written."""

    def crash(self, error: Exception) -> None:
        raise error


def found(folder: Path) -> dict[str, Finding]:
    """The weightiest finding of every check, by the check's title, from two runs."""
    build(folder)
    first, learnt = audited(folder, "first", Memory())
    go_on(folder)
    second, _ = audited(folder, "second", learnt)
    findings: dict[str, Finding] = {}
    for result in (second, first):
        for audit in result.audits:
            for finding in audit.findings:
                title = title_of(audit.of, finding.check)
                if title not in findings or findings[title].verdict is not Verdict.CONFIRMED is finding.verdict:
                    findings[title] = finding
    return findings


def audited(folder: Path, run: str, memory: Memory) -> tuple[Result, Memory]:
    """One run, without waiting: nothing moves here. And what it leaves for the next one."""
    started, kept = datetime.now(UTC), Upkeep(run=run, started=datetime.now(UTC), keep=lambda _: None)
    session = Session(
        load(folder / "auditor.toml"), Loud(), run=run, memory=memory, upkeep=lambda _: kept, sleep=lambda _: None
    )
    try:
        session.audit({*session.config.logs, *session.config.states, *session.config.consumers})
    finally:
        session.close()
    return session.result(started), session.learnt


def build(folder: Path) -> None:
    """Both databases and the config, as the first run sees them."""
    (folder / "auditor.toml").write_text(CONFIG + "".join(READER.format(name) for name in READERS))
    _build_shop(folder / "shop.db")
    _build_billing(folder / "billing.db")


def _build_shop(file: Path) -> None:
    old = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript("""
            CREATE TABLE events (position INTEGER, id TEXT, stream TEXT, version INTEGER, type TEXT, at TEXT);
            CREATE TABLE outbox (number INTEGER PRIMARY KEY, at TEXT, sent_at TEXT);
            CREATE TABLE restored (position INTEGER PRIMARY KEY, id TEXT);
            CREATE TABLE purged (position INTEGER PRIMARY KEY, at TEXT);
        """)
        events = [(position, f"e{position}", *place, "Placed", old) for position, place in EVENTS.items()]
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", events)
        sent = [(1, old, old), (2, old, None), (3, old, old), (4, old, None)]
        database.executemany("INSERT INTO outbox VALUES (?, ?, ?)", sent)
        database.executemany("INSERT INTO restored VALUES (?, ?)", [(n, f"r{n}") for n in range(1, 9)])
        database.executemany("INSERT INTO purged VALUES (?, ?)", [(n, old) for n in range(100, 110)])


def _build_billing(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript("""
            CREATE TABLE copies (number INTEGER PRIMARY KEY, made_of TEXT);
            CREATE TABLE accounts (account TEXT PRIMARY KEY, version INTEGER);
            CREATE TABLE cursors (reader TEXT PRIMARY KEY, last INTEGER);
            CREATE TABLE inbox (seq INTEGER PRIMARY KEY, consumer TEXT, event TEXT, position INTEGER, state TEXT);
            CREATE TABLE parked (event TEXT PRIMARY KEY, error TEXT);
        """)
        database.executemany("INSERT INTO copies VALUES (?, ?)", COPIED.items())
        accounts = [("calm", 12), ("gap", 3), ("twin", 1), ("behind", 1), ("tail", 6), ("stranger", 1)]
        database.executemany("INSERT INTO accounts VALUES (?, ?)", accounts)
        cursors = [("billing", 18), ("ahead", 99), ("rewound", 20), ("jumped", 4), ("late", 7)]
        database.executemany("INSERT INTO cursors VALUES (?, ?)", cursors)
        _receive(database, "billing", RECEIVED)
        database.execute("UPDATE inbox SET position = 900 WHERE event = 'e9'")
        database.execute("UPDATE inbox SET state = 'Received' WHERE event = 'e17'")
        database.execute("INSERT INTO parked VALUES ('e10', 'no such customer')")
        for reader, last in (("ahead", 24), ("rewound", 20), ("jumped", 4)):
            _receive(database, reader, [f"e{position}" for position in EVENTS if position <= last])


def _receive(database: sqlite3.Connection, reader: str, events: Iterable[str]) -> None:
    rows: Sequence[tuple[str, str, object, str]] = [
        (reader, event, int(event[1:]) if event[1:].isdecimal() else None, "Handled") for event in events
    ]
    database.executemany("INSERT INTO inbox (consumer, event, position, state) VALUES (?, ?, ?, ?)", rows)


def go_on(folder: Path) -> None:
    """What happens between the two runs: two cursors are moved, a log is restored."""
    with closing(sqlite3.connect(folder / "billing.db")) as database, database:
        database.execute("UPDATE cursors SET last = 2 WHERE reader = 'rewound'")
        database.execute("UPDATE cursors SET last = 16 WHERE reader = 'jumped'")
    with closing(sqlite3.connect(folder / "shop.db")) as database, database:
        database.execute("DELETE FROM restored WHERE position > 5")
