"""TOML that means what was put into it, whatever characters the names of a database hold."""

import json
import re
from collections.abc import Mapping, Sequence

from reports.visible import visible

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Scalar = str | int | bool
Writable = Scalar | Sequence[str] | Mapping[str, str | int]


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else text(name)


def text(content: str) -> str:
    """A string in quotes. JSON escapes all that TOML forbids, but for DEL."""
    return json.dumps(content, ensure_ascii=False).replace("\x7f", "\\u007f")


def value(content: Writable) -> str:
    """A value on one line."""
    match content:
        case bool():
            return str(content).lower()
        case int():
            return str(content)
        case str():
            return text(content)
        case Mapping():
            pairs = (f"{key(name)} = {value(part)}" for name, part in content.items())
            return "{ " + ", ".join(pairs) + " }"
        case _:
            return "[" + ", ".join(text(part) for part in content) + "]"


def comment(content: str) -> str:
    """A comment on one line: what would end it, or may not stand in one, is shown as an escape."""
    return f"# {visible(content)}"
