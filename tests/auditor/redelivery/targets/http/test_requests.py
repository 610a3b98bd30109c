"""What is asked: exactly the planned events, in the shape that the server wants, marked, and the same each time."""

import json
from typing import Any

import pytest

from auditor.errors import ConfigError
from auditor.redelivery.targets.http.requests import Request, Requests, UnfitError, key_of, user_agent
from auditor.redelivery.targets.interface import Batch, Parcel
from tests.auditor.redelivery.batches import batch_of, parcel
from tests.auditor.redelivery.http_targets import config_of

URL = "https://shop.example/again"


def made(batch: Batch, url: str = URL, **keys: Any) -> list[Request]:
    requests = Requests(config_of(url, **keys))
    requests.check()
    return [requests.make(batch, parcels) for parcels in requests.of(batch)]


def bodies(batch: Batch, url: str = URL, **keys: Any) -> list[Any]:
    return [None if each.content is None else json.loads(each.content) for each in made(batch, url, **keys)]


def headers(request: Request) -> dict[str, str]:
    assert len({name.lower() for name, _ in request.headers}) == len(request.headers)
    return {name: value.decode() for name, value in request.headers}


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("ids", {"ids": ["e3", "e5"]}),
        ("positions", {"positions": [3, 5]}),
        ("from-position", {"from": 3}),
    ],
)
@pytest.mark.parametrize("partition", [None, "eu"])
def test_each_shape_has_a_body_of_its_own(shape: str, body: dict[str, Any], partition: str | None) -> None:
    batch = batch_of(parcel(3, partition=partition), parcel(5, partition=partition))
    expected = body if partition is None else {**body, "partition": partition}
    assert bodies(batch, shape=shape) == [expected]


def test_a_range_ends_where_an_event_stands_between_that_is_not_planned() -> None:
    parcels = [parcel(1), parcel(2, follows=True), parcel(4), parcel(7), parcel(9, follows=True)]
    assert bodies(batch_of(*parcels), shape="range") == [
        {"first": 1, "last": 2},
        {"first": 4, "last": 4},
        {"first": 7, "last": 9},
    ]


def test_the_first_parcel_of_a_batch_begins_a_range_whatever_it_follows() -> None:
    assert bodies(batch_of(parcel(2, follows=True), parcel(3, follows=True)), shape="range") == [
        {"first": 2, "last": 3}
    ]  # fmt: skip


def test_templates_fill_address_headers_and_body() -> None:
    (request,) = made(
        batch_of(parcel(3), parcel(5), plan="f00"),
        URL + "/{consumer}?ids={ids}",
        headers={"X-Why": "{count} events of {log} by {target}"},
        body={"plan": "{plan}", "ids": "{ids}", "braces": "{{}}"},
        method="PUT",
    )
    assert (request.method, request.url) == ("PUT", f"{URL}/billing?ids=e3,e5")
    assert headers(request)["X-Why"] == "2 events of orders by api"
    assert json.loads(request.content or b"") == {"plan": "f00", "ids": ["e3", "e5"], "braces": "{}"}


@pytest.mark.parametrize(
    "keys",
    [
        {"url": URL + "/{id}", "body": {"data": "{data}", "count": "{count}"}},
        {"url": URL, "body": {"id": "{id}", "data": "{data}", "count": "{count}"}, "shape": "range"},
    ],
)
def test_a_template_that_speaks_of_one_event_makes_a_request_for_each(keys: dict[str, Any]) -> None:
    batch = batch_of(parcel(3, data={"total": 1}), parcel(4, follows=True, data="text"))
    requests = made(batch, **keys)
    contents = [json.loads(each.content or b"") for each in requests]
    assert [(each["data"], each["count"]) for each in contents] == [({"total": 1}, 1), ("text", 1)]
    assert [headers(each)["Idempotency-Key"] for each in requests] == ["key-3", "key-4"]
    assert Requests(config_of(**keys)).needs_data


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_method_without_a_body_gets_none_unless_one_is_configured(method: str) -> None:
    (request,) = made(batch_of(parcel(3)), URL + "?ids={ids}", method=method)
    assert request.content is None
    assert "Content-Type" not in headers(request)
    assert bodies(batch_of(parcel(3)), method=method, body=["{ids}"]) == [[["e3"]]]


def test_headers_say_who_asks_and_that_it_is_a_redelivery() -> None:
    (request,) = made(batch_of(parcel(3), plan="0123456789abcdef"))
    assert headers(request) == {
        "User-Agent": user_agent(),
        "Accept": "application/json, */*;q=0.5",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Type": "application/json",
        "Idempotency-Key": "key-3",
        "Auditor-Redelivery": "0123456789ab",
    }
    assert user_agent().startswith("auditor/0")


def test_headers_of_the_config_win() -> None:
    (request,) = made(batch_of(parcel(3)), headers={"content-type": "application/vnd.shop+json", "USER-AGENT": "é"})
    assert headers(request)["content-type"] == "application/vnd.shop+json"
    assert headers(request)["USER-AGENT"] == "é"


def test_the_same_events_have_the_same_key_and_others_another_one() -> None:
    one, two = parcel(1), parcel(2)
    assert key_of([one]) == one.key
    assert key_of([one, two]) == key_of([one, two])
    assert len({key_of([one, two]), key_of([two, one]), key_of([one]), key_of([two])}) == 4


def test_ids_are_sent_as_the_log_has_them() -> None:
    strange = ['"', "ä\n", "<script>", "00042", "\udc80"]
    batch = batch_of(*(parcel(n, id=text) for n, text in enumerate(strange)))
    assert bodies(batch) == [{"ids": strange}]


@pytest.mark.parametrize(
    ("keys", "shared"),
    [
        ({"url": URL}, True),
        ({"url": URL + "/{{consumer}}"}, True),
        ({"url": URL, "body": {"{consumer}": "{ids}"}}, True),
        ({"url": URL + "/{consumer}"}, False),
        ({"url": URL, "headers": {"X-For": "{consumer}"}}, False),
        ({"url": URL, "body": {"ids": "{ids}", "for": ["only {consumer}"]}}, False),
    ],
)
def test_a_target_that_names_no_consumer_is_shared(keys: dict[str, Any], shared: bool) -> None:
    assert Requests(config_of(**keys)).shared is shared


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"url": URL + "/{password}"}, "{password} is no placeholder"),
        ({"url": URL + "/{id.__class__}"}, "{id.__class__} is no placeholder"),
        ({"url": URL + "/{"}, "a single { is no placeholder"),
        ({"url": URL, "headers": {"X": "{x}"}}, "{x} is no placeholder"),
        ({"url": URL, "body": {"x": ["{ids!r}"]}}, "{ids!r} is no placeholder"),
        ({"url": "ftp://shop/again"}, "'url' must begin with https:// or http://"),
        ({"url": "https:///again"}, "'url' must begin with https:// or http://"),
        ({"url": "https://{stream}/again"}, "{stream} in the host of 'url'"),
        ({"url": "https://api.{type}.example?{consumer}"}, "{type} in the host of 'url'"),
        ({"url": "https://[{type}/again"}, "{type} in the host of 'url'"),
        ({"url": "{consumer}://x"}, "'url' must begin"),
        ({"url": URL, "method": "GET"}, "neither 'url' nor 'body' says which events"),
        ({"url": URL, "body": {"all": True}}, "neither 'url' nor 'body' says which events"),
        ({"url": URL, "headers": {"idempotency-key": "1"}}, "the header 'idempotency-key' is set by the auditor"),
        ({"url": URL, "headers": {"Auditor-Redelivery": "1"}}, "is set by the auditor"),
        ({"url": URL, "headers": {"Content-Length": "1"}}, "is set by the auditor"),
        ({"url": URL, "headers": {"X-A": "a\r\nX-B: b"}}, "the header 'X-A' holds a line break"),
    ],
)
def test_what_could_not_be_sent_is_told_before(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Requests(config_of(**keys)).check()
    assert refused.value.message.startswith("target 'api': ")
    assert message in refused.value.message


@pytest.mark.parametrize("consumers_host", ["https://{consumer}.example/", "https://{log}/{target}"])
def test_a_host_may_be_named_by_the_config(consumers_host: str) -> None:
    Requests(config_of(consumers_host)).check()


@pytest.mark.parametrize("text", ["a\r\nX-Admin: 1", "a\nb", "a\rb", "a\0b", "\x7f", "\x1b[2J"])
def test_data_cannot_become_another_header(text: str) -> None:
    with pytest.raises(UnfitError, match="the header 'X-Stream' would hold a line break"):
        made(batch_of(parcel(1, stream=text)), headers={"X-Stream": "{stream}"})


@pytest.mark.parametrize(
    ("lacking", "keys", "message"),
    [
        (parcel(1, id=None), {}, "no id is known of it"),
        (parcel(1, id=None), {"body": {"x": "{id}"}}, "no id is known of it"),
        (parcel(1, position=None), {"shape": "positions"}, "no position is known of it"),
        (parcel(1, id=".."), {"url": URL + "/{id}"}, "'..' cannot stand in an address"),
    ],
)
def test_an_event_without_what_it_is_named_by_is_not_sent(lacking: Parcel, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(UnfitError, match=message):
        made(batch_of(lacking), **keys)


def test_an_id_is_not_missed_where_nothing_names_it() -> None:
    assert bodies(batch_of(parcel(7, id=None)), body={"at": "{positions}"}) == [{"at": [7]}]


def test_what_may_be_secret_is_not_shown() -> None:
    (request,) = made(batch_of(parcel(3)), URL + "?token=sturgeon", headers={"X-Key": "sturgeon"})
    assert "sturgeon" not in repr(request)
