"""``auditor redeliver log``, on redeliveries that were written into a real ledger."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from auditor.config import load
from auditor.ledger import open_ledger
from checks.model.event import Event
from checks.model.redelivery import Step
from tests.auditor.cli.prepared import Outcome, auditor
from tests.integration.shop import consumer_keys, settings, write_config
from tests.redeliveries import line, redelivery, steps

AN_ID = str(UUID(int=0xABCDEF))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config of a shop with two consumers, in the current folder. There is no database, and no ledger yet."""
    monkeypatch.chdir(tmp_path)
    said = settings("sqlite:///shop.db")
    inbox = {"table": "inbox", "id": "event_id"}
    said["consumers"] = {name: consumer_keys(inbox=inbox) for name in ("billing", "mail")}
    write_config(tmp_path, said)
    return tmp_path / "auditor.toml"


@pytest.fixture
def journal(shop: Path) -> Path:
    """Two redeliveries: one for ``billing``, and a minute later one for ``mail``."""
    named = line(3, Step.SKIPPED, consumer="mail", event=Event(position=3, id=AN_ID, stream="order-9", version=2))
    with closing(open_ledger(load(shop).ledger)) as ledger:
        number = ledger.begin_redelivery(redelivery(0, plan="aa11", reason="lost", ticket="OPS-7"))
        ledger.journal(number, [*steps(1, Step.SENDING, Step.ACCEPTED), *steps(2, Step.SENDING, Step.FAILED)])
        number = ledger.begin_redelivery(redelivery(1, plan="bb22", consumers=("mail",)))
        ledger.journal(number, [*steps(2, Step.SENDING, Step.ACCEPTED, consumer="mail"), named])
    return shop


written = pytest.mark.usefixtures("journal")


def listed(*arguments: str) -> list[dict[str, Any]]:
    outcome = auditor("redeliver", "log", "--format", "json", *arguments)
    assert (outcome.code, outcome.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(outcome.stdout)["redeliveries"]
    return found


@written
def test_it_lists_the_newest_first() -> None:
    assert auditor("redeliver", "log") == Outcome(
        0,
        "no  began                 by         plan  target             for      result                 why\n"
        "2   2026-03-01T12:01:00Z  ann@ops-1  bb22  orders-api (http)  mail     1 accepted, 1 skipped\n"
        "1   2026-03-01T12:00:00Z  ann@ops-1  aa11  orders-api (http)  billing  1 accepted, 1 failed   OPS-7: lost\n",
        "",
    )


@written
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [2, 1]),
        (["--limit", "1"], [2]),
        (["-n", "0"], [2, 1]),
        (["--plan", "aa"], [1]),
        (["--consumer", "mail"], [2]),
        (["--since", "2026-03-01T12:01:00Z"], [2]),
        (["--until", "2026-03-01T12:00"], [1]),
        (["--until", "2026-03-01"], [2, 1]),
        (["--event", "orders:2"], [2, 1]),
        (["--event", "orders:1"], [1]),
        (["--event", "order-1@1"], [1]),
        (["--event", "order-1@2"], []),
        (["--event", "e1"], [1]),
        (["--event", f"{{{AN_ID.upper()}}}"], [2]),
        (["--event", "orders:2", "--consumer", "billing"], [1]),
    ],
)
def test_it_lists_what_is_asked_for(arguments: list[str], expected: list[int]) -> None:
    assert [entry["number"] for entry in listed(*arguments)] == expected


@written
def test_attempts_are_shown_where_they_are_asked_for_or_an_event_is() -> None:
    def attempts(*arguments: str) -> list[tuple[str, int, list[str]]]:
        return [
            (attempt["consumer"], attempt["event"]["position"], [step["step"] for step in attempt["steps"]])
            for entry in listed(*arguments)
            for attempt in entry["attempts"]
        ]

    assert attempts("--events", "--plan", "aa11") == [
        ("billing", 1, ["sending", "accepted"]),
        ("billing", 2, ["sending", "failed"]),
    ]
    assert attempts("--event", "orders:2") == [
        ("mail", 2, ["sending", "accepted"]),
        ("billing", 2, ["sending", "failed"]),
    ]
    assert [entry["attempts"] for entry in listed()] == [None, None]


@pytest.mark.usefixtures("shop")
def test_where_nothing_is_recorded_it_says_so_and_makes_no_ledger() -> None:
    assert auditor("redeliver", "log") == Outcome(0, "nothing was sent again yet\n", "")
    assert not Path(".auditor").exists()


@written
def test_a_consumer_that_the_config_does_not_know_is_told_on_standard_error() -> None:
    assert auditor("redeliver", "log", "--consumer", "mial\x1b") == Outcome(
        0,
        "no redelivery is recorded that was asked for\n",
        "note: the config has no consumer called 'mial\\x1b' (did you mean 'mail'?)\n",
    )


@written
@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--event", ""], "an event needs a name"), (["--since", "soon"], "--since 'soon': must be a time")],
)
def test_what_cannot_be_meant_is_told_in_one_line(arguments: list[str], said: str) -> None:
    outcome = auditor("redeliver", "log", *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith(f"error: {said}")
    assert outcome.stderr.count("\n") == 1


@written
def test_a_ledger_that_cannot_be_read_is_told_in_one_line() -> None:
    Path(".auditor/ledger.db").write_bytes(b"no ledger at all, and long enough to be taken for something else" * 20)
    outcome = auditor("redeliver", "log")
    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (3, "", 1)
    assert outcome.stderr.startswith("error: ledger ")


def test_the_command_alone_says_what_there_is() -> None:
    outcome = auditor("redeliver")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert "log" in outcome.stdout
