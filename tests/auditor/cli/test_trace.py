"""``auditor trace`` as a process: its streams, its files and its exit code. Databases are small files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auditor.cli.prepared import Outcome, auditor
from tests.auditor.tracing.pipeline import Pipeline, at, pipeline_in


@pytest.fixture(autouse=True)
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline with two events, in the current folder."""
    with pipeline_in(tmp_path) as opened:
        opened.happy()
        opened.configured()
        monkeypatch.chdir(tmp_path)
        yield opened


def trace(*arguments: str) -> Outcome:
    return auditor("trace", *arguments)


def test_what_is_found_ends_with_0_and_is_plain_without_a_terminal() -> None:
    outcome = trace("order-1@2")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("found in orders: position 2, order-1@2, OrderPaid, id e2")
    assert "\x1b" not in outcome.stdout
    assert len(outcome.stdout.splitlines()) == 11


def test_what_was_lost_is_no_error_of_a_trace(pipeline: Pipeline) -> None:
    pipeline.execute("DELETE FROM inbox")
    outcome = trace("e2")
    assert outcome.code == 0
    assert "not received" in outcome.stdout


def test_what_only_a_consumer_has_ends_with_0(pipeline: Pipeline) -> None:
    pipeline.write("inbox", ("billing", "m9", at(5), "done"))
    outcome = trace("m9")
    assert (outcome.code, outcome.stdout.startswith("found in no log: id m9")) == (0, True)


def test_what_is_found_nowhere_ends_with_3_and_a_report() -> None:
    outcome = trace("m9")
    assert (outcome.code, outcome.stdout.startswith("not found: m9\n")) == (3, True)


def test_a_store_out_of_reach_ends_with_3_and_shows_the_rest(pipeline: Pipeline) -> None:
    pipeline.remove("billing")
    outcome = trace("e2")
    assert outcome.code == 3
    assert "log v1" in outcome.stdout
    assert "cannot tell" in outcome.stdout


def test_two_events_end_with_3_and_both_are_named(pipeline: Pipeline) -> None:
    pipeline.write("events", (3, "orders:2", "order-1", 3, "OrderPaid", at(1)))
    said = "position 2 of orders (2 --log orders), or the id 'orders:2' of orders (--id --log orders)"
    assert trace("orders:2") == Outcome(3, "", f"error: 'orders:2' is more than one event: {said}\n")
    assert trace("2", "--log", "orders").code == 0
    assert trace("orders:2", "--id").code == 0


def test_json_is_one_document_and_a_file_may_have_it_beside_the_terminal(tmp_path: Path) -> None:
    outcome = trace("e2", "--format", "json")
    assert json.loads(outcome.stdout)["schema"] == "auditor.trace/1"
    both = trace("e2", "--output", "trace.json", "--format", "terminal")
    assert both.stdout.startswith("found")
    hops = [document["hops"] for document in (json.loads(outcome.stdout), json.loads(Path("trace.json").read_text()))]
    assert hops[0] == hops[1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["", "--config", "auditor.toml"], "an event needs a name: its id, LOG:POSITION or STREAM@VERSION"),
        (["e", "--id", "--stream"], "--id and --stream: an event is asked for by the one or by the other"),
        (["e", "--log", "order"], "--log 'order': the config has no such log (did you mean 'orders'?)"),
        (["e", "--format", "html"], "--format 'html': no such format (known: 'terminal', 'json')"),
        (["e", "--config", "nowhere.toml"], "nowhere.toml cannot be read: no such file or directory"),
    ],
)
def test_usage_and_config_end_with_2_and_leave_stdout_empty(arguments: list[str], complaint: str) -> None:
    assert trace(*arguments) == Outcome(2, "", f"error: {complaint}\n")


def test_its_sql_can_be_shown() -> None:
    assert "-- billing-db\n" in trace("e2", "--show-sql").stderr


def test_a_report_that_cannot_be_written_ends_with_3() -> None:
    assert trace("e2", "--format", "json", "--output", "/dev/full").code == 3


def test_passwords_stay_away_from_both_streams(pipeline: Pipeline) -> None:
    pipeline.replace("sqlite:///billing.db", "postgresql://auditor:sturgeon77@127.0.0.1:1/shop")
    pipeline.configured()
    outcome = trace("e2", "--show-sql", "--debug")
    assert outcome.code == 3
    assert "sturgeon77" not in outcome.stdout + outcome.stderr
