"""What is written down is whole, once, and of one plan, whatever was cut short before."""

import json
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.config.targets import FileTargetConfig
from auditor.errors import AuditorError
from auditor.redelivery.targets.file import FileTarget
from auditor.redelivery.targets.interface import Answer, Batch
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.batches import batch_of, parcel

PLAN = "0123456789abcdef" * 4
WRITTEN = Answer(Outcome.ACCEPTED, "written to again.jsonl")
HELD = Answer(Outcome.ACCEPTED, "stood in again.jsonl already")


def target(folder: Path, name: str = "again.jsonl", plan: str = PLAN, **keys: Any) -> FileTarget:
    config = FileTargetConfig(name="paper", kind="file", path=str(folder / name), **keys)
    return FileTarget(config, "billing", "orders", plan, needs_data=True)


def lines(folder: Path, name: str = "again.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def positions(folder: Path) -> list[str]:
    return [line["position"] for line in lines(folder)]


def refusal(paper: FileTarget) -> str:
    with pytest.raises(AuditorError) as raised:
        paper.prepare()
    return str(raised.value)


def test_an_event_is_a_cloud_event(tmp_path: Path) -> None:
    time = datetime(2026, 3, 1, 12, tzinfo=UTC)
    sent = batch_of(parcel(5, data={"total": 3}, time=time, version=2, partition="a"), plan=PLAN)
    assert target(tmp_path).send(sent) == [WRITTEN]
    assert lines(tmp_path) == [
        {
            "specversion": "1.0",
            "redeliveryplan": PLAN,
            "id": "e5",
            "source": "orders",
            "type": "OrderPlaced",
            "subject": "order-5",
            "time": "2026-03-01T12:00:00Z",
            "position": "5",
            "partition": "a",
            "version": 2,
            "consumer": "billing",
            "redeliverykey": "key-5",
            "datacontenttype": "application/json",
            "data": {"total": 3},
        }
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a\n<b>", {"datacontenttype": "text/plain", "data": "a\n<b>"}),
        (b"\x00\xff", {"datacontenttype": "application/octet-stream", "data_base64": "AP8="}),
        ([1, None], {"datacontenttype": "application/json", "data": [1, None]}),
        (7, {"datacontenttype": "application/json", "data": 7}),
        (float("nan"), {"datacontenttype": "text/plain", "data": "nan"}),
        (datetime(2026, 3, 1, tzinfo=UTC), {"datacontenttype": "text/plain", "data": "2026-03-01T00:00:00Z"}),
        (None, {}),
    ],
)
def test_content_keeps_what_it_is(tmp_path: Path, data: object, said: dict[str, object]) -> None:
    target(tmp_path).send(batch_of(parcel(1, data=data), plan=PLAN))
    [line] = lines(tmp_path)
    assert {word: line[word] for word in ("datacontenttype", "data", "data_base64") if word in line} == said


def test_what_is_not_known_of_an_event(tmp_path: Path) -> None:
    bare = parcel(7, id=None, stream=None, version=None, type=None)
    target(tmp_path, source="/shop").send(batch_of(bare, parcel(8, version=2**31), plan=PLAN))
    line, other = lines(tmp_path)
    assert (line["id"], line["type"], line["source"], other["version"]) == ("7", "unknown", "/shop", "2147483648")
    assert not {"subject", "version", "time", "partition"} & set(line)


def test_a_batch_that_was_written_is_not_written_again(tmp_path: Path) -> None:
    paper = target(tmp_path)
    assert paper.send(batch_of(parcel(1), parcel(2), plan=PLAN)) == [WRITTEN, WRITTEN]
    assert paper.send(batch_of(parcel(2), parcel(3), parcel(3), plan=PLAN)) == [HELD, WRITTEN, HELD]
    resumed = target(tmp_path)
    resumed.prepare()
    assert resumed.send(batch_of(parcel(3), parcel(4), plan=PLAN)) == [HELD, WRITTEN]
    assert positions(tmp_path) == ["1", "2", "3", "4"]


def test_wherever_a_crash_cut_it_short_every_event_stands_in_it_once(tmp_path: Path) -> None:
    target(tmp_path).send(batch_of(parcel(1), parcel(2, data="é\n"), plan=PLAN))
    whole = (tmp_path / "again.jsonl").read_bytes()
    first = whole.index(b"\n")
    ends = {*range(0, len(whole), 9), first, first + 1, first + 2, *range(len(whole) - 2, len(whole) + 1)}
    for end in sorted(ends):
        (tmp_path / "again.jsonl").write_bytes(whole[:end])
        resumed = target(tmp_path)
        resumed.prepare()
        assert (tmp_path / "again.jsonl").read_bytes() == whole[:end], "a look changes nothing"
        answers = resumed.send(batch_of(parcel(1), parcel(2, data="é\n"), plan=PLAN))
        assert all(answer.outcome is Outcome.ACCEPTED for answer in answers)
        assert (tmp_path / "again.jsonl").read_bytes() == whole


def test_two_consumers_may_share_a_file(tmp_path: Path) -> None:
    one, other = target(tmp_path), target(tmp_path)
    one.send(batch_of(parcel(1), plan=PLAN))
    other.send(batch_of(parcel(2), plan=PLAN))
    one.send(batch_of(parcel(3), plan=PLAN))
    assert positions(tmp_path) == ["1", "2", "3"]


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    paper = target(tmp_path)
    paper.send(batch_of(parcel(1), parcel(2), plan=PLAN))
    (tmp_path / "again.jsonl").rename(tmp_path / "sent.jsonl")
    assert paper.send(batch_of(parcel(2), plan=PLAN)) == [WRITTEN]
    assert positions(tmp_path) == ["2"]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        target(tmp_path).send(batch_of(parcel(1), plan=PLAN))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "again.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"dear diary",
        b"dear diary\n",
        b'{"specversion": "1.0"}\n',
        b'{"specversion": "1.0", "redeliveryplan": "' + PLAN.encode() + b'", "id": ',
        b'{"specversion": "1.0", "redeliveryplan": "' + PLAN.encode() + b'", nonsense\n',
        b"\n",
        b"\xff\x00",
    ],
)
def test_what_is_not_of_this_plan_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "again.jsonl").write_bytes(content)
    paper = target(tmp_path, plan="another" if content.endswith(b'"id": ') else PLAN)
    told = refusal(paper)
    assert told.startswith(f"target 'paper': {tmp_path}/again.jsonl ")
    [answer] = paper.send(batch_of(parcel(1), plan=PLAN))
    assert answer.outcome is Outcome.FAILED
    assert (tmp_path / "again.jsonl").read_bytes() == content


def test_a_file_of_another_plan_is_refused(tmp_path: Path) -> None:
    target(tmp_path).send(batch_of(parcel(1), plan=PLAN))
    told = refusal(target(tmp_path, plan="fedcba"))
    assert told.endswith("again.jsonl holds something else, or events of another plan (name another file, or move it)")


def test_a_place_that_is_none_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert refusal(target(tmp_path, "absent/again.jsonl")).endswith("again.jsonl has no folder to be in: make it first")
    assert refusal(target(tmp_path, "folder")).endswith("folder is no file")
    assert refusal(target(tmp_path, "pipe")).endswith("pipe is no file")
    assert refusal(target(tmp_path, "n" * 300)).endswith("file name too long")
    [answer] = target(tmp_path, "absent/again.jsonl").send(batch_of(parcel(1), plan=PLAN))
    assert (answer.outcome, answer.detail.partition("again")[0]) == (Outcome.FAILED, f"not written: {tmp_path}/absent/")


def test_a_look_makes_no_file(tmp_path: Path) -> None:
    target(tmp_path).prepare()
    assert list(tmp_path.iterdir()) == []


def test_its_name_may_have_the_consumer_and_the_plan_in_it(tmp_path: Path) -> None:
    config = FileTargetConfig(name="paper", kind="file", path=str(tmp_path / "{consumer}-{plan}-{log}-{target}"))
    paper = FileTarget(config, "../bil/ling", "orders", "p", needs_data=False)
    paper.send(batch_of(parcel(1, data="x"), plan="p"))
    assert [path.name for path in tmp_path.iterdir()] == [".._bil_ling-p-orders-paper"]
    assert "data" not in lines(tmp_path, ".._bil_ling-p-orders-paper")[0]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As if the disk were full beyond that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_batch_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    """Python ignores the signal that comes with it."""
    paper = target(tmp_path)
    paper.send(batch_of(parcel(1), plan=PLAN))
    before = (tmp_path / "again.jsonl").read_bytes()
    sent: Batch = batch_of(parcel(1), parcel(2), parcel(3), plan=PLAN)
    with largest_file(len(before) + 400):
        held, *failed = paper.send(sent)
    assert held == HELD
    assert {answer.outcome for answer in failed} == {Outcome.FAILED}
    assert failed[0].detail.endswith("again.jsonl file too large")
    assert (tmp_path / "again.jsonl").read_bytes() == before
    assert paper.send(sent) == [HELD, WRITTEN, WRITTEN]


def test_content_that_json_cannot_say_is_left_out(tmp_path: Path) -> None:
    answers = target(tmp_path).send(batch_of(parcel(1, data=[float("nan")]), parcel(2), plan=PLAN))
    assert answers == [Answer(Outcome.FAILED, "not written: its content cannot be said in JSON (ValueError)"), WRITTEN]


def test_each_line_says_for_whom_it_is() -> None:
    assert (FileTarget.shared, FileTarget.sends_whole) == (False, False)
