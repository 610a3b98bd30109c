"""The words that a config may use: which keys there are, which are not supported yet, which are misspelt."""

from collections.abc import Iterator

from pydantic import BaseModel

from auditor.config.models import (
    Config,
    ConsumerConfig,
    CursorConfig,
    InboxConfig,
    LedgerConfig,
    LogConfig,
    ParkedConfig,
    StateConfig,
    StoreConfig,
)
from auditor.config.problems import Location, Problem, Table, quoted, suggestion
from auditor.config.values import is_blank
from reports.visible import visible

SECTIONS: dict[str, type[BaseModel]] = {
    "stores": StoreConfig,
    "logs": LogConfig,
    "states": StateConfig,
    "consumers": ConsumerConfig,
}
"""The first words of section names, each followed by a name of the user's own."""

SUBSECTIONS: dict[str, dict[str, type[BaseModel]]] = {
    "logs": {"cursor": CursorConfig},
    "consumers": {"cursor": CursorConfig, "inbox": InboxConfig, "parked": ParkedConfig},
}
"""The parts of a section, by its first word."""

NOT_YET: dict[type[BaseModel], frozenset[str]] = {
    Config: frozenset({"redelivery"}),
    ConsumerConfig: frozenset({"redelivery"}),
}
"""Words that mean something to users of the auditor, and that it refuses rather than ignores."""

_FILLED_IN = frozenset({"name", "path"})


def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a user may write in the section that ``model`` describes."""
    return tuple(key for key in model.model_fields if key not in _FILLED_IN)


def problems(document: Table) -> Iterator[Problem]:
    """Every key and section that is not known, is not supported yet, or has no usable name."""
    yield from _unknown(document, Config, ())
    if isinstance(document.get("ledger"), dict):
        yield from _unknown(document["ledger"], LedgerConfig, ("ledger",))
    for word, model in SECTIONS.items():
        for name, section in _tables(document.get(word)):
            yield from _named(word, name)
            yield from _unknown(section, model, (word, name))
            for part, part_model in SUBSECTIONS.get(word, {}).items():
                if isinstance(section.get(part), dict):
                    yield from _unknown(section[part], part_model, (word, name, part))


def _tables(value: object) -> Iterator[tuple[str, Table]]:
    if isinstance(value, dict):
        yield from ((name, section) for name, section in value.items() if isinstance(section, dict))


def _named(word: str, name: str) -> Iterator[Problem]:
    if is_blank(name):
        yield Problem((word, name), f"the name of a section must not be blank: {quoted(name)}")
    elif visible(name) != name:
        yield Problem((word, name), f"the name of a section must be printable, unlike {quoted(name)}")


def _unknown(section: Table, model: type[BaseModel], location: Location) -> Iterator[Problem]:
    known = known_keys(model)
    for key, value in section.items():
        if key in known:
            continue
        a_section = model is Config and isinstance(value, dict)
        if key in NOT_YET.get(model, ()):
            yield Problem((*location, key), f"{_called(key, section=a_section)} is not supported yet")
        else:
            yield Problem((*location, key), f"unknown {_called(key, section=a_section)}{_hint(key, model)}")


def _hint(key: str, model: type[BaseModel]) -> str:
    known = known_keys(model)
    word = next((word for word, section in SECTIONS.items() if section is model), None)
    parts = {} if word is None else SUBSECTIONS.get(word, {})
    if parts and not suggestion(key, known):
        owners = [part for part, part_model in parts.items() if key in known_keys(part_model)]
        if owners:
            return f" (it belongs in {' or '.join(f'[{word}.NAME.{part}]' for part in owners)})"
        known_below = {key for part_model in parts.values() for key in known_keys(part_model)}
        if near := suggestion(key, sorted(known_below)):
            return near
    return suggestion(key, known, listed=True)


def _called(key: str, *, section: bool) -> str:
    return f"section {quoted(key)}" if section else f"key {quoted(key)}"
