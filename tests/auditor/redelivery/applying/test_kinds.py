"""Each kind of target that writes by itself, applied by the real way: what it leaves behind."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import AuditorError
from auditor.ledger import open_ledger
from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms
from checks.model.application import Application
from checks.model.journal import How
from tests.auditor.redelivery.applying.world import Case, agree

_NO_PROGRAM = {"command": None, "batch": None}


def applied(case: Case, **terms: Any) -> Application:
    """By the target that the config names."""
    asked = replace(Terms(execute=True, user="ann", host="desk", unknown_wait=timedelta()), **terms)
    return apply(case.config_file, case.plan_file, asked, confirm=agree)


def rows_of(case: Case, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(case.database, timeout=30)) as connection:
        return connection.execute(query).fetchall()


def test_a_cursor_is_put_back_once_to_before_the_first_missing_event(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"kind": "cursor", **_NO_PROGRAM})
    with pytest.raises(AuditorError, match="--consumer-stopped"):
        applied(case)
    assert applied(case, execute=False).total("would_send") == 10
    assert rows_of(case, "SELECT last_position FROM cursors") == [("12",)]
    assert applied(case, consumer_stopped=True).total("accepted") == 10
    assert rows_of(case, "SELECT last_position FROM cursors") == [("1",)]
    case.execute("UPDATE cursors SET last_position = '12'")
    assert applied(case, consumer_stopped=True).total("before") == 10
    assert rows_of(case, "SELECT last_position FROM cursors") == [("12",)]


def test_what_a_killed_attempt_put_back_is_not_put_back_again_but_comes_by_itself(tmp_path: Path) -> None:
    case = Case(tmp_path)

    def put_back_and_die(_: object) -> None:
        case.execute("UPDATE cursors SET last_position = '1'")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        case.apply(case.recorder(sends_whole=True, on_send=put_back_and_die))
    with pytest.raises(AuditorError, match="it is delivered by itself"):
        case.apply(case.recorder(sends_whole=True))
    case.execute("INSERT INTO inbox SELECT 90 + position, event_id FROM events WHERE position BETWEEN 2 AND 11")
    case.execute("UPDATE cursors SET last_position = '12'")
    assert case.apply(case.recorder(sends_whole=True)).total("healed") == 10


def test_a_file_holds_each_event_once_in_the_plans_order(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"kind": "file", "path": str(tmp_path / "{consumer}.jsonl"), **_NO_PROGRAM})
    assert applied(case).total("accepted") == 10
    assert applied(case).total("before") == 10
    lines = (tmp_path / "billing.jsonl").read_text().splitlines()
    ids = [str(planned.event.id) for planned in case.planned()]
    assert [json.loads(line)["id"] for line in lines] == ids
    assert [json.loads(line)["data"] for line in lines] == ["OrderPlaced"] * 10


def test_rows_of_an_outbox_are_marked_and_audits_can_know_which(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.execute("ALTER TABLE events ADD COLUMN published_at text")
    case.execute("UPDATE events SET published_at = recorded_at")
    said = case.config_file.read_text().partition('[redelivery."api"]')[0]
    said = said.replace('data = "type"', 'data = "type"\nsent = "published_at"')
    outbox = '[redelivery.api]\nkind = "outbox"\nlog = "orders"\nheard_by = ["billing"]\nbatch = 4\n'
    case.config_file.write_text(said + outbox)
    case.write_plan()
    assert applied(case).total("accepted") == 10
    unsent = rows_of(case, "SELECT position FROM events WHERE published_at IS NULL ORDER BY position")
    assert unsent == [(position,) for position in range(2, 12)]
    ledger = open_ledger(case.config.ledger)
    spans = ledger.redelivered("log", ["orders"])["orders"]
    ledger.close()
    assert [(span.first, span.last, span.how) for span in spans] == [(2, 11, How.UNSENT)]
