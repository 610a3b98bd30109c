"""Which events a plan holds, and which it leaves out and why."""

from tests.auditor.redelivery.planning.world import World, lacking


def test_what_two_runs_confirmed_is_planned(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    planned = world.plan_confirmed()
    print(planned.plan)
    assert planned.positions == [4, 5, 8]
    assert planned.left_out() == {}


def test_what_one_run_alone_confirmed_is_left_out(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    planned = world.plan()
    assert planned.positions == []
    assert planned.left_out() == {"seen-once": 3}
