"""When two values from two databases name the same thing.

Uuids compare by value, integers by number, text exactly. The two sides may keep them in different columns: a ``uuid``
here and 32 bare hex digits there, a ``bigint`` here and ``'0042'`` there. Rows are merged by a *key*, an order that
every store can produce (text folded to lower case without dashes, compared by code point), and rows that share a key
are told apart by their *identity*, so that folding never makes two different texts equal.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase

Key = tuple[int | str, ...]
UPPER = ascii_uppercase
LOWER = ascii_lowercase
_FOLDING = {ord(upper): lower for upper, lower in zip(UPPER, LOWER, strict=True)} | {ord("-"): None}
BARE_UUID_LENGTH, DASHED_UUID_LENGTH = 32, 36
_HEX_DIGITS = re.compile("[0-9a-fA-F]*")


class Kind(StrEnum):
    """What a column holds, as far as comparing goes."""

    INTEGER = "integer"
    UUID = "uuid"
    TEXT = "text"
    BYTES = "bytes"
    TIME = "time"
    OTHER = "other"

    @property
    def described(self) -> str:
        """As the end of "the column is …"."""
        return _DESCRIBED[self]


_DESCRIBED = {
    Kind.INTEGER: "a number",
    Kind.UUID: "a uuid",
    Kind.TEXT: "text",
    Kind.BYTES: "bytes",
    Kind.TIME: "a time",
    Kind.OTHER: "of a type that cannot be compared",
}


def joint(left: Kind, right: Kind) -> Kind | None:
    """How values of the two kinds are compared: as integers or as text. ``None``: they cannot be."""
    kinds = {left, right}
    if kinds & {Kind.TIME, Kind.OTHER}:
        return None
    if Kind.INTEGER in kinds:
        return Kind.INTEGER if kinds <= {Kind.INTEGER, Kind.TEXT} else None
    return Kind.TEXT


def fold(text: str) -> str:
    """The order key of a text: ASCII letters in lower case, dashes dropped. Many texts may share one."""
    if text.isascii():
        return text.replace("-", "").lower()
    return text.translate(_FOLDING)


def canonical(value: object, kind: Kind) -> int | str:
    """The identity of a value under a joint kind: equal exactly where both name the same thing."""
    if kind is Kind.INTEGER:
        number = as_integer(value)
        return str(value) if number is None else number
    text = str(value)
    folded = fold(text)
    return folded if _looks_like_uuid(text, folded) else text


def canonical_all(values: Iterable[object], kinds: Iterable[Kind]) -> tuple[int | str, ...]:
    """:func:`canonical` for each component of a composite identity."""
    return tuple(canonical(value, kind) for value, kind in zip(values, kinds, strict=True))


def as_integer(value: object) -> int | None:
    """A number that is an integer, or text that holds one (zero-padded too); ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal | float):
        try:
            return int(value) if value == int(value) else None
        except (ValueError, OverflowError):
            return None
    if isinstance(value, str):
        digits = value.strip()
        return int(digits) if digits.lstrip("+-").isdecimal() and digits.isascii() else None
    return None


def spelling(text: str) -> tuple[bool, bool] | None:
    """How a uuid is written: with dashes? in small letters? ``None`` for a text that is no uuid."""
    return ("-" in text, text == text.lower()) if _looks_like_uuid(text, fold(text)) else None


def _looks_like_uuid(text: str, folded: str) -> bool:
    if len(folded) != BARE_UUID_LENGTH or len(text) not in (BARE_UUID_LENGTH, DASHED_UUID_LENGTH):
        return False
    return _HEX_DIGITS.fullmatch(folded) is not None
