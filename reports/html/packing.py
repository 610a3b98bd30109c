"""What stands in the page to be read by its own scripts: data that can be no markup, and large things packed small."""

import gzip
import json
from base64 import b64encode

LEVEL = 6


def packed(text: str) -> str:
    """Compressed with gzip, as base64. The same text comes out the same every time."""
    return b64encode(gzip.compress(text.encode(), LEVEL, mtime=0)).decode("ascii")


def compact(data: object) -> str:
    """JSON in ASCII without spaces. ValueError: a number that JSON does not know."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


def embedded(data: object) -> str:
    r"""JSON that can stand within ``<script>``: nothing in it begins or ends an element, a comment or an entity."""
    text = compact(data)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


MOST_EXACT = 2**53 - 1
"""Integers beyond it are read by JavaScript as their neighbours."""


def exact(value: object) -> object:
    """The same with integers as text, where JavaScript would not read them as they are."""
    if isinstance(value, dict):
        return {key: exact(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [exact(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > MOST_EXACT:
        return str(value)
    return value
