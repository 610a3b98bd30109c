"""What the streamed comparison costs: a whole audit as a process, beside counting the rows of both tables.

    python benchmarks/streamed.py [EVENTS] [MISSING]

Builds a log and an inbox in SQLite (random uuids as identity, so the two sides share no order on disk), audits them
with the command line, and prints time and peak memory with their ratio to the floor. Ends with an error when the
audit did not find exactly what was left out. Absolute times depend on the machine; read the ratio.
"""

import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[stores.billing-db]
url = "sqlite:///billing.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
type = "type"
time = "recorded_at"
[consumers.billing]
log = "orders"
store = "billing-db"
start = "first"
[consumers.billing.cursor]
table = "cursors"
position = "last_position"
[consumers.billing.inbox]
table = "inbox"
id = "event_id"
received = "seq"
"""
AUDIT = "from auditor.cli import main; main()"
FLOOR = "import sqlite3; [sqlite3.connect(f).execute(f'SELECT count(*) FROM {t}').fetchall() for f, t in {}]"


def build(folder: Path, events: int, missing: int) -> set[int]:
    """Write both databases; returns the positions that the consumer lacks."""
    chance = random.Random(1)
    lost = set(chance.sample(range(1, events), missing))
    ids = [str(UUID(int=chance.getrandbits(128))) for _ in range(events)]
    began = datetime.now(UTC) - timedelta(days=1, seconds=events)
    with closing(sqlite3.connect(folder / "shop.db")) as shop, shop:
        shop.execute(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, event_id TEXT UNIQUE, stream_id TEXT, version INT,"
            " type TEXT, recorded_at TEXT)"
        )
        streams = max(events // 5, 1)
        rows = (
            (n + 1, ids[n], f"order-{n % streams}", n // streams + 1, "OrderPlaced", str(began + timedelta(seconds=n)))
            for n in range(events)
        )
        shop.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)
    with closing(sqlite3.connect(folder / "billing.db")) as billing, billing:
        billing.execute("CREATE TABLE inbox (seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE)")
        received = ((ids[n],) for n in range(events) if n + 1 not in lost)
        billing.executemany("INSERT INTO inbox (event_id) VALUES (?)", received)
        billing.execute("CREATE TABLE cursors (last_position INT)")
        billing.execute("INSERT INTO cursors VALUES (?)", (events,))
    (folder / "auditor.toml").write_text(CONFIG)
    return lost


def timed(command: list[str], folder: Path) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Seconds that a whole process takes."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return time.perf_counter() - start, done


def main() -> int:
    """Measure once and print a table."""
    events, missing = (int(argument) for argument in (sys.argv[1:] + ["1000000", "13"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lost = build(folder, events, missing)
        tables = repr([("shop.db", "events"), ("billing.db", "inbox")])
        floor, _ = timed([sys.executable, "-c", FLOOR.replace("{}", tables)], folder)
        seconds, audit = timed([sys.executable, "-c", AUDIT, "check", "--format", "json"], folder)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    found = {
        position
        for one in json.loads(audit.stdout)["audits"]
        for finding in one["findings"]
        if finding["check"] in ("missing", "backfill-incomplete")
        for first, last in finding["ranges"]
        for position in range(first, last + 1)
    }
    print(f"{events:,} events against {events - missing:,} receipts, {missing:,} missing")
    print(f"count(*) of both tables  {floor:8.2f} s")
    print(f"auditor check            {seconds:8.2f} s   {seconds / floor:6.0f} x the floor   peak {peak:,.0f} MB")
    print("found exactly what was left out" if found == lost else f"WRONG: found {len(found)} of {len(lost)}")
    return 0 if found == lost else 1


if __name__ == "__main__":
    sys.exit(main())
