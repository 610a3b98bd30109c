"""One event's way as text and as JSON: nothing is cut without a terminal, nothing acts on one, every key is there."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from checks.model.event import Event
from checks.model.journal import Attempt, SentAgain
from checks.model.redelivery import Step
from checks.model.trace import By, Delay, Hop, HopKind, HopVerdict, Look, Sought, Trace
from reports import Appearance
from reports.redelivery.sent_again import phrase
from reports.trace import FORMATS, delay_of, document, render
from tests.redeliveries import PLAN, line, redelivery, steps

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "[red]\x1b[2J\n\u202e" + "x" * 400
EVENT = Event(position=2**60 + 1, id="e1", stream="order-1", version=3, type="OrderPaid", time=NOON)
LOG = Hop(of=HopKind.LOG, name="orders", verdict=HopVerdict.WRITTEN, store="shop", event=EVENT, count=1, time=NOON)
BILLING = Hop(
    of=HopKind.CONSUMER,
    name="billing",
    verdict=HopVerdict.RECEIVED_TWICE,
    store="billing-db",
    event=EVENT,
    upstream="orders",
    depth=1,
    count=3,
    time=NOON + timedelta(seconds=2),
    delay=Delay(by=timedelta(seconds=2), of=HopKind.LOG, name="orders", clock="shop"),
    cursor=(2**60 + 1,),
    message="receipts 1, 2, 3",
)
SOUGHT = Sought(by=By.ID, event=Event(id="e1"))
TRACE = Trace(asked="e1", at=NOON, sought=SOUGHT, event=EVENT, hops=(LOG, BILLING))


def hostile() -> Trace:
    event = Event(position=1, id=HOSTILE, stream=HOSTILE, version=1, type=HOSTILE, partition=HOSTILE)
    hops = tuple(replace(hop, name=HOSTILE, event=event, message=HOSTILE) for hop in (LOG, BILLING))
    looked = (Look(of=HopKind.LOG, name=HOSTILE, found=None, message=HOSTILE, problem="unreachable"),)
    return Trace(asked=HOSTILE, at=NOON, sought=SOUGHT, event=event, hops=hops, looked=looked, notes=(HOSTILE,))


def test_a_hop_is_a_line_and_the_columns_are_aligned() -> None:
    assert render(TRACE, "terminal") == (
        "found in orders: position 1152921504606846977, order-1@3, OrderPaid, id e1, 2026-03-01T12:00:00Z\n"
        "\n"
        "hop                 position             time                  delay                        verdict\n"
        "log orders          1152921504606846977  2026-03-01T12:00:00Z                               written\n"
        "  consumer billing  1152921504606846977  2026-03-01T12:00:02Z  +2.00s (shop -> billing-db)"
        "  received twice (3)  receipts 1, 2, 3\n"
    )


def test_a_terminal_gets_the_table_if_it_fits_and_else_two_lines_a_hop() -> None:
    wide, narrow = (render(TRACE, "terminal", Appearance(width=width)) for width in (200, 60))
    assert "\x1b[" in wide
    assert len(wide.splitlines()) == 5
    assert len(narrow.splitlines()) > len(wide.splitlines())
    assert "received twice (3)" in narrow
    assert "(shop -> billing-db)" in narrow


def test_what_is_found_nowhere_is_said_with_where_it_was_looked_for() -> None:
    looked = (
        Look(of=HopKind.LOG, name="orders", found=False, message="it has no event with the id 'e1'"),
        Look(of=HopKind.CONSUMER, name="billing", found=None, message="no such file", problem="unreachable"),
    )
    trace = Trace(asked="e1", at=NOON, looked=looked)
    assert render(trace, "terminal") == (
        "not found: e1, as far as could be looked\n"
        "\n"
        "where it was looked for\n"
        "  log orders: it has no event with the id 'e1'\n"
        "  consumer billing: no such file\n"
    )
    assert render(replace(trace, looked=looked[:1]), "terminal").startswith("not found: e1\n")


def test_what_only_a_consumer_has_is_said_to_be_in_no_log() -> None:
    absent = replace(LOG, verdict=HopVerdict.NOT_WRITTEN, count=0, time=None)
    trace = replace(TRACE, hops=(absent, BILLING), notes=("no log has it",))
    text = render(trace, "terminal")
    assert text.startswith("found in no log: ")
    assert text.endswith("\nnote: no log has it\n")


def test_what_could_not_be_looked_at_is_said_although_the_event_was_found() -> None:
    looked = (
        Look(of=HopKind.LOG, name="orders", found=True, message="it has it"),
        Look(of=HopKind.LOG, name="stock", found=None, message="no answer", problem="timeout"),
    )
    text = render(replace(TRACE, looked=looked), "terminal")
    assert text.endswith("\ncould not be looked at\n  log stock: no answer\n")


def test_names_from_the_data_act_on_no_terminal_and_stay_on_their_lines() -> None:
    plain = render(hostile(), "terminal")
    assert len(plain.splitlines()) == 10
    assert not set(plain) & {"\x1b", "\u202e"}
    assert "x" * 400 in plain
    assert "\u202e" not in render(hostile(), "terminal", Appearance(width=100))
    assert "[red]" in render(hostile(), "terminal", Appearance(width=100))


def test_a_delay_is_signed_and_names_two_clocks_where_there_are_two() -> None:
    def told(seconds: float, clock: str = "shop") -> str:
        return delay_of(Delay(by=timedelta(seconds=seconds), of=HopKind.LOG, name="orders", clock="shop"), clock)

    assert [told(0), told(0.25), told(-0.25), told(-2.5), told(125), told(-90_000)] == [
        "+0ms",
        "+250ms",
        "-250ms",
        "-2.50s",
        "+2m 5s",
        "-1d 1h",
    ]
    assert told(1, "billing-db") == "+1.00s (shop -> billing-db)"


def test_a_position_of_a_partition_is_shown_with_it_and_a_state_shows_its_version() -> None:
    log = replace(LOG, event=replace(EVENT, partition="t1"))
    state = replace(LOG, of=HopKind.STATE, name="accounts", event=Event(stream="order-1", version=3))
    text = render(replace(TRACE, event=log.event, hops=(state, log)), "terminal")
    assert "t1:1152921504606846977" in text
    assert "version 3 " in text
    assert text.startswith("found in orders: partition t1, position")


def test_the_document_has_every_key_whatever_is_known() -> None:
    full, empty = document(TRACE), document(Trace(asked="e1", at=NOON))
    assert set(full) == set(empty)
    bare = document(replace(TRACE, hops=(Hop(of=HopKind.LOG, name="", verdict=HopVerdict.CANNOT_TELL, store=""),)))
    assert isinstance(bare["hops"], list)
    assert isinstance(full["hops"], list)
    [hop], [_, billing] = bare["hops"], full["hops"]
    assert isinstance(hop, dict)
    assert isinstance(billing, dict)
    assert set(hop) == set(billing) == {field.name for field in fields(Hop)}
    assert billing["delay"] == {"seconds": 2.0, "of": "log", "name": "orders", "clock": "shop"}
    assert billing["cursor"] == [2**60 + 1]
    assert (hop["time"], hop["delay"], hop["cursor"], hop["upstream"]) == (None, None, None, None)


def test_json_is_one_document_that_any_parser_takes_hostile_names_too() -> None:
    trace = replace(hostile(), asked="half a pair \udc80")
    read = json.loads(render(trace, "json"))
    assert (read["schema"], read["asked"]) == ("auditor.trace/1", "half a pair \\udc80")
    assert read["hops"][0]["name"] == HOSTILE
    assert (read["found"], read["complete"]) == (True, False)


def test_there_is_a_renderer_for_every_format() -> None:
    assert all(render(TRACE, name).endswith("\n") for name in FORMATS)


def test_that_an_event_was_sent_again_is_said_behind_the_verdict_of_the_consumer() -> None:
    sent = [
        SentAgain(
            redelivery=redelivery(0, number=7), attempt=Attempt(lines=tuple(steps(5, Step.SENDING, Step.ACCEPTED)))
        ),
        SentAgain(
            redelivery=redelivery(3, number=8, ticket="OPS-7", user=HOSTILE[:8]),
            attempt=Attempt(lines=(line(5, Step.SENDING), line(5, Step.UNKNOWN, detail="no answer"))),
        ),
    ]

    def told(count: int) -> str:
        trace = replace(TRACE, hops=(LOG, replace(BILLING, sent_again=tuple(sent[:count]))))
        return render(trace, "terminal").splitlines()[-1].partition("received twice (3)  ")[2]

    assert told(0) == "receipts 1, 2, 3"
    assert told(1) == "receipts 1, 2, 3; sent again 1 time, last 2026-03-01T12:00:00Z by ann@ops-1 (accepted)"
    assert told(2) == (
        "receipts 1, 2, 3; sent again 2 times, last 2026-03-01T12:03:00Z by [red]\\x1b[2@ops-1 "
        "(unknown: no answer), ticket OPS-7"
    )
    trace = replace(TRACE, hops=(replace(BILLING, message=None, sent_again=tuple(sent)),))
    [entry] = json.loads(render(trace, "json"))["hops"]
    assert entry["sent_again"][1] == {
        "redelivery": 8,
        "at": "2026-03-01T12:03:00Z",
        "user": HOSTILE[:8],
        "host": "ops-1",
        "reason": None,
        "ticket": "OPS-7",
        "plan": PLAN,
        "target": "orders-api",
        "step": "unknown",
        "step_at": "2026-03-01T12:01:00Z",
        "detail": "no answer",
    }


def test_what_certainly_was_not_sent_is_said_to_be_so() -> None:
    failed = SentAgain(redelivery=redelivery(0), attempt=Attempt(lines=tuple(steps(5, Step.SENDING, Step.FAILED))))
    assert phrase([failed]) == "was to be sent again, last 2026-03-01T12:00:00Z by ann@ops-1 (failed)"
