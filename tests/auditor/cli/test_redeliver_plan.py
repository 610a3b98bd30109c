"""``auditor redeliver plan`` as a process: what it shows, keeps, refuses, and ends with."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auditor.cli.prepared import Outcome
from tests.auditor.redelivery.planning.world import World, lacking, world_in
from tests.integration.shop import command


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A consumer that lacks events, as one run has confirmed."""
    with world_in(tmp_path) as opened:
        lacking(opened, 9, [4, 5, 8])
        opened.audit()
        yield opened


def plan(world: World, *arguments: str) -> Outcome:
    return command(world.folder, "redeliver", "plan", *arguments)


def test_a_plan_is_shown_and_kept_for_its_owner_alone(world: World) -> None:
    outcome = plan(world, "-o", "plan.json")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert "3 events to send again, for billing" in outcome.stdout
    assert "auditor redeliver apply plan.json" in outcome.stdout
    file = world.folder / "plan.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each["position"] for each in json.loads(file.read_text())["events"]] == [4, 5, 8]
    assert sorted(each.name for each in world.folder.iterdir() if each.name.startswith(".auditor-")) == []


def test_without_a_file_it_is_only_shown_and_says_how_to_keep_it(world: World) -> None:
    outcome = plan(world, "billing")
    assert outcome.code == 0
    assert "3 events to send again" in outcome.stdout
    assert "-o plan.json keeps it" in outcome.stderr
    assert list(world.folder.glob("*.json")) == []


def test_a_plan_that_is_there_is_not_replaced_unless_somebody_says_so(world: World) -> None:
    file = world.folder / "plan.json"
    file.write_text("in use")
    refused = plan(world, "-o", "plan.json")
    assert (refused.code, refused.stdout) == (2, "")
    assert "--force replaces it" in refused.stderr
    assert file.read_text() == "in use"
    assert plan(world, "-o", "plan.json", "--force").code == 0
    assert "auditor.plan/" in file.read_text()


def test_json_is_a_document_of_its_own(world: World) -> None:
    outcome = plan(world, "--format", "json", "-o", "plan.json")
    document = json.loads(outcome.stdout)
    assert (document["schema"], document["parts"][0]["count"]) == ("auditor.plan-summary/1", 3)


def test_nothing_to_send_is_said_and_is_no_failure(world: World) -> None:
    world.execute("DELETE FROM events WHERE position IN (4, 5, 8)")
    outcome = plan(world)
    assert outcome.code == 0
    assert "nothing to send again" in outcome.stderr


def test_what_is_lacking_and_left_out_is_not_told_as_nothing(world: World) -> None:
    outcome = plan(world, "--type", "Nothing*")
    assert (outcome.code, outcome.stderr) == (0, "note: nothing is planned: what is left out, and why, stands above\n")


def test_what_is_not_decided_ends_with_three_and_keeps_what_is(world: World) -> None:
    world.execute("DROP TABLE billing.inbox")
    outcome = plan(world, "-o", "plan.json")
    assert outcome.code == 3
    assert "undecided" in outcome.stdout
    assert outcome.stderr == "note: nothing is planned, for not every consumer could be looked at\n"
    assert (world.folder / "plan.json").exists()


def test_filters_and_wishes_are_typed(world: World) -> None:
    outcome = plan(world, "--position", "4-5", "--type", "Order*", "--limit", "1", "--order", "strict", "--since", "3d",
                   "--valid-for", "2h", "--format", "json")  # fmt: skip
    document = json.loads(outcome.stdout)
    assert outcome.code == 0
    assert (document["order"], document["filters"]["--position"]) == ("strict", "4-5")
    assert {each["reason"]: each["count"] for each in document["parts"][0]["left_out"]} == {"filtered": 1, "limit": 1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "no consumer called 'nobody'"),
        (["--order", "stricter"], "did you mean 'strict'?"),
        (["--format", "xml"], "--format 'xml'"),
        (["--position", "x"], "--position 'x'"),
        (["--limit", "0"], "--limit"),
        (["--valid-for", "0s"], "longer than nothing"),
        (["--accept-duplicates"], "--reason TEXT"),
        (["--reason", "why"], "--accept-duplicates"),
        (["-o", "nowhere/plan.json"], "there is no folder"),
        (["-o", "."], "is a folder"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(world: World, arguments: list[str], told: str) -> None:
    outcome = plan(world, *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert told in outcome.stderr


def test_duplicates_are_accepted_for_a_reason_that_the_plan_keeps(world: World) -> None:
    world.consumers["billing"] = 'redelivery = "api"'
    world.configured()
    refused = plan(world)
    assert refused.code == 2
    assert "--accept-duplicates --reason TEXT" in refused.stderr
    outcome = plan(world, "--accept-duplicates", "--reason", "it only counts", "-o", "plan.json")
    assert outcome.code == 0
    assert json.loads((world.folder / "plan.json").read_text())["accepted_duplicates"] == "it only counts"


def test_a_recorded_run_that_is_not_there_is_no_plan(world: World) -> None:
    outcome = plan(world, "--run", "last~7", "-o", "plan.json")
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "last~7" in outcome.stderr
    assert not (world.folder / "plan.json").exists()


def test_a_whole_way_to_show(world: World) -> None:
    assert plan(world, "-o", "plan.json").code == 0
    shown = command(world.folder, "redeliver", "show", "plan.json")
    assert "3 events to send again" in shown.stdout
