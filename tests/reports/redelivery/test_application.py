"""What became of sending a plan's events again: for people, and as a document."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from checks.model.application import Application, AppliedPart, Canary, Example, Stop
from checks.model.event import Event
from checks.model.redelivery import Order, Part, Plan
from reports.appearance import Appearance
from reports.redelivery.application import document, render

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PART = Part(
    consumer="billing",
    log="orders",
    target="api",
    kind="http",
    fingerprint="5e" * 32,
    heard_by=("billing",),
    identity=("id",),
    origins={},
)
PLAN = Plan(
    hash="fc941bee962a0123",
    run="run-1",
    created=NOW,
    expires=NOW + timedelta(days=1),
    order=Order.AS_IS,
    count=10,
    parts=(PART,),
)
SENT = Application(
    plan=PLAN,
    executed=True,
    began=NOW,
    ended=NOW + timedelta(seconds=75),
    numbers=(7,),
    parts=(AppliedPart(consumer="billing", target="api", kind="http", planned=10, before=2, accepted=8),),
)
HALF = replace(
    SENT,
    stopped=Stop("error-share", "3 of 5 events that were sent did not get through"),
    canary=Canary(asked=2, sent=2, arrived=2, waited=1.25),
    warnings=("TLS is not verified",),
    parts=(
        AppliedPart(
            consumer="billing",
            target="api",
            kind="http",
            planned=10,
            accepted=2,
            rejected=1,
            failed=1,
            unknown=1,
            healed=1,
            skipped={"received": 1, "held-back": 1},
        ),
    ),
    examples=(
        Example(
            consumer="billing",
            event=Event(position=5, id="e5", stream="order-5", version=2, type="OrderPlaced"),
            what="rejected",
            detail="404: [red]no such\ncustomer",
        ),
    ),
)


def test_for_people_the_verdict_stands_first_and_what_to_do_last() -> None:
    assert render(SENT, "plan.json", "terminal") == (
        "sent: 8 of 10 events accepted, 2 were before\n"
        "  plan fc941bee962a, redelivery 7, took 1m 15s\n"
        "\n"
        "for billing, by api (http)\n"
        "  8 accepted\n"
        "  2 accepted or found by earlier attempts\n"
        "\n"
        "to do next\n"
        "  auditor redeliver verify plan.json --wait 5m  # looks whether it arrived\n"
    )


def test_the_command_to_type_next_is_not_one_that_is_refused() -> None:
    many = replace(
        SENT, executed=False, parts=(replace(SENT.parts[0], planned=1001, before=0, accepted=0, would_send=1001),)
    )
    assert "apply plan.json --execute --max-events 1001  # sends\n" in render(many, "plan.json", "terminal")
    old = replace(HALF, plan=replace(PLAN, expires=HALF.ended))
    text = render(old, "plan.json", "terminal", Appearance(config="a.toml"))
    assert "auditor redeliver plan --config a.toml billing  # this one has expired\n" in text
    assert "goes on" not in text
    put_back = replace(SENT, parts=(replace(SENT.parts[0], kind="cursor"),))
    assert "# looks whether it arrived, once the consumer runs again\n" in render(put_back, "plan.json", "terminal")


def test_where_it_stopped_it_says_why_what_is_left_and_how_it_goes_on() -> None:
    assert render(HALF, "my plan.json", "terminal", Appearance(config="a.toml")) == (
        "stopped: 2 of 10 events accepted\n"
        "  plan fc941bee962a, redelivery 7, took 1m 15s\n"
        "  stopped: 3 of 5 events that were sent did not get through\n"
        "  canary: of the first 2 events 2 arrived, after 1.2s\n"
        "  warning: TLS is not verified\n"
        "\n"
        "for billing, by api (http)\n"
        "  2 accepted\n"
        "  1 rejected\n"
        "  1 failed, certainly not sent\n"
        "  1 unknown, perhaps sent\n"
        "  1 found at the consumer, sent by an earlier attempt\n"
        "  2 not reached\n"
        "  1 skipped: arrived meanwhile\n"
        "  1 held back: an earlier event of the stream did not get through\n"
        "\n"
        "rejected\n"
        "  - billing: position 5, order-5@2, OrderPlaced, id e5: 404: [red]no such\\ncustomer\n"
        "\n"
        "to do next\n"
        "  auditor redeliver apply --config a.toml 'my plan.json' --execute  # goes on\n"
        "  auditor redeliver apply --config a.toml 'my plan.json' --execute --again"
        "  # also what was rejected, once the cause is mended\n"
        "  auditor redeliver verify --config a.toml 'my plan.json' --wait 5m  # looks whether it arrived\n"
    )


def test_where_the_first_events_did_not_arrive_one_looks_for_them_and_goes_on_as_carefully() -> None:
    stop = Stop("canary", "of the first 3 events 3 did not arrive")
    lost = replace(HALF, stopped=stop, canary=Canary(asked=3, sent=3, arrived=0, missing=3))
    lost = replace(lost, parts=(AppliedPart(consumer="billing", target="api", kind="http", planned=10, accepted=3),))
    assert render(lost, "plan.json", "terminal").endswith(
        "to do next\n"
        "  auditor redeliver verify plan.json --wait 5m  # looks whether it arrived\n"
        "  auditor redeliver apply plan.json --execute --canary 3  # goes on\n"
    )


def test_a_command_that_puts_a_cursor_back_says_that_the_consumer_is_stopped() -> None:
    part = AppliedPart(consumer="billing", target="back", kind="cursor", planned=10, would_send=10)
    text = render(replace(SENT, executed=False, numbers=(), parts=(part,)), "plan.json", "terminal")
    assert text.endswith("auditor redeliver apply plan.json --execute --consumer-stopped  # sends\n")


def test_a_dry_run_never_reads_as_if_something_had_been_sent() -> None:
    part = AppliedPart(consumer="billing", target="api", kind="http", planned=10, would_send=9, skipped={"gone": 1})
    dry = replace(SENT, executed=False, numbers=(), parts=(part,))
    text = render(dry, "plan.json", "terminal")
    assert text.startswith("dry run: 9 of 10 events would be sent; nothing was sent\n")
    assert "accepted" not in text
    assert "verify" not in text


def test_when_nothing_is_left_it_says_so() -> None:
    part = AppliedPart(consumer="billing", target="api", kind="http", planned=10, before=10)
    text = render(replace(SENT, numbers=(), parts=(part,)), "plan.json", "terminal")
    assert text.startswith("sent: nothing left to do: 10 events accepted or found by earlier attempts\n")


def test_the_document_has_every_count_and_its_counts_balance() -> None:
    said = json.loads(render(HALF, "plan.json", "json"))
    assert said == document(HALF, "plan.json")
    assert (said["schema"], said["verdict"], said["executed"]) == ("auditor.redelivery/1", "stopped", True)
    counts = said["counts"]
    assert counts["planned"] == 10
    assert counts["left"] == counts["not_reached"] + counts["failed"] + counts["unknown"] + 1
    words = ("before", "accepted", "rejected", "failed", "unknown", "healed", "would_send", "not_reached")
    assert sum(counts[word] for word in words) + sum(counts["skipped"].values()) == 10
    assert said["parts"][0]["skipped"]["held-back"] == 1
    assert said["canary"] == {
        "asked": 2, "sent": 2, "arrived": 2, "missing": 0, "parked": 0, "not_accepted": 0, "waited": 1.25
    }  # fmt: skip
    assert said["examples"][0]["detail"] == "404: [red]no such\ncustomer"
