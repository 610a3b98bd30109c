"""The log of redeliveries, for people and for programs."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from checks.model.event import Event
from checks.model.journal import Attempt, Line, LogEntry, RecordedRedelivery, RedeliveryLog
from checks.model.redelivery import Step
from reports.appearance import Appearance
from reports.redelivery.log import FORMATS, render
from tests.ledgers import began
from tests.redeliveries import PLAN, line, redelivery
from tests.reports.samples import NASTY

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
COUNTS = {Step.ACCEPTED: 1_998, Step.REJECTED: 2, Step.HEALED: 1_997, Step.MISSING: 1}

NEWER = LogEntry(
    recorded=RecordedRedelivery(
        redelivery=redelivery(
            5, number=7, reason="lost in the move", ticket="OPS-7", heard_by=("billing", "mail"), options={"canary": 5}
        ),
        counts=COUNTS,
    )
)
OLDER = LogEntry(
    recorded=RecordedRedelivery(redelivery=redelivery(0, number=6, plan="ab" * 32, target="box", kind="outbox"))
)
ATTEMPTS = (
    Attempt(
        lines=(
            line(5, Step.SENDING, batch=1, at=began(5)),
            line(5, Step.UNKNOWN, batch=1, at=began(6), detail="no answer within 30 s"),
            line(5, Step.SENDING, batch=2, at=began(7)),
            line(5, Step.ACCEPTED, batch=2, at=began(7), detail="202"),
            line(5, Step.HEALED, at=began(8)),
        )
    ),
    Attempt(lines=(line(6, Step.SENDING, batch=2, at=began(7)),)),
)
HOSTILE_EVENT = Event(position=1, stream=NASTY, type=NASTY, id=NASTY, partition=NASTY)
HOSTILE = LogEntry(
    recorded=RecordedRedelivery(
        redelivery=redelivery(
            plan=NASTY, target=NASTY, consumers=(NASTY,), user=NASTY, host=NASTY, reason=NASTY, ticket=NASTY
        ),
    ),
    attempts=(
        Attempt(lines=(Line(consumer=NASTY, event=HOSTILE_EVENT, step=Step.FAILED, detail=NASTY, at=began(0)),)),
    ),
)
LOG = RedeliveryLog(entries=(NEWER, OLDER))
DETAILED = RedeliveryLog(entries=(replace(NEWER, attempts=ATTEMPTS), replace(OLDER, attempts=())))
ALL = {"two": LOG, "detailed": DETAILED, "hostile": RedeliveryLog(entries=(HOSTILE,)), "none": RedeliveryLog()}


def documents(log: RedeliveryLog) -> list[dict[str, Any]]:
    read = json.loads(render(log, "json"))
    assert read["schema"] == "auditor.redelivery-log/1"
    entries: list[dict[str, Any]] = read["redeliveries"]
    return entries


def test_without_a_terminal_every_redelivery_is_one_line() -> None:
    assert render(LOG, "terminal") == (
        "no  began                 by         plan          target             for      "
        "result                                                    why\n"
        "7   2026-03-01T12:05:00Z  ann@ops-1  3fa23fa23fa2  orders-api (http)  billing  "
        "1,998 accepted, 2 rejected; then 1,997 healed, 1 missing  OPS-7: lost in the move\n"
        "6   2026-03-01T12:00:00Z  ann@ops-1  abababababab  box (outbox)       billing  nothing was sent\n"
    )


def test_attempts_stand_below_their_redelivery() -> None:
    assert render(DETAILED, "terminal") == (
        "7  2026-03-01T12:05:00Z  ann@ops-1: 1,998 accepted, 2 rejected; then 1,997 healed, 1 missing\n"
        "    plan 3fa23fa23fa2 to orders-api (http) for billing\n"
        "    OPS-7: lost in the move\n"
        "    - position 5, order-5@1, OrderPlaced, id e5, for billing: "
        "unknown 2026-03-01T12:06:00Z (no answer within 30 s), accepted 2026-03-01T12:07:00Z (202), "
        "healed 2026-03-01T12:08:00Z\n"
        "    - position 6, order-6@1, OrderPlaced, id e6, for billing: sending 2026-03-01T12:07:00Z\n"
        "6  2026-03-01T12:00:00Z  ann@ops-1: nothing was sent\n"
        "    plan abababababab to box (outbox) for billing\n"
    )


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("log", ALL.values(), ids=ALL)
def test_no_line_is_wider_than_the_terminal_or_ends_in_space(log: RedeliveryLog, width: int) -> None:
    lines = ESCAPE.sub("", render(log, "terminal", Appearance(width=width))).splitlines()
    assert max(cell_len(each) for each in lines) <= width
    assert not [each for each in lines if each != each.rstrip()]


def test_that_there_is_none_is_said_and_whether_others_were_left_out() -> None:
    assert render(RedeliveryLog(), "terminal") == "nothing was sent again yet\n"
    assert render(RedeliveryLog(narrowed=True), "terminal") == "no redelivery is recorded that was asked for\n"


def test_nothing_in_a_name_acts_on_a_terminal() -> None:
    for width in (None, 300):
        text = ESCAPE.sub("", render(ALL["hostile"], "terminal", Appearance(width=width)))
        assert not set("\x1b\u202e\x00\ud800") & set(text)
        assert r"[red]x[/red]\n\x1b[2J" in text


def test_programs_get_one_document_with_every_key() -> None:
    newer, older = documents(DETAILED)
    assert {key: value for key, value in newer.items() if key != "attempts"} == {
        "number": 7,
        "at": "2026-03-01T12:05:00Z",
        "user": "ann",
        "host": "ops-1",
        "reason": "lost in the move",
        "ticket": "OPS-7",
        "plan": PLAN,
        "run": "run-1",
        "target": "orders-api",
        "kind": "http",
        "consumers": ["billing"],
        "heard_by": ["billing", "mail"],
        "options": {"canary": 5},
        "events": 2_000,
        "counts": {step.value: COUNTS.get(step, 0) for step in Step},
    }
    assert newer["attempts"][1] == {
        "consumer": "billing",
        "event": {
            "partition": None,
            "position": 6,
            "id": "e6",
            "stream": "order-6",
            "version": 1,
            "type": "OrderPlaced",
            "time": None,
        },
        "steps": [{"step": "sending", "at": "2026-03-01T12:07:00Z", "batch": 2, "detail": ""}],
    }
    assert (older["reason"], older["attempts"], set(older)) == (None, [], set(newer))
    assert [entry["attempts"] for entry in documents(LOG)] == [None, None]
    assert documents(ALL["hostile"])[0]["plan"] == NASTY.replace("\ud800", r"\ud800")


def test_every_format_has_a_rendering() -> None:
    assert all(render(DETAILED, name).endswith("\n") for name in FORMATS)
