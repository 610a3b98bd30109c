"""Durations as people write them: a number with its unit, ``"500ms"``, ``"30s"``, ``"1.5h"``, ``"7d"``.

A bare number is refused, since nobody can see whether it means seconds or milliseconds. Sums like ``"1h30m"`` are no
durations here, nor are months and years, which have no fixed length.
"""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from auditor.config.problems import expected

FORMS = 'a duration like "500ms", "30s", "5m", "2h" or "7d"'
"""What a message says where a duration was expected."""

LONGEST = timedelta(days=36_500)
"""Far enough for every retention, and short enough that an age can always be subtracted from a date."""


_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_MICROSECOND = timedelta(microseconds=1)
_FORM = r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)"


def parse(text: str) -> timedelta:
    """The duration that ``text`` writes, to the microsecond. ValueError: it writes none, or one beyond ``LONGEST``."""
    match = re.fullmatch(_FORM, text)
    if match is None:
        raise ValueError(FORMS)
    microseconds = Decimal(match[1]) * (_UNITS[match[2]] // _MICROSECOND)
    if microseconds > LONGEST // _MICROSECOND:
        beyond = f"a duration of at most {LONGEST.days}d"
        raise ValueError(beyond)
    return int(microseconds.to_integral_value()) * _MICROSECOND


def write(duration: timedelta) -> str:
    """The shortest text that :func:`parse` reads as ``duration`` (which is not negative): in its largest whole unit."""
    for unit, length in _UNITS.items():
        if duration % length == timedelta(0) and duration:
            return f"{duration // length}{unit}"
    if not duration:
        return "0s"
    return f"{Decimal(duration // _MICROSECOND) / 1000:f}ms"


def _validated(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise expected(FORMS)
    try:
        return parse(value)
    except ValueError as error:
        raise expected(str(error)) from None


Duration = Annotated[
    timedelta,
    BeforeValidator(_validated),
    WithJsonSchema({"type": "string", "pattern": rf"^{_FORM}$|\$\{{"}),
]
"""A field that is written as text and read as a timedelta."""
