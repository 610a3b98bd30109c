"""Where positions are counted per partition, each event is known by both."""

from checks.model.redelivery import Order
from tests.auditor.redelivery.planning.world import Row, World


def partitioned(world: World) -> None:
    """Billing lacks 2 and 3 in the south and 3 in the north; a stream of one name is in both."""
    world.partitioned = True
    rows = [
        Row(position=position, partition=name, stream="order-1", version=position)
        for name in ("north", "south")
        for position in range(1, 5)
    ]
    world.write(rows)
    lacking = {("south", 2), ("south", 3), ("north", 3)}
    world.receive(row for row in rows if (row.partition, row.position) not in lacking)
    for name in ("north", "south"):
        world.stand(4, partition=name)


def test_events_are_planned_by_partition_and_position(world: World) -> None:
    partitioned(world)
    planned = world.plan_confirmed()
    assert [(each.event.partition, each.event.position, each.follows) for each in planned.events] == [
        ("north", 3, False),
        ("south", 2, False),
        ("south", 3, True),
    ]
    assert (planned.part().streams, planned.part().superseded) == (2, 3)
    assert len(planned.part().cursors) == 2


def test_strict_order_stays_within_the_partition_of_a_stream(world: World) -> None:
    partitioned(world)
    world.execute("DELETE FROM inbox WHERE event_id = 'e4-south'")
    planned = world.plan_confirmed(order=Order.STRICT)
    assert [(each.event.partition, each.event.position, each.why.value) for each in planned.events] == [
        ("north", 3, "missing"),
        ("north", 4, "order"),
        ("south", 2, "missing"),
        ("south", 3, "missing"),
        ("south", 4, "missing"),
    ]


def test_a_cursor_a_partition_says_what_comes_again_in_each(world: World) -> None:
    partitioned(world)
    world.target = 'kind = "cursor"\n'
    assert world.plan_confirmed().part().comes_again == 2
