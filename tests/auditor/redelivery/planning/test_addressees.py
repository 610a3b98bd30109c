"""Who is sent something by what, who hears it, and what is refused before anything is read."""

import pytest

from auditor.auditing.targets import has_target, takes_twice
from auditor.errors import UsageError
from auditor.redelivery.planning.addressees import addressees
from checks.model.redelivery import Order
from tests.auditor.redelivery.planning.world import COMMAND, World, lacking

HTTP = 'kind = "http"\nurl = "https://shop/redeliver{path}"\n'
FILE = 'kind = "file"\npath = "lost.jsonl"\n'
TAKES_TWICE = 'redelivery = "api"\nidempotent = true'
TWO = {"billing": TAKES_TWICE, "shipping": TAKES_TWICE}


def heard_by(world: World, target: str) -> tuple[str, ...]:
    world.target = target
    return addressees(world.configured(), ["billing"])[0].heard_by


@pytest.mark.parametrize(
    "target",
    [
        COMMAND,
        FILE,
        'kind = "cursor"\n',
        HTTP.replace("{path}", "/{consumer}"),
        HTTP.replace("{path}", "") + 'headers = { X-For = "{consumer}" }\n',
        HTTP.replace("{path}", "") + 'body = { to = ["{consumer}"], ids = "{ids}" }\n',
    ],
)
def test_a_target_that_names_the_consumer_is_heard_by_that_one_alone(world: World, target: str) -> None:
    assert heard_by(world, target) == ("billing",)


@pytest.mark.parametrize(
    "target",
    [
        HTTP.replace("{path}", ""),
        HTTP.replace("{path}", "/{{consumer}}"),
        'kind = "command"\ncommand = ["send"]\n',
    ],
)
def test_a_target_that_says_for_nobody_in_particular_must_say_who_hears_it(world: World, target: str) -> None:
    with pytest.raises(UsageError, match=r"redelivery\.api.* heard_by"):
        heard_by(world, target)
    assert heard_by(world, target + 'heard_by = ["billing"]\n') == ("billing",)


def test_a_consumer_that_is_not_there_is_told_with_what_is_near(world: World) -> None:
    with pytest.raises(UsageError, match=r"no consumer called 'biling' \(did you mean 'billing'\?"):
        world.plan("biling")


def test_a_consumer_without_a_target_cannot_be_named(world: World) -> None:
    world.consumers["mail"] = ""
    with pytest.raises(UsageError, match=r"\[consumers.mail\] has no 'redelivery'"):
        world.plan("mail")


def test_where_nobody_has_a_target_there_is_nothing_to_plan(world: World) -> None:
    world.consumers = {"billing": ""}
    with pytest.raises(UsageError, match="no consumer has a 'redelivery'"):
        world.plan()


def test_whoever_is_not_declared_idempotent_is_named_and_nothing_is_read(world: World) -> None:
    world.consumers = {"billing": TAKES_TWICE, "shipping": ""}
    world.target = HTTP.replace("{path}", "") + 'heard_by = ["billing", "shipping"]\n'
    with pytest.raises(UsageError, match=r"is heard by 'shipping', not declared.*\[consumers.shipping\]"):
        world.plan()
    assert not (world.folder / ".auditor").exists()


def test_somebody_may_answer_for_duplicates_and_is_quoted(world: World) -> None:
    world.consumers["billing"] = 'redelivery = "api"\nidempotent = false'
    lacking(world, 9, [4])
    planned = world.plan_confirmed(accept_duplicates="they are only counted")
    assert planned.positions == [4]
    assert planned.plan.accepted_duplicates == "they are only counted"
    assert "they are only counted" in planned.plan.warnings[0]


def test_a_file_is_written_for_anybody_with_a_word_of_warning(world: World) -> None:
    world.consumers["billing"] = 'redelivery = "api"'
    world.target = FILE
    lacking(world, 9, [4])
    planned = world.plan_confirmed()
    assert planned.positions == [4]
    assert "not declared idempotent" in planned.plan.warnings[0]


def shared(world: World) -> None:
    """Billing lacks 4 and 5, shipping 5 and 8, of what both hear."""
    world.consumers = dict(TWO)
    world.target = HTTP.replace("{path}", "") + 'heard_by = ["billing", "shipping"]\n'
    rows = lacking(world, 9, [4, 5])
    world.receive((row for row in rows if row.position not in (5, 8)), "shipping")
    world.stand(9, "shipping")


def test_what_two_lack_and_both_hear_is_sent_once(world: World) -> None:
    shared(world)
    planned = world.plan_confirmed()
    assert [(each.consumer, each.event.position, each.also_for) for each in planned.events] == [
        ("billing", 4, ()),
        ("billing", 5, ("shipping",)),
        ("shipping", 8, ()),
    ]
    assert planned.left_out("shipping") == {"shared": 1}
    assert "'billing'" in planned.message("shared", "shipping")
    assert [part.count for part in planned.plan.parts] == [2, 1]
    assert sum("may have what is sent" in each for each in planned.plan.warnings) == 2


def test_strict_order_holds_for_who_came_further_than_the_one_whose_events_it_shares(world: World) -> None:
    shared(world)
    world.execute("DELETE FROM billing.inbox WHERE consumer = 'billing' AND event_id IN ('e7', 'e8', 'e9')")
    world.stand(6)
    planned = world.plan_confirmed(order=Order.STRICT)
    assert [(each.consumer, each.event.position, each.why.value) for each in planned.events] == [
        ("billing", 4, "missing"),
        ("billing", 5, "missing"),
        ("billing", 6, "order"),
        ("shipping", 7, "order"),
        ("shipping", 8, "missing"),
        ("shipping", 9, "order"),
    ]
    assert planned.part("shipping").comes_again == 2
    assert planned.plan.warnings[0].startswith("billing, or another that lacks the same, needs its order")


def test_strict_order_sends_once_what_follows_for_both(world: World) -> None:
    shared(world)
    planned = world.plan_confirmed(order=Order.STRICT)
    assert [each.event.position for each in planned.events if each.consumer == "billing"] == [4, 5, 6, 7, 8, 9]
    assert [each.event.position for each in planned.events if each.consumer == "shipping"] == [8]


def test_what_comes_after_the_limit_is_shared_with_nobody(world: World) -> None:
    shared(world)
    planned = world.plan_confirmed(limit=1)
    assert planned.positions == [4]
    assert planned.left_out("shipping") == {"limit": 2}


def test_a_target_that_names_the_consumer_sends_to_each_by_itself(world: World) -> None:
    shared(world)
    world.target = COMMAND + 'heard_by = ["billing", "shipping"]\n'
    assert [(each.consumer, each.event.position) for each in world.plan_confirmed().events] == [
        ("billing", 4),
        ("billing", 5),
        ("shipping", 5),
        ("shipping", 8),
    ]


def test_a_consumer_that_is_planned_for_alone_shares_with_nobody(world: World) -> None:
    shared(world)
    world.audit()
    planned = world.plan("shipping")
    assert [(each.consumer, each.event.position) for each in planned.events] == [("shipping", 5), ("shipping", 8)]
    assert planned.part("shipping").heard_by == ("billing", "shipping")


def test_a_run_counts_as_a_target_only_what_a_plan_can_be_made_for(world: World) -> None:
    world.consumers = {"billing": TAKES_TWICE, "mail": ""}
    world.target = HTTP.replace("{path}", "")
    assert not has_target(world.configured(), "billing")
    world.target += 'heard_by = ["billing"]\n'
    assert has_target(world.configured(), "billing")
    assert not has_target(world.configured(), "mail")


def test_a_run_knows_whether_somebody_must_answer_for_what_comes_twice(world: World) -> None:
    world.consumers = {"billing": TAKES_TWICE, "mail": ""}
    assert takes_twice(world.configured(), "billing")
    assert takes_twice(world.configured(), "mail")
    world.target = HTTP.replace("{path}", "") + 'heard_by = ["billing", "mail"]\n'
    assert not takes_twice(world.configured(), "billing")
    world.target = 'kind = "file"\npath = "again.jsonl"\n'
    world.consumers = {"billing": 'redelivery = "api"'}
    assert takes_twice(world.configured(), "billing")
