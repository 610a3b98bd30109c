"""Real programs that answer, fail, hang, lie and shout."""

import json
import os
import re
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from auditor.config.targets import CommandTargetConfig
from auditor.errors import AuditorError
from auditor.redact import STARS, learn_secret
from auditor.redelivery.targets.command import CommandTarget
from auditor.redelivery.targets.interface import Answer
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.batches import batch_of, parcel
from tests.limits import limited

ACCEPTED, REJECTED, FAILED, UNKNOWN = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN
ACCEPTS_ALL = """
    for event in events():
        answer(key=event["key"], result="accepted")
"""
PREAMBLE = f"""\
#!{sys.executable}
import json, os, signal, subprocess, sys, time

def events():
    for line in sys.stdin:
        yield json.loads(line)

def answer(**said):
    print(json.dumps(said), flush=True)
"""


def target(folder: Path, program: str = ACCEPTS_ALL, *arguments: str, **keys: Any) -> CommandTarget:
    """A program in that folder, which does this."""
    file = folder / "send"
    file.write_text(PREAMBLE + dedent(program))
    file.chmod(0o755)
    config = CommandTargetConfig(name="script", kind="command", command=("./send", *arguments), **keys)
    return CommandTarget(config, folder, needs_data=True)


def outcomes(answers: Sequence[Answer]) -> list[Outcome]:
    return [answer.outcome for answer in answers]


def test_each_event_is_a_line_and_each_line_of_the_answer_says_of_one(tmp_path: Path) -> None:
    answers = target(
        tmp_path,
        """
        for event in reversed(list(events())):
            answer(key=event["key"], result="rejected" if event["position"] == 2 else "accepted", message="as told")
        """,
    ).send(batch_of(parcel(1), parcel(2), parcel(3)))
    assert answers == [Answer(ACCEPTED, "as told"), Answer(REJECTED, "as told"), Answer(ACCEPTED, "as told")]


def test_the_program_is_told_all_that_is_known(tmp_path: Path) -> None:
    keep = f"""
    open({str(tmp_path / "kept")!r}, "w").write(json.dumps([sys.argv[1:], os.getcwd(), list(events())]))
    """
    script = target(tmp_path, keep, "--to", "{consumer} {{}}", "{plan}", "{log}", "{target}")
    time = datetime(2026, 3, 1, 12, tzinfo=UTC)
    script.send(batch_of(parcel(5, data={"total": 3}, time=time, partition="a"), parcel(6, data=b"\xff"), plan="p"))
    arguments, folder, (first, second) = json.loads((tmp_path / "kept").read_text())
    assert (arguments, folder) == (["--to", "billing {}", "p", "orders", "script"], str(tmp_path))
    assert first == {
        "position": 5,
        "partition": "a",
        "id": "e5",
        "stream": "order-5",
        "version": 1,
        "type": "OrderPlaced",
        "time": "2026-03-01T12:00:00Z",
        "consumer": "billing",
        "log": "orders",
        "key": "key-5",
        "plan": "p",
        "data": {"total": 3},
    }
    assert second["data_base64"] == "/w=="
    assert "data" not in second


@pytest.mark.parametrize(("data", "said"), [(None, None), ("a\n\udc80", "a\n\udc80"), ([1.5], [1.5]), (True, True)])
def test_content_is_what_it_was(tmp_path: Path, data: object, said: object) -> None:
    script = target(tmp_path, f'open({str(tmp_path / "kept")!r}, "w").write(sys.stdin.readline())')
    script.send(batch_of(parcel(1, data=data)))
    assert json.loads((tmp_path / "kept").read_text())["data"] == said


def test_a_log_without_data_has_no_content(tmp_path: Path) -> None:
    script = target(tmp_path, f'open({str(tmp_path / "kept")!r}, "w").write(sys.stdin.readline())')
    script.needs_data = False
    script.send(batch_of(parcel(1)))
    assert "data" not in json.loads((tmp_path / "kept").read_text())


@pytest.mark.parametrize(
    "named",
    ['key="key-1"', 'id="e1"', "position=1", 'position="1"', 'key=None, id="e1"', 'key="key-1", id="e2", position=9'],
)
def test_an_event_is_named_by_key_id_or_position(tmp_path: Path, named: str) -> None:
    answers = target(tmp_path, f'answer({named}, result="accepted")').send(batch_of(parcel(1), parcel(2)))
    assert outcomes(answers) == [ACCEPTED, UNKNOWN]


def test_a_uuid_is_the_same_in_every_spelling(tmp_path: Path) -> None:
    id_ = "0189A1B2-0000-7000-8000-00000000ABCD"
    answers = target(tmp_path, f'answer(id="{id_}", result="accepted")').send(batch_of(parcel(1, id=id_.lower())))
    assert outcomes(answers) == [ACCEPTED]


@pytest.mark.parametrize(
    "line",
    [
        "thinking…",
        '{"key": "key-1"}',
        '{"key": "key-1", "result": "sent"}',
        '{"key": "key-7", "result": "accepted"}',
        '{"key": "e1", "result": "accepted"}',
        '{"position": true, "result": "accepted"}',
        '["accepted"]',
        '{"position": ' + "9" * 5_000 + "}",
        "[" * 100_000,
    ],
)
def test_a_line_that_makes_no_sense_says_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "line").write_text(line)
    script = f"print(open({str(tmp_path / 'line')!r}).read())"
    [answer] = target(tmp_path, script).send(batch_of(parcel(1)))
    assert answer.outcome is UNKNOWN
    assert answer.detail.startswith("the program did not answer for it (")
    assert answer.detail.endswith("of its lines could not be understood)")


def test_two_answers_that_differ_are_none(tmp_path: Path) -> None:
    script = """
    for result in ("accepted", "rejected", "accepted"):
        answer(position=1, result=result)
    for result in ("accepted", "accepted"):
        answer(position=2, result=result)
    """
    answers = target(tmp_path, script).send(batch_of(parcel(1), parcel(2)))
    assert answers == [Answer(UNKNOWN, "it was answered for in two ways"), Answer(ACCEPTED)]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("sys.exit(3)", "the program failed with exit code 3, and did not answer for it: out of order"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the program was ended by signal 9, and had not answered for it: out"),
        ("sys.exit(0)", "the program did not answer for it: out of order"),
    ],
)
def test_what_was_answered_before_it_failed_counts(tmp_path: Path, end: str, told: str) -> None:
    script = f"""
    answer(key="key-1", result="accepted")
    answer(key="key-2", result="rejected")
    print("out of order", file=sys.stderr, flush=True)
    {end}
    """
    accepted, rejected, silent = target(tmp_path, script).send(batch_of(parcel(1), parcel(2), parcel(3)))
    assert (accepted, rejected, silent.outcome) == (Answer(ACCEPTED), Answer(REJECTED), UNKNOWN)
    assert silent.detail.startswith(told)


def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Its child would say that it lived on, into a pipe that ends when the child does."""
    os.mkfifo(tmp_path / "pipe")
    ours = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    script = f"""
    pipe = open({str(tmp_path / "pipe")!r}, "w")
    child = subprocess.Popen(["sh", "-c", "sleep 60; echo lived on"], stdout=pipe)
    answer(key="key-1", result="accepted")
    time.sleep(1000)
    """
    batch = batch_of(parcel(1), parcel(2))
    answers = limited(
        lambda limit: target(tmp_path, script, timeout=limit).send(batch), lambda said: said[0] == Answer(ACCEPTED)
    )
    os.set_blocking(ours, True)
    assert os.read(ours, 100) == b""
    os.close(ours)
    assert answers[0] == Answer(ACCEPTED)
    assert answers[1].outcome is UNKNOWN
    assert re.fullmatch(r"the program was ended after \d+s, and had not answered for it", answers[1].detail)


def test_much_of_everything_fills_no_pipe(tmp_path: Path) -> None:
    """The program writes megabytes before it reads anything, and its answers while it still has much to read."""
    script = """
    for _ in range(20_000):
        print("x" * 100)
        print("y" * 100, file=sys.stderr)
    for event in events():
        answer(key=event["key"], result="accepted", message="z" * 1_000)
    """
    parcels = [parcel(n, data="d" * 1_000) for n in range(1, 2_001)]
    answers = target(tmp_path, script).send(batch_of(*parcels))
    assert outcomes(answers) == [ACCEPTED] * 2_000
    assert all(len(answer.detail) < 300 for answer in answers)


def test_a_line_without_end_is_not_kept(tmp_path: Path) -> None:
    script = """
    sys.stdout.write("x" * 10_000_000 + "\\n")
    answer(key="key-1", result="accepted")
    """
    assert outcomes(target(tmp_path, script).send(batch_of(parcel(1)))) == [ACCEPTED]


def test_a_program_need_not_read(tmp_path: Path) -> None:
    parcels = [parcel(n, data="d" * 1_000) for n in range(1, 501)]
    answers = target(tmp_path, 'answer(key="key-1", result="accepted")').send(batch_of(*parcels))
    assert outcomes(answers) == [ACCEPTED] + [UNKNOWN] * 499


def test_what_it_says_is_one_line_without_secrets(tmp_path: Path) -> None:
    learn_secret("geheim-token")
    script = """
    answer(key="key-1", result="rejected", message="no:\\n\\x1b[31m geheim-token")
    answer(key="key-2", result="rejected", message={"no": "text"})
    print("geheim-token is wrong", file=sys.stderr)
    """
    answers = target(tmp_path, script).send(batch_of(parcel(1), parcel(2), parcel(3)))
    assert [answer.detail for answer in answers] == [
        rf"no: \x1b[31m {STARS}",
        "",
        f"the program did not answer for it: {STARS} is wrong",
    ]


def test_content_that_json_cannot_say_is_not_sent(tmp_path: Path) -> None:
    answers = target(tmp_path).send(batch_of(parcel(1, data=[float("nan")]), parcel(2)))
    assert answers[0] == Answer(FAILED, "not sent: its content cannot be said in JSON (ValueError)")
    assert answers[1] == Answer(ACCEPTED)
    assert outcomes(target(tmp_path, "raise SystemExit(1)").send(batch_of(parcel(1, data=[float("inf")])))) == [FAILED]


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("./absent", "the program './absent' is not there"),
        ("no-such-program-here", "the program 'no-such-program-here' is not found"),
        ("./folder", "the program './folder' is a folder"),
        ("./text", "the program './text' may not be executed"),
    ],
)
def test_a_program_that_is_none_is_told_before_anything_is_sent(tmp_path: Path, program: str, told: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no program")
    config = CommandTargetConfig(name="script", kind="command", command=(program,))
    script = CommandTarget(config, tmp_path, needs_data=False)
    with pytest.raises(AuditorError) as raised:
        script.prepare()
    assert str(raised.value) == f"target 'script': {told}"
    assert script.send(batch_of(parcel(1), parcel(2))) == [Answer(FAILED, f"not sent: {told}")] * 2


def test_a_program_that_does_not_start_has_sent_nothing(tmp_path: Path) -> None:
    script = target(tmp_path)
    (tmp_path / "send").write_text("#!/no/such/interpreter\n")
    script.prepare()
    [answer] = script.send(batch_of(parcel(1)))
    assert answer == Answer(FAILED, "not sent: the program './send' could not be started: no such file or directory")


def test_a_program_may_be_named_by_the_consumer(tmp_path: Path) -> None:
    target(tmp_path)
    (tmp_path / "send").rename(tmp_path / "send-billing")
    config = CommandTargetConfig(name="script", kind="command", command=("./send-{consumer}",))
    script = CommandTarget(config, tmp_path, needs_data=False)
    script.prepare()
    assert outcomes(script.send(batch_of(parcel(1)))) == [ACCEPTED]


def test_a_program_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    config = CommandTargetConfig(name="script", kind="command", command=("send",))
    script = CommandTarget(config, tmp_path, needs_data=False)
    script.prepare()
    assert outcomes(script.send(batch_of(parcel(1)))) == [ACCEPTED]


def test_nothing_is_left_running(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    script = target(tmp_path)
    assert script.send(batch_of(parcel(1)))
    assert script.send(batch_of(parcel(2)))
    script.close()
    assert set(threading.enumerate()) <= before


def test_each_line_says_for_whom_it_is(tmp_path: Path) -> None:
    assert (CommandTarget.shared, CommandTarget.sends_whole) == (False, False)


def test_the_program_in_the_docs_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[4] / "docs" / "redelivery.md").read_text(encoding="utf-8")
    [program] = re.findall(r"```python\n(#!.*?)```", page, re.DOTALL)
    script = target(tmp_path)
    (tmp_path / "send").write_text(program.replace("/usr/bin/env python3", sys.executable), encoding="utf-8")
    assert outcomes(script.send(batch_of(parcel(1), parcel(2)))) == [ACCEPTED, ACCEPTED]
