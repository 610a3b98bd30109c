"""What the next run of a cron job costs: some new events since the run before, and a ledger that remembers it.

Before each measured run new events are written, received and passed by the cursor. The first run, which looks at
everything, is not measured here.
"""

import json
import statistics
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.cases import Case, WrongError
from benchmarks.data import TYPES, streams
from benchmarks.measure import Cost, measured

_NEW_EVENTS = """
    INSERT INTO events (event_id, stream_id, version, type, recorded_at, data)
        SELECT md5(n::text)::uuid, 'order-' || n %% %(streams)s, (n - 1) / %(streams)s + 1,
            (%(types)s::text[])[n %% 5 + 1],
            timestamptz '2024-01-01 00:00:00Z' + n * interval '1 second', '{}'
        FROM generate_series(%(first)s::int, %(last)s::int) AS n ORDER BY n
"""
_NEW_RECEIPTS = sql.SQL("""
    INSERT INTO {inbox} SELECT n, md5(n::text)::uuid, timestamptz '2024-01-01 00:00:05Z' + n * interval '1 second'
        FROM generate_series(%(first)s::int, %(last)s::int) AS n
""")


@dataclass(slots=True)
class Again:
    """A case whose databases grow by ``new`` events between two runs."""

    case: Case
    new: int
    written: int = 0

    def cost(self, *names: str) -> Cost:
        """The median of as many runs as the case has. Raises WrongError where one did not leave out what it may."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "auditor.toml").write_text(self.case.config, encoding="utf-8")
            self._check(folder, names)
            costs = [self._next(folder, names) for _ in range(self.case.runs)]
        seconds = statistics.median(cost.seconds for cost in costs)
        return replace(costs[-1], seconds=seconds, peak_mb=max(cost.peak_mb for cost in costs))

    def _next(self, folder: Path, names: tuple[str, ...]) -> Cost:
        self._grow()
        cost = self._check(folder, names)
        [audit] = [audit for audit in json.loads(cost.output)["audits"] if audit["name"] == "billing"]
        if audit["coverage"] is None or audit["coverage"]["skipped"] < self.case.databases.events // 2:
            raise WrongError(f"the run after the first looked at everything again: {audit['coverage']}")
        if audit["totals"]["missing"] != len(self.case.inbox.lost):
            raise WrongError(f"{audit['totals']['missing']} events were found missing")
        return cost

    def _check(self, folder: Path, names: tuple[str, ...]) -> Cost:
        databases = self.case.databases
        return measured(
            [str(Path(sys.executable).with_name("auditor")), "check", *names, "--format", "json"],
            folder=folder,
            runs=1,
            environment={"LOG_URL": databases.log_url, "INBOX_URL": databases.inbox_url},
            expected=[1] if self.case.inbox.lost else [0],
        )

    def _grow(self) -> None:
        events = self.case.databases.events
        first = events + self.written + 1
        self.written += self.new
        numbers = {"first": first, "last": events + self.written, "streams": streams(events), "types": list(TYPES)}
        with psycopg.connect(self.case.databases.log_url, autocommit=True) as log:
            log.execute(_NEW_EVENTS, numbers)
        with psycopg.connect(self.case.databases.inbox_url, autocommit=True) as inbox:
            inbox.execute(_NEW_RECEIPTS.format(inbox=sql.Identifier(self.case.inbox.table)), numbers)
            inbox.execute("UPDATE cursors SET last_position = %(last)s", numbers)
