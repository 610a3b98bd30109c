"""``auditor history``, ``report``, ``diff`` and ``prune``, on runs that were audited and recorded."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from auditor.audit import run
from auditor.config import load
from tests.auditor.cli.prepared import Outcome, auditor
from tests.auditor.cli.recorded import audit_and_record, record
from tests.integration.shop import Database, consumer_keys, rows, settings, sqlite_at, write_config
from tests.reports import samples

HOUR = timedelta(hours=1)
FIRST, SECOND, THIRD = (f"20260301T1{hour}0000Z-5ba1ad" for hour in (2, 3, 4))
LOST_AT_FIRST = (4, 5, 11)


def event_id(number: int) -> str:
    return str(UUID(int=number))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A shop with two consumers that lost events, in the current folder, and no run recorded yet."""
    monkeypatch.chdir(tmp_path)
    with sqlite_at(tmp_path / "shop.db") as opened:
        opened.write(rows(20), received=[n for n in range(20) if n not in LOST_AT_FIRST])
        said = settings("sqlite:///shop.db")
        inbox = {"table": "inbox", "id": "event_id"}
        said["consumers"] = {name: consumer_keys(inbox=inbox) for name in ("billing", "mail")}
        write_config(tmp_path, said)
        yield opened


@pytest.fixture
def three_runs(shop: Database) -> Database:
    """One event healed and one was lost from the first run to the second; the third one audited ``mail`` alone."""
    config = Path("auditor.toml")
    audit_and_record(config)
    shop.execute("INSERT INTO inbox VALUES (?, ?)", [(-1, event_id(11))])
    shop.execute("DELETE FROM inbox WHERE event_id = ?", [(event_id(15),)])
    audit_and_record(config, HOUR)
    shop.execute("INSERT INTO inbox VALUES (?, ?)", [(-2, event_id(15))])
    audit_and_record(config, 2 * HOUR, names=("mail",))
    return shop


runs = pytest.mark.usefixtures("three_runs")
no_run = pytest.mark.usefixtures("shop")


def listed(*arguments: str) -> list[str]:
    outcome = auditor("history", "--format", "json", *arguments)
    assert (outcome.code, outcome.stderr) == (0, "")
    return [run["run"] for run in json.loads(outcome.stdout)["runs"]]


# ---- history ---------------------------------------------------------------------------------------------------------


@runs
def test_history_lists_the_newest_run_first_with_its_verdicts_and_findings() -> None:
    outcome = auditor("history")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout == (
        "run                      started               verdict       took   errors  warnings  audits\n"
        f"{THIRD}  2026-03-01T14:00:00Z  inconsistent  0.4 s       1         0  "
        "inconsistent: mail (full); 2 not audited\n"
        f"{SECOND}  2026-03-01T13:00:00Z  inconsistent  0.4 s       2         0  "
        "inconsistent: billing, mail; 1 consistent (full)\n"
        f"{FIRST}  2026-03-01T12:00:00Z  inconsistent  0.4 s       2         0  "
        "inconsistent: billing, mail; 1 consistent (full)\n"
    )


@runs
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [THIRD, SECOND, FIRST]),
        (["--limit", "2"], [THIRD, SECOND]),
        (["-n", "0"], [THIRD, SECOND, FIRST]),
        (["--audit", "billing"], [SECOND, FIRST]),
        (["--audit", "orders", "--verdict", "consistent"], [SECOND, FIRST]),
        (["--verdict", "consistent"], []),
        (["--since", "2026-03-01T13:00:00Z"], [THIRD, SECOND]),
        (["--until", "2026-03-01T13:00"], [SECOND, FIRST]),
        (["--until", "2026-03-01"], [THIRD, SECOND, FIRST]),
        (["--until", "2026-02-28"], []),
        (["--since", "2h", "--until", "0s"], []),
    ],
)
def test_history_lists_what_is_asked_for(arguments: list[str], expected: list[str]) -> None:
    assert listed(*arguments) == expected


@no_run
@pytest.mark.parametrize("arguments", [[], ["--config", "auditor.toml"]])
def test_where_nothing_is_recorded_history_says_so_and_makes_no_ledger(arguments: list[str]) -> None:
    assert auditor("history", *arguments) == Outcome(0, "no run is recorded yet\n", "")
    assert not Path(".auditor").exists()


@runs
def test_a_name_that_neither_the_config_nor_a_run_knows_is_told_on_standard_error() -> None:
    assert auditor("history", "--audit", "mial\x1b") == Outcome(
        0,
        "no run is recorded that was asked for\n",
        "note: the config has no log, state or consumer called 'mial\\x1b' (did you mean 'mail'?)\n",
    )
    assert auditor("history", "--audit", "mail").stderr == ""


# ---- report ----------------------------------------------------------------------------------------------------------


@runs
def test_report_shows_a_run_as_check_showed_it_and_ends_with_0() -> None:
    last = auditor("report")
    assert (last.code, last.stderr) == (0, "")
    assert last.stdout.startswith("inconsistent: 1 of 1 audit found errors")
    assert f"run {THIRD}, started 2026-03-01T14:00:00Z, took 0.4 s" in last.stdout
    assert auditor("report", "last") == auditor("report", THIRD) == last


@runs
@pytest.mark.parametrize(
    ("run", "expected"), [("last~1", SECOND), ("last~2", FIRST), (SECOND, SECOND), (SECOND[:12], SECOND)]
)
def test_report_takes_a_run_by_its_id_its_beginning_or_its_distance(run: str, expected: str) -> None:
    read = json.loads(auditor("report", run, "--format", "json").stdout)
    assert (read["schema"], read["run"]) == ("auditor.result/1", expected)


@runs
def test_report_writes_files_and_keeps_to_the_number_of_samples(tmp_path: Path) -> None:
    outcome = auditor("report", "last", "--max-findings", "1", "--output", "a.json", "--format", "terminal")
    assert outcome.stdout.startswith("inconsistent: ")
    [finding] = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["audits"][0]["findings"]
    assert (finding["count"], len(finding["events"])) == (2, 1)


@runs
@pytest.mark.parametrize("run", ["20260301", "nothing", "last~9"])
@pytest.mark.parametrize("command", ["report", "diff"])
def test_a_run_that_there_is_not_or_that_is_ambiguous_ends_with_3(command: str, run: str) -> None:
    outcome = auditor(command, run)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (3, "", 1)
    assert outcome.stderr.startswith("error: ledger ")


@no_run
@pytest.mark.parametrize("command", ["report", "diff"])
def test_without_a_ledger_there_is_nothing_to_show(command: str) -> None:
    outcome = auditor(command)
    assert (outcome.code, outcome.stdout) == (3, "")
    assert outcome.stderr.startswith("error: no run is recorded yet: there is no ledger '")
    assert not Path(".auditor").exists()


@runs
@pytest.mark.parametrize("arguments", [["history"], ["report"], ["diff"], ["prune", "--older-than", "1d"]])
def test_a_ledger_that_cannot_be_read_ends_with_3_and_one_line(arguments: list[str]) -> None:
    Path(".auditor/ledger.db").write_bytes(b"no database" * 1000)
    outcome = auditor(*arguments)
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (3, "", 1)
    assert outcome.stderr.startswith("error: ledger ")


# ---- diff ------------------------------------------------------------------------------------------------------------


def compared(*arguments: str) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """What ``diff`` says of each audit and state: positions, and for how many hours they were open."""
    outcome = auditor("diff", "--format", "json", *arguments)
    assert (outcome.code, outcome.stderr) == (0, "")
    return {
        (change["audit"], change["state"]): [(event["position"], event["seconds"] / 3600) for event in change["events"]]
        for change in json.loads(outcome.stdout)["changes"]
        if change["check"] == "missing"
    }


@runs
def test_diff_tells_what_is_new_open_and_healed_and_for_how_long() -> None:
    expected = {"new": [(16, 0)], "open": [(5, 1), (6, 1)], "healed": [(12, 1)]}
    found = compared("last~2", "last~1")
    assert found == {(audit, state): events for audit in ("billing", "mail") for state, events in expected.items()}
    assert found == compared(SECOND, FIRST)


@runs
def test_diff_claims_nothing_of_what_the_later_run_did_not_audit() -> None:
    assert compared() == {
        ("mail", "open"): [(5, 2), (6, 2)],
        ("mail", "healed"): [(16, 1)],
        ("billing", "unjudged"): [(5, 2), (6, 2), (16, 1)],
    }
    said = auditor("diff").stdout
    assert "    the later run did not audit it\n" in said
    assert "      the later run did not audit orders, billing\n" in said


@runs
def test_diff_of_one_run_compares_it_with_the_last() -> None:
    assert compared(FIRST) == compared(FIRST, "last")


@runs
def test_diff_shows_people_the_tally_first() -> None:
    outcome = auditor("diff", "last~2", "last~1")
    assert outcome.stdout.splitlines()[:3] == [
        "2 new, 4 still open, 2 healed",
        f"from  {FIRST}  2026-03-01T12:00:00Z  inconsistent",
        f"to    {SECOND}  2026-03-01T13:00:00Z  inconsistent, 1h later",
    ]
    assert "\x1b" not in outcome.stdout


@runs
def test_diff_ends_with_1_only_where_it_is_asked_to_and_an_error_is_new() -> None:
    assert auditor("diff", "last~2", "last~1").code == 0
    assert auditor("diff", "last~2", "last~1", "--exit-code").code == 1
    assert auditor("diff", "--exit-code").code == 0


@runs
def test_an_output_that_fails_ends_with_3_unless_an_error_is_new() -> None:
    full = ["--format", "json", "--output", "/dev/full"]
    assert auditor("diff", *full).code == auditor("history", *full).code == auditor("report", *full).code == 3
    assert auditor("diff", "last~2", "last~1", "--exit-code", *full).code == 1


@no_run
def test_what_a_database_names_acts_on_no_terminal() -> None:
    config = load(Path("auditor.toml"))
    record(config, samples.result(samples.consumer()))
    record(config, replace(samples.HOSTILE, run="r-2", started=samples.STARTED + HOUR))
    for arguments in (["history"], ["report"], ["diff"]):
        outcome = auditor(*arguments)
        assert outcome.code == 0
        assert r"[red]x[/red]\n\x1b[2J\u202e\x00'; drop table" in outcome.stdout
        assert not set("\x1b\u202e\x00") & set(outcome.stdout)


# ---- prune -----------------------------------------------------------------------------------------------------------


@runs
def test_prune_removes_what_is_old_and_not_needed_and_says_how_much() -> None:
    rehearsed = auditor("prune", "--older-than", "1h", "--dry-run")
    assert (rehearsed.code, rehearsed.stderr) == (0, "")
    assert rehearsed.stdout.startswith("would remove what is older than ")
    assert ": 1 run, 3 healed events, 0 places of cursors and heads" in rehearsed.stdout
    assert listed() == [THIRD, SECOND, FIRST]
    pruned = auditor("prune", "--older-than", "1h")
    assert pruned.stdout.startswith("removed what is older than ")
    assert pruned.stdout.partition(": ")[2] == rehearsed.stdout.partition(": ")[2]
    assert listed() == [THIRD, SECOND]
    assert auditor("prune", "--older-than", "1h").stdout.startswith("nothing is older than ")


@runs
def test_what_healed_is_still_told_of_runs_that_were_kept() -> None:
    before = compared()
    auditor("prune", "--older-than", "1h")
    assert compared() == before


@no_run
def test_without_a_ledger_there_is_nothing_to_remove() -> None:
    assert auditor("prune", "--older-than", "1d").stdout.startswith("nothing is older than ")
    assert not Path(".auditor").exists()


# ---- usage -----------------------------------------------------------------------------------------------------------


@no_run
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["history", "--since", "soon"],
            "--since 'soon': must be a time like 2026-03-01T12:00Z, a date",
        ),
        (["history", "--until", "\x1b"], r"--until '\x1b': must be a time like"),
        (["history", "--verdict", "unkown"], "--verdict 'unkown': no such verdict (did you mean 'unknown'?)"),
        (["history", "--limit", "-1"], "invalid value for '--limit'"),
        (["history", "--format", "html"], "--format 'html': no such format (known: 'terminal', 'json')"),
        (["history", "--config", "none.toml"], "none.toml"),
        (["report", "a", "b"], "got unexpected extra argument"),
        (["report", "--format", "jsn"], "--format 'jsn': no such format (did you mean 'json'?)"),
        (["report", "--output", "none/a.json"], "--output 'none/a.json': there is no folder 'none'"),
        (["diff", "a", "b", "c"], "more than two runs: name two at the most"),
        (["diff", "--max-findings", "-1"], "invalid value for '--max-findings'"),
        (["prune"], "how old is what is to be removed? say --older-than 90d"),
        (["prune", "--older-than", "90"], "--older-than '90': must be a duration like"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line_with_2_and_an_empty_stdout(arguments: list[str], complaint: str) -> None:
    outcome = auditor(*arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith(f"error: {complaint}")
    assert outcome.stderr.count("\n") == 1


def test_a_report_to_look_at_tells_of_the_runs_before_it_of_the_pipeline_and_how_to_run_it_again(
    three_runs: Database,
) -> None:
    assert auditor("report", SECOND, "--output", "report.html").code == 0
    page = Path("report.html").read_text(encoding="utf-8")
    assert FIRST in page
    assert THIRD not in page
    assert "auditor check orders billing mail" in page
    assert '<th scope="row">mail</th>' in page
    assert "shop</td>" in page


def test_the_picture_of_an_old_run_is_that_of_the_config_with_which_it_was_made(shop: Database) -> None:
    config = Path("auditor.toml")
    run(load(config), confirm=False, ledger=True)
    config.write_text(config.read_text().replace("consumers.mail", "consumers.letters"))
    assert auditor("report", "last", "--output", "report.html").code == 0
    page = Path("report.html").read_text(encoding="utf-8")
    assert "<title>mail, consumer: " in page
    assert "letters" not in page
    assert "without its pipeline" not in page


def test_a_check_says_in_its_report_what_comes_to_its_verdict_again_without_where_reports_went(shop: Database) -> None:
    kept = ("billing", "--full", "--fail-on", "missing>0", "--fail-on=error", "--max-findings", "7", "--timeout", "60s")
    dropped = ("--output", "a report.html", "--format", "json", "--output", "b", "--quiet", "--exit-zero", "--show-sql")
    assert auditor("check", *dropped, *kept, "--config", "auditor.toml").code == 0
    page = Path("a report.html").read_text(encoding="utf-8")
    assert (
        "<code>auditor check --config auditor.toml --fail-on &#39;missing&gt;0&#39; --fail-on error --max-findings 7"
        " --timeout 60s --full billing</code>"
    ) in page
