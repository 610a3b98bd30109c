"""The pipeline for programs."""

import json
from datetime import timedelta

import pytest

from checks.model.recorded import LastAudit
from checks.model.result import Outcome
from reports.graph import render
from reports.graph.words import ago, found
from tests.reports.graph.pictures import PIPELINE, UNREAD, chain, last
from tests.reports.samples import NASTY, STARTED


def test_it_is_one_document_with_every_key() -> None:
    read = json.loads(render(PIPELINE, "json"))
    assert {key: read[key] for key in ("schema", "drawn", "not_read")} == {
        "schema": "auditor.graph/1",
        "drawn": "2026-03-01T12:00:00Z",
        "not_read": None,
    }
    assert read["nodes"][1:] == [
        {
            "name": "orders-outbox",
            "of": "log",
            "upstream": "orders",
            "outbox": True,
            "store": "shop",
            "last": {"run": "r-1", "at": "2026-02-28T10:00:00Z", "verdict": "unknown", "found": []},
        },
        {
            "name": "orders-v1",
            "of": "log",
            "upstream": "orders",
            "outbox": False,
            "store": "shop",
            "last": None,
        },
        {
            "name": "accounts",
            "of": "state",
            "upstream": "orders",
            "outbox": False,
            "store": "shop",
            "last": {"run": "r-1", "at": "2026-03-01T12:00:00Z", "verdict": "consistent", "found": []},
        },
        {
            "name": "billing",
            "of": "consumer",
            "upstream": "orders-v1",
            "outbox": False,
            "store": "billing-db",
            "last": {
                "run": "r-1",
                "at": "2026-03-01T10:00:00Z",
                "verdict": "inconsistent",
                "found": [{"check": "missing", "count": 1200}, {"check": "duplicate", "count": 1}],
            },
        },
    ]
    assert read["edges"][2] == {"from": "accounts", "to": "orders"}


def test_it_says_why_there_are_no_verdicts() -> None:
    assert json.loads(render(UNREAD, "json"))["not_read"] == "ledger /x.db: it is damaged"


def test_a_name_arrives_as_it_is() -> None:
    read = json.loads(render(chain(NASTY, "b"), "json"))
    assert read["nodes"][0]["name"] == read["edges"][0]["from"] == NASTY.replace("\ud800", r"\ud800")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(0), "0s ago"),
        (timedelta(milliseconds=999), "0s ago"),
        (timedelta(seconds=-5), "0s ago"),
        (timedelta(seconds=59), "59s ago"),
        (timedelta(minutes=59, seconds=59), "59m ago"),
        (timedelta(hours=23, minutes=59), "23h ago"),
        (timedelta(days=400, hours=5), "400d ago"),
    ],
)
def test_an_age_has_one_unit(age: timedelta, said: str) -> None:
    assert ago(STARTED - age, STARTED) == said


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (None, None),
        (last(Outcome.CONSISTENT, timedelta(0)), None),
        (last(Outcome.INCONSISTENT, timedelta(0), ("missing", 3)), "3 missing"),
        (
            last(Outcome.INCONSISTENT, timedelta(0), ("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)),
            "1 a, 2 b, 3 c, and 2 more",
        ),
    ],
)
def test_what_a_verdict_comes_from_is_told_briefly(recorded: LastAudit | None, said: str | None) -> None:
    assert found(recorded) == said
