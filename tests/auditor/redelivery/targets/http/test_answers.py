"""What a status and a body prove about each event, and what is written down of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.redelivery.targets.http.answers import Reply, described, judge
from auditor.redelivery.targets.said import shown
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.batches import parcel
from tests.auditor.redelivery.http_targets import config_of, outcomes

A, R, U, F = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.FAILED
PARCELS = [parcel(1), parcel(2), parcel(3)]


def reply(status: int = 200, body: object = None, **headers: str) -> Reply:
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def judged(reply: Reply, **keys: Any) -> list[Outcome]:
    return outcomes(judge(config_of("https://shop/again", **keys), PARCELS, reply))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, A),
        (202, A),
        (204, A),
        (299, A),
        (101, R),
        (301, R),
        (302, U),
        (303, U),
        (307, R),
        (400, R),
        (401, R),
        (404, R),
        (409, R),
        (422, R),
        (429, F),
        (503, F),
        (500, U),
        (502, U),
        (504, U),
        (599, U),
        (799, U),
    ],
)
def test_a_status_alone_decides_for_all(status: int, outcome: Outcome) -> None:
    assert judged(reply(status, b"")) == [outcome] * 3
    assert judged(reply(status, b"not read"), retries=0) == [outcome] * 3


@pytest.mark.parametrize(
    ("keys", "body", "expected"),
    [
        ({"accepted": "/ok"}, {"ok": ["e1", "e2", "e3"]}, [A, A, A]),
        ({"accepted": "/ok"}, {"ok": ["e3", "e1", "someone else's"]}, [A, R, A]),
        ({"accepted": "/ok"}, {"ok": []}, [R, R, R]),
        ({"accepted": ""}, ["e2"], [R, A, R]),
        ({"rejected": "/result/0/bad"}, {"result": [{"bad": ["e2"]}]}, [A, R, A]),
        ({"rejected": "/bad"}, {"bad": []}, [A, A, A]),
        ({"accepted": "/ok", "rejected": "/bad"}, {"ok": ["e1"], "bad": ["e2"]}, [A, R, U]),
        ({"accepted": "/ok", "rejected": "/bad"}, {"ok": ["e1", "e2"], "bad": ["e2"]}, [A, U, U]),
        ({"accepted": "/ok", "shape": "positions"}, {"ok": [1, "3"]}, [A, R, A]),
        ({"accepted": "/ok", "shape": "range"}, {"ok": [2]}, [R, A, R]),
    ],
)
def test_lists_in_the_answer_decide_for_each(keys: dict[str, Any], body: object, expected: list[Outcome]) -> None:
    assert judged(reply(200, body), **keys) == expected


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"<html>",
        b"[" * 100_000,
        b'{"ok": ' + b"9" * 10_000 + b"}",
        {},
        {"ok": None},
        {"ok": "e1"},
        {"ok": {"e1": True}},
        {"ok": [{"id": "e1"}]},
        {"ok": [True]},
        {"ok": [1.5, None]},
        ["e1"],
    ],
    ids=lambda body: repr(body)[:20],
)
@pytest.mark.parametrize("key", ["accepted", "rejected"])
def test_an_answer_that_cannot_be_read_proves_nothing(body: object, key: str) -> None:
    assert judged(reply(200, body), **{key: "/ok"}) == [U, U, U]


@given(st.binary() | st.from_regex(rb'\{"ok": ?\[.{0,20}\]\}', fullmatch=True), st.integers(200, 299))
def test_whatever_a_server_says_becomes_an_answer_for_each_event(body: bytes, status: int) -> None:
    answers = judge(config_of("https://shop", accepted="/ok"), PARCELS, reply(status, body))
    assert len(answers) == len(PARCELS)
    assert all(answer.outcome in {A, R, U} and answer.detail.isprintable() for answer in answers)


@pytest.mark.parametrize("key", ["accepted", "rejected"])
def test_lists_mean_nothing_where_the_status_is_none_of_success(key: str) -> None:
    assert judged(reply(500, {"ok": ["e1", "e2", "e3"]}), **{key: "/ok"}) == [U, U, U]
    assert judged(reply(422, {"ok": ["e1", "e2", "e3"]}), **{key: "/ok"}) == [R, R, R]


def test_a_uuid_is_known_however_it_is_spelt() -> None:
    spelt = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"
    parcels = [parcel(1, id=spelt.lower()), parcel(2, id="E2")]
    answers = judge(config_of("https://shop", accepted=""), parcels, reply(200, [spelt.replace("-", ""), "e2"]))
    assert outcomes(answers) == [A, R]


def test_each_event_is_told_why_it_was_not_accepted() -> None:
    config = config_of("https://shop", accepted="/ok", rejected="/bad")
    answers = judge(config, PARCELS, reply(202, {"ok": ["e1"], "bad": ["e2"]}, x_request_id="req-7"))
    assert [answer.detail for answer in answers] == [
        "202 Accepted, request req-7",
        "202 Accepted, request req-7, but it rejects this one",
        "202 Accepted, request req-7, which names this one both as accepted and as rejected, or not at all",
    ]
    (answer, *_) = judge(config, PARCELS, reply(200, {"okay": []}))
    assert answer.detail == "200 OK, no list of ids or positions at '/ok'"


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (reply(200, b"secretive but not shown"), "200 OK"),
        (reply(404, b""), "404 Not Found"),
        (reply(404, None), "404 Not Found"),
        (reply(799, b"?"), "799: ?"),
        (reply(409, b"no\n such\tid: \x1b[31m\xff"), "409 Conflict: no such id: \\x1b[31m\ufffd"),
        (reply(400, b"x" * 300), f"400 Bad Request: {'x' * 200}…"),
        (reply(400, b"", x_request_id="a b\n"), "400 Bad Request"),
        (reply(400, "postgresql://u:sturgeon@h/db"), '400 Bad Request: "postgresql://u:***@h/db"'),
    ],
)  # fmt: skip
def test_a_line_says_what_the_server_answered(answer: Reply, line: str) -> None:
    assert described(answer) == line


@pytest.mark.parametrize(
    ("location", "end"),
    [
        ("https://user:pw@evil.example/x?token=y#z", " (it points to https://evil.example/x)"),
        ("/login", " (it points to /login)"),
        ("", ""),
        ("https://[", ""),
    ],
)
def test_a_redirect_says_where_to_without_what_may_be_secret(location: str, end: str) -> None:
    line = "307 Temporary Redirect: redirects are not followed, as credentials would go with them"
    assert described(reply(307, b"", location=location)) == line + end


def test_a_secret_that_stands_across_the_end_of_what_is_shown_is_hidden_whole() -> None:
    assert shown("x" * 190 + " password=sturgeonsturgeon") == "x" * 190 + " password=…"
