"""A log's full audit that is interrupted goes on where it was, and says in the end what an undisturbed one says."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings as of_examples
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from auditor.auditing.session import Session
from auditor.auditing.turns import logs_that_can_wait
from auditor.config import load
from auditor.gather.log import gaps as log_gaps
from auditor.gather.log import ranges as log_ranges
from auditor.gather.log import sweep as log_sweep
from auditor.gather.log import unfinished as log_unfinished
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
    is_last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.do("CREATE INDEX versions ON events (stream, version, archived)")

    def audit_until(self, statement: int, *, full: bool = False) -> Audit | None:
        """``None``: it was interrupted before that statement."""
        self.runs += 1
        run = f"run-{self.runs}"
        self.config = config = load(self.folder / "auditor.toml")
        self.interrupter = Interrupter(statement)
        upkeep = replace(upkeep_of(config, run, full=full), keep_every=0.0, recheck=0.0)
        session = Session(config, self.interrupter, run=run, memory=self.memory, upkeep=lambda _: upkeep)
        session._last = {"orders"} if self.is_last else set()
        self.session, self.kept = session, []
        upkeep = replace(upkeep, keep=self.kept.append)
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
    versions: dict[str, int] = {}
    rows = []
    for number in range(60):
        stream = f"s{number % 7}"
        versions[stream] = versions.get(stream, 0) + (2 if number in (30, 31) else 1)
        identity = "twice" if number in (5, 50) else f"{stream}@{versions[stream]}"
        rows.append((number + 1, identity, stream, versions[stream]))
    with closing(sqlite3.connect(log.folder / "shop.db")) as connection, connection:
        there = [row for row in rows if row[0] not in (4, 20, 21, 22, 58)]
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, 0)", there)
    return log


def told(audit: Audit) -> list[tuple[object, ...]]:
    """What its findings say, but for samples and their order."""
    found = [(each.check, str(each.verdict), each.reason, each.count, each.ranges) for each in audit.findings]
    return [*found, *sorted(gaps(audit))]


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
    assert audit.coverage.through in {59, 60}


@pytest.mark.parametrize("kept", [1, -1])
def test_an_audit_that_is_due_goes_on_too_and_takes_every_old_digest_again(log: Disturbed, kept: int) -> None:
    assert log.audit_until(NEVER) is not None
    before = log.memory
    log.do("UPDATE events SET id = 'forged' WHERE position = 55")
    assert log.audit_until(NEVER, full=True) is not None
    log.memory, log.kept = before, [log.kept[kept]]
    log.remember(f"run-{log.runs}")
    audit = log.audit_until(NEVER)
    assert audit is not None
    assert audit.coverage is not None
    assert audit.coverage.run == f"run-{log.runs - 1}"
    assert reasons(audit) == {("confirmed", "rewritten")}
    after = log.memory.logs["orders"].verified
    assert after is not None
    assert {one.run for one in after.ranges} <= {f"run-{log.runs - 1}", f"run-{log.runs}"}


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
    run_state_machine_as_test(InterruptedLog, settings=of_examples(max_examples=5, stateful_step_count=12))


# -- what happens between the parts --------------------------------------------------------------------------------


def interrupted_at(log: Disturbed, kept: int) -> None:
    """As if it had been interrupted when it had kept something so many times."""
    log.memory = Memory()
    assert log.audit_until(NEVER) is not None
    log.kept = [log.kept[kept]]
    log.memory = Memory()
    log.remember(f"run-{log.runs}")


def finished(log: Disturbed) -> Audit:
    audit = log.audit_until(NEVER)
    assert audit is not None
    return audit


@pytest.mark.parametrize("kept", [3, 8, -1])
def test_what_two_parts_have_between_them_is_found(log: Disturbed, kept: int) -> None:
    """An id twice, and a version that a stream lacks: one row in what was looked at, the other one in what was not."""
    interrupted_at(log, kept)
    log.append("s0", identity="s1@3")
    log.append("s1", skip=1)
    assert told(finished(log)) == told(log.audit_by_itself())


def test_a_row_that_came_into_a_hole_of_a_part_that_was_passed_is_told(log: Disturbed) -> None:
    interrupted_at(log, -1)
    log.append("late", position=58)
    assert reasons(finished(log)) == {("confirmed", "appeared")}


def test_a_row_that_is_deleted_from_a_part_that_was_passed_is_told_and_so_is_the_gap(log: Disturbed) -> None:
    interrupted_at(log, -1)
    log.do("DELETE FROM events WHERE position = 11")
    audit = log.audit_around()
    assert ("confirmed", "gone") in reasons(audit)
    assert ("s3", 1, 2) in gaps(audit)


def test_a_log_that_is_put_back_and_goes_on_differently_is_looked_at_from_its_beginning(log: Disturbed) -> None:
    shutil.copy(log.folder / "shop.db", log.folder / "copy.db")
    for _ in range(9):
        log.append("s0")
    interrupted_at(log, -1)
    shutil.copy(log.folder / "copy.db", log.folder / "shop.db")
    for number in range(9):
        log.append("s0", identity=f"other-{number}")
    audit = finished(log)
    assert audit.coverage is None
    assert reasons(audit) == {("confirmed", "rewritten")}
    assert told(audit)[1:] == told(log.audit_by_itself())


def test_an_audit_that_is_asked_to_be_full_begins_from_the_beginning(log: Disturbed) -> None:
    interrupted_at(log, -1)
    audit = log.audit_until(NEVER, full=True)
    assert audit is not None
    assert audit.coverage is None


def test_whoever_follows_a_log_that_was_put_back_is_told_by_the_run_that_comes_to_the_end(log: Disturbed) -> None:
    assert log.audit_until(NEVER) is not None
    log.do("UPDATE events SET id = 'forged' WHERE position = 60")
    assert log.audit_until(log.interrupter.sent) is None
    progress = carried(log.kept[-1].notes).progress
    assert progress is not None
    assert progress.is_another
    assert logs_that_can_wait(log.config, {"orders"}, log.memory, lambda names: dict.fromkeys(names, 1)) == set()
    assert log.audit_until(NEVER) is not None
    assert log.session._others == {"orders"}
    after = log.memory.logs["orders"].verified
    assert after is not None
    assert carried(after.notes).progress is None


def test_a_log_that_comes_last_and_is_another_one_than_it_was_is_told_of_by_the_next_run(log: Disturbed) -> None:
    interrupted_at(log, -1)
    before = log.memory.logs["orders"]
    log.do("UPDATE events SET id = 'forged' WHERE position = 60")
    log.is_last = True
    assert log.audit_until(NEVER) is not None
    assert log.memory.logs == {}, "the memory of before stays what it was"
    log.memory, log.is_last = Memory(logs={"orders": before}), False
    assert log.audit_until(NEVER) is not None
    assert log.session._others == {"orders"}


def test_more_holes_than_can_be_carried_are_told_in_a_note(log: Disturbed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_unfinished, "MOST_CARRIED", 2)
    interrupted_at(log, -1)
    audit = finished(log)
    assert any(note.startswith("1 more holes, proven to stay empty") for note in audit.notes)


@pytest.mark.parametrize("more", ["", "gapless = true"])
def test_holes_that_are_too_many_to_be_held_are_read_again(
    tmp_path: Path, small_steps: None, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    del small_steps
    monkeypatch.setattr(log_sweep, "MOST_HELD", 1)
    log = faulty(Disturbed(tmp_path, more))
    assert told(finished(log)) == told(log.audit_by_itself())
    interrupted_at(log, 4)
    assert told(finished(log)) == told(log.audit_by_itself())


def test_of_a_gapless_log_with_more_holes_than_can_be_carried_less_is_kept(
    tmp_path: Path, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del small_steps
    monkeypatch.setattr(log_unfinished, "MOST_CARRIED", 1)
    log = faulty(Disturbed(tmp_path, "gapless = true"))
    interrupted_at(log, -1)
    audit = finished(log)
    assert audit.coverage is not None
    assert audit.coverage.through is not None
    assert audit.coverage.through < 20
    assert told(audit) == told(log.audit_by_itself())
