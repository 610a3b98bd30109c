"""A request is said again where it may do better, and what an earlier time may have done is not forgotten."""

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from auditor.redelivery.holding_on import holding_on
from auditor.redelivery.targets.http.answers import Reply
from auditor.redelivery.targets.http.connection import LostError
from auditor.redelivery.targets.http.repeating import Said, Waits, asked_pause, repeat
from tests.auditor.redelivery.http_targets import AT_ONCE

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
UNSENT = LostError("refused", sent=False)
SENT = LostError("no answer", sent=True)


def said(*replies: int | LostError, retries: int = 2, waits: Waits = AT_ONCE, **headers: str) -> Said:
    """Say it to a server that answers so, one after the other."""
    given = list(replies)

    def say() -> Reply:
        reply = given.pop(0)
        if isinstance(reply, LostError):
            raise reply
        return Reply(reply, {name.replace("_", "-"): value for name, value in headers.items()}, b"")

    return repeat(say, retries, waits)


@pytest.fixture
def waited() -> Iterator[list[float]]:
    """The seconds that were waited between one time and the next."""
    seconds: list[float] = []

    def note(details: RetryDetails) -> None:
        seconds.append(details.wait_for)

    set_on_retry_hooks([note])
    yield seconds
    set_on_retry_hooks(None)


@pytest.mark.parametrize(
    ("replies", "times", "doubt"),
    [
        ([200], 1, False),
        ([404], 1, False),
        ([307], 1, False),
        ([SENT], 1, False),
        ([429, 200], 2, False),
        ([503, UNSENT, 200], 3, False),
        ([500, 200], 2, True),
        ([502, 404], 2, True),
        ([500, UNSENT, UNSENT], 3, True),
        ([UNSENT, 503, 429], 3, False),
        ([503, SENT], 2, False),
        ([503, 503, 500], 3, False),
    ],
)
def test_what_is_said_again_and_how_often(replies: list[int | LostError], times: int, doubt: bool) -> None:
    result = said(*replies)
    last = result.reply.status if isinstance(result.reply, Reply) else result.reply
    assert (last, result.times, result.doubt) == (replies[-1], times, doubt)


def test_without_repetitions_it_is_said_once() -> None:
    assert said(503, 200, retries=0).times == 1


def test_a_fault_of_the_program_is_no_answer() -> None:
    with pytest.raises(IndexError):
        said()


def test_pauses_grow_and_end_at_the_longest(waited: list[float]) -> None:
    with_pauses = Waits(first=0.001, longest=0.003, jitter=0)
    assert said(503, 503, 503, 503, 200, retries=4, waits=with_pauses).times == 5
    assert waited == pytest.approx([0.001, 0.002, 0.003, 0.003])


@pytest.mark.parametrize("status", [429, 503, 500])
@pytest.mark.parametrize("asked", ["3600", "Sun, 01 Mar 2099 12:00:00 GMT"])
def test_the_server_says_how_long_to_wait_but_not_for_ever(waited: list[float], status: int, asked: str) -> None:
    assert said(status, 200, waits=Waits(first=0, longest=0, jitter=0, asked=0.002), retry_after=asked).times == 2
    assert waited == pytest.approx([0.002])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("9" * 400, None),
        ("Sun, 01 Mar 99999999 12:00:00 GMT", None),
        ("Sun, 01 Mar 2026 12:00:00 +99999999", None),
    ],
)
def test_retry_after_is_read_in_both_of_its_forms(text: str, seconds: float | None) -> None:
    assert asked_pause({"retry-after": text}, NOW) == seconds


def test_no_header_asks_for_no_pause() -> None:
    assert asked_pause({}, NOW) is None


def test_nothing_is_written_to_stderr_while_waiting(capfd: pytest.CaptureFixture[str]) -> None:
    assert not stamina.is_testing()
    assert said(503, 200).times == 2
    assert capfd.readouterr() == ("", "")


FOR_EVER = Waits(first=1e6, longest=1e6, jitter=0, asked=1e6)


def test_whoever_wants_an_end_does_not_wait_for_what_the_server_asks_for() -> None:
    """It came while the request was under way: that one is answered, and no other is said."""

    def interrupted() -> Reply:
        signal.raise_signal(signal.SIGINT)
        return Reply(429, {"retry-after": "300"}, b"")

    told: list[str] = []
    with pytest.raises(KeyboardInterrupt), holding_on(lambda: told.append("it is waited for")):
        result = repeat(interrupted, 3, FOR_EVER)
    assert (result.times, result.doubt, told) == (1, False, ["it is waited for"])


def test_whoever_wants_an_end_while_it_waits_ends_that(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(time, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt), holding_on():
        result = said(500, 200, waits=FOR_EVER)
    assert (slept, result.times, result.doubt) == ([1e6], 1, False)
    assert isinstance(result.reply, Reply)


def said_after_an_interrupt() -> Said:
    signal.raise_signal(signal.SIGINT)
    return said(200)


def test_a_batch_that_has_begun_is_said_once_whatever_came_before() -> None:
    with pytest.raises(KeyboardInterrupt), holding_on():
        result = said_after_an_interrupt()
    assert result.times == 1
