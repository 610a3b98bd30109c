"""Between the looks at a state the world goes on: what was only under way is no finding, what lasts is one."""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.auditing.session import Session
from auditor.config import Config, load
from auditor.deadline import Deadline
from auditor.observer import Silent
from checks.model.finding import Finding
from checks.model.result import Audit

CONFIG = """
[stores.shop]
url = "sqlite:///shop.db"
[stores.reading]
url = "sqlite:///reading.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
stream = "stream"
version = "version"
{time}
[states.accounts]
log = "orders"
store = "{store}"
table = "accounts"
stream = "stream"
version = "version"
max_delay = "{max_delay}"
{changed}
"""


class Accounts:
    """Three streams with three events each, an hour old, and a row for each. ``later`` happens while it waits."""

    def __init__(
        self,
        folder: Path,
        *,
        timed: bool = True,
        changed: bool = False,
        together: bool = True,
        max_delay: str = "1m",
    ) -> None:
        self.waits: list[float] = []
        self.later: Callable[[], None] = lambda: None
        self._log = sqlite3.connect(folder / "shop.db", isolation_level=None)
        self._state = self._log if together else sqlite3.connect(folder / "reading.db", isolation_level=None)
        self.log("CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, version INT, at TEXT)")
        self.state("CREATE TABLE accounts (stream TEXT, version INT, changed_at TEXT)")
        for stream in "abc":
            for version in (1, 2, 3):
                self.happen(stream, version, timedelta(hours=1))
            self.state("INSERT INTO accounts VALUES (?, 3, ?)", stream, moment(timedelta(hours=1)))
        self._config = folder / "auditor.toml"
        self._config.write_text(
            CONFIG.format(
                time='time = "at"' if timed else "",
                changed='changed = "changed_at"' if changed else "",
                store="shop" if together else "reading",
                max_delay=max_delay,
            )
        )

    def close(self) -> None:
        self._log.close()
        self._state.close()

    def log(self, statement: str, *values: object) -> None:
        self._log.execute(statement, values)

    def state(self, statement: str, *values: object) -> None:
        self._state.execute(statement, values)

    def happen(self, stream: str, version: int, age: timedelta = timedelta(0)) -> None:
        """An event."""
        self.log("INSERT INTO events (stream, version, at) VALUES (?, ?, ?)", stream, version, moment(age))

    def change(self, stream: str, version: int, age: timedelta = timedelta(0)) -> None:
        """A row changes."""
        self.state("UPDATE accounts SET version = ?, changed_at = ? WHERE stream = ?", version, moment(age), stream)

    def audit(self, *, confirm: bool = True) -> Audit:
        session = Session(self.config(), Silent(), confirm=confirm, sleep=self._sleep)
        session.audit({"accounts"})
        session.close()
        return session.audits["accounts"]

    def config(self) -> Config:
        return load(self._config)

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.later()


def moment(age: timedelta) -> str:
    return (datetime.now(UTC) - age).isoformat()


Make = Callable[..., Accounts]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Time passes while it waits, and only then."""
    made: list[Accounts] = []
    monkeypatch.setattr(time, "monotonic", lambda: 1_000.0 + sum(wait for each in made for wait in each.waits))
    with ExitStack() as stack:

        def make(**keys: Any) -> Accounts:
            made.append(stack.enter_context(closing(Accounts(tmp_path, **keys))))
            return made[-1]

        yield make


@pytest.fixture(params=[True, False], ids=["one store", "two stores"])
def together(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def said(audit: Audit) -> list[tuple[str, str, str | None]]:
    return [(finding.check, str(finding.verdict), finding.reason) for finding in audit.findings]


def only(audit: Audit) -> Finding:
    [finding] = audit.findings
    return finding


def test_a_change_whose_event_comes_in_time_is_no_silent_change(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.change("a", 4)
    accounts.later = lambda: accounts.happen("a", 4)
    assert accounts.audit().verdict == "consistent"
    assert [math.ceil(wait) for wait in accounts.waits] == [60]


def test_a_change_whose_event_never_comes_is_silent_once_max_delay_has_passed(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.change("a", 4)
    finding = only(accounts.audit())
    assert (finding.check, finding.verdict, finding.count) == ("silent-change", "confirmed", 1)
    assert "max_delay had passed" in str(finding.evidence)


def test_a_service_at_work_that_always_writes_the_row_first_is_not_accused(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.change("a", 4)

    def go_on() -> None:
        accounts.happen("a", 4)
        accounts.change("a", 5)

    accounts.later = go_on
    assert accounts.audit().findings == ()


def test_a_row_changed_long_ago_needs_no_wait(make: Make, together: bool) -> None:
    accounts = make(together=together, changed=True)
    accounts.change("a", 4, timedelta(minutes=10))
    finding = only(accounts.audit())
    assert (finding.check, finding.verdict, accounts.waits) == ("silent-change", "confirmed", [])
    assert "changed longer ago" in str(finding.evidence)


def test_a_row_changed_in_the_future_shows_no_age(make: Make) -> None:
    accounts = make(changed=True)
    accounts.change("a", 4, -timedelta(days=1))
    accounts.audit()
    assert len(accounts.waits) == 1


def test_a_row_that_lacks_an_old_event_needs_no_wait(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.change("a", 2)
    assert said(accounts.audit()) == [("state-behind", "confirmed", None)]
    assert accounts.waits == []


def test_a_projection_that_takes_the_event_in_time_is_not_behind(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.happen("a", 4)
    accounts.later = lambda: accounts.change("a", 4)
    audit = accounts.audit()
    assert audit.verdict == "consistent"
    assert audit.totals is not None
    assert (audit.totals.produced, audit.totals.received) == (3, 3)


def test_a_projection_that_moves_but_is_not_there_yet_stays_pending(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.happen("a", 4)
    accounts.happen("a", 5)
    accounts.later = lambda: accounts.change("a", 4)
    audit = accounts.audit()
    assert said(audit) == [("state-behind", "pending", "within-max-delay")]
    assert audit.totals is not None
    assert (audit.totals.pending, audit.totals.missing) == (1, 0)


def test_without_a_time_what_is_absent_is_waited_for(make: Make, together: bool) -> None:
    accounts = make(together=together, timed=False)
    accounts.state("DELETE FROM accounts WHERE stream = 'a'")
    assert said(accounts.audit()) == [("state-missing", "confirmed", None)]
    assert [math.ceil(wait) for wait in accounts.waits] == [60]


def test_an_event_ahead_of_the_clock_shows_no_age(make: Make) -> None:
    accounts = make()
    accounts.happen("a", 4, -timedelta(days=1))
    accounts.audit()
    assert len(accounts.waits) == 1


def test_a_row_that_comes_while_it_waits_is_not_missing(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.happen("d", 1)
    accounts.later = lambda: accounts.state("INSERT INTO accounts VALUES ('d', 1, NULL)")
    assert accounts.audit().verdict == "consistent"


def test_a_stream_whose_first_event_comes_while_it_waits_is_not_unexpected(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.state("INSERT INTO accounts VALUES ('d', 1, NULL)")
    accounts.later = lambda: accounts.happen("d", 1)
    assert accounts.audit().findings == ()


def test_a_row_that_is_taken_back_while_it_waits_is_no_silent_change(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.change("a", 4)
    accounts.later = lambda: accounts.change("a", 3)
    assert accounts.audit().findings == ()


def test_a_row_that_is_put_back_and_is_ahead_all_the_same_has_begun_anew(make: Make, together: bool) -> None:
    accounts = make(together=together)
    accounts.change("a", 6)
    accounts.later = lambda: accounts.change("a", 5)
    assert said(accounts.audit()) == [("silent-change", "pending", "within-max-delay")]


def test_a_stream_that_leaves_the_log_while_it_waits_is_unverifiable_not_healed(make: Make, together: bool) -> None:
    accounts = make(together=together, timed=False)
    accounts.change("a", 2)
    accounts.later = lambda: accounts.log("DELETE FROM events WHERE stream = 'a'")
    audit = accounts.audit()
    assert audit.totals is not None
    assert (audit.totals.missing, audit.totals.unverifiable) == (0, 1)
    assert "1 stream unverifiable: gone from the log between two looks" in audit.notes


def test_with_max_delay_zero_what_one_snapshot_shows_is_confirmed_without_a_wait(make: Make) -> None:
    accounts = make(max_delay="0s", timed=False)
    accounts.change("a", 4)
    accounts.change("b", 2)
    assert {verdict for _, verdict, _ in said(accounts.audit())} == {"confirmed"}
    assert accounts.waits == []


def test_without_a_second_look_a_candidate_stays_pending(make: Make, together: bool) -> None:
    accounts = make(together=together, changed=True)
    accounts.change("a", 4, timedelta(hours=1))
    accounts.change("b", 2)
    assert {(verdict, reason) for _, verdict, reason in said(accounts.audit(confirm=False))} == {
        ("pending", "not-confirmed")
    }
    assert accounts.waits == []


def test_a_run_that_has_no_time_to_wait_leaves_the_state_undecided(make: Make) -> None:
    accounts = make()
    accounts.change("a", 4)
    deadline = Deadline(timedelta(seconds=50))  # less than there is to wait for, and enough for all else
    session = Session(accounts.config(), Silent(), sleep=deadline.sleep, deadline=deadline)
    session.audit({"orders", "accounts"})
    session.close()
    audit = session.audits["accounts"]
    assert (audit.of, audit.upstream, audit.totals, audit.problems[0].reason) == ("state", "orders", None, "timeout")
    assert "was to be looked at again" in audit.problems[0].message
    assert session.audits["orders"].verdict == "consistent"


@pytest.mark.parametrize("table", ["accounts", "events"])
def test_a_table_that_is_dropped_while_it_waits_leaves_the_audit_undecided(make: Make, table: str) -> None:
    accounts = make()
    accounts.change("a", 4)
    accounts.later = lambda: accounts.log(f"DROP TABLE {table}")
    audit = accounts.audit()
    assert (audit.verdict, audit.of, audit.upstream, audit.totals) == ("unknown", "state", "orders", None)
    assert [problem.reason for problem in audit.problems] == ["missing-table"]


def test_a_version_that_is_no_number_fails_the_audit_and_accuses_nobody(make: Make) -> None:
    accounts = make()
    accounts.state("UPDATE accounts SET version = 'three' WHERE stream = 'a'")
    audit = accounts.audit()
    assert (audit.findings, [problem.reason for problem in audit.problems]) == ((), ["wrong-type"])


def test_an_outbox_that_deletes_what_it_sent_accuses_no_row(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, changed=True)
    with closing(accounts):
        text = (tmp_path / "auditor.toml").read_text()
        (tmp_path / "auditor.toml").write_text(
            text.replace('version = "version"', 'version = "version"\nsent = "sent"', 1)
        )
        accounts.log("ALTER TABLE events ADD COLUMN sent INT")
        accounts.log("UPDATE events SET sent = 1 WHERE stream <> 'b' OR version = 3")
        accounts.log("DELETE FROM events WHERE stream = 'a' OR (stream = 'b' AND version = 3)")
        audit = accounts.audit()
    assert [(each.check, str(each.verdict), each.reason) for each in audit.findings] == [
        ("silent-change", "unknown", "may-be-purged"),
        ("state-unexpected", "benign", "may-be-purged"),
    ]
    assert "orders is an outbox, which may have deleted what it sent" in audit.findings[0].message


def test_an_outbox_that_keeps_what_it_sent_shows_a_change_without_an_event(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, changed=True)
    with closing(accounts):
        text = (tmp_path / "auditor.toml").read_text()
        (tmp_path / "auditor.toml").write_text(
            text.replace('version = "version"', 'version = "version"\nsent = "sent"', 1)
        )
        accounts.log("ALTER TABLE events ADD COLUMN sent INT DEFAULT 1")
        accounts.change("b", 4, timedelta(hours=1))
        audit = accounts.audit()
    assert [(each.check, str(each.verdict)) for each in audit.findings] == [("silent-change", "confirmed")]
