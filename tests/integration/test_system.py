"""A small real system, its processes killed all the time: what one service loses is named, what the others do is not.

The dual writer changes its state and then publishes, in two transactions; whoever kills it in between loses an event.
The event-sourced service writes both in one, its publishers and consumers move their cursors in the transaction of
their work: killed as often, they lose nothing.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from auditor.audit import run
from checks.model.finding import Finding, Verdict
from checks.model.result import Outcome, Result
from tests.integration.shop import check_aside
from tests.integration.system.operation import Operation, Plan, operating
from tests.integration.system.programs import PROGRAMS
from tests.integration.system.tables import KINDS, Lost, lost, lost_for_good, published_late
from tests.postgres import Server

CONFIG = Path(__file__).with_name("system") / "auditor.toml"
AUDITS = 3
"""How many are made at the least while the system is at work."""
BEGUN = "count(DISTINCT consumer) = 2 AND EXISTS (SELECT FROM account_events) FROM inbox"
FOR_EVER = '"10s"'
"""What ``LATE`` waits for, as the config says it."""
LASTED = "max(changed_at) < clock_timestamp() - interval '2 seconds' FROM accounts"
LATE = "max(recorded_at) < clock_timestamp() - interval '10 seconds' FROM order_events"
"""Nothing happened for as long as the config says that it may take: to an event, and to what is made of one."""
FOLLOWED = "EXISTS (SELECT FROM orders_v2 o WHERE o.stream_id = orders_v2.stream_id AND o.version > orders_v2.version)"
"""Of a row of v2: its stream has a later one, so that its version leaves a gap."""
PATIENCE = 120.0
DUAL_WRITER = ("account-events", "accounts")
EVENT_SOURCED = ("order-events", "orders-v1", "orders-v2", "orders", "billing", "insights")

Change = tuple[str, int]
"""An account, and the version that it got by a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A system that has come to rest, and what was said of it while it was at work."""

    operation: Operation
    config: Path
    during: list[Result] = field(default_factory=list)
    lost_before: list[frozenset[Lost]] = field(default_factory=list)
    """For each of these audits, what had been lost for good before it began."""

    @property
    def url(self) -> str:
        return self.operation.url

    @property
    def lost(self) -> frozenset[Lost]:
        return lost(self.url)

    def count(self, rows: str) -> int:
        with psycopg.connect(self.url) as connection:
            [(count,)] = connection.execute(f"SELECT count(*) FROM {rows}".encode()).fetchall()
        return int(count)


@pytest.fixture(scope="module")
def watched(postgres18: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Every second audit has a ledger, and so goes on from what the one before it verified.

    While the system is at work, whoever publishes and consumes is late only where nothing goes on: for how long that
    may be is the machine's affair.
    """
    folder = tmp_path_factory.mktemp("system")
    with postgres18.database() as url:
        config, patient = folder / "auditor.toml", folder / "patient.toml"
        text = CONFIG.read_text(encoding="utf-8").replace("${SYSTEM_DATABASE_URL}", url)
        config.write_text(text, encoding="utf-8")
        patient.write_text(text.replace(FOR_EVER, '"1h"'), encoding="utf-8")
        with operating(url, Plan(seed=postgres18.version)) as operation:
            watched = Watched(operation=operation, config=config)
            until(url, BEGUN)
            while not operation.over:
                watched.lost_before.append(lost_for_good(url, seconds=1.0))
                watched.during.append(run(patient, max_findings=None, ledger=len(watched.during) % 2 == 1))
                if len(watched.during) == AUDITS:
                    operation.release()
        until(url, LASTED)
        yield watched


def until(url: str, condition: str) -> None:
    end = time.monotonic() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(f"SELECT {condition}".encode()).fetchall() != [(True,)]:
            assert time.monotonic() < end, condition
            time.sleep(0.02)


def changes(finding: Finding) -> Iterator[Change]:
    """The changes without an event that a finding names: versions that a stream lacks, or by which a row is ahead."""
    if finding.check == "version-gap":
        assert len(finding.events) == finding.count
        for event in finding.events:
            assert event.stream is not None
            assert event.version is not None
            yield event.stream, event.version
        return
    samples = finding.evidence["samples"]
    assert isinstance(samples, list)
    assert len(samples) == finding.count
    for sample in samples:
        yield from ((sample["stream"], n) for n in range((sample["head_version"] or 0) + 1, sample["row_version"] + 1))


def test_processes_are_killed_all_the_time_and_the_dual_writer_loses_the_first_the_last_and_others(
    watched: Watched,
) -> None:
    assert watched.operation.between >= 40
    assert {name for name, kills in watched.operation.kills.items() if kills >= 12} == set(PROGRAMS)
    assert {loss.kind for loss in watched.lost} == set(KINDS)
    assert len(watched.during) >= AUDITS


# ---- while it runs ---------------------------------------------------------------------------------------------------


def test_while_it_runs_no_audit_fails_and_nobody_is_accused_of_a_loss_that_is_none(watched: Watched) -> None:
    accused_rightly = {(loss.account, loss.version) for loss in watched.lost} | published_late(watched.url, seconds=1.0)
    for result in watched.during:
        for audit in result.audits:
            assert audit.problems == (), audit.name
            confirmed = [finding for finding in audit.findings if finding.verdict is Verdict.CONFIRMED]
            if audit.name in DUAL_WRITER:
                assert {change for finding in confirmed for change in changes(finding)} <= accused_rightly
            else:
                assert (confirmed, audit.losses) == ([], ()), audit.name
        assert [parity.differences for parity in result.parities] == [()]


def test_while_it_runs_each_loss_of_the_dual_writer_is_named_by_the_next_audit(watched: Watched) -> None:
    for result, before in zip(watched.during, watched.lost_before, strict=True):
        named = {
            change
            for audit in result.audits
            if audit.name in DUAL_WRITER
            for finding in audit.findings
            if finding.check != "position-gap"
            for change in changes(finding)
        }
        assert {(loss.account, loss.version) for loss in before} <= named
    assert watched.lost_before[-1]


# ---- at rest ---------------------------------------------------------------------------------------------------------


def test_at_rest_every_loss_of_the_dual_writer_is_named_where_it_shows_and_nothing_else(watched: Watched) -> None:
    result = run(watched.config, names=["account-events", "accounts"], max_findings=None)
    found = {
        (finding.check, finding.verdict, change)
        for audit in result.audits
        for finding in audit.findings
        if finding.check != "position-gap"
        for change in changes(finding)
    }
    where = {"gap": "version-gap", "tail": "silent-change", "unheard of": "state-unexpected"}
    assert found == {(where[loss.kind], Verdict.CONFIRMED, (loss.account, loss.version)) for loss in watched.lost}
    assert {audit.verdict for audit in result.audits} == {Outcome.INCONSISTENT}


def test_at_rest_the_event_sourced_service_and_all_that_follows_it_has_lost_nothing(watched: Watched) -> None:
    result = run(watched.config, names=EVENT_SOURCED)
    findings = [(audit.name, f.check, f.verdict) for audit in result.audits for f in audit.findings]
    assert {(check, verdict) for _, check, verdict in findings} <= {("position-gap", Verdict.BENIGN)}
    assert {audit.name: audit.verdict for audit in result.audits} == dict.fromkeys(EVENT_SOURCED, Outcome.CONSISTENT)
    assert {audit.losses for audit in result.audits} == {()}
    told = {audit.name: audit.totals for audit in result.audits}
    rows = {"order-events": "order_events", "orders-v1": "orders_v1", "orders-v2": "orders_v2", "orders": "orders"}
    rows |= {"billing": "orders_v1", "insights": "orders_v2"}
    for name, table in rows.items():
        totals = told[name]
        assert totals is not None
        assert (totals.produced, totals.received) == (watched.count(table), watched.count(table)), name


def test_at_rest_v1_and_v2_hold_the_same_although_their_order_is_another(watched: Watched) -> None:
    events = "order_events e ON e.event_id = v.source_event_id"
    both = f"orders_v1 v JOIN {events} JOIN orders_v2 w ON w.source_position = e.position"
    order = f"(SELECT w.position < lag(w.position) OVER (ORDER BY v.position) AS inverted FROM {both}) o WHERE inverted"
    assert watched.count(order) > 0
    [parity] = run(watched.config, names=["orders-v1", "orders-v2"]).parities
    assert (parity.upstream, parity.logs) == ("order-events", ("orders-v1", "orders-v2"))
    assert (parity.compared, parity.differences) == (watched.count("orders_v1"), ())


def test_the_command_line_says_the_same_and_ends_with_1_and_without_the_dual_writer_with_0(watched: Watched) -> None:
    everything = check_aside(watched.config, "--format", "json", "--full")
    assert (everything.code, everything.stderr) == (1, "")
    verdicts = {audit["name"]: audit["verdict"] for audit in json.loads(everything.stdout)["audits"]}
    expected = dict.fromkeys(DUAL_WRITER, "inconsistent") | dict.fromkeys(EVENT_SOURCED, "consistent")
    assert verdicts == expected
    others = check_aside(watched.config, "--quiet", "--full", *EVENT_SOURCED)
    assert (others.code, others.stdout, others.stderr) == (0, "", "")


# ---- that nothing is found is no accident ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "which", "said"),
    [
        ("orders_v1", "true", {("orders-v1", "underived"), ("billing", "unexpected")}),
        ("orders_v2", FOLLOWED, {("orders-v2", "underived"), ("orders-v2", "version-gap"), ("insights", "unexpected")}),
        ("orders_v2", f"NOT {FOLLOWED}", {("orders-v2", "underived"), ("insights", "unexpected")}),
        ("inbox", "consumer = 'billing'", {("billing", "missing")}),
        ("orders", "true", {("orders", "state-missing")}),
    ],
)
def test_the_same_audits_find_what_is_taken_away(
    table: str, which: str, said: set[tuple[str, str]], watched: Watched
) -> None:
    until(watched.url, LATE)
    with without_a_row(watched.url, table, which):
        result = run(watched.config, names=EVENT_SOURCED)
    found = {
        (audit.name, finding.check, finding.count)
        for audit in result.audits
        for finding in audit.findings
        if finding.verdict is Verdict.CONFIRMED
    }
    assert found == {(name, check, 1) for name, check in said}
    assert run(watched.config, names=EVENT_SOURCED).verdict is Outcome.CONSISTENT


@contextmanager
def without_a_row(url: str, table: str, which: str) -> Iterator[None]:
    """Take one of these rows out of the middle of a table, and put it back afterwards."""
    rows = f"{table} WHERE {which}"
    middle = f"SELECT ctid FROM {rows} ORDER BY 1 OFFSET (SELECT count(*) / 3 FROM {rows}) LIMIT 1"
    gone = f"DELETE FROM {table} WHERE ctid = ({middle}) RETURNING *"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE taken AS TABLE {table} WITH NO DATA".encode())
        connection.execute(f"WITH gone AS ({gone}) INSERT INTO taken TABLE gone".encode())
        try:
            yield
        finally:
            connection.execute(f"INSERT INTO {table} TABLE taken".encode())
            connection.execute("DROP TABLE taken")
