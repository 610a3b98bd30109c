"""Audits of a live system: during the load no confirmed finding that turns out false, after it exactly the losses.

The naive reader goes by ``position > cursor`` and loses what commits behind its back. The others are right: by
transaction below the snapshot's xmin; with cursor and inbox in separate transactions, cursor first; in several
threads under one cursor. A session in another database holds a transaction open for a while.
"""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from auditor.audit import run
from auditor.auditing.session import Session
from auditor.config import load as read
from auditor.observer import Silent
from checks.model.finding import Finding, Verdict
from checks.model.result import Outcome, Result
from tests.integration.live import Load, Plan, load
from tests.integration.live_readers import ATOMIC, NAIVE, READERS
from tests.postgres import Server

LOG = """
[logs.{name}]
store = "live"
table = "events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
type = "type"
time = "recorded_at"
positions = "drawn-on-insert"
settle = "300ms"
{order}
"""
CONSUMER = """
[consumers.{name}]
log = "{log}"
store = "live"
start = "first"
ordered = {ordered}
idempotent = false
grace = "{grace}"
max_lag = "{max_lag}"
[consumers.{name}.cursor]
table = "cursors"
where = {{ name = "{name}" }}
position = {position}
[consumers.{name}.inbox]
table = "inbox"
where = {{ consumer = "{name}" }}
id = "event_id"
position = "position"
stream = "stream_id"
version = "version"
received = "seq"
"""
AUDITS = 2
"""How many are made at the least."""
GRACE_SECONDS = 600.0
"""During the load: longer than it lasts, so that what shows whether something is missing is what the readers do."""
PLAIN, PAIR = '"position"', '["transaction_id", "position"]'


def config(folder: Path, url: str, *, grace: str, max_lag: str) -> Path:
    """Two readers write cursor and receipt in one transaction: for them no grace is due."""
    text = f'[stores.live]\nurl = "{url}"\n'
    text += LOG.format(name="orders", order="")
    text += LOG.format(name="orders-by-transaction", order='order = ["transaction_id", "position"]')
    for reader in READERS:
        naive = reader is NAIVE
        text += CONSUMER.format(
            name=reader.name,
            log="orders" if naive else "orders-by-transaction",
            position=PLAIN if naive else PAIR,
            ordered="false",
            grace="0s" if reader in (NAIVE, ATOMIC) else grace,
            max_lag=max_lag,
        )
    path = folder / "auditor.toml"
    path.write_text(text)
    return path


def audited(live: Path, load: Load) -> Result:
    """An audit during the load. When grace has passed, each reader has finished what it had in its hands."""

    def sleep(seconds: float) -> None:
        if seconds > GRACE_SECONDS / 2:
            load.until_readers_have_stepped()
        else:
            time.sleep(seconds)

    config = read(live)
    session = Session(config, Silent(), sleep=sleep)
    started = datetime.now(UTC)
    try:
        session.audit({*config.logs, *config.consumers})
    finally:
        session.close()
    return session.result(started)


def accusations(result: Result) -> Iterator[tuple[str, Finding]]:
    for audit in result.audits:
        for finding in audit.findings:
            if finding.verdict is Verdict.CONFIRMED and not finding.harmless:
                yield audit.name, finding


def positions(url: str, ranges: tuple[tuple[int, int], ...]) -> set[int]:
    """The events of the log that stand in closed ranges."""
    with psycopg.connect(url) as connection:
        there = {position for (position,) in connection.execute("SELECT position FROM events")}
    return {position for position in there if any(first <= position <= last for first, last in ranges)}


@pytest.mark.parametrize("seed", [1, 2])
def test_no_finding_under_load_turns_out_false_and_afterwards_the_losses_are_named(
    postgres: Server, tmp_path: Path, seed: int
) -> None:
    with postgres.database() as url, postgres.database() as elsewhere, psycopg.connect(elsewhere) as bystander:
        live = config(tmp_path, url, grace=f"{GRACE_SECONDS:.0f}s", max_lag="1h")
        bystander.execute("SELECT pg_current_xact_id()")
        leaving = threading.Timer(2.0, bystander.rollback)
        leaving.start()
        accused: list[tuple[str, Finding]] = []
        audits = 0
        with load(url, Plan(seed=seed, transactions=250)) as under_way:
            while not under_way.over:
                result = audited(live, under_way)
                assert not any(problem.reason == "crashed" for audit in result.audits for problem in audit.problems)
                accused += list(accusations(result))
                audits += 1
                if audits == AUDITS:
                    under_way.release()
        leaving.join()
        assert audits >= AUDITS
        truth = under_way.truth()
        for name, finding in accused:
            assert finding.check in {"missing", "backfill-incomplete"}, (name, finding)
            assert positions(url, finding.ranges) <= set(truth[name]), (name, finding)
        _expect_exactly_the_losses(run(config(tmp_path, url, grace="0s", max_lag="1h")), under_way)


def _expect_exactly_the_losses(result: Result, load: Load) -> None:
    truth = load.truth()
    found: dict[str, set[int]] = {name: set() for name in truth}
    for name, finding in accusations(result):
        found[name] |= positions(load.url, finding.ranges)
    assert found == {name: set(lost) for name, lost in truth.items()}
    by_name = {audit.name: audit.verdict for audit in result.audits}
    assert by_name[NAIVE.name] is Outcome.INCONSISTENT
    assert all(by_name[reader.name] is Outcome.CONSISTENT for reader in READERS if reader is not NAIVE)
