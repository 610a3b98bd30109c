"""What stands in braces is filled with what is sent, and nothing that is sent can become more than a value."""

import doctest
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.redelivery.targets import templates
from auditor.redelivery.targets.templates import (
    OF_BATCH,
    OF_EVENT,
    fill_text,
    fill_url,
    fill_value,
    of_batch,
    of_event,
    spelt,
    unknown_placeholders,
)
from tests.auditor.redelivery.batches import batch_of, event, parcel

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(templates)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("template", "unknown"),
    [
        ("", []),
        ("/events/{id}?for={consumer}", []),
        ("{{id}} {{}} {{{id}}}", []),
        ("{ID}", ["ID"]),
        ("{password} {password} {id}", ["password"]),
        ("{id.__class__} {id[0]} {id!r} {id:>9} { id }", ["id.__class__", "id[0]", "id!r", "id:>9", " id "]),
        ("{} {0}", ["", "0"]),
        ("{", ["{"]),
        ("}", ["}"]),
        ("{id", ["{"]),
        ("id}", ["}"]),
        ("{a{id}}", ["{", "}"]),
        ({"{nobody}": ["{id}", {"deep": ("{what}", 7, None)}]}, ["what"]),
        (12, []),
    ],
)
def test_placeholders_that_are_not_known_are_found_without_sending(template: object, unknown: list[str]) -> None:
    assert unknown_placeholders(template, ["id", "consumer"]) == unknown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (0, "0"),
        ("{id}", "{id}"),
        (["a", 2, None], "a,2,"),
        (datetime(2026, 3, 1, 12, 0, 0, 250, timezone(timedelta(hours=2))), "2026-03-01T10:00:00.000250Z"),
        ({"at": datetime(2026, 3, 1, tzinfo=UTC), "ä": [1]}, '{"at": "2026-03-01T00:00:00Z", "ä": [1]}'),
        (b"text", "text"),
        (memoryview(b"\xff\x00"), "/wA="),
    ],
)
def test_a_value_in_a_text_is_spelt_for_people_and_programs(value: object, text: str) -> None:
    assert spelt(value) == text
    assert fill_text("<{data}>", {"data": value}) == f"<{text}>"


@given(TEXTS)
def test_what_fills_a_text_is_never_filled_itself(text: str) -> None:
    assert fill_text("{id}{{id}}{id}", {"id": text}) == f"{text}{{id}}{text}"


@given(TEXTS.filter(lambda text: text.strip(".") != ""))
def test_no_value_changes_the_parts_of_an_address(text: str) -> None:
    parts = urlsplit(fill_url("https://shop.example/{stream}/again?id={id}#x", {"stream": text, "id": text}))
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "shop.example", "x")
    assert unquote(parts.path) == f"/{text}/again"
    assert unquote(parts.query) == f"id={text}"
    assert parts.path.count("/") == 2


@pytest.mark.parametrize("dots", [".", "..", "..."])
def test_a_value_of_dots_does_not_lead_to_another_folder(dots: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in an address"):
        fill_url("https://shop.example/{id}/again", {"id": dots})


def test_a_half_of_a_surrogate_pair_can_stand_in_an_address() -> None:
    assert fill_url("/{id}", {"id": "a\udc80"}) == "/a%5Cudc80"


def test_a_string_that_is_one_placeholder_becomes_the_value_itself() -> None:
    template = {
        "ids": "{ids}",
        "first": "{first}",
        "none": "{partition}",
        "text": "from {first}",
        "braces": "{{ids}}",
        "deep": [{"{ids}": ["{first}"]}, True, 1.5],
    }
    values = {"ids": ["a", "b"], "first": 7, "partition": None}
    assert fill_value(template, values) == {
        "ids": ["a", "b"],
        "first": 7,
        "none": None,
        "text": "from 7",
        "braces": "{ids}",
        "deep": [{"{ids}": [7]}, True, 1.5],
    }


def test_a_batch_has_a_value_for_every_word_of_batches() -> None:
    batch = batch_of(parcel(3, partition="p"), parcel(5, partition="p"), plan="f00", count=9)
    values = of_batch(batch, "orders-api")
    assert tuple(values) == OF_BATCH
    assert values == {
        "consumer": "billing",
        "log": "orders",
        "target": "orders-api",
        "plan": "f00",
        "count": 9,
        "partition": "p",
        "first": 3,
        "last": 5,
        "from": 3,
        "ids": ["e3", "e5"],
        "positions": [3, 5],
    }


def test_a_part_of_a_batch_speaks_of_that_part() -> None:
    batch = batch_of(parcel(3), parcel(5), count=9)
    values = of_batch(batch, "orders-api", batch.parcels[1:])
    assert (values["count"], values["first"], values["ids"]) == (1, 5, ["e5"])


def test_an_event_has_a_value_for_every_word_of_events() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    values = of_event(parcel(3, time=at, data={"total": 3}))
    assert tuple(values) == OF_EVENT
    told = event(3, time=at)
    assert [values[name] for name in OF_EVENT] == [
        told.id, 3, told.stream, told.version, told.type, at, {"total": 3}
    ]  # fmt: skip
