"""What an event says, as a line of JSON can hold it: JSON stays JSON, text stays text, bytes become base64."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from auditor.redelivery.targets.templates import as_json, spelt

JSON, TEXT, BYTES = "application/json", "text/plain", "application/octet-stream"


class UnsayableError(ValueError):
    """JSON has no way to say something of an event. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Content:
    """``word``: ``data``, or ``data_base64`` for bytes, as CloudEvents has it. ``media_type``: what it is."""

    word: str
    value: object
    media_type: str


def content_of(data: object) -> Content | None:
    """The content of an event as a driver gave it; ``None`` for NULL."""
    match data:
        case None:
            return None
        case bytes() | bytearray() | memoryview():
            return Content("data_base64", b64encode(bytes(data)).decode(), BYTES)
        case str():
            return Content("data", data, TEXT)
        case float() if not isfinite(data):
            return Content("data", str(data), TEXT)
        case bool() | int() | float() | list() | dict():
            return Content("data", data, JSON)
        case _:
            return Content("data", spelt(data), TEXT)


def line_of(said: Mapping[str, object]) -> bytes:
    """One line of JSON in ASCII, with its line break. UnsayableError: it holds what JSON cannot say."""
    try:
        return json.dumps(said, default=as_json, allow_nan=False).encode() + b"\n"
    except (ValueError, TypeError, RecursionError) as error:
        message = f"its content cannot be said in JSON ({type(error).__name__})"
        raise UnsayableError(message) from None
