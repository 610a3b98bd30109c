"""The kinds of values that a key may have: a column, a table, a condition, a first position.

Each says in one sentence what it wants, for people, and the same to JSON Schema, for editors.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainValidator, WithJsonSchema

from auditor.config.problems import expected, listed

FROZEN = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)
"""What all models of a config have in common. Their inputs may be passwords, so their errors do not show them."""

_NOT_BLANK = {"type": "string", "pattern": r"\S"}
_TABLE_PATTERN = r"^[^.]*[^.\s][^.]*(\.[^.]*[^.\s][^.]*)?$"
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class IsNull(BaseModel):
    """``{ is_null = true }``: the column must be NULL, or with ``false`` must not."""

    model_config = FROZEN

    is_null: bool
    """true: only rows where the column is NULL; false: only rows where it is not."""


Scalar = str | int | float | bool | datetime | date


def either(*words: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """What makes a key one of some words, in a message and to editors."""

    def is_one(value: object) -> object:
        if value not in words:
            raise expected(listed(words), words)
        return value

    return BeforeValidator(is_one), WithJsonSchema({"enum": list(words)})


def needed_unless(given: str, *keys: str) -> Callable[[dict[str, Any]], None]:
    """Tells editors that ``keys`` are needed only where the key ``given`` is absent, which then gives them."""

    def say(schema: dict[str, Any]) -> None:
        schema["required"] = [key for key in schema.get("required", ()) if key not in keys]
        schema["anyOf"] = [{"required": [given]}, {"required": list(keys)}]

    return say


def is_blank(text: str) -> bool:
    """Whether a name is none: nothing but white space, or with a NUL, which no database can say."""
    return not text.strip() or "\0" in text


def _column(text: str) -> str:
    if is_blank(text):
        raise expected("the name of a column")
    return text


def _table(text: str) -> str:
    if "\0" in text or not re.match(_TABLE_PATTERN, text):
        raise expected("TABLE or SCHEMA.TABLE")
    return text


def _name(text: str) -> str:
    if is_blank(text):
        raise expected("a name")
    return text


def _type_globs(globs: tuple[str, ...]) -> tuple[str, ...]:
    if not globs or any(is_blank(glob) for glob in globs):
        raise expected("a list with at least one event type (leave it out for all)")
    return globs


def _are_columns(value: object) -> bool:
    if not isinstance(value, tuple) or not all(isinstance(name, str) and not is_blank(name) for name in value):
        return False
    return bool(value) and len(set(value)) == len(value)


def _order(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple) and _are_columns(value):
        return value
    raise expected("a list of one or more columns, each once")


def _cursor_position(value: object) -> tuple[str, ...]:
    columns = (value,) if isinstance(value, str) else value
    if isinstance(columns, tuple) and _are_columns(columns):
        return columns
    raise expected("the name of a column, or a list of columns, each once")


def _start(value: object) -> int | Literal["first"]:
    if value == "first":
        return "first"
    if isinstance(value, int) and not isinstance(value, bool) and _SMALLEST <= value <= _LARGEST:
        return value
    raise expected('"first" or a whole number', ["first"])


def _is_scalar(value: object) -> bool:
    if isinstance(value, bool | str | date):
        return True
    if isinstance(value, int):
        return _SMALLEST <= value <= _LARGEST
    return isinstance(value, float) and isfinite(value)


def _condition(value: object) -> "Scalar | tuple[Scalar, ...] | IsNull":
    match value:
        case IsNull():
            return value
        case {"is_null": bool(is_null), **rest} if not rest:
            return IsNull(is_null=is_null)
        case tuple() if value and all(map(_is_scalar, value)):
            return value
        case str() | int() | float() | date() if _is_scalar(value):
            return value
    raise expected("a value, a list of values, or { is_null = true }")


def _value(value: object) -> "Scalar":
    if not isinstance(value, Scalar) or not _is_scalar(value):
        raise expected("a value")
    return value


def _values(values: dict[str, "Scalar"]) -> dict[str, "Scalar"]:
    if any(map(is_blank, values)):
        raise expected("values for named columns")
    return values


def _conditions(conditions: dict[str, "Condition"]) -> dict[str, "Condition"]:
    if any(map(is_blank, conditions)):
        raise expected("conditions on named columns")
    return conditions


_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}

Name = Annotated[str, AfterValidator(_name), WithJsonSchema(_NOT_BLANK)]
Column = Annotated[str, AfterValidator(_column), WithJsonSchema(_NOT_BLANK)]
TableName = Annotated[str, AfterValidator(_table), WithJsonSchema({"type": "string", "pattern": _TABLE_PATTERN})]
TypeGlobs = Annotated[
    tuple[str, ...],
    AfterValidator(_type_globs),
    WithJsonSchema({"type": "array", "items": _NOT_BLANK, "minItems": 1}),
]
Order = Annotated[
    tuple[str, ...],
    PlainValidator(_order),
    WithJsonSchema({"type": "array", "items": _NOT_BLANK, "minItems": 1, "uniqueItems": True}),
]
CursorPosition = Annotated[
    tuple[str, ...],
    PlainValidator(_cursor_position),
    WithJsonSchema({"anyOf": [_NOT_BLANK, {"type": "array", "items": _NOT_BLANK, "minItems": 1, "uniqueItems": True}]}),
]
Start = Annotated[
    int | Literal["first"],
    PlainValidator(_start),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"const": "first"}]}),
]
Condition = Annotated[
    Scalar | tuple[Scalar, ...] | IsNull,
    PlainValidator(_condition),
    WithJsonSchema(
        {
            "anyOf": [
                _SCALAR_SCHEMA,
                {"type": "array", "items": _SCALAR_SCHEMA, "minItems": 1},
                {
                    "type": "object",
                    "properties": {"is_null": {"type": "boolean", "description": "whether the column is NULL"}},
                    "required": ["is_null"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Conditions = Annotated[dict[str, Condition], AfterValidator(_conditions)]
"""Rows that count: for each column a value (equality), a list of values, or NULL or not. All must hold."""
Values = Annotated[
    dict[str, Annotated[Scalar, PlainValidator(_value), WithJsonSchema(_SCALAR_SCHEMA)]], AfterValidator(_values)
]
"""What columns hold, by their names."""
