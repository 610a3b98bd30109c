"""The JSON Schema says what load() accepts, in the words of the file."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

from auditor.config import (
    ConsumerConfig,
    CursorConfig,
    InboxConfig,
    LedgerConfig,
    LogConfig,
    ParkedConfig,
    StateConfig,
    StoreConfig,
    json_schema,
)
from auditor.config.keys import known_keys
from auditor.config.kinds import KINDS
from auditor.config.targets import TARGETS, AuthConfig
from auditor.presets import presets

MODELS: list[type[BaseModel]] = [
    StoreConfig,
    LogConfig,
    StateConfig,
    ConsumerConfig,
    CursorConfig,
    InboxConfig,
    ParkedConfig,
    LedgerConfig,
    *TARGETS.values(),
    AuthConfig,
]


@cache
def schema() -> dict[str, Any]:
    """Made once: it takes a fifth of a second."""
    return json_schema.schema()


def definition(model: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = schema()["$defs"][model.__name__]
    return found


def parts(value: object) -> Iterator[dict[str, Any]]:
    """Every object within a schema."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


def test_it_is_a_document_of_draft_2020_12() -> None:
    document = schema()
    assert next(iter(document)) == "$schema"
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(document)) == document


def test_the_sections_are_those_of_a_file() -> None:
    assert list(schema()["properties"]) == ["stores", "logs", "states", "consumers", "redelivery", "ledger"]


def test_the_url_of_a_ledger_has_a_default_that_is_no_secret() -> None:
    assert definition(LedgerConfig)["properties"]["url"]["default"] == "sqlite:///.auditor/ledger.db"


@pytest.mark.parametrize("model", MODELS)
def test_a_section_has_the_keys_that_a_user_may_write_and_no_others(model: type[BaseModel]) -> None:
    assert tuple(definition(model)["properties"]) == known_keys(model)
    assert definition(model)["additionalProperties"] is False


@pytest.mark.parametrize("model", MODELS)
def test_every_key_and_every_section_is_described(model: type[BaseModel]) -> None:
    assert definition(model)["description"]
    assert [key for key, value in definition(model)["properties"].items() if not value.get("description")] == []


def test_the_required_keys_are_those_without_a_default() -> None:
    assert definition(StoreConfig)["required"] == ["url"]
    assert definition(LogConfig)["required"] == ["store"]
    assert definition(StateConfig)["required"] == ["log", "store", "table", "stream"]
    assert definition(ConsumerConfig)["required"] == ["log", "store"]
    assert definition(InboxConfig)["required"] == ["table"]
    assert definition(TARGETS["http"])["required"] == ["kind", "url"]


def test_a_target_is_one_of_the_kinds() -> None:
    one_of = schema()["properties"]["redelivery"]["additionalProperties"]["oneOf"]
    assert [each["$ref"].rpartition("/")[2] for each in one_of] == [model.__name__ for model in TARGETS.values()]
    assert [definition(model)["properties"]["kind"]["const"] for model in TARGETS.values()] == list(KINDS)


@pytest.mark.parametrize(("model", "key"), [(LogConfig, "preset"), (CursorConfig, "subscription")])
def test_table_and_position_are_required_where_no_preset_gives_them(model: type[BaseModel], key: str) -> None:
    assert definition(model)["anyOf"] == [{"required": [key]}, {"required": ["table", "position"]}]


def test_the_presets_are_named() -> None:
    assert definition(LogConfig)["properties"]["preset"]["enum"] == list(presets())


def test_nothing_is_null_since_toml_has_none() -> None:
    assert not [part for part in parts(schema()) if part.get("type") == "null" or part.get("default", 0) is None]


def test_durations_are_text_and_so_are_their_defaults() -> None:
    settle = definition(LogConfig)["properties"]["settle"]
    assert (settle["type"], settle["default"]) == ("string", "5s")
    assert definition(ConsumerConfig)["properties"]["max_lag"]["default"] == "5m"


@pytest.mark.parametrize(("text", "fits"), [("1.5s", True), ("${GRACE}", True), ("5 minutes", False), ("5", False)])
def test_the_pattern_of_durations_takes_what_load_takes(text: str, fits: bool) -> None:
    pattern = definition(ConsumerConfig)["properties"]["grace"]["pattern"]
    assert bool(re.search(pattern, text)) is fits


@pytest.mark.parametrize(("text", "fits"), [("events", True), ("a.events", True), ("a.b.c", False), ("a.", False)])
def test_the_pattern_of_tables_takes_what_load_takes(text: str, fits: bool) -> None:
    pattern = definition(LogConfig)["properties"]["table"]["pattern"]
    assert bool(re.search(pattern, text)) is fits
