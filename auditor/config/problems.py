"""What is wrong with a config, and where: one line with the file, the section, the key and the nearest right one.

A config is read by the person whose deployment has just failed, so every fault is one sentence that can be acted on.
Values are quoted as they stand in the file, never as an environment variable filled them in, and a URL is never
quoted at all: either may be a password.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails, PydanticCustomError

from reports.visible import visible

Table = dict[str, Any]
"""A table of a TOML document, with whatever a user wrote into it."""

Location = tuple[str | int, ...]
"""Where something stands in a document: keys, and places in lists."""

_MOST_CHARACTERS = 60
_MOST_NAMES = 20
_NAMED_SECTION = 2  # the parts of [logs.orders]
_LARGEST_SHOWN = 2**63
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_WANTED = {
    "string_type": "text",
    "string_sub_type": "text",
    "string_unicode": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "tuple_type": "a list",
    "too_short": "a list with at least one value",
}
"""What pydantic wants, by its name of the error. It fills in the limits."""

_SECRETIVE = re.compile(r"://|:[^@]*@|\b(?:password|passwd|pwd)\s*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """``text`` is the predicate of the key at ``location`` where ``names_key``, else a sentence about its section.

    ``unlike`` is set where the text ends in what was expected: the value as written is then added to it.
    """

    location: Location
    text: str
    names_key: bool = False
    unlike: bool = False
    choices: tuple[str, ...] = ()

    def line(self, document: Table) -> str:
        """The problem without its file: ``[consumers.billing] unknown key 'tabel' (did you mean 'table'?)``."""
        key = self.location[_section_depth(self.location) :]
        sentence = f"'{dotted(key)}' {self.text}" if self.names_key else self.text
        if self.unlike:
            written = at(document, self.location)
            sentence = f"{sentence}, not {described(written)}"
            if isinstance(written, str):
                sentence += suggestion(written, self.choices)
        section = self.section()
        return f"{section} {sentence}" if section else sentence

    def section(self) -> str:
        """The section as the file has it, ``[consumers.billing]``; nothing above all sections."""
        depth = _section_depth(self.location)
        return f"[{dotted(self.location[:depth])}]" if depth else ""

    def place(self, document: Table) -> tuple[int, ...]:
        """Sorts problems as they stand in the file; what is absent comes at the end of its section."""
        places: list[int] = []
        value: object = document
        for part in self.location:
            if isinstance(value, dict):
                keys = list(value)
                places.append(keys.index(part) if part in value else len(keys))
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int):
                places.append(part)
                value = value[part]
        return tuple(places)


def expected(what: str, choices: Iterable[str] = ()) -> PydanticCustomError:
    """The error of a validator whose value is not ``what``: the line then says "must be {what}, not …"."""
    return PydanticCustomError("expected", "{what}", {"what": what, "choices": tuple(choices)})


def refused(why: str) -> PydanticCustomError:
    """The error of a validator whose value must not be shown. ``why`` is a predicate: "has no host"."""
    return PydanticCustomError("refused", "{why}", {"why": why})


def from_pydantic(details: ErrorDetails) -> Problem:
    """One error of pydantic in our words."""
    location, kind, context = details["loc"], details["type"], details.get("ctx", {})
    if kind == "missing":
        return Problem(location, f"needs the key {quoted(str(location[-1]))}")
    if kind == "refused":
        return Problem(location, context["why"], names_key=True)
    choices = tuple(context.get("choices", ()))
    wanted = _wanted(kind, context, location)
    return Problem(location, f"must be {wanted}", names_key=True, unlike=True, choices=choices)


def _wanted(kind: str, context: dict[str, Any], location: Location) -> str:
    match kind:
        case "expected":
            return str(context["what"])
        case "model_type" | "dict_type":
            name = location[0] if location[0] == "ledger" else f"{location[0]}.NAME"
            return "a table" if len(location) > _NAMED_SECTION else f"a section, as in [{name}]"
        case _:
            return _WANTED.get(kind, f"valid ({kind.replace('_', ' ')})").format(**context)


def at(document: Table, location: Location) -> object:
    """What stands at ``location``, which must exist."""
    value: Any = document
    for part in location:
        value = value[part]
    return value


def described(value: object) -> str:
    """A value of TOML as a message names it: short values as they are, others by what they are."""
    match value:
        case str():
            return quoted(value)
        case bool():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < _LARGEST_SHOWN else "a number of more than 64 bits"
        case float():
            return repr(value)
        case list() | tuple():
            return "a list" if value else "an empty list"
        case dict():
            return "a table" if value else "an empty table"
        case _:
            return f"the time {value}"


def quoted(text: str) -> str:
    """``text`` in quotes, on one line and not too long. What looks like a URL or a password is not shown."""
    return f"'{_shown(text)}'"


def listed(words: Sequence[str]) -> str:
    """Two or more words as a message offers them: ``'a', 'b' or 'c'``."""
    *others, last = map(repr, words)
    return f"{', '.join(others)} or {last}"


def suggestion(word: str, choices: Iterable[str], *, listed: bool = False) -> str:
    """`` (did you mean 'table'?)`` where one of ``choices`` is near, all of them where ``listed``, else nothing."""
    names = list(choices)
    near = get_close_matches(word, names, n=1) or get_close_matches(word.lower(), names, n=1)
    if near:
        return f" (did you mean {quoted(near[0])}?)"
    return f" (known: {', '.join(map(quoted, names[:_MOST_NAMES]))})" if listed and names else ""


def dotted(parts: Location) -> str:
    """A location as TOML writes it, in one line: ``billing.cursor``, ``"a b".types[0]``."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else f'"{_shown(part)}"'
            text += f".{key}" if text else key
    return text


def _section_depth(location: Location) -> int:
    """How much of a location is its section: ``[consumers.billing.cursor]``, ``[logs.orders]``, ``[logs]``."""
    match location:
        case (
            ("consumers", _, "cursor" | "inbox" | "parked", _, *_)
            | ("logs", _, "cursor", _, *_)
            | ("redelivery", _, "auth", _, *_)
        ):
            return 3
        case (_, _, _, *_):
            return 2
        case _:
            return len(location) - 1


def _shown(text: str) -> str:
    if _SECRETIVE.search(text):
        scheme, separator, _ = text.partition("://")
        return f"{scheme}://…" if separator and _BARE_KEY.fullmatch(scheme) else "…"
    shown = visible(text)
    return shown if len(shown) <= _MOST_CHARACTERS else f"{shown[:_MOST_CHARACTERS]}…"
