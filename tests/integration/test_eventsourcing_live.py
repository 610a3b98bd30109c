"""A projection of the library ``eventsourcing`` in its own threads, audited while it is at work.

Writers of the library wait for each other, so nothing can be committed below a tracking row. With its setting
POSTGRES_ENABLE_DB_FUNCTIONS they do not wait, and a projection skips what was committed late, without a word.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.projection import ProjectionRunner

from auditor.audit import run
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Outcome, Result
from tests.integration.eventsourced import Mail, Order, Orders, Place, PostgresView
from tests.integration.shop import Settings, write_config

Runner = ProjectionRunner[Orders, PostgresView]
FUNCTIONS = {"POSTGRES_ENABLE_DB_FUNCTIONS": "y", "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "120"}
"""The library ends transactions that idle for 5 s, unless it is told otherwise: a slow machine needs longer."""
PATIENCE = 120.0


@pytest.fixture
def place(database: str) -> Place:
    return Place(database)


@contextmanager
def projecting(environment: dict[str, str]) -> Iterator[Runner]:
    """Orders with a projection that follows them, both the library's own business."""
    with (
        Runner(application_class=Orders, projection_class=Mail, view_class=PostgresView, env=environment) as runner,
        closing(runner.view.datastore),
    ):
        yield runner


@contextmanager
def slow_order(app: Orders) -> Iterator[UUID]:
    """An order that is placed by the library's own function, in a transaction that commits at the end of the block."""
    recorder = app.recorder
    assert isinstance(recorder, PostgresApplicationRecorder)
    order = Order("slow")
    stored = [app.mapper.to_stored_event(event) for event in order.collect_events()]
    rows = [recorder.construct_pg_stored_event(s.originator_id, s.originator_version, s.topic, s.state) for s in stored]
    with recorder.datastore.transaction(commit=True) as cursor:
        cursor.execute(recorder.sql_invoke_pg_function_insert_events, (rows,))
        yield order.id


def said(place: Place, *, inbox: bool = True) -> Settings:
    read_model = {"inbox": {"table": "processed", "stream": "originator_id", "version": "originator_version"}}
    # A writer that is held up on purpose is not waited for.
    log = {"store": "shop", "preset": "eventsourcing", "table": "orders_events", "settle": "500ms"}
    return {
        "stores": {"shop": {"url": place.url}},
        "logs": {"orders": log},
        "consumers": {
            "mail": {
                "log": "orders",
                "store": "shop",
                "start": "first",
                "grace": "0s",
                "cursor": {"subscription": "Orders", "table": "mail_tracking"},
                **(read_model if inbox else {}),
            }
        },
    }


def of(result: Result, name: str) -> Audit:
    return next(audit for audit in result.audits if audit.name == name)


def _is_doubt(finding: Finding) -> bool:
    return finding.verdict in (Verdict.CONFIRMED, Verdict.UNKNOWN)


def test_a_projection_at_work_beside_busy_writers_is_accused_of_nothing(place: Place, tmp_path: Path) -> None:
    config = write_config(tmp_path, said(place))
    with projecting(place.environment()) as runner, ThreadPoolExecutor(4) as writers:
        runner.app.save(Order("the first"))
        runner.wait(1, PATIENCE)
        work = [writers.submit(lambda n: runner.app.save(Order(str(n))), n) for n in range(200)]
        during = [run(config)]
        while not all(one.done() for one in work):
            during.append(run(config))
        for one in work:
            one.result()
        runner.wait(runner.app.recorder.max_notification_id(), PATIENCE)
        after = run(config)
    accused = [f for result in during for audit in result.audits for f in audit.findings if _is_doubt(f)]
    assert (accused, [audit.problems for result in during for audit in result.audits if audit.problems]) == ([], [])
    assert after.verdict is Outcome.CONSISTENT
    totals = of(after, "mail").totals
    assert totals is not None
    assert (totals.produced, totals.received) == (201, 201)


def test_the_event_that_a_projection_skips_in_the_mode_of_database_functions_is_found(
    place: Place, tmp_path: Path
) -> None:
    config = write_config(tmp_path, said(place))
    with projecting(place.environment() | FUNCTIONS) as runner:
        runner.app.save(Order("the first"))
        with slow_order(runner.app) as stream:
            runner.app.save(Order("a quick one"))
            runner.wait(3, PATIENCE)
            during = run(config)
        runner.app.save(Order("the last"))
        runner.wait(4, PATIENCE)
        after = run(config)
    [hole] = of(during, "orders").findings
    assert (hole.check, str(hole.verdict), hole.ranges) == ("position-gap", "pending", ((2, 2),))
    assert of(during, "mail").findings == ()
    assert of(after, "orders").findings == ()
    [lost] = of(after, "mail").findings
    assert (lost.check, str(lost.verdict), lost.ranges) == ("missing", "confirmed", ((2, 2),))
    assert [(event.position, event.stream, event.version) for event in lost.events] == [(2, str(stream), 1)]
    assert after.verdict is Outcome.INCONSISTENT


def test_with_its_tracking_row_alone_nothing_shows_what_a_projection_skipped_and_it_says_so(
    place: Place, tmp_path: Path
) -> None:
    with projecting(place.environment() | FUNCTIONS) as runner:
        runner.app.save(Order("the first"))
        with slow_order(runner.app):
            runner.app.save(Order("a quick one"))
            runner.wait(3, PATIENCE)
        result = run(write_config(tmp_path, said(place, inbox=False)))
    totals = of(result, "mail").totals
    assert totals is not None
    assert (totals.produced, totals.received, totals.unverifiable) == (3, 0, 3)
    assert "missing" in {each.check for each in result.not_checked if each.audit == "mail"}
