"""On real PostgreSQL, with transactions that are open, late, or rolled back: partial audits agree with full ones."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.gather.log import ranges as log_ranges
from auditor.gather.log import sweep as log_sweep
from auditor.memory import Memory
from checks.model.result import Audit
from tests.integration.orders import Connection
from tests.integration.test_log_memory import SCHEMA, AuditedLog, no_waiting, of, reasons, through

INSERT = (
    "INSERT INTO events (stream_id, version) SELECT 'order-1', count(*) + 1 FROM events WHERE stream_id = 'order-1'"
)
OPERATIONS = ("append", "append", "append", "begin", "commit", "roll back", "delete", "rewrite", "audit", "interrupt")
Holes = set[tuple[int, str | None]]


class Writers:
    """Transactions that have drawn a position and not ended."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.url, self.stack = url, stack
        self.sessions: list[Connection] = []

    def begin(self) -> None:
        session = self.stack.enter_context(psycopg.connect(self.url))
        session.execute("INSERT INTO events (stream_id) VALUES (gen_random_uuid()::text)")
        self.sessions.append(session)

    def end(self, *, commit: bool) -> None:
        if self.sessions:
            session = self.sessions.pop(0)
            session.commit() if commit else session.rollback()


@contextmanager
def empty(url: str, *, proven: bool) -> Iterator[AuditedLog]:
    with TemporaryDirectory() as folder:
        keys: dict[str, object] = {} if proven else {"positions": "unknown"}
        log = AuditedLog(url, Path(folder), keys)
        log.do("DROP TABLE IF EXISTS events")
        log.do(SCHEMA)
        for _ in range(3):
            log.do(INSERT)
        yield log


def holes(audit: Audit) -> Holes:
    found = of(audit, "position-gap")
    spans = [(span, finding.reason) for finding in found for span in finding.ranges]
    return {(position, reason) for (first, last), reason in spans for position in range(first, last + 1)}


def absent(audit: Audit) -> int:
    return sum(finding.count for finding in of(audit, "version-gap"))


def agree(partial: Audit, whole: Audit) -> None:
    beyond = through(partial) or 0
    seen = {(position, "seen-before") for position, reason in holes(partial) if reason == "seen-before"}
    ours = {hole for hole in holes(partial) if hole[0] > beyond}
    theirs = {hole for hole in holes(whole) if hole[0] > beyond}
    assert {position for position, _ in ours} == {position for position, _ in theirs}
    assert ours - seen <= theirs
    assert partial.window is not None
    assert whole.window is not None
    assert partial.window.last == whole.window.last
    assert (partial.window.settled or 0) >= min(beyond, whole.window.settled or 0)


@pytest.fixture
def fine_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of few rows, one of which is looked at by a run that may do no more, or before anything is kept."""
    monkeypatch.setattr(log_ranges, "ROWS_OF_A_PIECE", 4)
    monkeypatch.setattr(log_ranges, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(log_sweep, "AT_ONCE", 1)


@pytest.mark.usefixtures("fine_ranges")
@pytest.mark.parametrize("proven", [True, False], ids=["proven", "by age"])
def test_partial_audits_agree_with_full_ones_whatever_writers_do(orders_database: str, proven: bool) -> None:
    @settings(max_examples=12)
    @given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(1, 12)), min_size=4, max_size=14))
    def check(operations: list[tuple[str, int]]) -> None:
        with empty(orders_database, proven=proven) as log, ExitStack() as stack:
            _run(log, Writers(log.url, stack), operations)

    check()


def _run(log: AuditedLog, writers: Writers, operations: list[tuple[str, int]]) -> None:
    untouched = True
    for operation, position in operations:
        match operation:
            case "append":
                log.do(INSERT)
            case "begin":
                writers.begin()
            case "commit" | "roll back":
                writers.end(commit=operation == "commit")
            case "delete" | "rewrite":
                untouched &= not _touch(log, operation, position)
            case "interrupt":
                log.interrupt(position, full=position % 3 == 0, sleep=no_waiting)
            case _:
                partial = log.audit(sleep=no_waiting)
                agree(partial, log.audit(sleep=no_waiting, memory=Memory()))
                if untouched:
                    assert reasons(partial) == []
    while writers.sessions:
        writers.end(commit=True)
    verified = log.audit(sleep=no_waiting)
    rounds = 0 if log.remembered.verified is None else len(log.remembered.verified.ranges) + 1
    for _ in range(rounds):
        verified = log.audit(sleep=no_waiting)
    whole = log.audit(sleep=no_waiting, memory=Memory())
    agree(verified, whole)
    assert absent(verified) == absent(whole)


def _touch(log: AuditedLog, operation: str, position: int) -> bool:
    """Whether there was a row to be touched."""
    with log.session() as session:
        if operation == "delete":
            return session.execute("DELETE FROM events WHERE position = %s", [position]).rowcount > 0
        return session.execute("UPDATE events SET type = 'Forged' WHERE position = %s", [position]).rowcount > 0
