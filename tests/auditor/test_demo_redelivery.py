"""The third act of the demo says the truth about itself: what is sent again is what was lost, and arrives."""

import json
import os
import shlex
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from auditor import demo
from auditor.cli.program import run as run_command
from auditor.config import load
from auditor.demo import redelivery
from auditor.demo.agreement import Line
from auditor.demo.redelivery import endpoint, steps
from auditor.demo.redelivery.endpoint import Endpoint, Row, find, port_of
from auditor.demo.redelivery.reckoning import reckon
from auditor.demo.redelivery.services import Losses
from auditor.demo.redelivery.steps import Seen, Steps
from auditor.errors import AuditorError
from checks.model.redelivery import Step
from checks.model.result import Outcome
from reports import PLAIN
from tests.auditor.cli.prepared import PATIENCE, environment

Difference = tuple[str, str, str, int, int]
SAID: list[str] = []


def play(folder: Path) -> tuple[Losses, Seen]:
    SAID.clear()
    losses = demo.build_redelivery(folder)
    return losses, Steps(folder, SAID.append, PLAIN).take()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library as the demo leaves it. Whoever changes it takes a copy."""
    return tmp_path_factory.mktemp("kept") / "my library"


@pytest.fixture(scope="module")
def played(kept: Path) -> tuple[Losses, Seen, str]:
    losses, seen = play(kept)
    return losses, seen, "".join(SAID)


@pytest.fixture
def library(kept: Path, played: object, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "library")


def differing(losses: Losses, seen: Seen) -> set[Difference]:
    lines, table = reckon(losses, seen)
    every: Sequence[Line] = (*lines, *table.lines)
    return {(line.audit, line.check, line.verdict, line.injected, line.found) for line in every if not line.agrees}


def sql(file: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as database, database:
        return database.execute(statement).fetchall()


# ---- what comes of it ------------------------------------------------------------------------------------------------


def test_what_is_planned_and_healed_is_what_was_lost_without_what_must_be_left_out(
    played: tuple[Losses, Seen, str],
) -> None:
    losses, seen, _ = played
    assert differing(losses, seen) == set()
    planned = {(each.consumer, f"position {each.event.position}") for each in seen.planned}
    fit = {(name, place) for name in losses.services for place in losses.lost(name) - losses.left(name)}
    assert planned == fit
    assert len(planned) == len(seen.planned) == 47


def test_something_is_left_out_for_each_reason_and_both_services_lack_something(
    played: tuple[Losses, Seen, str],
) -> None:
    losses, _, _ = played
    assert {reason for _, reason in losses.unfit} == {"never", "ended"}
    assert all(losses.unfit.values())
    assert all(losses.left(name) < losses.lost(name) for name in losses.services)
    assert losses.services == ("accounts", "statistics")


def test_a_request_is_repeated_and_everything_of_it_is_in_the_log(played: tuple[Losses, Seen, str]) -> None:
    _, seen, _ = played
    assert list(seen.answers) == [503, 202, 202, 202, 202, 202, 202]
    [entry] = seen.log.entries
    assert (entry.recorded.redelivery.user, entry.recorded.redelivery.reason) == ("demo", steps.WHY)
    assert (entry.recorded.counts[Step.ACCEPTED], entry.recorded.counts[Step.HEALED]) == (47, 47)


def test_in_the_end_all_audits_are_consistent_and_nothing_came_twice(
    played: tuple[Losses, Seen, str], kept: Path
) -> None:
    _, seen, _ = played
    assert [audit.verdict for audit in seen.after.audits] == ["consistent", "inconsistent", "consistent"]
    assert seen.last.verdict is Outcome.CONSISTENT
    assert sql(kept / "accounts.db", "SELECT count(*), count(DISTINCT event_id) FROM inbox") == [(794, 794)]
    assert sql(kept / "statistics.db", "SELECT count(*), count(DISTINCT position) FROM counted") == [(664, 664)]


def test_each_command_stands_before_what_it_says(played: tuple[Losses, Seen, str]) -> None:
    _, _, said = played
    typed = [line.removeprefix("$ auditor ") for line in said.splitlines() if line.startswith("$ auditor ")]
    assert [" ".join(line.split()[:2]) for line in typed] == [
        *("check", "redeliver plan", "redeliver apply", "redeliver verify"),
        *("check", "baseline add", "check", "redeliver log"),
    ]
    assert max(len(line) for line in typed) < 80
    assert "\nhealed: 47 of 47 events arrived\n" in said


# ---- what it notices -------------------------------------------------------------------------------------------------


@pytest.fixture
def third_act_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = demo.acts
    monkeypatch.setattr(demo, "acts", lambda: acts()[2:])


@pytest.mark.usefixtures("third_act_alone")
def test_an_endpoint_that_accepts_and_loses_ends_the_demo_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(endpoint, "deliver", lambda *_: None)
    assert run_command(["demo"]) == 3
    said, _ = capsys.readouterr()
    assert "\nsent: 47 of 47 events accepted\n" in said
    assert "\nnot healed: 47 of 47 events did not arrive\n" in said
    assert "$ auditor baseline add" not in said
    assert "\ninjected and found differ in " in said


def test_an_endpoint_that_loses_one_event_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deliver, lost = endpoint.deliver, {"statistics": 5}

    def lose_the_fifth(folder: Path, service: str, events: Sequence[Row]) -> None:
        deliver(folder, service, [event for event in events if event["position"] != lost.get(service)])

    monkeypatch.setattr(endpoint, "deliver", lose_the_fifth)
    losses, seen = play(tmp_path / "library")
    assert "position 5" in losses.lost("statistics")
    assert differing(losses, seen) == {
        ("statistics", "arrived", "healed", 25, 24),
        ("statistics", "in the log", "accepted, healed", 25, 24),
        ("statistics", "backfill-incomplete still", "confirmed", 0, 1),
        ("(all audits)", "in the end", "consistent", 3, 1),
    }


def test_an_endpoint_that_sends_more_than_was_asked_for_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deliver = endpoint.deliver

    def add_an_erased_member(folder: Path, service: str, events: Sequence[Row]) -> None:
        [erased] = sql(
            folder / "library.db",
            "SELECT event_id, type FROM happenings WHERE member = 'member-7' AND type <> 'ReminderDue'"
            " AND position BETWEEN 222 AND 249 LIMIT 1",
        )
        row: Row = {"event_id": str(erased[0]), "type": str(erased[1])}
        deliver(folder, service, [*events, row] if service == "accounts" else events)

    monkeypatch.setattr(endpoint, "deliver", add_an_erased_member)
    assert differing(*play(tmp_path / "library")) == {
        ("accounts", "missing still", "confirmed", 6, 5),
        ("accounts", "out-of-order still", "confirmed", 0, 1),
    }


def test_without_the_journal_nobody_knows_what_was_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    verify = Steps.verify

    def lose_the_ledger(self: Steps) -> object:
        seen = verify(self)
        shutil.rmtree(self.folder / ".auditor")
        return seen

    monkeypatch.setattr(Steps, "verify", lose_the_ledger)
    found = differing(*play(tmp_path / "library"))
    assert {each for each in found if each[1] == "in the log"} == {
        ("accounts", "in the log", "accepted, healed", 22, 0),
        ("statistics", "in the log", "accepted, healed", 25, 0),
    }
    assert {each[1] for each in found if each[0] == "accounts"} == {"in the log", "out-of-order still"}


def test_a_loss_that_is_not_confirmed_twice_is_not_planned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan = Steps.plan

    def lose_one_more(self: Steps) -> object:
        sql(self.folder / "accounts.db", "DELETE FROM inbox WHERE number = 400")
        return plan(self)

    monkeypatch.setattr(Steps, "plan", lose_one_more)
    assert differing(*play(tmp_path / "library")) >= {
        ("accounts", "left out", "seen-once", 0, 1),
        ("accounts", "missing still", "confirmed", 0, 1),
    }


def test_an_endpoint_that_never_refuses_shows_no_repetition(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Ready(Endpoint):
        def __init__(self, folder: Path, port: int = 0) -> None:
            super().__init__(folder, port)
            self.answers.append(200)

    monkeypatch.setattr(steps, "Endpoint", Ready)
    assert differing(*play(tmp_path / "library")) == {("(endpoint)", "refused", "503, then repeated", 1, 0)}


# ---- the endpoint ----------------------------------------------------------------------------------------------------


@contextmanager
def listening(folder: Path) -> Iterator[Endpoint]:
    """An endpoint that has refused its first request already."""
    with Endpoint(folder) as server:
        server.answers.append(503)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def post(server: Endpoint, service: str, ids: list[str]) -> dict[str, list[str]]:
    url = f"http://127.0.0.1:{server.server_port}/redeliveries/{service}"
    asked = Request(url, data=json.dumps({"ids": ids}).encode(), method="POST")
    with build_opener(ProxyHandler({})).open(asked, timeout=PATIENCE) as answer:
        said: dict[str, list[str]] = json.load(answer)
        return said


def test_the_endpoint_delivers_what_the_library_has_and_the_service_takes_it_once(library: Path) -> None:
    [(known,)] = sql(library / "library.db", "SELECT event_id FROM happenings WHERE position = 300")
    sql(library / "accounts.db", f"DELETE FROM inbox WHERE event_id = '{known}'")
    with listening(library) as server:
        for _ in range(2):
            assert post(server, "accounts", [str(known), "nobody's"]) == {
                "accepted": [known],
                "rejected": ["nobody's"],
            }
    assert sql(library / "accounts.db", "SELECT count(*) FROM inbox") == [(794,)]
    assert [row["event_id"] for row in find(library, ["nobody's", str(known)])] == [known]


def test_the_endpoint_knows_no_other_service(library: Path) -> None:
    with listening(library) as server, pytest.raises(HTTPError) as refused:
        post(server, "letters", [])
    refused.value.close()
    assert refused.value.code == 404


def test_a_proxy_in_the_environment_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "intranet")
    losses, seen = play(tmp_path / "library")
    assert differing(losses, seen) == set()
    assert "no_proxy" not in os.environ


def test_where_nothing_can_listen_it_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(folder: Path) -> Endpoint:
        raise OSError("no loopback here")

    monkeypatch.setattr(steps, "Endpoint", refuse)
    with pytest.raises(AuditorError, match=r"cannot listen on 127\.0\.0\.1: no loopback here"):
        play(tmp_path / "library")


# ---- for whoever keeps it --------------------------------------------------------------------------------------------


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The endpoint as a stranger starts it: by Python alone, from the file that was kept."""
    command = [sys.executable, "-I", str(folder / "endpoint.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@contextmanager
def started_on_a_free_port(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The port that the demo used was given back, and whoever was quicker may have it: then another one is tried."""
    config = folder / "auditor.toml"
    while True:
        port = port_of(config)
        with started(folder) as process:
            if said := first_line(process):
                assert said == f"listening on 127.0.0.1:{port}, until Ctrl-C\n"
                yield process
                return
            assert process.wait(PATIENCE) == 1
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            other = probe.getsockname()[1]
        config.write_text(config.read_text(encoding="utf-8").replace(f":{port}/", f":{other}/"), encoding="utf-8")


def auditor(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from auditor.cli import main\nmain()", *arguments]
    return subprocess.run(command, env=environment({}), capture_output=True, text=True, check=False, timeout=PATIENCE)


def commands(folder: Path) -> Callable[[str], list[str]]:
    """Of what the farewell proposes, the one that begins so, as a shell takes it apart."""
    proposed = [shlex.split(line, comments=True) for line in redelivery.to_try(folder, folder / "auditor.toml")]
    return lambda begins: next(words for words in proposed if words[: len(shlex.split(begins))] == shlex.split(begins))


def test_the_commands_that_it_proposes_lose_events_and_send_them_again(library: Path) -> None:
    proposed = commands(library)
    assert proposed(shlex.quote(sys.executable)) == [sys.executable, str(library / "endpoint.py")]
    with started_on_a_free_port(library):
        _, file, statement = proposed("sqlite3")
        sql(Path(file), statement)
        lost = auditor(proposed("auditor check")[1:])
        assert (lost.returncode, lost.stderr) == (1, "")
        planned = auditor(proposed("auditor redeliver plan")[1:])
        assert planned.stdout.partition("\n")[0].endswith(": 3 events to send again, for accounts")
        applied = auditor([*proposed("auditor redeliver apply")[1:], "--yes"])
        assert (applied.returncode, applied.stderr) == (0, "")
        assert "\nhealed: 3 of 3 events arrived\n" in applied.stdout
    logged = auditor(proposed("auditor redeliver log")[1:])
    assert logged.stdout.count("accepted; then ") == 2
    assert auditor(proposed("auditor check")[1:]).returncode == 0


def test_a_port_that_is_taken_is_said(library: Path) -> None:
    with started_on_a_free_port(library), started(library) as second:
        assert second.wait(PATIENCE) == 1
        assert second.stderr is not None
        assert second.stderr.read().endswith("put another one into auditor.toml\n")


def test_the_config_that_it_leaves_names_the_port_it_used(library: Path) -> None:
    [target] = load(library / "auditor.toml").redelivery.values()
    assert target.kind == "http"
    assert port_of(library / "auditor.toml") != 8765
    assert f"127.0.0.1:{port_of(library / 'auditor.toml')}/redeliveries/{{consumer}}" in target.url
