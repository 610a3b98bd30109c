"""Whatever happens to a log between runs: what a run says that leaves verified ranges out, a full one says as well."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from auditor.auditing.session import Session
from auditor.config import Config, load
from auditor.gather.log import memory as log_memory
from auditor.gather.log import ranges as log_ranges
from auditor.gather.log import reading as log_evidence
from auditor.gather.upkeep import Upkeep
from auditor.memory import LogMemory, Memory
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit, Outcome, Window

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"

[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "id"
stream = "stream"
version = "version"
where = {{ archived = 0 }}
{more}

[ledger]
recheck = "1ms"
"""
TABLE = """
CREATE TABLE events (position INTEGER PRIMARY KEY, id TEXT NOT NULL, stream TEXT NOT NULL, version INT NOT NULL,
                     archived INT NOT NULL DEFAULT 0)
"""
Row = tuple[str, str, int]


def upkeep_of(config: Config, run: str, *, full: bool) -> Upkeep:
    """As a run with a ledger has it."""
    ledger = config.ledger
    return Upkeep(
        run=run,
        started=datetime.now(UTC),
        full=full,
        full_every=ledger.full_every,
        overlap=ledger.overlap,
        recheck=ledger.recheck.total_seconds(),
        keep=lambda _: None,
    )


@dataclass
class Log:
    """A log in a SQLite file, audited again and again with what the run before left."""

    folder: Path
    more: str = ""
    memory: Memory = field(default_factory=Memory)
    runs: int = 0

    def __post_init__(self) -> None:
        (self.folder / "auditor.toml").write_text(CONFIG.format(more=self.more))
        self.do(TABLE)

    def do(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "shop.db")) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def append(self, stream: str, *, position: int | None = None, identity: str | None = None, skip: int = 0) -> int:
        """Append the next version of a stream, or what would be it but for ``skip``."""
        [(version,)] = self.do("SELECT coalesce(max(version), 0) + 1 + ? FROM events WHERE stream = ?", skip, stream)
        [(head,)] = self.do("SELECT coalesce(max(position), 0) + 1 FROM events")
        place = head if position is None else position
        said = f"{stream}@{version}" if identity is None else identity
        self.do("INSERT INTO events VALUES (?, ?, ?, ?, 0)", place, said, stream, version)
        return place

    def rows(self, through: int | None = None) -> dict[int, Row]:
        read = self.do("SELECT position, id, stream, version FROM events WHERE position <= ?", through or 2**62)
        return {row[0]: (str(row[1]), str(row[2]), row[3]) for row in read}

    def audit(self, *, full: bool = False) -> Audit:
        self.runs += 1
        run = f"run-{self.runs}"
        config = load(self.folder / "auditor.toml")
        upkeep = upkeep_of(config, run, full=full)
        session = Session(config, Silent(), run=run, memory=self.memory, upkeep=lambda _: upkeep)
        try:
            session.audit({"orders"})
        finally:
            session.close()
        assert not session.audits["orders"].problems or session.audits["orders"].totals is not None
        self.memory = session.learnt
        return session.audits["orders"]

    def audit_by_itself(self) -> Audit:
        """As if there had been no run before."""
        session = Session(load(self.folder / "auditor.toml"), Silent())
        try:
            session.audit({"orders"})
        finally:
            session.close()
        return session.audits["orders"]

    def audit_around(self) -> Audit:
        """As many runs as there are ranges, and one; each agrees with a full one on what it looks at."""
        audit = self.audit()
        for _ in range(len(self.remembered.verified.ranges) + 1 if self.remembered.verified else 0):
            audit = self.audit()
        return audit

    @property
    def remembered(self) -> LogMemory:
        return self.memory.logs["orders"]

    @property
    def through(self) -> int:
        verified = self.remembered.verified
        return 0 if verified is None or not verified.ranges else verified.ranges[-1].last


def of(audit: Audit, check: str) -> list[Finding]:
    return [finding for finding in audit.findings if finding.check == check]


def reasons(audit: Audit) -> set[tuple[str, str | None]]:
    return {(str(finding.verdict), finding.reason) for finding in of(audit, "head-regressed")}


def holes(audit: Audit, beyond: int = 0) -> set[int]:
    found = of(audit, "position-gap")
    spans = [span for finding in found for span in finding.ranges]
    return {position for first, last in spans for position in range(first, last + 1) if position > beyond}


def gaps(audit: Audit) -> set[tuple[str, int, int]]:
    named: list[dict[str, object]] = []
    for finding in of(audit, "version-gap"):
        said = finding.evidence["gaps"]
        assert isinstance(said, list)
        named += said
    return {(str(gap["stream"]), int(str(gap["from"])), int(str(gap["to"]))) for gap in named}


@pytest.fixture
def fine_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of few rows, one of which is digested by a run: what a large log has, on a small one."""
    monkeypatch.setattr(log_ranges, "ROWS_OF_A_PIECE", 4)
    monkeypatch.setattr(log_ranges, "ROWS_AT_ONCE", 1)


@pytest.fixture
def log(tmp_path: Path, fine_ranges: None) -> Log:
    return Log(tmp_path)


class AuditedLog(RuleBasedStateMachine):
    """Anything that may happen to a log, with audits in between."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = TemporaryDirectory()
        self.log = Log(Path(self.temporary.name))
        self.copy: Path = self.log.folder / "copy.db"
        self.digested: dict[int, Row] = {}
        self.was_altered = False

    def teardown(self) -> None:
        self.temporary.cleanup()

    @initialize(count=st.integers(3, 20))
    def begin(self, count: int) -> None:
        for number in range(count):
            self.log.append(f"s{number % 3}")
        shutil.copy(self.log.folder / "shop.db", self.copy)

    @rule(stream=st.sampled_from("abc"), skip=st.sampled_from((0, 0, 0, 1)), hole=st.sampled_from((0, 0, 2)))
    def append(self, stream: str, skip: int, hole: int) -> None:
        [(head,)] = self.log.do("SELECT coalesce(max(position), 0) + 1 FROM events")
        self.log.append(stream, position=head + hole, skip=skip)

    @rule()
    def publish_twice(self) -> None:
        [(stream,)] = self.log.do("SELECT stream FROM events LIMIT 1") or [("a",)]
        self.log.append(str(stream), identity="twice")

    @rule(nth=st.integers(0, 30))
    def delete(self, nth: int) -> None:
        self.log.do("DELETE FROM events WHERE position = (SELECT position FROM events LIMIT 1 OFFSET ?)", nth)

    @rule(nth=st.integers(0, 30))
    def rewrite(self, nth: int) -> None:
        self.log.do(
            "UPDATE events SET id = id || 'x' WHERE position = (SELECT position FROM events LIMIT 1 OFFSET ?)", nth
        )

    @rule(nth=st.integers(0, 30))
    def archive(self, nth: int) -> None:
        """The last event of a stream: without it, the others have no gap."""
        last = "version = (SELECT max(version) FROM events AS o WHERE o.stream = events.stream)"
        where = f"position = (SELECT position FROM events LIMIT 1 OFFSET ?) AND archived = 0 AND {last}"
        self.log.do(f"UPDATE events SET archived = 1 WHERE {where}", nth)

    @rule()
    def back_up(self) -> None:
        shutil.copy(self.log.folder / "shop.db", self.copy)

    @rule()
    def restore(self) -> None:
        shutil.copy(self.copy, self.log.folder / "shop.db")

    @precondition(lambda self: self.log.rows())
    @rule()
    def audit(self) -> None:
        altered = bool(self.log.memory.logs) and self.log.rows(self.log.through) != self.digested
        self.was_altered |= altered
        first = self.log.audit()
        self._agrees(first, self.log.audit_by_itself())
        last = self.log.audit_around()
        whole = self.log.audit_by_itself()
        self._agrees(last, whole)
        assert gaps(last) == gaps(whole)
        if altered:
            assert any(verdict == "confirmed" for verdict, _ in reasons(last))
        if not self.was_altered:
            assert reasons(last) == set()
        self.digested = self.log.rows(self.log.through)

    def _agrees(self, audit: Audit, whole: Audit) -> None:
        through = 0 if audit.coverage is None else audit.coverage.through or 0
        assert holes(audit, through) == holes(whole, through)
        assert gaps(audit) <= gaps(whole)
        doubles = [finding.ranges for finding in of(whole, "version-conflict")]
        assert [finding.ranges for finding in of(audit, "version-conflict")] == doubles
        if audit.coverage is None:
            assert gaps(audit) == gaps(whole)
            assert audit.totals == whole.totals
            assert audit.window is not None
            assert whole.window is not None
            assert (audit.window.first, audit.window.last) == (whole.window.first, whole.window.last)

    @invariant()
    def what_is_left_out_is_counted(self) -> None:
        verified = self.log.remembered.verified if self.log.memory.logs else None
        if verified is not None and self.log.rows(self.log.through) == self.digested:
            assert int(verified.notes["rows"]) == len(self.digested)


@pytest.mark.usefixtures("fine_ranges")
def test_a_run_that_leaves_ranges_out_agrees_with_a_full_one_whatever_happens() -> None:
    run_state_machine_as_test(AuditedLog, settings=settings(max_examples=12, stateful_step_count=20))


def test_a_file_that_was_put_back_and_went_on_differently_is_found_although_all_counts_agree(
    log: Log,
) -> None:
    for _ in range(20):
        log.append("a")
    log.audit()
    shutil.copy(log.folder / "shop.db", log.folder / "copy.db")
    for _ in range(10):
        log.append("a")
    assert log.audit().findings == ()
    shutil.copy(log.folder / "copy.db", log.folder / "shop.db")
    for number in range(10):
        log.append("a", identity=f"other-{number}")
    audit = log.audit()
    assert reasons(audit) == {("confirmed", "rewritten")}
    assert audit.coverage is None
    [finding] = of(audit, "head-regressed")
    assert finding.ranges[-1][-1] == 30
    again = log.audit()
    assert reasons(again) == {("confirmed", "rewritten")}
    assert again.coverage is not None


def test_what_stands_again_as_it_was_is_no_finding_any_more(log: Log) -> None:
    for _ in range(9):
        log.append("a")
    log.audit_around()
    before = log.runs
    log.do("UPDATE events SET id = 'forged' WHERE position = 4")
    assert reasons(log.audit_around()) == {("confirmed", "rewritten")}
    log.do("UPDATE events SET id = 'a@4' WHERE position = 4")
    until = log.runs
    [finding] = of(log.audit_around(), "head-regressed")
    contradictions = finding.evidence["contradictions"]
    assert isinstance(contradictions, list)
    # The forged one was seen as well, and is gone.
    assert all(before < int(said["run"].removeprefix("run-")) <= until for said in contradictions)


@pytest.mark.parametrize(
    ("more", "reason"),
    [("", "appeared"), ('positions = "drawn-on-insert"', "dead-hole-filled")],
    ids=["given", "drawn"],
)
def test_a_row_that_came_into_a_hole_is_told_once_and_what_else_changed_beside_it_too(
    tmp_path: Path, fine_ranges: None, more: str, reason: str
) -> None:
    log = Log(tmp_path, more)
    for position in range(1, 20):
        log.append("a", position=position if position < 9 else position + 1)
    log.audit_around()
    log.append("late", position=9)
    for audit in (log.audit(), log.audit_around()):
        assert [(each.reason, each.count, each.ranges) for each in of(audit, "head-regressed")] == [
            (reason, 1, ((9, 9),))
        ]
    log.do("UPDATE events SET id = 'forged' WHERE position = 10")
    spans = [span for each in of(log.audit_around(), "head-regressed") for span in each.ranges]
    assert any(first <= 10 <= last for first, last in spans)
    log.do("UPDATE events SET id = 'a@9' WHERE position = 10")
    log.do("DELETE FROM events WHERE position = 9")
    assert ("confirmed", reason) not in reasons(log.audit_around())


def test_a_log_that_was_emptied_and_grows_again_lacks_no_rows_where_new_ones_stand(log: Log) -> None:
    for _ in range(20):
        log.append("a")
    log.audit()
    log.do("DELETE FROM events WHERE position = 6")
    log.audit_around()
    log.do("DELETE FROM events")
    said = []
    for number in range(24):
        log.append("a", identity=f"new-{number}")
        said.append(reasons(log.audit()))

    assert all(("confirmed", "lower-head") in each for each in said[:19])
    assert not any(("confirmed", "gone") in each for each in said)


def test_rows_that_are_gone_from_the_beginning_are_told_where_they_stood_and_once(log: Log) -> None:
    for count in (5, 15):
        for _ in range(count):
            log.append("a")
        log.audit()
    log.do("DELETE FROM events WHERE position <= 10")
    for full in (True, False, False):
        audit = log.audit(full=full)
        assert of(audit, "position-gap") == []
        [gone] = of(audit, "head-regressed")
        assert (gone.reason, gone.count, gone.ranges[0][0]) == ("gone", 10, 1)


def test_rows_that_were_gone_and_came_back_are_no_contradiction_and_cost_the_log_no_trust(log: Log) -> None:
    for _ in range(9):
        log.append("a")
    log.audit_around()
    log.do("CREATE TABLE kept AS SELECT * FROM events WHERE position = 4")
    log.do("DELETE FROM events WHERE position = 4")
    assert ("confirmed", "gone") in reasons(log.audit_around())
    log.do("INSERT INTO events SELECT * FROM kept")
    assert reasons(log.audit_around()) == set()
    again = log.audit()
    assert reasons(again) == set()
    assert again.coverage is not None


def test_more_open_holes_than_can_be_carried_are_looked_at_by_every_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fine_ranges: None
) -> None:
    del fine_ranges
    for module in (log_evidence, log_memory):
        monkeypatch.setattr(module, "MOST_CARRIED", 2)
    log = Log(tmp_path, more="gapless = true")
    for position in (1, 3, 5, 7, 8, 9):
        log.append("a", position=position)
    log.audit()
    log.append("a")
    audit = log.audit()
    assert audit.coverage is not None
    assert audit.coverage.through == 5
    assert holes(audit) == {2, 4, 6}
    assert log.through == 5


def test_more_broken_streams_than_can_be_carried_are_looked_at_by_every_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fine_ranges: None
) -> None:
    del fine_ranges
    for module in (log_evidence, log_memory):
        monkeypatch.setattr(module, "MOST_CARRIED", 1)
    log = Log(tmp_path)
    for stream in ("a", "a", "b", "b", "c", "c"):
        log.append(stream, skip=1)
    log.audit()
    assert log.through < 6
    log.append("a")
    audit = log.audit()
    assert audit.coverage is not None
    assert gaps(audit) == gaps(log.audit_by_itself())


def test_a_log_without_an_index_on_its_positions_is_looked_at_in_full_and_says_so(log: Log) -> None:
    log.do("DROP TABLE events")
    log.do("CREATE TABLE events (position INT NOT NULL, id TEXT, stream TEXT, version INT, archived INT)")
    for _ in range(3):
        log.append("a")
    log.audit()
    audit = log.audit()
    assert audit.coverage is None
    assert any("every run looks at all of it" in note for note in audit.notes)


def test_a_full_audit_that_is_too_old_is_made_anew(log: Log) -> None:
    log.append("a")
    config = log.folder / "auditor.toml"
    config.write_text(config.read_text() + 'full_every = "1ms"')
    log.audit()
    assert log.audit().coverage is None


def test_a_log_that_names_nothing_but_positions_says_that_rewriting_cannot_be_seen(log: Log) -> None:
    log.append("a")
    config = log.folder / "auditor.toml"
    lines = config.read_text().splitlines()
    config.write_text("\n".join(line for line in lines if line.partition(" ")[0] not in ("id", "stream", "version")))
    assert any("rewritten ones cannot be seen" in note for note in log.audit().notes)


def test_nothing_new_is_no_reason_for_doubt(log: Log) -> None:
    log.append("a")
    log.audit()
    audit = log.audit()
    assert (audit.verdict, audit.problems) == (Outcome.CONSISTENT, ())
    assert audit.totals is not None
    assert audit.totals.produced == 0
    assert audit.window == Window(first=2, last=1, settled=1)
