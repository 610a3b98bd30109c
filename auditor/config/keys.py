"""The words that a config may use: which keys there are, and which are misspelt."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from auditor.config.kinds import model_of, parts_of
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

Parts = Mapping[str, type[BaseModel]]
"""The sections of a section."""

SUBSECTIONS: dict[str, Parts] = {
    "logs": {"cursor": CursorConfig},
    "consumers": {"cursor": CursorConfig, "inbox": InboxConfig, "parked": ParkedConfig},
}
"""The parts of a section, by its first word."""

TARGETS = "redelivery"
"""The first word of sections that have a model for each kind."""


def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a user may write in the section that ``model`` describes."""
    filled_in = "path" if model is Config else "name"
    return tuple(key for key in model.model_fields if key != filled_in)


def problems(document: Table) -> Iterator[Problem]:
    """Every key and section that is not known or has no usable name. ``document`` has its variables put in."""
    yield from _unknown(document, Config, (), {})
    if isinstance(document.get("ledger"), dict):
        yield from _unknown(document["ledger"], LedgerConfig, ("ledger",), {})
    for word, model in SECTIONS.items():
        for name, section in _tables(document.get(word)):
            yield from _section(section, model, (word, name), SUBSECTIONS.get(word, {}))
    for name, section in _tables(document.get(TARGETS)):
        # Of another kind, nothing is known but that it is none, which the model of the config says.
        if (target := model_of(section.get("kind"))) is not None:
            yield from _section(section, target, (TARGETS, name), parts_of(target))


def _section(section: Table, model: type[BaseModel], here: Location, parts: Parts) -> Iterator[Problem]:
    yield from _named(here)
    yield from _unknown(section, model, here, parts)
    for part, part_model in parts.items():
        if isinstance(section.get(part), dict):
            yield from _unknown(section[part], part_model, (*here, part), {})


def _tables(value: object) -> Iterator[tuple[str, Table]]:
    if isinstance(value, dict):
        yield from ((name, section) for name, section in value.items() if isinstance(section, dict))


def _named(here: Location) -> Iterator[Problem]:
    name = str(here[-1])
    if is_blank(name):
        yield Problem(here, f"the name of a section must not be blank: {quoted(name)}")
    elif visible(name) != name:
        yield Problem(here, f"the name of a section must be printable, unlike {quoted(name)}")


def _unknown(section: Table, model: type[BaseModel], here: Location, parts: Parts) -> Iterator[Problem]:
    known = known_keys(model)
    for key, value in section.items():
        if key not in known:
            a_section = model is Config and isinstance(value, dict)
            text = f"unknown {_called(key, section=a_section)}{_hint(key, known, here, parts)}"
            yield Problem((*here, key), text)


def _hint(key: str, known: tuple[str, ...], here: Location, parts: Parts) -> str:
    near = suggestion(key, known)
    owners = " or ".join(f"[{here[0]}.NAME.{part}]" for part, model in parts.items() if key in known_keys(model))
    if owners:
        return f"{near.removesuffix('?)')}, or that of {owners}?)" if near else f" (it belongs in {owners})"
    known_below = sorted({each for model in parts.values() for each in known_keys(model)})
    return near or suggestion(key, known_below) or suggestion(key, known, listed=True)


def _called(key: str, *, section: bool) -> str:
    return f"section {quoted(key)}" if section else f"key {quoted(key)}"
