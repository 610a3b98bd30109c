"""``auditor redeliver show`` and ``verify``: the exit codes that scripts go by, and what goes where."""

import json
from pathlib import Path

import pytest

from auditor.ledger.opening import open_ledger
from checks.model.redelivery import Step
from tests.auditor.cli.prepared import Outcome, called
from tests.auditor.redelivery.arrivals import Shop
from tests.redeliveries import line, redelivery, told


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)
    return Shop(tmp_path).build(5)


def redeliver(*arguments: str) -> Outcome:
    return called("redeliver", *arguments)


def test_show_needs_no_config_and_shows_an_expired_plan(shop: Shop) -> None:
    plan = shop.write_all(3, 4)
    Path("auditor.toml").unlink()
    shown = redeliver("show", "plan.json", "--events", "1")
    assert (shown.code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"plan {plan.hash[:12]}: 2 events to send again, for billing\n")
    assert "it will be refused, plan again\n" in shown.stdout
    assert "- and 1 more in the plan\n" in shown.stdout


def test_show_writes_json_to_a_file(shop: Shop) -> None:
    plan = shop.write_all(3, 4)
    assert redeliver("show", "plan.json", "--output", "said.json") == Outcome(0, "", "")
    said = json.loads(Path("said.json").read_text())
    assert (said["schema"], said["hash"], said["events"]) == ("auditor.plan-summary/1", plan.hash, [])


@pytest.mark.parametrize("command", ["show", "verify"])
def test_what_is_no_plan_ends_with_3_and_what_is_no_file_with_2(shop: Shop, command: str) -> None:
    shop.write_all(3, 4)
    shop.plan.write_text(shop.plan.read_text().replace('"position": 4', '"position": 5'))
    altered = redeliver(command, "plan.json")
    assert altered.code == 3
    assert altered.stdout == ""
    assert altered.stderr.endswith("was altered: what it says does not match its hash (plan again)\n")
    assert altered.stderr.count("\n") == 1
    absent = redeliver(command, "none.json")
    assert (absent.code, absent.stdout) == (2, "")
    assert absent.stderr == "error: plan 'none.json' cannot be read: no such file or directory\n"


@pytest.mark.parametrize("arguments", [["show"], ["verify"], ["verify", "plan.json", "--wait", "5"]])
def test_what_cannot_be_meant_ends_with_2(shop: Shop, arguments: list[str]) -> None:
    shop.write_all(3)
    outcome = redeliver(*arguments)
    assert (outcome.code, outcome.stdout) == (2, "")


def test_verify_ends_with_0_once_all_has_arrived_and_with_1_before(shop: Shop) -> None:
    shop.write_all(3, 4)
    shop.receive(3)
    before = redeliver("verify", "plan.json", "--format", "json")
    assert (before.code, before.stderr) == (1, "")
    assert json.loads(before.stdout)["verdict"] == "not healed"
    shop.receive(4)
    after = redeliver("verify", "plan.json", "--wait", "5m")
    assert (after.code, after.stdout.split("\n")[0]) == (0, "healed: 2 of 2 events arrived")


def test_verify_ends_with_3_where_it_could_not_look(shop: Shop) -> None:
    shop.write_all(3)
    shop.database.rename("elsewhere.db")  # not deleted: a new file might be given the number of one that is gone
    away = redeliver("verify", "plan.json")
    assert (away.code, away.stdout.split(":")[0]) == (3, "undecided")
    shop.build(5)
    other = redeliver("verify", "plan.json")
    assert (other.code, other.stdout) == (3, "")
    assert "was made from another database" in other.stderr


def test_verify_writes_down_what_it_saw(shop: Shop) -> None:
    plan = shop.write_all(3)
    ledger = open_ledger(shop.config.ledger)
    number = ledger.begin_redelivery(redelivery(plan=plan.hash))
    ledger.journal(number, [line(3, Step.REJECTED)])
    assert redeliver("verify", "plan.json", "--wait", "5m").code == 1
    shop.receive(3)
    assert redeliver("verify", "plan.json").code == 0
    assert told(ledger.lines_of(number)) == [(3, "billing", word) for word in ("rejected", "missing", "healed")]


def test_a_ledger_that_fails_is_told_of_and_changes_no_exit_code(shop: Shop) -> None:
    shop.write_all(3)
    shop.receive(3)
    file = shop.config.ledger.file
    assert file is not None
    file.parent.mkdir()
    file.write_bytes(b"no ledger at all " * 1000)
    outcome = redeliver("verify", "plan.json")
    assert (outcome.code, outcome.stdout.split(":")[0]) == (0, "healed")
    assert outcome.stderr.startswith("warning: what is seen will not be recorded: ledger '")
