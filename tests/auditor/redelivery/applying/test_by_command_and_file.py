"""Plans applied by a real program, and to a real file."""

import json
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from auditor.errors import AuditorError
from auditor.redelivery.applying.apply import apply
from auditor.redelivery.applying.terms import Terms
from checks.model.application import AppliedPart
from tests.auditor.redelivery.applying.world import Case, agree, receive

FILE = {"kind": "file", "path": "again.jsonl", "command": None, "batch": None}
PROGRAM = f"""\
#!{sys.executable}
import json, sqlite3, sys

def deliver(event):
    with sqlite3.connect("shop.db", timeout=30) as inbox:
        inbox.execute("INSERT INTO inbox SELECT coalesce(max(seq), 0) + 1, ? FROM inbox", (event["id"],))

def answer(event, result):
    print(json.dumps({{"key": event["key"], "result": result}}), flush=True)

events = [json.loads(line) for line in sys.stdin]
"""


def by(folder: Path, program: str) -> Case:
    """A shop whose events are sent by this program."""
    (folder / "send").write_text(PROGRAM + dedent(program))
    (folder / "send").chmod(0o755)
    return Case(folder, target={"command": ["./send", "{consumer}"]})


def applied(case: Case, **terms: Any) -> AppliedPart:
    """What became of the plan."""
    asked: dict[str, Any] = {"execute": True, "user": "ann", "host": "desk", "unknown_wait": timedelta(), **terms}
    [part] = apply(case.config_file, case.plan_file, Terms(**asked), confirm=agree).parts
    return part


def received(case: Case) -> list[str]:
    """The ids that the consumer has, each as often as it has it."""
    with closing(sqlite3.connect(case.database)) as connection:
        return [str(id_) for (id_,) in connection.execute("SELECT event_id FROM inbox ORDER BY event_id")]


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "again.jsonl").read_text().splitlines()]


def test_a_program_sends_what_is_missing_and_the_consumer_has_exactly_that(tmp_path: Path) -> None:
    case = by(
        tmp_path,
        """
        for event in events:
            deliver(event)
            answer(event, "accepted")
        """,
    )
    part = applied(case)
    assert (part.accepted, part.left) == (10, 0)
    everything = received(case)
    assert len(everything) == len(set(everything)) == 12
    assert case.steps() == {position: ["sending", "accepted"] for position in range(2, 12)}


def test_what_a_program_does_not_answer_for_is_looked_for_before_it_is_sent_again(tmp_path: Path) -> None:
    """It delivers all of each batch, answers for the first of it alone, and fails; the rest of the stream waits."""
    case = by(
        tmp_path,
        """
        for event in events:
            deliver(event)
        answer(events[0], "accepted")
        sys.exit(1)
        """,
    )
    assert [applied(case, error_share=1.0).left for _ in range(5)][-1] == 0
    everything = received(case)
    assert len(everything) == len(set(everything)) == 12


def test_what_a_program_rejects_holds_back_the_rest_of_its_stream(tmp_path: Path) -> None:
    case = by(
        tmp_path,
        """
        for event in events:
            if event["position"] == 5:
                answer(event, "rejected")
            else:
                deliver(event)
                answer(event, "accepted")
        """,
    )
    applied(case, error_share=1.0)
    assert case.steps()[5] == ["sending", "rejected"]
    assert (case.steps()[9], case.steps()[11]) == (["skipped: held-back"], ["skipped: held-back"])
    assert len(set(received(case))) == 9


def test_a_program_that_is_not_there_is_refused_before_anything_is_written_down(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"command": ["./absent", "{consumer}"]})
    with pytest.raises(AuditorError, match=r"the program './absent' is not there"):
        applied(case)
    assert case.journal() == []


def test_a_file_holds_each_planned_event_once_however_often_it_is_applied(tmp_path: Path) -> None:
    case = Case(tmp_path, target=FILE)
    part = applied(case)
    assert (part.accepted, part.left) == (10, 0)
    applied(case)
    assert [line["position"] for line in lines(tmp_path)] == [str(position) for position in range(2, 12)]
    assert {(line["type"], line["data"], line["consumer"]) for line in lines(tmp_path)} == {
        ("OrderPlaced", "OrderPlaced", "billing")
    }


def test_a_file_that_a_crash_cut_short_is_whole_after_going_on(tmp_path: Path) -> None:
    """The journal's last word is that the events were being sent; half of a line is on the disk."""
    case = Case(tmp_path, target=FILE)
    applied(case)
    whole = (tmp_path / "again.jsonl").read_bytes()
    (tmp_path / "again.jsonl").write_bytes(whole[: len(whole) // 2])
    ledger = tmp_path / ".auditor" / "ledger.db"
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("DELETE FROM auditor_redelivery_lines WHERE step <> 'sending'")
        connection.commit()
    applied(case)
    assert (tmp_path / "again.jsonl").read_bytes() == whole


def test_what_somebody_sends_from_a_file_arrives(tmp_path: Path) -> None:
    case = Case(tmp_path, target=FILE)
    applied(case)
    receive(case.database, [line["id"] for line in lines(tmp_path)])
    everything = received(case)
    assert len(everything) == len(set(everything)) == 12
