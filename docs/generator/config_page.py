"""``docs/config.md``: every section and key of auditor.toml, from the JSON Schema that editors use."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from auditor.config.durations import Duration
from auditor.config.json_schema import schema
from auditor.config.reading import FILE_NAME, VARIABLE
from auditor.config.values import Conditions, Name, Order, TableName, TypeGlobs
from docs.generator.markdown import code, document, escaped, link, slug, table

INTRODUCTION = f"""\
`{FILE_NAME}` says where events are written and who should have received them. It is found as `--config FILE`, else
in `${VARIABLE}`, else as `{FILE_NAME}` here or in a parent folder. An unknown key is an error that names the
nearest right one. [examples/auditor.toml](../examples/auditor.toml) shows the keys in one file, `auditor config
schema` prints the JSON Schema for editors, and [the first audit](../README.md#a-first-audit) is a config that is
short.

`NAME` in a section is yours to choose; logs, states and consumers share one namespace. `${{VARIABLE}}` in any text
takes an environment variable, and one that is not set is an error, whether the section is used or not. A key that
is not required may be left out: then its default holds, or what its meaning says, and the checks that need it are
listed as *not checked*."""

CONDITIONS = """\
Which rows count, by their columns: `{ name = "orders" }` is equality, `{ state = [1, 2] }` any of a list,
`{ deleted_at = { is_null = true } }` NULL (`false`: not NULL). All must hold; NULL equals nothing."""

TYPES = """\
A list of event types: `["OrderPlaced", "Invoice*"]`. `*` and `?` are wildcards, upper and lower case differ, the whole
type must match, and an event whose type is NULL never does."""

DURATION = 'A number with its unit: `"500ms"`, `"30s"`, `"5m"`, `"2h"`, `"7d"`, `"1.5h"`. A bare number is refused.'

KINDS: Mapping[str, tuple[Any, str]] = {
    "name": (Name, "Text that is not blank: a column, or the name of another section."),
    "table": (TableName, '`"table"` or `"schema.table"`.'),
    "duration": (Duration, DURATION),
    "conditions": (Conditions, CONDITIONS),
    "types": (TypeGlobs, TYPES),
    "columns": (Order, "A list of columns, each once."),
}
"""The kinds of values that have a name: what they are, and what they look like."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section as it is written, ``[logs.NAME]``, with its part of the schema, and its kind where there are some."""

    name: str
    kind: str
    described: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What stands above it."""
        return f"{code(self.name)}{self.kind and f' ({code(self.kind)})'}"

    @property
    def keys(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The keys with what is said of them; what is a section of its own is none."""
        return ((key, said) for key, said in self.described["properties"].items() if not _refers(said))


def page() -> str:
    """The whole page."""
    every = list(sections())
    overview = [(link(each.title, f"#{slug(each.title)}"), escaped(each.described["description"])) for each in every]
    return document(
        f"# {FILE_NAME}",
        INTRODUCTION,
        table(("section", "says"), overview),
        *(block for each in every for block in _section(each)),
        "## Kinds of values",
        table(("kind", "is"), [(f'<a id="{name}"></a>{name}', text) for name, (_, text) in KINDS.items()]),
    )


def sections() -> Iterator[Section]:
    """Every section there can be, each right before its own parts."""
    whole = schema()
    return _below("", whole, whole["$defs"])


def _below(prefix: str, described: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Section]:
    for key, said in described["properties"].items():
        named = said.get("additionalProperties")
        kinds = _kinds(named) or _kinds(said)
        name = f"{prefix}{key}.NAME" if _kinds(named) else f"{prefix}{key}"
        for reference in kinds:
            definition = definitions[reference.rpartition("/")[2]]
            yield Section(f"[{name}]", _kind_of(definition) if len(kinds) > 1 else "", definition)
            yield from _below(f"{name}.", definition, definitions)


def _kinds(said: Any) -> list[str]:
    """What a part of the schema refers to: a section, or one for each kind of it."""
    alternatives = said.get("oneOf", [said]) if isinstance(said, Mapping) else []
    return [reference for each in alternatives if (reference := _refers(each))]


def _kind_of(described: Mapping[str, Any]) -> str:
    return f"kind = {json.dumps(described['properties']['kind']['const'])}"


def _refers(said: Any) -> str:
    """What a part of the schema refers to; nothing, where it speaks for itself."""
    return str(said.get("$ref", ""))


def _section(section: Section) -> list[str]:
    required = _required(section.described)
    rows = [
        (code(key), _kind(said), required.get(key) or _default(said), escaped(said["description"]))
        for key, said in section.keys
    ]
    head = ("key", "value", "default", "meaning")
    return [f"## {section.title}", escaped(section.described["description"]), table(head, rows)]


def _required(described: Mapping[str, Any]) -> dict[str, str]:
    """What to say of the keys that must be there: always, or unless another one stands in for them."""
    needed = dict.fromkeys(described.get("required", ()), "**required**")
    first, *others = [alternative["required"] for alternative in described.get("anyOf", ())] or [[]]
    instead = " and ".join(map(code, first))
    return {key: f"required without {instead}" for keys in others for key in keys} | needed


def _default(said: Mapping[str, Any]) -> str:
    default = said.get("default", "")
    return "" if default in ("", {}, []) else code(json.dumps(default, ensure_ascii=False))


def _kind(said: Mapping[str, Any]) -> str:
    """In words what a key's value is: a kind that has a name, or what its schema says."""
    for name, (kind, _) in KINDS.items():
        if _same(said, TypeAdapter(kind).json_schema()):
            return link(name, f"#{name}")
    if "enum" in said:
        return " or ".join(code(json.dumps(value)) for value in said["enum"])
    if "const" in said:
        return code(json.dumps(said["const"]))
    if "anyOf" in said:
        return " or ".join(_kind(alternative) for alternative in said["anyOf"])
    match said.get("type"):
        case "array":
            return f"list: {_kind(said['items'])}"
        case "object":
            return f"table: {_kind(said['additionalProperties'])}"
        case str(of):
            return f"{_TYPES[of]}{_limits(said)}"
        case several:
            return "any value" if several is None else "text, number, `true` or `false`"


_TYPES = {"boolean": "`true` or `false`", "integer": "whole number", "number": "number", "string": "text"}


def _limits(said: Mapping[str, Any]) -> str:
    least, most = said.get("minimum"), said.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f" of at least {least}" if least is not None else ""


def _same(said: Mapping[str, Any], kind: Mapping[str, Any]) -> bool:
    beside = {"default", "description"}
    return {key: value for key, value in said.items() if key not in beside} == kind
