"""On real PostgreSQL: logs that are restored, rewritten, filled in late, and audited from where others left off."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.upkeep import Upkeep
from auditor.memory import LogMemory, Memory, Verified
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit
from tests.integration.orders import Connection
from tests.integration.shop import write_config

SCHEMA = """
CREATE TABLE events (
    position bigserial PRIMARY KEY,
    event_id uuid NOT NULL DEFAULT gen_random_uuid(),
    stream_id text NOT NULL DEFAULT 'order-1',
    version int NOT NULL DEFAULT 1,
    type text NOT NULL DEFAULT 'OrderPlaced',
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp() - interval '2 hours'
)
"""
APPEND = """
INSERT INTO events (stream_id, version)
SELECT 'order-' || (n % 3), count(e) + 1 FROM (SELECT nextval('numbers')) AS s(n)
LEFT JOIN events e ON e.stream_id = 'order-' || (n % 3) GROUP BY n
"""
DUMP = "CREATE TABLE dump AS SELECT * FROM events"
RESTORE = """
TRUNCATE events;
INSERT INTO events SELECT * FROM dump;
SELECT setval('events_position_seq', (SELECT max(position) FROM events));
SELECT setval('numbers', (SELECT max(position) FROM events));
"""
Sleep = Callable[[float], None]


@dataclass
class AuditedLog:
    """A log, and what its last audit left."""

    url: str
    folder: Path
    keys: dict[str, object] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    runs: int = 0

    def do(self, statement: LiteralString) -> list[tuple[object, ...]]:
        with self.session() as session:
            done = session.execute(statement)
            return done.fetchall() if done.description else []

    @contextmanager
    def session(self) -> Iterator[Connection]:
        with psycopg.connect(self.url) as connection:
            yield connection

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            self.do(APPEND)

    def audit(self, *, full: bool = False, sleep: Sleep | None = None, memory: Memory | None = None) -> Audit:
        """With ``memory`` in place of what is remembered; then nothing is remembered of this run."""
        self.runs += 1
        before = self.memory if memory is None else memory
        run = f"run-{self.runs}"
        upkeep = Upkeep(run=run, started=datetime.now(UTC), full=full, keep=lambda _: None)
        session = Session(
            load(self._config()),
            Silent(),
            run=run,
            memory=before,
            upkeep=lambda _: upkeep,
            sleep=sleep or time.sleep,
        )
        try:
            session.audit({"orders"})
        finally:
            session.close()
        if memory is None:
            self.memory = session.learnt
        return session.audits["orders"]

    def interrupt(self, after: int, *, full: bool, sleep: Sleep | None = None) -> None:
        """Audit until something was kept so many times, if it comes to that; else nothing is remembered of it."""
        self.runs += 1
        kept: list[Verified] = []

        def keep(verified: Verified) -> None:
            kept.append(verified)
            if len(kept) == after:
                raise KeyboardInterrupt

        run = f"run-{self.runs}"
        upkeep = Upkeep(run=run, started=datetime.now(UTC), full=full, keep=keep, keep_every=0.0)
        config, waiting = load(self._config()), sleep or time.sleep
        session = Session(config, Silent(), run=run, memory=self.memory, upkeep=lambda _: upkeep, sleep=waiting)
        with closing(session), suppress(KeyboardInterrupt):
            session.audit({"orders"})
        if kept:
            before = self.memory.logs.get("orders", LogMemory(run=run, at=upkeep.started))
            self.memory = replace(self.memory, logs={"orders": replace(before, verified=kept[-1])})

    @property
    def remembered(self) -> LogMemory:
        return self.memory.logs["orders"]

    def _config(self) -> Path:
        columns = {"id": "event_id", "stream": "stream_id", "version": "version", "type": "type", "time": "recorded_at"}
        proof = {"positions": "drawn-on-insert", "settle": "50ms"}
        log = {"store": "shop", "table": "events", "position": "position", **columns, **proof, **self.keys}
        return write_config(self.folder, {"stores": {"shop": {"url": self.url}}, "logs": {"orders": log}})


@pytest.fixture
def log(database: str, tmp_path: Path) -> AuditedLog:
    """A log of twenty events, once audited."""
    made = AuditedLog(database, tmp_path)
    made.do(SCHEMA)
    made.do("CREATE SEQUENCE numbers")
    made.append(20)
    return made


def no_waiting(_seconds: float) -> None:
    """For a test in which the writers stay."""


def of(audit: Audit, check: str) -> list[Finding]:
    return [finding for finding in audit.findings if finding.check == check]


def reasons(audit: Audit) -> list[tuple[str, str | None]]:
    return [(str(finding.verdict), finding.reason) for finding in of(audit, "head-regressed")]


def through(audit: Audit) -> int | None:
    return None if audit.coverage is None else audit.coverage.through


def test_a_log_that_was_restored_and_went_on_differently_is_found_although_positions_and_counts_agree(
    log: AuditedLog,
) -> None:
    log.audit()
    log.do(DUMP)
    log.append(10)
    assert log.audit().findings == ()
    log.do(RESTORE)
    log.append(10)
    assert log.do("SELECT count(*), max(position) FROM events") == [(30, 30)]
    audit = log.audit()
    assert reasons(audit) == [("confirmed", "rewritten")]
    assert audit.coverage is None
    again = log.audit()
    assert reasons(again) == [("confirmed", "rewritten")]
    assert through(again) == 30


def test_a_log_that_was_restored_and_is_shorter_yet_is_found(log: AuditedLog) -> None:
    log.audit()
    log.do(DUMP)
    log.append(10)
    log.audit()
    log.do(RESTORE)
    log.append(2)
    audit = log.audit()
    assert reasons(audit)[0] == ("confirmed", "lower-head")
    assert of(audit, "head-regressed")[0].ranges == ((23, 30),)


def test_a_restore_of_what_stands_there_anyway_is_no_finding(log: AuditedLog) -> None:
    log.do(DUMP)
    log.audit()
    log.do(RESTORE)
    assert log.audit().findings == ()


def test_an_event_below_what_was_verified_is_found_rewritten_gone_or_appeared(log: AuditedLog) -> None:
    log.audit()
    log.audit()
    log.do("UPDATE events SET type = 'Forged' WHERE position = 7")
    assert reasons(log.audit()) == [("confirmed", "rewritten")]
    log.do("DELETE FROM events WHERE position = 8")
    audit = log.audit()
    assert ("confirmed", "gone") in reasons(audit)
    assert of(audit, "version-gap")[0].count == 1
    still = log.audit()
    assert through(still) == 20
    assert of(still, "version-gap")[0].count == 1


def test_a_row_in_a_hole_that_was_proven_dead_is_found_and_then_nothing_is_proven_any_more(log: AuditedLog) -> None:
    log.do("SELECT nextval('events_position_seq')")
    log.append(3)
    assert [finding.reason for finding in log.audit().findings] == ["rolled-back"]
    log.do("INSERT INTO events (position, stream_id) VALUES (21, 'late')")
    audit = log.audit()
    assert ("confirmed", "dead-hole-filled") in reasons(audit)
    assert log.remembered.distrusted is not None
    log.do("SELECT nextval('events_position_seq')")
    log.append(3)
    [hole] = of(log.audit(), "position-gap")
    assert (str(hole.verdict), hole.reason) == ("unknown", "not-provable")
    assert log.remembered.distrusted in hole.message


def test_what_an_unfinished_writer_may_still_fill_is_looked_at_again(log: AuditedLog) -> None:
    log.audit()
    with log.session() as writer:
        writer.execute("INSERT INTO events (stream_id) VALUES ('slow')")
        log.append(4)
        held = log.audit(sleep=no_waiting)
        assert [finding.reason for finding in held.findings] == ["in-flight"]
        assert held.totals is not None
        assert held.totals.produced == 4
        writer.commit()
    settled = log.audit()
    assert settled.findings == ()
    assert through(settled) == 20
    assert settled.totals is not None
    assert settled.totals.produced == 5


def test_holes_that_were_proven_dead_do_not_unsettle_the_log_while_somebody_writes(log: AuditedLog) -> None:
    log.do("SELECT nextval('events_position_seq')")
    log.append(3)
    log.audit()
    with log.session() as writer:
        writer.execute("INSERT INTO events (stream_id) VALUES ('slow')")
        log.append(1)
        held = log.audit(sleep=no_waiting)
        assert held.window is not None
        assert held.window.settled == 24
        assert through(held) == 24


def test_where_settled_is_by_age_the_overlap_is_looked_at_again(log: AuditedLog) -> None:
    log.keys = {"positions": "unknown", "settle": "1m"}
    log.audit()
    log.do("SELECT setval('events_position_seq', 30)")
    log.append(3)
    log.do("UPDATE events SET recorded_at = now() - interval '30 minutes' WHERE position > 30")
    log.audit()
    log.do("INSERT INTO events (position, stream_id, recorded_at) VALUES (29, 'late', now() - interval '40 minutes')")
    audit = log.audit()
    assert reasons(audit) == []
    assert through(audit) == 20
    assert audit.coverage is not None
    assert audit.coverage.overlap == timedelta(hours=1)
    [hole] = of(audit, "position-gap")
    assert (hole.count, hole.ranges) == (9, ((21, 28), (30, 30)))


def test_holes_of_which_nothing_is_proven_are_carried_and_looked_at_again(log: AuditedLog) -> None:
    log.keys = {"positions": "unknown"}
    log.do("DELETE FROM events WHERE position IN (5, 6, 7)")
    log.audit()
    [hole] = of(log.audit(), "position-gap")
    assert hole.ranges == ((5, 7),)
    log.do("INSERT INTO events (position, stream_id) VALUES (6, 'late')")
    audit = log.audit()
    assert reasons(audit) == []
    assert of(audit, "position-gap")[0].ranges == ((5, 5), (7, 7))


def test_what_came_late_into_a_hole_of_which_nothing_is_proven_contradicts_nothing(log: AuditedLog) -> None:
    log.keys = {"positions": "unknown"}
    log.do("DELETE FROM events WHERE position IN (5, 6, 7)")
    log.audit()
    log.do("INSERT INTO events (position, stream_id) VALUES (6, 'late')")
    late = log.audit()
    assert (reasons(late), late.coverage) == ([], None)
    assert late.totals is not None
    assert late.totals.produced == 18
    assert through(log.audit()) == 20

    log.do("INSERT INTO events (position, stream_id) VALUES (7, 'late')")
    log.do("UPDATE events SET stream_id = 'other' WHERE position = 8")
    assert ("confirmed", "appeared") in reasons(log.audit())


def test_what_retention_purged_is_no_finding_that_weighs(log: AuditedLog) -> None:
    log.keys = {"retention": "1h"}
    log.audit()
    log.audit()
    log.do("DELETE FROM events WHERE position <= 8")
    audit = log.audit()
    assert set(reasons(audit)) <= {("benign", "retention")}
    log.append(2)
    later = log.audit()
    assert reasons(later) == []
    assert through(later) == 20


def test_what_is_younger_than_retention_may_not_be_gone(log: AuditedLog) -> None:
    log.keys = {"retention": "7d"}
    log.audit()
    log.do("DELETE FROM events WHERE position = 20")
    assert reasons(log.audit()) == [("confirmed", "lower-head")]


def test_a_full_audit_looks_at_everything_and_begins_anew(log: AuditedLog) -> None:
    log.audit()
    log.append(2)
    assert through(log.audit()) == 20
    full = log.audit(full=True)
    assert full.coverage is None
    assert full.totals is not None
    assert full.totals.produced == 22
    after = log.audit()
    assert after.coverage is not None
    assert after.coverage.run == "run-3"


def test_a_spelling_is_no_rewriting(log: AuditedLog) -> None:
    log.do("ALTER TABLE events ALTER event_id TYPE text")
    log.audit()
    log.do("UPDATE events SET event_id = upper(replace(event_id, '-', ''))")
    assert log.audit().findings == ()


def test_wider_and_narrower_columns_hold_the_same_numbers(log: AuditedLog) -> None:
    log.append(20)
    log.audit()
    log.do("ALTER TABLE events ALTER position TYPE int, ALTER version TYPE bigint")
    narrowed = log.audit()
    log.do("ALTER TABLE events ALTER position TYPE bigint, ALTER version TYPE smallint")
    widened = log.audit()

    assert [reasons(narrowed), reasons(widened)] == [[], []]
    assert [through(narrowed), through(widened)] == [40, 40]


def test_the_heads_of_partitions_are_remembered_and_all_of_such_a_log_is_looked_at(log: AuditedLog) -> None:
    log.do("ALTER TABLE events ADD tenant int NOT NULL DEFAULT 7")
    log.keys = {"partition": "tenant"}
    log.audit()
    audit = log.audit()
    assert (audit.findings, audit.coverage) == ((), None)
    assert any("counted by partition" in note for note in audit.notes)
    log.do("UPDATE events SET event_id = gen_random_uuid() WHERE position = 20")
    [finding] = of(log.audit(), "head-regressed")
    assert (finding.partition, finding.reason, finding.ranges) == ("7", "rewritten", ((20, 20),))
