"""The plan's file: what is written is read again, to the last bit, and anything else is refused."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import UsageError
from auditor.redelivery.plan_file import PlanError, events_of, expired, read_plan, write_plan
from checks.model.event import Event
from checks.model.redelivery import LeftOut, Order, Plan, PlannedCursor, PlannedEvent, Why
from tests import plans
from tests.peaks import peak_of

SURROGATES_TOO = st.text(st.characters(exclude_categories=()))
HOSTILE = (
    SURROGATES_TOO
    | st.text(st.sampled_from('\\u"d8{}[0c\x00\u202e\u2066\ud83d\ude00\udc80é\x1b\n'))
    | st.sampled_from(["[red]", "<script>", "\\udc80", "\\", "-- \x00", "\u200f\u202e"])
)
WHOLE = st.integers(-(2**63), 2**63 - 1)
COUNT = st.integers(0, 2**63 - 1)
MOMENT = st.datetimes(timezones=st.just(UTC))
EVENT = st.builds(
    Event,
    position=st.none() | WHOLE,
    id=st.none() | HOSTILE,
    stream=st.none() | HOSTILE,
    version=st.none() | WHOLE,
    type=st.none() | HOSTILE,
    time=st.none() | MOMENT,
    partition=st.none() | HOSTILE,
)


def planned_for(consumers: st.SearchStrategy[str]) -> st.SearchStrategy[PlannedEvent]:
    return st.builds(
        PlannedEvent,
        event=EVENT,
        consumer=consumers,
        target=HOSTILE,
        why=st.sampled_from(Why),
        since=st.none() | MOMENT,
        also_for=st.lists(HOSTILE, max_size=2).map(tuple),
        follows=st.booleans(),
        superseded=st.booleans(),
        attempts=COUNT,
    )


@st.composite
def whole_plans(draw: st.DrawFn) -> tuple[Plan, list[PlannedEvent]]:
    names = draw(st.lists(HOSTILE, min_size=1, max_size=2, unique=True))
    texts = st.lists(HOSTILE, max_size=2).map(tuple)
    cursors = st.builds(PlannedCursor, scope=st.none() | HOSTILE, positions=st.tuples(st.none() | HOSTILE))
    left_out = st.builds(LeftOut, reason=HOSTILE, count=st.none() | COUNT, message=HOSTILE)
    parts = [
        plans.part(
            name,
            log=draw(HOSTILE),
            heard_by=draw(texts),
            origins={"log": draw(HOSTILE), "consumer": draw(HOSTILE)},
            cursors=draw(st.lists(cursors, max_size=2).map(tuple)),
            count=draw(COUNT),
            comes_again=draw(st.none() | COUNT),
            left_out=draw(st.lists(left_out, max_size=2).map(tuple)),
        )
        for name in names
    ]
    plan = plans.plan(
        *parts,
        run=draw(HOSTILE),
        created=draw(MOMENT),
        expires=draw(MOMENT),
        order=draw(st.sampled_from(Order)),
        filters={"--type": draw(HOSTILE)},
        warnings=draw(texts),
        accepted_duplicates=draw(st.none() | HOSTILE),
        first_sighting=draw(st.booleans()),
        recorded=draw(st.booleans()),
    )
    return plan, draw(st.lists(planned_for(st.sampled_from(names)), max_size=4))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans") / "plan.json"


@given(whole_plans())
def test_what_is_written_is_read_again_whatever_its_words(place: Path, whole: tuple[Plan, list[PlannedEvent]]) -> None:
    plan, events = whole
    written = write_plan(place, plan, iter(events))
    assert written == replace(plan, hash=written.hash, count=len(events))
    assert read_plan(place) == written
    assert list(events_of(place)) == events


@given(whole_plans(), st.data())
def test_a_single_altered_value_is_refused(
    place: Path, whole: tuple[Plan, list[PlannedEvent]], data: st.DataObject
) -> None:
    write_plan(place, *whole)
    document = json.loads(place.read_text())
    path = data.draw(st.sampled_from(list(values_of(document))))
    new = data.draw(values_beside(value_at(document, path)))
    place.write_text(json.dumps(altered(document, path, new)))
    with pytest.raises(PlanError, match=r"^plan '"):
        read_plan(place)


def values_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything that is no object."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from values_of(member, (*path, key))
        return
    yield path
    if isinstance(value, list):
        for number, member in enumerate(value):
            yield from values_of(member, (*path, number))


def value_at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def altered(document: Any, path: tuple[Any, ...], new: Any) -> Any:
    document = deepcopy(document)
    value_at(document, path[:-1])[path[-1]] = new
    return document


def values_beside(old: Any) -> st.SearchStrategy[Any]:
    """Near ones above all: the next number, one letter more, one member less."""
    others: st.SearchStrategy[Any] = (
        st.none() | st.booleans() | WHOLE | st.floats() | HOSTILE.filter(utf8) | st.just([]) | st.just({})
    )
    if isinstance(old, bool):
        others |= st.just(not old)
    elif isinstance(old, int):
        others |= st.sampled_from([old + 1, old - 1, old * 1.0, str(old)])
    elif isinstance(old, str):
        others |= st.sampled_from([f"{old} ", old[:-1], f"{old}\x00", {"escaped": old + "\\\\"}])
    elif isinstance(old, list):
        others |= st.sampled_from([old[1:], [*old, *old], old[::-1], [*old, None]])
    return others.filter(lambda new: (type(new), new) != (type(old), old))


def utf8(text: str) -> bool:
    return text.encode("utf-8", "ignore").decode() == text


@pytest.fixture
def three(tmp_path: Path) -> Path:
    write_plan(tmp_path / "plan.json", plans.plan(), plans.events(3))
    return tmp_path / "plan.json"


LAYOUTS: list[Callable[[dict[str, Any]], str]] = [
    lambda document: json.dumps(document, indent=4),
    lambda document: json.dumps(document, separators=(",", ":"), ensure_ascii=False),
    lambda document: json.dumps(document, sort_keys=True),
    lambda document: json.dumps(dict(reversed(document.items())), indent="\t"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_that_is_laid_out_anew_still_holds(three: Path, layout: Callable[[dict[str, Any]], str]) -> None:
    plan = read_plan(three)
    text = layout(json.loads(three.read_text()))
    assert text != three.read_text()
    three.write_text(text, encoding="utf-8")
    assert read_plan(three) == plan
    assert list(events_of(three)) == list(plans.events(3))


def change(three: Path, key: str, new: Any) -> None:
    three.write_text(json.dumps({**json.loads(three.read_text()), key: new}))


@pytest.mark.parametrize("of", ["lost", "twice", "swapped"])
def test_events_that_were_taken_out_or_put_in_are_refused(three: Path, of: str) -> None:
    first, second, third = json.loads(three.read_text())["events"]
    new = {"lost": [first, third], "twice": [first, second, third, third], "swapped": [second, first, third]}[of]
    change(three, "events", new)
    said = {"lost": "3 events and has 2", "twice": "3 events and has 4", "swapped": "does not match its hash"}[of]
    with pytest.raises(PlanError, match=said):
        read_plan(three)


def test_every_cut_is_refused(three: Path) -> None:
    whole = three.read_bytes()
    for length in range(len(whole.rstrip())):
        three.write_bytes(whole[:length])
        with pytest.raises(PlanError, match=r"is cut off: it ends too early|is no JSON"):
            read_plan(three)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"schema: auditor.plan/1", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b'{"schema": "auditor.plan/1", "events": ["\xff"]}', "is no JSON"),
        (b'{"events": [], "schema": "auditor.plan/1"} {}', "is no JSON"),
        (b'{"events": ["\\udc80"], "schema": "auditor.plan/1"}', "is no JSON"),
        (b"[]", "is no plan: it should be a JSON object"),
        (b"7", "is no plan: it should be a JSON object"),
        (b"{}", "lacks the key 'events'"),
        (b'{"events": {}}', "events: should be a list"),
        (b'{"events": 3}', "events: should be a list"),
        (b'{"events": [], "events": []}', "has the key 'events' twice"),
        (b'{"run": "a", "run": "b", "events": []}', "has the key 'run' twice"),
        (b'{"events": []}', "is no plan: its key 'schema' is not 'auditor.plan/1'"),
        (b'{"events": [], "schema": "auditor.other/1"}', "is no plan: its key 'schema' is not 'auditor.plan/1'"),
        (
            b'{"events": [], "schema": "auditor.result/1"}',
            "is no plan: it is the report of an audit (auditor.result/1)",
        ),
        (b'{"schema": "auditor.result/1", "audits": []}', "is no plan: it is the report of an audit"),
        (b'{"schema": "auditor.plan/2"}', "is of the version 'auditor.plan/2'"),
        (
            b'{"schema": "auditor.result/1", "audits": ' + b"[" * 20,
            "is no plan: it is the report of an audit (auditor.result/1)",
        ),
        (b'{"events": [[9]], "schema": "auditor.plan/2"}', "is of the version 'auditor.plan/2'"),
        (b'{"events": ' + b"[" * 200_000, "is no plan: it is nested too deeply"),
        (b'{"a": ' + b'{"a":' * 200_000, "is no plan: it is nested too deeply"),
    ],
)
def test_what_is_no_plan_is_refused_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "plan\n.json"
    path.write_bytes(content)
    with pytest.raises(PlanError) as raised:
        read_plan(path)
    [line] = raised.value.lines()
    assert line.startswith("error: plan '")
    assert said in line


@pytest.mark.parametrize(
    ("key", "new", "said"),
    [
        ("count", 3.0, "count: should be a whole number"),
        ("count", True, "count: should be a whole number"),
        ("count", -3, "count: should not be negative"),
        ("created", "2026-03-01T12:00:00.000250+00:00", "created: should be a time in UTC that ends in 'Z'"),
        ("expires", "tomorrow", "expires: should be a time"),
        ("order", "any", "order: should be one of as-is, strict"),
        ("filters", {"--limit": 3}, "filters.--limit: should be text"),
        ("filters", [], "filters: should be an object"),
        ("warnings", ["a", {"escaped": "\\x"}], r"warnings\[1\]: should be text, with every backslash in it doubled"),
        ("warnings", "a", "warnings: should be a list"),
        ("parts", [{}], r"parts\[0\]: lacks the key 'consumer'"),
        ("parts", [3], r"parts\[0\]: should be an object"),
        ("surplus", 1, "has an unknown key 'surplus'"),
        ("parts", [], "no part is for 'billing'"),
        ("hash", "0" * 64, "what it says does not match its hash"),
    ],
)
def test_a_value_of_another_kind_is_named(three: Path, key: str, new: object, said: str) -> None:
    change(three, key, new)
    with pytest.raises(PlanError, match=said):
        read_plan(three)


@pytest.mark.parametrize(
    ("key", "new", "said"),
    [
        ("position", "2", r"events\[1\].position: should be a whole number"),
        ("follows", 0, r"events\[1\].follows: should be true or false"),
        ("also_for", ["a", None], r"events\[1\].also_for\[1\]: should be text"),
        ("surplus", None, r"events\[1\]: has an unknown key 'surplus'"),
    ],
)
def test_an_events_value_of_another_kind_is_named(three: Path, key: str, new: object, said: str) -> None:
    events = json.loads(three.read_text())["events"]
    events[1][key] = new
    change(three, "events", events)
    with pytest.raises(PlanError, match=said):
        read_plan(three)


def test_a_plan_without_events_is_a_plan(tmp_path: Path) -> None:
    written = write_plan(tmp_path / "plan.json", plans.plan(), [])
    assert read_plan(tmp_path / "plan.json") == written
    assert list(events_of(tmp_path / "plan.json")) == []


def test_the_hash_is_over_all_that_is_planned_and_over_nothing_else(tmp_path: Path) -> None:
    one = write_plan(tmp_path / "1.json", plans.plan(), plans.events(3))
    two = write_plan(tmp_path / "2.json", plans.plan(hash="of another", count=9), plans.events(3))
    assert one == two
    assert one.hash != write_plan(tmp_path / "3.json", plans.plan(), plans.events(4)).hash
    assert one.hash != write_plan(tmp_path / "4.json", plans.plan(run="r-2"), plans.events(3)).hash


def test_the_hash_can_be_made_by_anybody_as_it_is_documented(three: Path) -> None:
    document = json.loads(three.read_text())

    def spelt(value: object) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    events = sha256(b"".join(spelt(event) for event in document.pop("events"))).hexdigest()
    said = document.pop("hash")
    assert said == sha256(spelt(document) + events.encode()).hexdigest()


def test_only_the_owner_may_read_it_and_every_event_has_a_line(three: Path) -> None:
    assert stat.S_IMODE(three.stat().st_mode) == 0o600
    lines = three.read_text().splitlines()
    assert [json.loads(line.rstrip(","))["position"] for line in lines if line.startswith('{"position"')] == [1, 2, 3]
    assert list(json.loads(three.read_text()))[-1] == "events"


def test_what_fails_half_way_leaves_what_was_there(three: Path) -> None:
    def failing() -> Iterator[PlannedEvent]:
        yield plans.planned(1)
        raise ZeroDivisionError

    before = three.read_bytes()
    with pytest.raises(ZeroDivisionError):
        write_plan(three, plans.plan(), failing())
    assert three.read_bytes() == before
    assert list(three.parent.iterdir()) == [three]


def test_a_link_stays_one_and_no_device_is_written_over(three: Path) -> None:
    link = three.with_name("link.json")
    link.symlink_to(three)
    write_plan(link, plans.plan(), plans.events(2))
    assert link.is_symlink()
    assert read_plan(three).count == 2
    with pytest.raises(PlanError, match="cannot be written: there is something else than a file"):
        write_plan(Path(os.devnull), plans.plan(), plans.events(2))


def test_a_place_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be written: no such file or directory"):
        write_plan(tmp_path / "none" / "plan.json", plans.plan(), plans.events(1))
    for read in (read_plan, lambda path: list(events_of(path))):
        with pytest.raises(UsageError, match=r"plan '.*' cannot be read: no such file or directory"):
            read(tmp_path / "plan.json")


def test_it_expires_at_its_hour() -> None:
    plan = plans.plan(expires=plans.NOON)
    assert not expired(plan, plans.NOON - timedelta(microseconds=1))
    assert expired(plan, plans.NOON)
    assert expired(plan, datetime.max.replace(tzinfo=UTC))


def write_and_read(folder: str, count: str) -> None:
    """A plan of so many events."""
    path = Path(folder) / f"{count}.json"
    write_plan(path, plans.plan(), plans.events(int(count)))
    assert read_plan(path).count == sum(1 for _ in events_of(path)) == int(count)


def test_a_hundred_thousand_events_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    assert peak_of(write_and_read, tmp_path, 100_000) - peak_of(write_and_read, tmp_path, 1_000) < 20 * 1024
