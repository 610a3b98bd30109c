"""A log's full audit that is interrupted goes on where it was, and says in the end what an undisturbed one says."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.log import gaps as log_gaps
from auditor.gather.log import ranges as log_ranges
from auditor.gather.log import sweep as log_sweep
from auditor.gather.log.notes import carried
from auditor.memory import LogMemory, Memory, Verified
from auditor.observer import Silent
from checks.model.result import Audit
from tests.auditor.test_log_memory_sqlite import AuditedLog, Log, gaps, reasons, upkeep_of

NEVER = 10**6


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a log of many millions of rows has, on a small one: ranges of few rows, and of few streams."""
    monkeypatch.setattr(log_ranges, "ROWS_OF_A_PIECE", 4)
    monkeypatch.setattr(log_ranges, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(log_sweep, "AT_ONCE", 2)
    monkeypatch.setattr(log_gaps, "ROWS_AT_ONCE", 3)


class Interrupter(Silent):
    """Interrupts before the so-manyth statement."""

    def __init__(self, before: int) -> None:
        self.left = before
        self.sent = 0

    def statement(self, store: str, sql: str, parameters: object) -> None:
        """One more."""
        self.left -= 1
        self.sent += 1
        if self.left <= 0:
            raise KeyboardInterrupt


@dataclass
class Disturbed(Log):
    """A log whose audits may be interrupted; what they kept is what the next one is given."""

    kept: list[Verified] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.do("CREATE INDEX versions ON events (stream, version, archived)")

    def audit_until(self, statement: int, *, full: bool = False) -> Audit | None:
        """``None``: it was interrupted before that statement."""
        self.runs += 1
        config, run = load(self.folder / "auditor.toml"), f"run-{self.runs}"
        self.interrupter = Interrupter(statement)
        upkeep = replace(upkeep_of(config, run, full=full), keep=self.kept.append, keep_every=0.0, recheck=0.0)
        session = Session(config, self.interrupter, run=run, memory=self.memory, upkeep=lambda _: upkeep)
        self.kept.clear()
        try:
            session.audit({"orders"})
        except KeyboardInterrupt:
            self.remember(upkeep.run)
            return None
        finally:
            session.close()
        assert session.audits["orders"].totals is not None
        self.memory = session.learnt
        return session.audits["orders"]

    def remember(self, run: str) -> None:
        """As the ledger does."""
        if self.kept:
            before, verified = self.memory.logs.get("orders"), self.kept[-1]
            assert not verified.complete
            before = LogMemory(run=run, at=verified.begun_at) if before is None else before
            self.memory = Memory(logs={"orders": replace(before, verified=verified)})

    def finish(self, most: int) -> tuple[Audit, int]:
        """Audit in runs of so many statements each; the audit that came to its end, and how many runs that took."""
        for number in range(1, 100):
            if (audit := self.audit_until(most)) is not None:
                return audit, number
        raise AssertionError("it never comes to its end")


@pytest.fixture
def log(tmp_path: Path, small_steps: None) -> Disturbed:
    return faulty(Disturbed(tmp_path))


def faulty(log: Disturbed) -> Disturbed:
    """Streams that lack versions, an id twice, and holes, in many ranges."""
    for number in range(60):
        log.append(f"s{number % 7}", skip=int(number in (30, 31)), identity="twice" if number in (5, 50) else None)
    for position in (4, 20, 21, 22, 58):
        log.do("DELETE FROM events WHERE position = ?", position)
    return log


def told(audit: Audit) -> list[tuple[object, ...]]:
    """What its findings say, but for samples and their order."""
    found = [(each.check, str(each.verdict), each.reason, each.count, each.ranges) for each in audit.findings]
    return [*found, sorted(gaps(audit))]


def test_from_whatever_an_interruption_leaves_it_goes_on_and_says_what_an_undisturbed_one_says(log: Disturbed) -> None:
    """Whatever it is interrupted at: what the next run is given is what was kept last."""
    undisturbed = log.audit_until(NEVER)
    assert undisturbed is not None
    assert {finding.check for finding in undisturbed.findings} == {"version-gap", "version-conflict", "position-gap"}
    assert undisturbed.coverage is None
    left, first = tuple(log.kept), f"run-{log.runs}"
    assert len(left) > 10
    for verified in left:
        log.kept = [verified]
        log.memory = Memory()
        log.remember(first)
        audit = log.audit_until(NEVER)
        assert audit is not None
        assert told(audit) == told(undisturbed), verified.notes
        assert audit.coverage is not None
        assert audit.coverage.run == first
        assert audit.totals is not None
        assert 0 <= 55 - audit.totals.produced - audit.coverage.skipped <= 1, "one is a copy"
        after = log.memory.logs["orders"].verified
        assert after is not None
        assert after.complete
        assert after.begun_run == first


def test_however_short_the_runs_are_it_comes_to_its_end(log: Disturbed) -> None:
    undisturbed = log.audit_until(NEVER)
    assert undisturbed is not None
    needed = log.interrupter.sent
    log.memory = Memory()
    audit, runs = log.finish(needed * 6 // 10)
    assert runs > 1
    assert told(audit) == told(undisturbed)
    assert audit.coverage is not None
    assert audit.coverage.through == 59 or audit.coverage.through == 60


def test_an_audit_that_is_due_goes_on_too_and_takes_every_old_digest_again(log: Disturbed) -> None:
    log.audit_until(NEVER)
    needed = log.interrupter.sent
    begun = log.memory.logs["orders"].verified
    assert begun is not None
    log.do("UPDATE events SET id = 'forged' WHERE position = 55")
    assert log.audit_until(needed * 7 // 10, full=True) is None
    audit = log.audit_until(NEVER)
    assert audit is not None
    assert audit.coverage is not None
    assert audit.coverage.run == f"run-{log.runs - 1}"
    assert reasons(audit) == {("confirmed", "rewritten")}
    after = log.memory.logs["orders"].verified
    assert after is not None
    assert all(one.run in (f"run-{log.runs - 1}", f"run-{log.runs}") for one in after.ranges)


class InterruptedLog(AuditedLog):
    """Audits are interrupted, too, and whatever may happen to a log happens before they go on."""

    log: Disturbed

    def __init__(self) -> None:
        super().__init__()
        self.temporary.cleanup()
        self.temporary = TemporaryDirectory()
        self.log = Disturbed(Path(self.temporary.name))
        self.copy = self.log.folder / "copy.db"

    @rule(statement=st.integers(20, 60), full=st.booleans())
    def interrupt(self, statement: int, full: bool) -> None:
        through = self.log.through if self.log.memory.logs else 0
        is_altered = bool(self.log.memory.logs) and self.log.rows(through) != self.digested
        self.was_altered |= is_altered
        if self.log.audit_until(statement, full=full) is not None:
            assert not is_altered or any(verdict == "confirmed" for verdict, _ in reasons(self.log.audit_around()))
            self.digested = self.log.rows(self.log.through)
        elif self.log.kept:
            progress = carried(self.log.kept[-1].notes).progress
            assert progress is not None
            beyond = {at: row for at, row in self.digested.items() if at > progress.through}
            self.digested = self.log.rows(progress.through) | beyond

    def what_is_left_out_is_counted(self) -> None:
        """Only of a full audit that came to its end."""


@pytest.mark.usefixtures("small_steps")
def test_whatever_happens_before_it_goes_on_it_agrees_with_one_that_was_not_interrupted() -> None:
    run_state_machine_as_test(InterruptedLog, settings=settings(max_examples=6, stateful_step_count=15))
