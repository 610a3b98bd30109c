"""A server that dies in the middle of an audit costs that audit, and no other one."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

import pytest

import auditor
from auditor.cli.exit_code import exit_code
from auditor.observer import Silent
from auditor.result import Result
from tests.auditor.cli.prepared import PATIENCE
from tests.integration.shop import (
    consumer_keys,
    log_keys,
    postgres_at,
    rows,
    settings,
    sqlite_at,
    started,
    write_config,
)
from tests.limits import limited
from tests.postgres import Server, running

BIG_LOG = """
    CREATE TABLE events AS
    SELECT n AS position, md5(n::text)::uuid AS event_id, 'order-' || n AS stream_id, 1 AS version, 'Placed' AS type
    FROM generate_series(1, 12000) n"""


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A server of the test's own, to be killed."""
    with running(18) as server:
        yield server


class Saboteur(Silent):
    """Does something once, in the middle of the comparison or at the beginning of a phase."""

    def __init__(self, act: Callable[[], None], phase: str | None = None) -> None:
        self._act, self._phase = act, phase
        self.has_acted = False

    def phase(self, text: str) -> None:
        """The moment, where a phase was named."""
        if self._phase is not None and self._phase in text:
            self._once()

    def progress(self, done: int, total: int | None) -> None:
        """The moment, where none was: rows of both sides are streaming."""
        if self._phase is None:
            self._once()

    def _once(self) -> None:
        if not self.has_acted:
            self.has_acted = True
            self._act()


@pytest.mark.parametrize("phase", [None, "reading the log", "waiting"], ids=["streaming", "log", "waiting"])
def test_a_server_that_is_killed_half_way_is_unreachable_and_the_other_audits_go_on(
    mortal: Server, tmp_path: Path, phase: str | None
) -> None:
    with postgres_at(mortal.url()) as database:
        database.execute(BIG_LOG)
        database.execute("CREATE TABLE inbox AS SELECT position AS seq, event_id FROM events WHERE position <> 11999")
        database.execute("CREATE TABLE cursors AS SELECT 'orders' AS name, 12000 AS last_position")
    with sqlite_at(tmp_path / "shop.db") as healthy:
        healthy.write(rows(4))
    said = settings("sqlite:///shop.db")
    said["stores"]["mortal"] = {"url": mortal.url()}
    said["logs"] = {"dying": log_keys(store="mortal", time=None), **said["logs"]}
    saboteur = Saboteur(mortal.stop_hard, phase)

    def audited(grace: timedelta) -> Result:
        said["consumers"]["doomed"] = consumer_keys(log="dying", store="mortal", grace=f"{grace.total_seconds():.0f}s")
        return auditor.run(write_config(tmp_path, said), observer=saboteur)

    result = limited(audited, lambda _: saboteur.has_acted)  # on a slow machine grace may have passed before any wait
    verdicts = {audit.name: str(audit.verdict) for audit in result.audits}
    dying = "unknown" if phase == "reading the log" else "consistent"
    assert verdicts == {"dying": dying, "orders": "consistent", "billing": "consistent", "doomed": "unknown"}
    assert ({each.reason for audit in result.audits for each in audit.problems}, exit_code(result)) == (
        {"unreachable"},
        3,
    )
    doomed = result.audits[-1]
    assert (doomed.name, doomed.totals, doomed.window, doomed.findings) == ("doomed", None, None, ())


def test_a_run_whose_server_is_killed_ends_with_3_and_without_a_traceback(mortal: Server, tmp_path: Path) -> None:
    with postgres_at(mortal.url()) as database:
        database.execute(BIG_LOG)
        database.execute("CREATE TABLE received AS SELECT position AS seq, event_id FROM events WHERE position < 9000")
        database.execute("CREATE VIEW inbox AS SELECT received.* FROM received, pg_sleep(600)")
        database.execute("CREATE TABLE cursors AS SELECT 'orders' AS name, 12000 AS last_position")
    said = settings(mortal.url(), log={"time": None})
    said["stores"]["shop"]["statement_timeout"] = "1h"
    config = write_config(tmp_path, said)
    with started(config, "--show-sql") as process:
        assert process.stderr is not None
        until_the_inbox = list(takewhile(lambda line: "FROM inbox" not in line, process.stderr))
        mortal.stop_hard()
        report, rest = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert re.search(r"^  billing: store 'shop': .* \(unreachable\)$", report, re.MULTILINE)
    assert "Traceback" not in "".join(until_the_inbox) + rest
