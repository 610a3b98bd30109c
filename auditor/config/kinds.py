"""The model of a target by its kind. The models are made only for a config that has a target.

A run every minute would else pay for words that most configs do not use: to make the models takes longer than to read
the whole file.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, PydanticKnownError, core_schema

from auditor.config.problems import expected, listed, quoted, refused

if TYPE_CHECKING:
    from auditor.config.targets import AnyTargetConfig, TargetConfig

KINDS = ("http", "outbox", "cursor", "command", "file")
"""The ways in which events can be sent again."""

_NOT_YET = frozenset({"publish"})


def model_of(kind: object) -> "type[TargetConfig] | None":
    """The model of a target of this kind; ``None`` where there is no such kind."""
    from auditor.config.targets import TARGETS  # noqa: PLC0415 (most configs have no target)

    return TARGETS.get(kind) if isinstance(kind, str) else None


def parts_of(model: "type[TargetConfig]") -> "dict[str, type[BaseModel]]":
    """The sections of a target's section."""
    from auditor.config.targets import PARTS  # noqa: PLC0415 (most configs have no target)

    return PARTS.get(model, {})


class _ByKind:
    """Reads a target by the model of its kind, and describes all of them to editors."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(_target)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from auditor.config.targets import AnyTargetConfig  # noqa: PLC0415 (most configs have no target)

        return handler(TypeAdapter[Any](AnyTargetConfig).core_schema)


def _target(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, dict):
        raise PydanticKnownError("dict_type")
    kind = value.get("kind")
    model = model_of(kind)
    if model is None:
        raise _at_kind(_no_kind(kind))
    return model.model_validate(value, context=info.context)


def _no_kind(kind: object) -> PydanticCustomError:
    known = listed(KINDS)
    if kind is None:
        return refused(f"must say how events are sent again: {known}")
    if isinstance(kind, str) and kind in _NOT_YET:
        return refused(f"names {quoted(kind)}, which is not supported yet (supported: {known})")
    return expected(known, KINDS)


def _at_kind(error: PydanticCustomError) -> ValidationError:
    return ValidationError.from_exception_data("target", [InitErrorDetails(type=error, loc=("kind",), input=None)])


if TYPE_CHECKING:
    AnyTarget = AnyTargetConfig
else:
    AnyTarget = Annotated[Any, _ByKind()]
"""Any target, as a field of the config."""
