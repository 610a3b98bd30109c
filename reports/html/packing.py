"""What stands in the page to be read by its own scripts: data that can be no markup, and large things packed small."""

import gzip
import json
import zlib
from base64 import b64encode

LEVEL = 6
_AS_GZIP = 16 + zlib.MAX_WBITS
_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)


def packed(text: str | bytes) -> str:
    """Compressed with gzip, as base64. The same text comes out the same every time. ``bytes``: it is UTF-8."""
    encoded = text.encode() if isinstance(text, str) else text
    return b64encode(gzip.compress(encoded, LEVEL, mtime=0)).decode("ascii")


class Packing:
    """What :func:`packed` does, to a text that comes in pieces and is never in memory as a whole."""

    def __init__(self) -> None:
        self._squeezing = zlib.compressobj(LEVEL, wbits=_AS_GZIP)
        self._squeezed = bytearray()

    def add(self, text: str) -> None:
        """The next piece."""
        self._squeezed += self._squeezing.compress(text.encode())

    def done(self) -> str:
        """All pieces together, packed; nothing can be added any more."""
        return b64encode(self._squeezed + self._squeezing.flush()).decode("ascii")


def compact(data: object) -> str:
    """JSON in ASCII without spaces. ValueError: a number that JSON does not know."""
    return _JSON.encode(data)


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
    if isinstance(value, int):
        return value if abs(value) <= MOST_EXACT else str(value)
    if isinstance(value, dict):
        return {key: exact(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [exact(member) for member in value]
    return value
