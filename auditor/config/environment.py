"""``${NAME}`` in a value stands for an environment variable, so that passwords need not stand in the file.

Every string value is looked at, in tables and lists too, and in sections that nothing uses: a config that works only
as long as nobody names its second consumer would be a trap. Keys are left as they are, and what a variable holds is
taken as it is: a ``${`` inside it means nothing (which is also the way to write one).
"""

import re
from collections.abc import Mapping
from typing import cast

from auditor.config.problems import Location, Problem, Table, quoted

_REFERENCE = re.compile(r"\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def expand(document: Table, environment: Mapping[str, str]) -> tuple[Table, list[Problem]]:
    """A copy of ``document`` with every variable put in and every list made a tuple; and what could not be put in."""
    problems: list[Problem] = []
    expanded = _expanded(document, (), environment, problems)
    return cast("Table", expanded), problems


def _expanded(value: object, location: Location, environment: Mapping[str, str], problems: list[Problem]) -> object:
    if isinstance(value, dict):
        return {key: _expanded(part, (*location, key), environment, problems) for key, part in value.items()}
    if isinstance(value, list):
        return tuple(_expanded(part, (*location, at), environment, problems) for at, part in enumerate(value))
    if not isinstance(value, str):
        return value

    def substitute(reference: re.Match[str]) -> str:
        name, closed = reference.groups()
        if closed and name in environment and _NAME.fullmatch(name):
            return environment[name]
        problems.append(Problem(location, _fault(name, closed=bool(closed)), names_key=True))
        return ""

    return _REFERENCE.sub(substitute, value)


def _fault(name: str, *, closed: bool) -> str:
    if not closed:
        # What follows may be the rest of a password: it is not shown.
        return "has a '${' without its '}'"
    if not _NAME.fullmatch(name):
        return f"names an environment variable as none can be called: {quoted(name)}"
    return f"needs the environment variable {name}, which is not set"
