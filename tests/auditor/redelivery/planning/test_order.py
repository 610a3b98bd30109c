"""In which order a plan sends, what went on without what it sends, and what comes again for the sake of order."""

import pytest

from checks.model.redelivery import Order
from tests.auditor.redelivery.planning.world import COMMAND, Row, World, lacking, orders


def test_events_are_sent_by_position_and_say_where_they_follow_each_other(world: World) -> None:
    lacking(world, 9, [4, 5, 8, 9])
    planned = world.plan_confirmed()
    assert [(each.event.position, each.follows) for each in planned.events] == [
        (4, False),
        (5, True),
        (8, False),
        (9, True),
    ]


def test_what_the_consumer_never_wanted_stands_between_nothing(world: World) -> None:
    rows = [Row(position=1), Row(position=2, type="Other"), Row(position=3), Row(position=4)]
    world.write(rows)
    world.receive([rows[3]])
    world.stand(4)
    world.consumers["billing"] += '\ntypes = ["Order*"]'
    assert [(each.event.position, each.follows) for each in world.plan_confirmed().events] == [(1, False), (3, True)]


def test_versions_of_a_stream_ascend_where_positions_do_not(world: World) -> None:
    rows = [
        Row(position=1, stream="a", version=3),
        Row(position=2, stream="b", version=1),
        Row(position=3, stream="a", version=1),
        Row(position=4, stream="a", version=2),
        Row(position=5, stream=None),
        Row(position=6, stream="c", version=1),
    ]
    world.write(rows)
    world.receive([rows[5]])
    world.stand(6)
    planned = world.plan_confirmed()
    assert planned.positions == [3, 2, 4, 1, 5]
    assert [each.event.version for each in planned.events if each.event.stream == "a"] == [1, 2, 3]
    assert [each.follows for each in planned.events] == [False, False, False, False, False]


def test_what_was_processed_later_of_its_stream_supersedes_an_event(world: World) -> None:
    lacking(world, 8, [2, 5, 8])
    planned = world.plan_confirmed()
    assert {each.event.position: each.superseded for each in planned.events} == {2: True, 5: True, 8: False}
    assert planned.part().superseded == 2
    [warning] = planned.plan.warnings
    assert "2 missing ones" in warning
    assert "--order strict" in warning


def test_a_later_event_that_is_only_received_supersedes_nothing(world: World) -> None:
    rows = orders(3, streams=1)
    world.write(rows)
    world.receive([rows[0]])
    world.receive([rows[2]], status="begun")
    world.stand(3)
    assert [each.superseded for each in world.plan_confirmed().events] == [False]


def test_whoever_needs_no_order_is_not_warned(world: World) -> None:
    lacking(world, 8, [2])
    world.consumers["billing"] += "\nordered = false"
    planned = world.plan_confirmed()
    assert (planned.part().superseded, planned.plan.warnings) == (1, ())


def test_without_versions_positions_say_what_is_later(world: World) -> None:
    lacking(world, 8, [2, 8])
    world.audit()
    text = (world.folder / "auditor.toml").read_text()
    planned = world.plan_as(text.replace('version = "version"\n', ""))
    assert {each.event.position: each.superseded for each in planned.events} == {2: True, 8: False}


def test_without_streams_nothing_is_superseded(world: World) -> None:
    lacking(world, 8, [2])
    world.audit()
    text = (world.folder / "auditor.toml").read_text()
    planned = world.plan_as(text.replace('stream = "stream_id"\nversion = "version"\n', ""))
    assert [(each.event.position, each.superseded) for each in planned.events] == [(2, False)]
    assert planned.part().streams == 0


def test_strict_order_sends_all_that_came_after_in_streams_that_went_on(world: World) -> None:
    lacking(world, 8, [3, 8])
    planned = world.plan_confirmed(order=Order.STRICT)
    assert [(each.event.position, each.why.value) for each in planned.events] == [
        (3, "missing"),
        (5, "order"),
        (7, "order"),
        (8, "missing"),
    ]
    assert (planned.part().comes_again, planned.part().count, planned.part().superseded) == (2, 4, 1)
    assert planned.plan.order is Order.STRICT
    assert "comes again" in planned.plan.warnings[0]


def test_strict_order_takes_in_what_other_rules_leave_out_but_what_is_never_sent(world: World) -> None:
    rows = [
        Row(position=1, stream="a", version=1),
        Row(position=2, stream="a", version=2),
        Row(position=3, stream="a", version=3, type="CardCharged"),
        Row(position=4, stream="a", version=4),
        Row(position=5, stream="a", version=5),
        Row(position=6, stream="b", version=1),
    ]
    world.write(rows)
    world.receive([rows[4], rows[5]])
    world.park([rows[3]])
    world.stand(6)
    world.target += 'never = ["Card*"]\n'
    planned = world.plan_confirmed(order=Order.STRICT, limit=1)
    assert [(each.event.position, each.why.value) for each in planned.events] == [
        (1, "backfill-incomplete"),
        (2, "order"),
        (5, "order"),
    ]
    assert planned.left_out() == {"never": 1, "parked": 1}


def test_strict_order_sends_nothing_that_the_consumer_has_not_come_to(world: World) -> None:
    lacking(world, 8, [3])
    world.write([Row(position=9, stream="order-0", version=5), Row(position=10, stream="order-0", version=6)])
    planned = world.plan_confirmed(order=Order.STRICT)
    assert (planned.positions, planned.left_out()) == ([3, 5, 7], {"pending": 2})


def test_as_it_is_nothing_comes_again(world: World) -> None:
    lacking(world, 8, [3, 8])
    assert world.plan_confirmed().part().comes_again == 0


CURSOR = 'kind = "cursor"\n'
FROM_POSITION = 'kind = "http"\nurl = "https://shop/{consumer}"\nshape = "from-position"\n'


@pytest.mark.parametrize("target", [CURSOR, FROM_POSITION], ids=["cursor", "http"])
def test_what_is_sent_from_a_position_on_sends_again_all_that_came_after(world: World, target: str) -> None:
    world.target = target
    lacking(world, 9, [4, 7])
    world.write([Row(position=10)])
    planned = world.plan_confirmed()
    assert (planned.positions, planned.part().comes_again) == ([4, 7], 4)


def test_where_nobody_knows_how_far_a_consumer_is_nobody_knows_what_comes_again(world: World) -> None:
    world.target = FROM_POSITION
    lacking(world, 9, [4, 7])
    world.configured()
    text = (world.folder / "auditor.toml").read_text()
    without = text.replace(
        '[consumers.billing.cursor]\ntable = "cursors"\nwhere = { name = "billing" }\nposition = "last_position"\n', ""
    )
    assert without != text
    world.plan_as(without)
    planned = world.plan_as(without)
    assert (planned.positions, planned.part().comes_again) == ([4, 7], None)


def test_a_cursor_is_not_put_back_to_where_the_inbox_may_have_forgotten(world: World) -> None:
    world.target = CURSOR
    rows = [*orders(3), Row(position=4, time=None), *[Row(position=5)]]
    world.write(rows)
    world.receive([*rows[:3], rows[4]])
    world.stand(5)
    world.audit()
    world.audit()
    assert world.plan(run="last").positions == [4]
    world.inbox = 'retention = "30d"'
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([], {"expired": 1})


def test_other_targets_send_one_by_one_what_has_no_time(world: World) -> None:
    world.target = COMMAND
    rows = [*orders(3), Row(position=4, time=None), Row(position=5)]
    world.write(rows)
    world.receive([*rows[:3], rows[4]])
    world.stand(5)
    world.audit()
    world.audit()
    world.inbox = 'retention = "30d"'
    assert world.plan(run="last").positions == [4]
