"""The words in braces of a text: what stands for what is sent, in addresses, headers, bodies, arguments, file names.

A placeholder is a word in braces and nothing else: no attribute, no index, no format. ``{{`` and ``}}`` are braces.
What they are filled with is the business of whoever sends (:mod:`auditor.redelivery.targets.templates`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from auditor.config.problems import Location, Problem, quoted

OF_BATCH = ("consumer", "log", "target", "plan", "count", "partition", "first", "last", "from", "ids", "positions")
"""What is known of events that are sent at once. ``first``, ``last`` and ``from`` are positions."""
OF_EVENT = ("id", "position", "stream", "version", "type", "time", "data")
"""What is known of one event."""
OF_CONFIG = ("consumer", "log", "target")
"""What the config alone says: no data of anybody's."""

TOKEN = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<stray>[{}])")


def placeholders(template: object) -> Iterator[str]:
    """The words in braces of a text, or of all texts of a JSON value but its keys; a single brace counts as one."""
    for text in _texts(template):
        for token in TOKEN.finditer(text):
            if token["brace"] is None:
                yield token["stray"] or token["name"]


def unknown_placeholders(template: object, allowed: Iterable[str]) -> list[str]:
    """Those that are not allowed, each once, in their order; nothing where the template can be filled.

    >>> unknown_placeholders("/{consumer}/{id.__class__}/{", ["consumer"])
    ['id.__class__', '{']
    """
    known = frozenset(allowed)
    return list(dict.fromkeys(name for name in placeholders(template) if name not in known))


def unknown_in(location: Location, template: object, known: Iterable[str]) -> Iterator[Problem]:
    """A fault of a config for each of them: whoever wrote it expects something to be put in."""
    for name in unknown_placeholders(template, known):
        if name in ("{", "}"):
            yield Problem(
                location, f"has a single {quoted(name)}: a brace that is meant is written twice", names_key=True
            )
        else:
            ways = ", ".join(f"{{{each}}}" for each in known)
            text = f"has {quoted('{' + name + '}')}, which stands for nothing (known: {ways})"
            yield Problem(location, text, names_key=True)


def _texts(template: object) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, Mapping):
        for member in template.values():
            yield from _texts(member)
    elif isinstance(template, list | tuple):
        for member in template:
            yield from _texts(member)
