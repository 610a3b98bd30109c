"""A plan on one screen: by it a person decides whether it is applied."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.model.redelivery import LeftOut, Order, Plan, PlannedEvent, Why
from reports.appearance import PLAIN, Appearance
from reports.redelivery.plan import MOST_TYPES, document, render
from reports.redelivery.plan_summary import MOST_TYPES as TOLD_APART
from reports.redelivery.plan_summary import summarised
from tests import plans

HASH = "0123456789abcdef" * 4
MAIL = plans.part("mail", target="outbox", kind="outbox", streams=1, comes_again=0, left_out=())
BILLING = plans.part(
    heard_by=("billing", "shipping"),
    streams=7,
    comes_again=1,
    left_out=(
        LeftOut(reason="pending", count=1200, message="too young to be late"),
        LeftOut(reason="ended", count=None, message="their streams were erased"),
    ),
)
EVENTS = [
    *plans.events(4),
    plans.planned(5, superseded=True, attempts=2, type="[red]Paid", also_for=("shipping",), why=Why.BACKFILL),
    plans.planned(9, "mail", target="outbox", partition="eu", time=None),
]


def shown(plan: Plan, events: list[PlannedEvent], look: Appearance = PLAIN, **more: Any) -> str:
    after = more.pop("after", timedelta(minutes=15))
    return render(summarised(plan, iter(events), plans.NOON + after, **more), "my plan.json", "terminal", look)


def test_it_says_what_is_sent_to_whom_what_comes_with_it_and_what_to_type() -> None:
    plan = plans.plan(BILLING, MAIL, hash=HASH, count=6, accepted_duplicates="INC-7", first_sighting=True)
    assert shown(plan, EVENTS, samples=1) == (
        "plan 0123456789ab: 6 events to send again, for billing; mail\n"
        "  made 2026-03-01 12:00:00 UTC out of run r-1\n"
        "  expires 2026-03-01 13:00:00 UTC, in 45m\n"
        "  chosen by --limit 3\n"
        "  what one run alone confirmed is in it, too (--first-sighting)\n"
        "  events may come twice to who is not declared idempotent: INC-7\n"
        "\n"
        "for billing: 5 events of 7 streams, by orders-api (http)\n"
        "  heard by others, too: shipping\n"
        "  positions 1 to 5 of orders, of 2026-03-01 11:00:00 UTC\n"
        "  4 missing, 1 backfill-incomplete\n"
        "  types: OrderPlaced 4; [red]Paid 1\n"
        "  order as-is: what is missing and no more, each stream in the order of its versions; 1 event superseded: it"
        " comes after later events of the same stream\n"
        "  shipping lacks 1 of them, too, and hears them\n"
        "  sent before, and still missing: 1, up to 2 times\n"
        "  1 event that it has already comes again with them\n"
        "  left out: 1,200 pending: too young to be late\n"
        "  left out: some ended: their streams were erased\n"
        "\n"
        "for mail: 1 event of 1 stream, by outbox (outbox)\n"
        "  heard by nobody else\n"
        "  position 9 of orders in partition eu\n"
        "  1 missing\n"
        "  types: OrderPlaced 1\n"
        "  order as-is: what is missing and no more, each stream in the order of its versions; none comes after what"
        " was processed already\n"
        "  nothing that it has already comes again\n"
        "\n"
        "warnings\n"
        "  their streams went on without 2 of them\n"
        "\n"
        "events\n"
        "  - billing: position 1, order-1@1, OrderPlaced, id e1, 2026-03-01T11:00:00.000250Z (missing)\n"
        "  - and 5 more in the plan\n"
        "\n"
        "to do next\n"
        "  auditor redeliver apply 'my plan.json'  # a dry run: looks again, sends nothing\n"
        "  auditor redeliver apply 'my plan.json' --execute  # sends\n"
        "  auditor redeliver verify 'my plan.json' --wait 5m  # looks whether it arrived\n"
    )


def test_a_cursor_is_put_back_only_while_the_consumer_is_stopped() -> None:
    text = shown(plans.plan(replace(MAIL, kind="cursor"), count=1), [EVENTS[-1]])
    assert "'my plan.json' --execute --consumer-stopped  # puts the cursor back: stop the consumer before\n" in text
    assert "looks whether it arrived, once the consumer runs again\n" in text


def test_of_very_many_it_says_how_many_may_be_sent() -> None:
    assert "my plan.json' --execute  # sends\n" in shown(plans.plan(), list(plans.events(1000)))
    assert "my plan.json' --execute --max-events 1001  # sends\n" in shown(plans.plan(), list(plans.events(1001)))


def test_an_expired_plan_says_to_plan_again() -> None:
    text = shown(plans.plan(), list(plans.events(1)), after=timedelta(hours=3))
    assert "expired 2026-03-01 13:00:00 UTC, 2h ago: it will be refused, plan again\n" in text
    assert text.endswith("to do next\n  auditor redeliver plan\n")


def test_a_plan_of_nothing_says_why_and_has_nothing_to_apply() -> None:
    text = shown(plans.plan(warnings=(), filters={}), [])
    assert text.startswith("plan : 0 events to send again, for nobody\n")
    assert "  left out: some pending: too young to be late\n" in text
    assert text.endswith("\nthere is nothing to apply\n")


def test_the_config_is_named_where_it_has_to_be() -> None:
    text = shown(plans.plan(), list(plans.events(1)), Appearance(config="a b.toml"))
    assert "auditor redeliver apply --config 'a b.toml' 'my plan.json' --execute" in text


def test_strict_order_is_told() -> None:
    text = shown(plans.plan(plans.part(comes_again=None), order=Order.STRICT), list(plans.events(1)))
    assert "order strict: each stream from its first missing event on" in text
    assert "what comes again with them of what it has already is not known" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_on_a_terminal_no_line_is_wider_and_nothing_acts(width: int) -> None:
    hostile = "\x1b[2J\u202e[red]" + "x" * 300
    events = [plans.planned(1, type=hostile, stream=hostile, id=hostile, partition=hostile)]
    plan = plans.plan(warnings=(hostile,), filters={"--type": hostile}, run=hostile)
    text = shown(plan, events, Appearance(width=width), samples=1)
    bare = "".join(text.split("\x1b[0m"))
    for code in ("1", "2", "33", "31", "36", "1;32"):
        bare = bare.replace(f"\x1b[{code}m", "")
    assert "\x1b" not in bare
    assert "\u202e" not in bare
    assert "[red]" in bare
    assert max(map(len, bare.splitlines())) <= width


def test_many_types_and_partitions_are_summed_up() -> None:
    events = [plans.planned(n, type=f"T{n:02}", partition=f"p{n:02}") for n in range(1, 12)]
    text = shown(plans.plan(), [*events, plans.planned(1, type=None), plans.planned(2, type="T11")])
    assert f"types: T11 2; {'; '.join(f'T{n:02} 1' for n in range(1, MOST_TYPES))}; others 4\n" in text
    assert "and in 4 further partitions\n" in text


def test_as_json_it_is_the_head_of_the_plan_and_what_its_events_come_to() -> None:
    plan = plans.plan(BILLING, MAIL, hash=HASH, count=6)
    summary = summarised(plan, iter(EVENTS), plans.NOON, samples=2)
    said = json.loads(render(summary, "plan.json", "json"))
    assert said == document(summary, "plan.json")
    assert (said["schema"], said["hash"], said["expired"]) == ("auditor.plan-summary/1", HASH, False)
    billing, mail = said["parts"]
    assert (billing["count"], billing["superseded"], billing["sent_before"], billing["most_attempts"]) == (5, 1, 1, 2)
    assert billing["positions"] == [{"partition": None, "first": 1, "last": 5}]
    assert billing["types"] == [{"type": "OrderPlaced", "count": 4}, {"type": "[red]Paid", "count": 1}]
    assert billing["why"] == {"missing": 4, "backfill-incomplete": 1}
    assert (billing["also_for"], billing["left_out"][1]["count"]) == ({"shipping": 1}, None)
    assert (billing["earliest"], mail["earliest"]) == ("2026-03-01T11:00:00.000250Z", None)
    assert [each["position"] for each in said["events"]] == [1, 2]


def test_types_without_end_are_not_kept() -> None:
    count = TOLD_APART + 7
    [(_, tally)] = summarised(plans.plan(), (plans.planned(n, type=f"T{n}") for n in range(count)), plans.NOON).parts
    assert (len(tally.types), tally.other_types, tally.count) == (TOLD_APART, 7, count)


def test_what_only_keeps_the_order_is_told_apart_in_words() -> None:
    both = [next(plans.events(1)), plans.planned(2, why=Why.ORDER)]
    assert "  1 missing, 1 to keep the order\n" in shown(plans.plan(count=2, order=Order.STRICT), both)
