"""``auditor baseline`` and what it hides of ``auditor check``, on a shop that lost events."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from auditor.config import load
from tests.auditor.cli.prepared import Outcome, called
from tests.auditor.cli.recorded import NOON, record
from tests.integration.shop import Database, consumer_keys, rows, settings, sqlite_at, write_config
from tests.reports import samples

HOSTILE = '[red]x\n\x1b[2J\u202e\'; drop "table" 🦑'


def event_id(number: int) -> str:
    return str(UUID(int=number))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A shop whose consumer lost the events 4, 5 and 11; one run is recorded."""
    monkeypatch.chdir(tmp_path)
    with sqlite_at(tmp_path / "shop.db") as opened:
        opened.write(rows(20), received=[n for n in range(20) if n not in (4, 5, 11)])
        said = settings("sqlite:///shop.db")
        said["consumers"] = {"billing": consumer_keys(inbox={"table": "inbox", "id": "event_id"})}
        write_config(tmp_path, said)
        assert called("check").code == 1
        yield opened


def checked(*arguments: str) -> tuple[int, dict[str, Any]]:
    outcome = called("check", "--format", "json", *arguments)
    assert outcome.stderr == ""
    return outcome.code, json.loads(outcome.stdout)


def of_billing(document: dict[str, Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = [audit for audit in document["audits"] if audit["name"] == "billing"]
    return found[0]


def missing(document: dict[str, Any]) -> list[tuple[int, list[list[int]]]]:
    return [(each["count"], each["ranges"]) for each in of_billing(document)["findings"] if each["check"] == "missing"]


def fingerprint() -> str:
    document = json.loads(called("report", "--format", "json").stdout)
    return str(of_billing(document)["findings"][0]["fingerprint"])


def accept(*arguments: str) -> Outcome:
    outcome = called("baseline", "add", "--reason", "ticket 7", "--owner", "kim", *(arguments or ("--all",)))
    assert (outcome.code, outcome.stderr) == (0, "")
    return outcome


def lose(shop: Database, number: int) -> None:
    shop.execute("DELETE FROM inbox WHERE event_id = ?", [(event_id(number),)])


# ---- what is hidden --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shop")
def test_what_is_known_ends_with_0_and_is_told_in_the_verdict_and_beside_the_findings() -> None:
    run = json.loads(called("report", "--format", "json").stdout)["run"]
    assert accept().stdout == (
        f"of run {run}\n{fingerprint()}  billing missing: 3 confirmed\n1 entry added, 0 known already\n"
    )
    told = called("check")
    assert (told.code, told.stderr) == (0, "")
    assert told.stdout.startswith(
        "consistent: 2 audits without errors; 0 of 20 events unverifiable; 3 known and hidden"
    )
    assert "  billing consumer/missing: 3 confirmed: ticket 7 (kim, for good)\n" in told.stdout
    code, document = checked()
    assert (code, document["verdict"], document["known"]) == (0, "consistent", 3)
    assert of_billing(document)["totals"]["missing"] == 3
    assert of_billing(document)["findings"] == []
    assert of_billing(document)["known"] == [
        {
            "check": "missing",
            "verdict": "confirmed",
            "partition": None,
            "reason": None,
            "count": 3,
            "fingerprint": json.loads(called("baseline", "list", "--format", "json").stdout)["known"][0]["fingerprint"],
            "owner": "kim",
            "why": "ticket 7",
            "expires": None,
        }
    ]


def test_a_new_loss_of_the_same_kind_is_as_loud_as_ever_and_as_old_as_itself(shop: Database) -> None:
    known = of_billing(json.loads(called("report", "--format", "json").stdout))["findings"][0]
    accept()
    lose(shop, 15)
    code, document = checked()
    assert (code, document["verdict"], document["known"]) == (1, "inconsistent", 3)
    [(count, ranges)] = missing(document)
    assert (count, len(ranges)) == (1, 1)
    [finding] = of_billing(document)["findings"]
    assert [event["id"] for event in finding["events"]] == [event_id(15)]
    assert finding["first_seen"] == document["started"] > known["first_seen"]


def test_fail_on_does_not_count_what_is_hidden(shop: Database) -> None:
    accept()
    assert checked("--fail-on", "missing,warning,info")[0] == 0
    lose(shop, 15)
    assert [checked("--fail-on", f"missing>{most}")[0] for most in (0, 1)] == [1, 0]


@pytest.mark.usefixtures("shop")
def test_no_baseline_and_no_ledger_show_everything() -> None:
    accept()
    for option in ("--no-baseline", "--no-ledger"):
        code, document = checked(option)
        assert (code, document["known"], [count for count, _ in missing(document)]) == (1, 0, [3])


@pytest.mark.usefixtures("shop")
def test_a_ledger_that_fails_hides_nothing_and_says_so() -> None:
    accept()
    Path(".auditor/ledger.db").write_bytes(b"no ledger at all" * 100)
    told = called("check")
    assert told.code == 1
    assert told.stderr.endswith("warning: without the ledger nothing is hidden as known\n")
    assert "known and hidden" not in told.stdout


@pytest.mark.usefixtures("shop")
def test_a_ledger_that_can_be_read_but_not_written_still_hides_what_is_known() -> None:
    """The exit code is what it would be if the run had been recorded."""
    accept()
    with closing(sqlite3.connect(".auditor/ledger.db")) as ledger:
        ledger.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON auditor_runs BEGIN SELECT RAISE(ABORT, 'there is no room'); END"
        )
    outcome = called("check", "--format", "json")
    assert (outcome.code, of_billing(json.loads(outcome.stdout))["findings"]) == (0, [])
    assert "was not recorded" in outcome.stderr


def test_history_report_and_diff_tell_a_run_as_it_was_judged(shop: Database) -> None:
    accept()
    lose(shop, 15)
    assert called("check").code == 1
    shop.execute("INSERT INTO inbox VALUES (?, ?)", [(-1, event_id(15))])
    _, document = checked()
    assert called("baseline", "remove", "--all").stdout == "1 entry removed\n"
    listed = json.loads(called("history", "--format", "json").stdout)["runs"]
    assert [(run["verdict"], run["errors"]) for run in listed] == [
        ("consistent", 0),
        ("inconsistent", 1),
        ("inconsistent", 1),
    ]
    assert json.loads(called("report", "--format", "json").stdout) == document
    compared = called("diff")
    assert (compared.code, compared.stdout.splitlines()[0]) == (0, "nothing new, 3 still open, 1 healed")


def test_what_healed_and_comes_back_is_known_still_and_followed_all_the_while(shop: Database) -> None:
    accept()
    shop.execute("INSERT INTO inbox VALUES (?, ?)", [(-1, event_id(11))])
    assert checked()[1]["known"] == 2
    assert called("diff").stdout.startswith("nothing new, 2 still open, 1 healed")


# ---- entries ---------------------------------------------------------------------------------------------------------


def test_all_takes_what_is_not_known_yet(shop: Database) -> None:
    accept()
    lose(shop, 15)
    assert called("check").code == 1
    assert ": 1 confirmed\n1 entry added" in accept().stdout
    assert checked()[1]["known"] == 4


@pytest.mark.usefixtures("shop")
def test_a_beginning_of_a_fingerprint_and_an_older_run_are_enough_and_the_same_twice_is_once() -> None:
    name = fingerprint()
    assert accept(name[:4], "--run", "last").stdout.endswith("1 entry added, 0 known already\n")
    assert accept(name).stdout.endswith("0 entries added, 1 known already\n")
    assert called("check").code == 0
    assert accept(name, "--run", "last~1").stdout.endswith("0 entries added, 1 known already\n")
    assert called("baseline", "remove", name[:6]) == Outcome(0, "1 entry removed\n", "")
    assert called("check").code == 1


@pytest.mark.usefixtures("shop")
def test_an_entry_that_expired_hides_nothing_and_is_told() -> None:
    accept("--all", "--expires", "2099-12-31")
    assert called("baseline", "list", "--expired").stdout == "nothing is known\n"
    written = called("baseline", "export").stdout
    assert "expires = 2100-01-01T00:00:00Z\n" in written
    Path("past.toml").write_text(written.replace("expires = 2100", "expires = 2020"), encoding="utf-8")
    assert called("baseline", "remove", "--all").code == called("baseline", "import", "past.toml").code == 0
    told = called("check")
    assert told.code == 1
    assert "billing: 3 of missing known no longer: what 'kim' put off ('ticket 7') expired at " in told.stdout
    assert "missing: 3 confirmed, expired 2020-01-01T00:00:00Z" in called("baseline", "list", "--expired").stdout


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "--all"], 2, "why is it put off?"),
        (["add", "--all", "--reason", " "], 2, "why is it put off?"),
        (["add", "--reason", "x"], 2, "which ones?"),
        (["add", "a", "--all", "--reason", "x"], 2, "say one of them"),
        (["add", "zz", "--reason", "x"], 3, "no finding with the fingerprint 'zz'"),
        (["add", "", "--reason", "x"], 3, "no finding with the fingerprint ''"),
        (["add", "--all", "--reason", "x", "--run", "nothing"], 3, "no run called 'nothing'"),
        (["add", "--all", "--reason", "x", "--expires", "0s"], 2, "is past"),
        (["add", "--all", "--reason", "x", "--expires", "2020-01-01"], 2, "is past"),
        (["add", "--all", "--reason", "x", "--expires", "soon"], 2, "must be"),
        (["remove"], 2, "which ones?"),
        (["remove", "zz"], 3, "the baseline has no finding"),
        (["import"], 2, "which file?"),
        (["import", "nowhere.toml"], 2, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: list[str], code: int, said: str) -> None:
    outcome = called("baseline", *arguments)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (code, "", 1)
    assert said in outcome.stderr


@pytest.mark.usefixtures("shop")
def test_a_finding_that_names_not_all_of_its_events_is_refused() -> None:
    large = samples.finding(count=10_001, events=tuple(samples.event(each) for each in range(10_000)))
    record(load(Path("auditor.toml")), samples.result(samples.consumer(large)))
    outcome = called("baseline", "add", "--all", "--reason", "x", "--run", "r-1")
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "counts 10,001 and names 10,000 of them" in outcome.stderr
    assert called("baseline", "list").stdout == "nothing is known\n"


@pytest.mark.usefixtures("shop")
def test_pending_and_benign_findings_are_not_taken() -> None:
    assert samples.INCONSISTENT.started == NOON
    record(load(Path("auditor.toml")), samples.result(samples.log(samples.INCONSISTENT.audits[0].findings[0])))
    said = accept("--all", "--run", "r-1").stdout
    assert said == "of run r-1, which audited orders and not the other 1\n0 entries added, 0 known already\n"


@pytest.mark.usefixtures("shop")
def test_hostile_words_act_on_no_terminal_and_survive_the_file() -> None:
    assert called("baseline", "add", "--all", "--reason", HOSTILE, "--owner", HOSTILE).code == 0
    for shown in (called("check").stdout, called("baseline", "list").stdout, called("baseline", "export").stdout):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[red]x" in shown
    [entry] = json.loads(called("baseline", "list", "--format", "json").stdout)["known"]
    assert (entry["why"], entry["owner"]) == (HOSTILE, HOSTILE)
    assert called("baseline", "export", "known.toml").code == 0
    assert called("baseline", "import", "known.toml").stdout == "0 entries added, 1 known already\n"


@pytest.mark.usefixtures("shop")
def test_a_file_brings_into_another_ledger_what_was_known_in_the_first() -> None:
    accept("--all", "--expires", "30d")
    assert called("baseline", "export", "known.toml") == Outcome(0, "", "")
    written = Path("known.toml").read_text(encoding="utf-8")
    Path(".auditor/ledger.db").rename("first.db")
    assert called("baseline", "import", "known.toml").stdout == "1 entry added, 0 known already\n"
    assert called("baseline", "export").stdout == written
    assert checked()[1]["known"] == 3


@pytest.mark.usefixtures("shop")
def test_a_reason_is_changed_by_removing_what_is_known_and_adding_it_again() -> None:
    accept()
    assert called("check").code == 0
    assert called("baseline", "remove", "--all").code == 0
    name = fingerprint_of_known()
    assert called("baseline", "add", name, "--reason", "ticket 8").stdout.endswith("1 entry added, 0 known already\n")
    assert [each["why"] for each in of_billing(checked()[1])["known"]] == ["ticket 8"]


def fingerprint_of_known() -> str:
    return str(of_billing(json.loads(called("report", "--format", "json").stdout))["known"][0]["fingerprint"])


def test_pruning_leaves_what_is_known(shop: Database) -> None:
    accept()
    assert called("prune", "--older-than", "0s").code == 0
    assert checked()[1]["known"] == 3


@pytest.mark.usefixtures("shop")
def test_a_list_without_a_ledger_is_empty_and_makes_none() -> None:
    Path(".auditor/ledger.db").unlink()
    assert called("baseline", "list") == Outcome(0, "nothing is known\n", "")
    assert called("baseline", "remove", "--all").code == 3
    assert not Path(".auditor/ledger.db").exists()
