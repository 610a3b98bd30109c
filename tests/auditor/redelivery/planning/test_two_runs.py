"""What one run alone confirmed waits for a second one, ``grace`` or more later."""

from datetime import timedelta

import pytest

from auditor.errors import AuditorError
from auditor.redelivery.planning.sightings import MOST_RUNS
from checks.model.finding import Finding, Verdict
from tests.auditor.redelivery.planning.world import World, lacking, missing, recorded

HOUR = timedelta(hours=1)


def since_of(world: World, *earlier: tuple[Finding, timedelta]) -> dict[int | None, timedelta]:
    """By position how long before the last run each planned event was seen first, in whole hours."""
    lacking(world, 9, [4, 5, 8])
    for found, ago in earlier:
        recorded(world, found, ago=ago)
    last = recorded(world, missing(3, (4, 5), (8, 8)), ago=timedelta(0))
    planned = world.plan(run="last")
    found_at = {each.event.position: each.since for each in planned.events}
    return {
        position: timedelta(hours=round((last.started - since) / HOUR))
        for position, since in found_at.items()
        if since is not None
    }


def test_an_event_is_seen_since_the_run_that_completes_the_picture(world: World) -> None:
    found = since_of(world, (missing(1, (4, 4)), 3 * HOUR), (missing(2, (4, 4), (8, 8)), 2 * HOUR))
    assert found == {4: 3 * HOUR, 8: 2 * HOUR}


def test_runs_before_the_one_that_covers_all_are_not_looked_at(world: World) -> None:
    everything = missing(3, (4, 5), (8, 8))
    assert set(since_of(world, (everything, 3 * HOUR), (everything, 2 * HOUR)).values()) == {2 * HOUR}


def test_a_run_within_grace_is_no_second_one(world: World) -> None:
    world.grace = "2h"
    assert since_of(world, (missing(3, (4, 5), (8, 8)), HOUR), (missing(1, (5, 5)), 3 * HOUR)) == {5: 3 * HOUR}


@pytest.mark.parametrize(
    "changes",
    [{"verdict": Verdict.PENDING}, {"verdict": Verdict.UNKNOWN}, {"check": "lagging"}, {"partition": "north"}],
    ids=str,
)
def test_what_a_run_did_not_confirm_of_just_these_is_no_second_sighting(
    world: World, changes: dict[str, object]
) -> None:
    assert since_of(world, (missing(3, (4, 5), (8, 8), **changes), HOUR)) == {}


def test_that_a_cursor_was_put_back_is_told_by_the_plan_whose_audit_alone_sees_it(world: World) -> None:
    lacking(world, 9, [4])
    world.audit()
    world.stand(6)
    [warning] = [each for each in world.plan().plan.warnings if "put it back" in each]
    assert "the cursor stands at 6, where run" in warning
    assert not any("put it back" in each for each in world.plan().plan.warnings)


def test_that_receipts_contradict_the_log_is_told_by_the_plan(world: World) -> None:
    lacking(world, 9, [4])
    assert not any(each.startswith("billing holds") for each in world.plan_confirmed().plan.warnings)
    world.inbox = 'type = "status"'
    told = [each for each in world.plan_confirmed().plan.warnings if each.startswith("billing holds 8 events")]
    assert len(told) == 1


def test_a_run_of_another_log_is_none(world: World) -> None:
    lacking(world, 9, [4])
    recorded(world, missing(1, (4, 4)), upstream="another")
    assert world.plan().left_out() == {"seen-once": 1}


def test_runs_of_the_distant_past_are_not_asked(world: World) -> None:
    lacking(world, 9, [4, 5])
    recorded(world, missing(1, (4, 4)), ago=(MOST_RUNS + 1) * HOUR)
    for number in range(MOST_RUNS):
        recorded(world, missing(1, (5, 5)), ago=(MOST_RUNS - number) * HOUR)
    planned = world.plan()
    assert (planned.positions, planned.left_out()) == ([5], {"seen-once": 1})


def test_whoever_waits_is_told_until_when(world: World) -> None:
    lacking(world, 9, [4])
    world.grace = "30s"
    run = world.audit()
    planned = world.plan(run="last")
    assert f"{run.started + timedelta(seconds=30):%Y-%m-%d %H:%M:%S} UTC" in planned.message("seen-once")
    assert planned.message("seen-once").startswith("no two runs at least 30s apart have confirmed them")


def test_whoever_waits_does_not_wait_anew_for_what_was_seen_a_moment_ago(world: World) -> None:
    """A run that began within grace confirms nothing yet; grace after it a plan may go by it."""
    lacking(world, 9, [4, 5])
    world.grace = "2h"
    first = recorded(world, missing(1, (4, 4)), ago=HOUR)
    recorded(world, missing(1, (9, 9)), ago=HOUR * 1.5)
    message = world.plan().message("seen-once")
    assert f"{first.started + 2 * HOUR:%Y-%m-%d %H:%M:%S} UTC" in message


def test_one_sighting_is_enough_where_somebody_says_so(world: World) -> None:
    lacking(world, 9, [4])
    planned = world.plan(first_sighting=True)
    assert planned.positions == [4]
    assert planned.plan.first_sighting
    assert planned.events[0].since is not None
    assert "unlucky moment" in planned.plan.warnings[0]


def test_a_ledger_that_cannot_be_had_is_an_error(world: World) -> None:
    lacking(world, 9, [4])
    (world.folder / ".auditor").write_text("no folder")
    with pytest.raises(AuditorError, match="ledger"):
        world.plan(first_sighting=True)


def test_a_run_that_the_ledger_does_not_hold_is_an_error(world: World) -> None:
    lacking(world, 9, [4])
    world.audit()
    with pytest.raises(AuditorError, match="no run called 'x'"):
        world.plan(run="x")


def test_a_run_that_cannot_be_recorded_plans_nothing_by_itself(world: World) -> None:
    lacking(world, 9, [4])
    with world.ledger() as ledger:
        world.execute("ATTACH DATABASE ? AS memory", str(world.folder / ".auditor" / "ledger.db"))
        world.execute("DROP TABLE memory.auditor_standings")
        with pytest.raises(AuditorError, match=r"was not recorded: .*--first-sighting"):
            world.plan_with(ledger)
        planned = world.plan_with(ledger, first_sighting=True)
    assert planned.positions == [4]
    assert any("was not recorded" in each for each in planned.plan.warnings)


def test_another_event_in_its_place_is_no_second_sighting(world: World) -> None:
    lacking(world, 9, [4, 5])
    world.audit()
    world.execute("UPDATE events SET event_id = 'another' WHERE position = 4")
    planned = world.plan()
    assert (planned.positions, planned.left_out()) == ([5], {"seen-once": 1})
