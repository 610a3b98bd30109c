"""The JSON Schema of auditor.toml, for editors that complete and check a file while it is written.

It describes the file as users write it: durations are text, what may be left out is not "null". It does not know
what must hold between sections, nor that a value may come from an environment variable where a list of words is given.
"""

import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from auditor.config import durations
from auditor.config.models import Config


def schema() -> dict[str, Any]:
    """The JSON Schema, draft 2020-12, of the whole file."""
    return {"$schema": _AsWritten.schema_dialect, **Config.model_json_schema(schema_generator=_AsWritten)}


class _AsWritten(GenerateJsonSchema):
    """TOML has no null and no durations, a key is its own title, and what it means stands below it in the code."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        for key, meaning in _meanings(schema["cls"]):
            if key in described["properties"]:
                described["properties"][key]["description"] = meaning
        return described

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        described = super().tagged_union_schema(schema)
        described.pop("discriminator", None)  # a word of OpenAPI; "const" says the same
        return described

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, SecretStr):
            return dft.get_secret_value()  # what stands in the code is no secret
        return durations.write(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def _meanings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """What stands below each attribute of a model and of those that it is made of.

    pydantic would do the same (``use_attribute_docstrings``), but for every program that reads a config.
    """
    for each in reversed([one for one in model.__mro__ if issubclass(one, BaseModel) and one is not BaseModel]):
        [of_class] = ast.parse(inspect.getsource(each)).body
        for statement, below in pairwise(of_class.body if isinstance(of_class, ast.ClassDef) else ()):
            match statement, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    yield name, inspect.cleandoc(text)
