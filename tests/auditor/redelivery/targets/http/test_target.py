"""The target against a real server that answers well, badly, in part, or not at all."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from auditor.errors import AuditorError
from auditor.redelivery.targets.http import HttpTarget
from auditor.redelivery.targets.http.connection import LONGEST_ANSWER
from auditor.redelivery.targets.interface import Answer, Target
from checks.model.redelivery import Outcome
from checks.wording import lasting
from tests.auditor.redelivery.batches import batch_of, parcel
from tests.auditor.redelivery.http_targets import config_of, opened, outcomes, sent
from tests.auditor.redelivery.servers import (
    Behaviour,
    answering,
    answering_half,
    answering_nonsense,
    closing_without_a_word,
    dripping,
    dripping_headers,
    flooding,
    hanging,
    resetting_after_reading,
    resetting_at_once,
    serving,
    unused_port,
)

A, R, U, F = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.FAILED
SHORT = timedelta(milliseconds=300)
BATCH = batch_of(parcel(1), parcel(2, follows=True))


def test_a_batch_is_one_request_and_success_accepts_all() -> None:
    with serving(answering(202, headers={"X-Request-Id": "r-1"})) as server:
        answers = sent(BATCH, server.url + "/again/{consumer}")
    assert outcomes(answers) == [A, A]
    assert {answer.detail for answer in answers} == {"202 Accepted, request r-1"}
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.json) == ("POST", "/again/billing", {"ids": ["e1", "e2"]})
    assert asked.headers["auditor-redelivery"] == BATCH.plan[:12]
    assert asked.headers["content-type"] == "application/json"


def test_it_answers_what_every_target_answers() -> None:
    target: Target = HttpTarget(config_of("https://shop/{consumer}", shape="from-position"))
    assert (target.sends_whole, target.needs_data, target.shared) == (True, False, False)
    other: Target = HttpTarget(config_of("https://shop/{id}", body={"data": "{data}"}))
    assert (other.sends_whole, other.needs_data, other.shared) == (False, True, True)


def test_to_prepare_sends_nothing() -> None:
    with serving(answering(500)) as server, opened(server.url):
        pass
    assert (server.asked, server.lines) == ([], 0)


def test_it_can_be_closed_unopened_and_twice() -> None:
    target = HttpTarget(config_of("https://shop"))
    target.close()
    target.prepare()
    target.close()
    target.close()


@pytest.mark.parametrize(
    ("behaviours", "outcome", "times"),
    [
        ([answering(503), answering(200)], A, 2),
        ([answering(429, headers={"Retry-After": "3600"}), answering(200)], A, 2),
        ([answering(429, headers={"Retry-After": "Sun, 01 Mar 2099 12:00:00 GMT"}), answering(200)], A, 2),
        ([answering(500), answering(502), answering(200)], A, 3),
        ([answering(503)], F, 3),
        ([answering(429)], F, 3),
        ([answering(500)], U, 3),
        ([answering(502)], U, 3),
        ([answering(500), answering(503)], U, 3),
        ([answering(500), answering(404)], U, 2),
        ([answering(503), answering(404)], R, 2),
        ([answering(400), answering(200)], R, 1),
        ([answering(401), answering(200)], R, 1),
        ([answering(409), answering(200)], R, 1),
    ],
)
def test_what_is_said_again_is_the_same_request(behaviours: list[Behaviour], outcome: Outcome, times: int) -> None:
    with serving(*behaviours) as server:
        answers = sent(BATCH, server.url, retries=2)
    assert outcomes(answers) == [outcome] * 2
    assert [asked.json for asked in server.asked] == [{"ids": ["e1", "e2"]}] * times
    assert len({asked.headers["idempotency-key"] for asked in server.asked}) == 1
    assert (f"(asked {times} times)" in answers[0].detail) is (times > 1)


@pytest.mark.parametrize(
    "behaviour",
    [
        resetting_at_once,
        resetting_after_reading,
        closing_without_a_word,
        answering_half,
        answering_nonsense,
        answering(503, headers={"Content-Length": "100"}),
    ],
)
def test_what_was_written_and_not_answered_is_unknown_and_not_said_again(behaviour: Behaviour) -> None:
    with serving(behaviour, answering(200)) as server:
        answers = sent(BATCH, server.url)
    assert outcomes(answers) == [U, U]
    assert server.lines == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        hanging,
        dripping({"Content-Length": "100000"}),
        dripping({}),
        dripping({}, b'{"accepted": ["e1", "e2"]}'),
        dripping_headers,
    ],
)
def test_what_takes_too_long_is_called_so_and_is_not_said_again_either(behaviour: Behaviour) -> None:
    """What takes all the time that it is given is given little, or more where that was over before it was written."""
    answers: Sequence[Answer] = []
    lines, limit = 0, SHORT / 10
    while outcomes(answers) in ([], [F, F]) and limit < 100 * SHORT:
        limit *= 10
        with serving(behaviour, answering(200)) as server:
            answers = sent(BATCH, server.url, timeout=limit)
        lines = server.lines
    assert outcomes(answers) == [U, U]
    assert lines == 1
    assert {answer.detail for answer in answers} == {f"no answer within {lasting(limit)}"}


def test_a_connection_that_breaks_is_called_so() -> None:
    with serving(answering_half) as server:
        (answer, _) = sent(BATCH, server.url)
    assert answer.detail.startswith("the connection broke before all of the answer was there: ")


def test_where_no_connection_comes_about_nothing_was_sent() -> None:
    with unused_port() as port:
        answers = sent(BATCH, f"http://127.0.0.1:{port}", retries=2)
    assert outcomes(answers) == [F, F]
    assert answers[0].detail.startswith(f"no connection to 127.0.0.1:{port}: ")
    assert answers[0].detail.endswith(": Connection refused (asked 3 times)")


@pytest.mark.parametrize("host", [f"{'a' * 70}.invalid", "a..invalid"])
def test_a_host_that_cannot_be_found_was_sent_nothing(host: str) -> None:
    assert outcomes(sent(BATCH, f"http://{host}/", retries=0)) == [F, F]


def test_an_address_that_the_consumers_name_spoils_was_sent_nothing() -> None:
    (answer, _) = sent(BATCH, "http://{consumer}:port/", retries=2)
    assert answer.outcome == F
    assert answer.detail.startswith("not sent: 'url' became no address")


@pytest.mark.parametrize(("status", "outcome"), [(301, R), (302, U), (303, U), (307, R), (308, R)])
def test_a_redirect_is_not_followed(status: int, outcome: Outcome) -> None:
    with serving(answering(200)) as other, serving(answering(status, headers={"Location": other.url + "/x"})) as server:
        answers = sent(BATCH, server.url, auth={"bearer": "sturgeon"})
    assert outcomes(answers) == [outcome, outcome]
    assert "redirects are not followed" in answers[0].detail
    assert other.url in answers[0].detail
    assert (len(server.asked), other.lines) == (1, 0)


def test_lists_in_the_answer_decide_for_each_event() -> None:
    with serving(answering(200, {"done": {"ok": ["e2"]}})) as server:
        assert outcomes(sent(BATCH, server.url, accepted="/done/ok")) == [R, A]


@pytest.mark.parametrize(
    "behaviour", [answering(200, b"<html>"), answering(200, {"okay": []}), answering(204), flooding]
)
def test_an_answer_without_the_lists_that_were_promised_proves_nothing(behaviour: Behaviour) -> None:
    with serving(behaviour, answering(200)) as server:
        assert outcomes(sent(BATCH, server.url, accepted="/ok")) == [U, U]
    assert server.lines == 1


def test_an_endless_answer_is_read_no_further_than_it_has_to_be() -> None:
    with serving(flooding) as server:
        assert outcomes(sent(BATCH, server.url)) == [A, A]


@pytest.mark.parametrize(("size", "outcome"), [(LONGEST_ANSWER, A), (LONGEST_ANSWER + 1, U)])
def test_an_answer_is_read_up_to_a_limit(size: int, outcome: Outcome) -> None:
    body = b'["e1", "e2"]'.ljust(size)
    with serving(answering(200, body)) as server:
        assert outcomes(sent(BATCH, server.url, accepted="")) == [outcome] * 2


def test_an_answer_that_was_compressed_unasked_is_not_read() -> None:
    with serving(answering(200, ["e1", "e2"], {"Content-Encoding": "gzip"})) as server:
        answers = sent(BATCH, server.url, accepted="")
    assert outcomes(answers) == [U, U]
    assert server.asked[0].headers["accept-encoding"] == "identity"


RANGES = batch_of(parcel(1), parcel(2, follows=True), parcel(5), parcel(9))


@pytest.mark.parametrize(
    ("behaviours", "expected", "asked"),
    [
        ([answering(200)], [A, A, A, A], 3),
        ([answering(404), answering(200)], [R, R, A, A], 3),
        ([answering(200), answering(503)], [A, A, F, F], 2),
        ([answering(500), answering(200)], [U, U, F, F], 1),
        ([closing_without_a_word, answering(200)], [U, U, F, F], 1),
    ],
)
def test_after_a_request_that_failed_the_rest_of_a_batch_is_not_sent(
    behaviours: list[Behaviour], expected: list[Outcome], asked: int
) -> None:
    with serving(*behaviours) as server:
        answers = sent(RANGES, server.url, shape="range", retries=0)
    assert outcomes(answers) == expected
    assert len(server.asked) == asked
    if expected[-1] == F:
        assert answers[-1].detail == "not sent, as the request before it was not answered well"


def test_everything_from_the_first_event_on_is_one_request() -> None:
    with serving(answering(200)) as server:
        answers = sent(batch_of(parcel(7, partition="eu"), count=40), server.url, shape="from-position")
    assert outcomes(answers) == [A]
    assert [asked.json for asked in server.asked] == [{"from": 7, "partition": "eu"}]


def test_what_cannot_be_put_in_a_header_is_not_sent() -> None:
    with serving(answering(200)) as server:
        target = {"headers": {"X-Stream": "{stream}"}}
        answers = sent(batch_of(parcel(1, stream="a\r\nX-Admin: yes"), parcel(2)), server.url, **target)
    assert outcomes(answers) == [F, F]
    assert server.asked == []


def test_each_request_has_a_connection_of_its_own() -> None:
    with serving(answering(200, headers={"Connection": "keep-alive"})) as server, opened(server.url) as target:
        assert outcomes([*target.send(BATCH), *target.send(RANGES)]) == [A] * 6
    assert server.lines == 2


def test_nothing_of_an_answer_becomes_part_of_the_next_request() -> None:
    with serving(answering(200, headers={"Set-Cookie": "session=1"})) as server, opened(server.url) as target:
        target.send(BATCH)
        target.send(BATCH)
    one, two = server.asked
    assert one == two


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(200)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert outcomes(sent(BATCH, "http://shop.invalid/again")) == [A, A]
    assert [asked.path for asked in proxy.asked] == ["http://shop.invalid/again"]


def test_what_a_proxy_refuses_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert outcomes(sent(BATCH, "https://shop.invalid/again", retries=1)) == [F, F]
    assert [(asked.method, asked.path) for asked in proxy.asked] == [("CONNECT", "shop.invalid:443")] * 2


def test_a_proxy_that_cannot_be_used_is_told_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://u:sturgeon@proxy")
    with pytest.raises(
        AuditorError, match="target 'api': a proxy that the environment names cannot be used"
    ) as refused:
        sent(BATCH, "https://shop.invalid/again")
    assert "sturgeon" not in refused.value.message
