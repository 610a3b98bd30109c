"""What a plan leaves out, each event for one reason, with how many there are and a sentence."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.known import Terms, add
from auditor.redelivery.planning.reasons import REASONS
from checks.model.event import Event
from checks.model.finding import Verdict
from checks.model.journal import Line, Redelivery
from checks.model.redelivery import Step
from checks.model.result import Problem, Totals
from tests.auditor.redelivery.planning.world import LONG_AGO, Row, World, lacking, missing, orders, recorded


def test_what_two_runs_confirmed_is_planned_and_nothing_is_left_out(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    planned = world.plan_confirmed()
    assert planned.positions == [4, 5, 8]
    assert planned.left_out() == {}
    assert (planned.plan.count, planned.part().count, planned.part().streams) == (3, 3, 2)
    assert {each.why for each in planned.events} == {"missing"}


def test_what_comes_before_the_first_receipt_is_planned_as_what_it_is(world: World) -> None:
    lacking(world, 6, [1, 2])
    assert [each.why for each in world.plan_confirmed().events] == ["backfill-incomplete"] * 2


def test_what_is_beyond_the_cursor_may_still_arrive(world: World) -> None:
    rows = lacking(world, 9, [4])
    world.write([Row(position=10), Row(position=11)])
    planned = world.plan_confirmed()
    assert (planned.positions, planned.left_out()) == ([4], {"pending": 2})
    assert len(rows) == 9


def test_what_could_not_be_decided_is_not_sent(world: World) -> None:
    lacking(world, 9, [4, 5])
    recorded(
        world,
        missing(2, (4, 5), verdict=Verdict.UNKNOWN, reason="standby"),
        totals=Totals(produced=9, received=6, unverifiable=3),
    )
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([], {"unknown": 2, "unverifiable": 1})


def test_what_nothing_can_be_said_of_is_counted(world: World) -> None:
    world.inbox = 'retention = "1d"'
    lacking(world, 9, [4, 5])
    assert world.plan_confirmed().left_out() == {"unverifiable": 2}


def test_parked_events_are_counted_with_those_that_were_parked_since(world: World) -> None:
    rows = lacking(world, 9, [4, 5, 6])
    world.park([rows[3]])
    world.audit()
    world.audit()
    world.park([rows[4]])
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([6], {"parked": 2})


def test_what_arrived_since_the_run_is_left_out(world: World) -> None:
    rows = lacking(world, 9, [4, 5, 6])
    world.audit()
    world.audit()
    world.receive([rows[3]])
    world.receive([rows[4]], status="begun")
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([6], {"arrived": 2})


def test_what_is_gone_from_the_log_or_stands_there_as_another_event_is_left_out(world: World) -> None:
    lacking(world, 9, [4, 5, 6])
    world.audit()
    world.audit()
    world.execute("DELETE FROM events WHERE position = 4")
    world.execute("UPDATE events SET event_id = 'another' WHERE position = 5")
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([6], {"gone": 1, "changed": 1})


def test_of_a_finding_that_names_only_ranges_what_is_not_there_is_gone(world: World) -> None:
    lacking(world, 9, [4, 5, 6])
    world.execute("DELETE FROM events WHERE position = 5")
    for ago in (2, 1):
        recorded(world, missing(3, (4, 6)), ago=timedelta(hours=ago))
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([4, 6], {"gone": 1})


def test_of_a_finding_that_names_only_ranges_what_came_since_is_for_the_next_run(world: World) -> None:
    lacking(world, 9, [4, 6])
    world.execute("DELETE FROM events WHERE position = 5")
    world.write([Row(position=5, time=datetime.now(UTC))])
    for ago in (2, 1):
        recorded(world, missing(2, (4, 6)), ago=timedelta(hours=ago))
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([4, 6], {"new": 1})


def test_what_a_truncated_finding_does_not_name_is_told(world: World) -> None:
    lacking(world, 9, [4, 5, 8])
    for ago in (2, 1):
        recorded(world, missing(3, (4, 5), ranges_truncated=True), ago=timedelta(hours=ago))
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([4, 5], {"unlisted": 1})


def test_two_events_at_one_position_are_not_both_planned(world: World) -> None:
    lacking(world, 9, [4])
    world.execute("INSERT INTO events SELECT position, tenant, 'twin', stream_id, 99, type, recorded_at FROM events"
                  " WHERE position = 4")  # fmt: skip
    planned = world.plan_confirmed()
    assert planned.positions == [4]
    assert planned.left_out() == {"twin": 1}


def test_what_the_target_must_never_send_is_left_out(world: World) -> None:
    rows = [*orders(4), Row(position=5, type="CardCharged"), Row(position=6, type="OrderPaid")]
    world.write(rows)
    world.receive(rows[:3])
    world.stand(6)
    world.target += 'never = ["Card*"]\n'
    planned = world.plan_confirmed()
    assert (planned.positions, planned.left_out()) == ([4, 6], {"never": 1})
    assert "[redelivery.api]" in planned.message("never")


def test_a_stream_that_ended_since_is_left_alone_but_for_its_own_end(world: World) -> None:
    rows = [
        Row(position=1, stream="a", version=1),
        Row(position=2, stream="a", version=2),
        Row(position=3, stream="b", version=1),
        Row(position=4, stream="a", version=3, type="UserErased"),
        Row(position=5, stream="b", version=2),
        Row(position=6, stream="a", version=4),
    ]
    world.write(rows)
    world.receive([rows[0]])
    world.stand(6)
    world.target += 'ended = ["*Erased"]\n'
    planned = world.plan_confirmed()
    assert (planned.positions, planned.left_out()) == ([3, 4, 5, 6], {"ended": 1})


def test_an_end_that_the_consumer_never_wanted_ends_the_stream_all_the_same(world: World) -> None:
    rows = [Row(position=1, stream="a", version=1), Row(position=2, stream="a", version=2, type="UserErased")]
    world.write([*rows, Row(position=3, stream="b", version=1)])
    world.receive([Row(position=3)])
    world.stand(3)
    world.consumers["billing"] += '\ntypes = ["Order*"]'
    world.target += 'ended = ["UserErased"]\n'
    planned = world.plan_confirmed()
    assert (planned.positions, planned.left_out()) == ([], {"ended": 1})


def test_what_was_sent_in_vain_too_often_needs_to_be_asked_for(world: World) -> None:
    rows = lacking(world, 9, [4, 5])
    world.target += "max_attempts = 2\n"
    send(world, rows[3], times=2)
    send(world, rows[4], times=1)
    planned = world.plan_confirmed()
    assert (planned.positions, planned.left_out()) == ([5], {"attempts": 1})
    assert [each.attempts for each in world.plan(again=True).events] == [2, 1]


def test_what_was_sent_within_the_grace_may_still_arrive(world: World) -> None:
    world.grace = "1h"
    rows = lacking(world, 9, [4, 5])
    send(world, rows[3], times=1)
    recorded(world, missing(2, (4, 5)), ago=timedelta(hours=3))
    planned = world.plan(run="last", first_sighting=True)
    assert (planned.positions, planned.left_out()) == ([5], {"under-way": 1})
    assert world.plan(run="last", first_sighting=True, again=True).positions == [4, 5]


def send(world: World, row: Row, times: int) -> None:
    """The journal says that it was sent so often."""
    now = datetime.now(UTC)
    event = Event(position=row.position, id=row.id)
    with world.ledger() as ledger:
        for number in range(times):
            begun = ledger.begin_redelivery(
                Redelivery(
                    plan=f"p{number}", run="r", target="api", kind="command", consumers=("billing",), user="u",
                    host="h", at=now,
                )
            )  # fmt: skip
            ledger.journal(begun, [Line(consumer="billing", event=event, step=Step.ACCEPTED, at=now)])


def test_what_the_inbox_would_not_know_any_more_is_left_out(world: World) -> None:
    rows = [*orders(3), Row(position=4, time=datetime.now(UTC) - timedelta(hours=2)), Row(position=5)]
    world.write(rows)
    world.receive(rows[:2])
    world.stand(5)
    world.audit()
    world.audit()
    world.inbox = 'retention = "1d"'
    planned = world.plan(run="last")
    assert (planned.positions, planned.left_out()) == ([4], {"expired": 2})
    assert "(1d)" in planned.message("expired")


def test_what_the_baseline_knows_is_left_out_until_it_is_asked_for(world: World) -> None:
    lacking(world, 9, [4, 5])
    run = world.audit().run
    terms = Terms(why="known", owner="me", now=datetime.now(UTC))
    assert add(world.configured(), run, (), terms).new == 1
    world.execute("DELETE FROM inbox WHERE event_id = 'e8'")
    world.audit()
    planned = world.plan()
    assert (planned.positions, planned.left_out()) == ([8], {"baseline": 2})
    assert world.plan(baseline=False).positions == [4, 5, 8]
    world.audit()
    assert world.plan(run="last", baseline=False).positions == [4, 5, 8]


def test_a_consumer_that_cannot_be_looked_at_is_undecided_and_the_others_are_planned(world: World) -> None:
    world.consumers["shipping"] = 'redelivery = "api"\nidempotent = true'
    rows = lacking(world, 9, [4])
    world.receive(rows[:7], "shipping")
    world.stand(9, "shipping")
    world.audit()
    text = (world.folder / "auditor.toml").read_text()
    planned = world.plan_as(text.replace('table = "cursors"', 'table = "nowhere"', 1))
    assert [(each.consumer, each.event.position) for each in planned.events] == [("shipping", 8), ("shipping", 9)]
    assert planned.left_out() == {"undecided": None}
    assert "nowhere" in planned.message("undecided")


def test_a_run_that_did_not_look_at_a_consumer_decides_nothing(world: World) -> None:
    lacking(world, 9, [4])
    recorded(world, missing(1, (4, 4)), name="shipping")
    recorded(world, missing(1, (4, 4)), upstream="another", ago=timedelta(minutes=5))
    for run, why in (("last", "another log"), ("last~1", "did not audit")):
        planned = world.plan(run=run)
        assert planned.left_out() == {"undecided": None}
        assert why in planned.message("undecided")


def test_an_audit_that_was_not_carried_out_says_why(world: World) -> None:
    lacking(world, 9, [4])
    recorded(world, totals=None, window=None, problems=(Problem(reason="timeout", message="it took too long"),))
    assert "it took too long" in world.plan(run="last").message("undecided")


def test_consumers_without_a_target_are_named(world: World) -> None:
    world.consumers["mail"] = ""
    lacking(world, 9, [4])
    assert "'mail'" in world.plan_confirmed().plan.warnings[0]
    assert not any("mail" in each for each in world.plan("billing").plan.warnings)


def test_an_event_without_a_time_is_as_old_as_any_other_to_an_inbox_that_keeps_all(world: World) -> None:
    rows = [*orders(3), Row(position=4, time=None)]
    world.write(rows)
    world.receive(rows[:2])
    world.stand(4)
    planned = world.plan_confirmed()
    assert planned.positions == [3, 4]
    assert [each.event.time for each in planned.events] == [LONG_AGO, None]


def test_the_documentation_tells_every_reason_in_the_order_of_a_plan() -> None:
    page = (Path(__file__).parents[4] / "docs" / "redelivery.md").read_text(encoding="utf-8")
    table = page[page.index("| reason |") :].split("\n\n")[0]
    assert tuple(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == REASONS
