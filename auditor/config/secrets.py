"""What is secret in a config, so that it is learnt before anything is said about the file.

The URLs of stores and of the ledger may hold passwords. Of a target, what its ``auth`` holds is secret, what stands
under a key that is called like a secret, and what an environment variable that is called like one gave.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.config.problems import Table
from auditor.redact import learn, learn_secret

_SECRETIVE = re.compile(
    r"auth(?!or)|token|secret|pass(?:word|wd|phrase)|pwd|api.?key|cookie|credential|signature", re.I
)
_KEY = re.compile(r"(?<![a-z])key(?![a-z])|hook", re.I)
"""A variable or a header that is called like this holds one: in a body, "key" is a word like others."""
_OF_AUTH = ("bearer", "password", "value")
_SHORTEST = 6
"""Characters from which a text under a secretive name is taken for a secret: "none" would turn reports into stars."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def learn_from(document: Table, expanded: Table, environment: Mapping[str, str]) -> None:
    """Let :mod:`auditor.redact` know all of it. ``expanded`` has the variables of ``document`` put in."""
    for url in _urls(expanded):
        # The path of a SQLite file is no secret; the rest of the world may have a password in it.
        if "://" in url and not url.startswith("sqlite:"):
            learn(url)
    for secret in _of_targets(document, expanded, environment):
        learn_secret(secret)


def _urls(document: Table) -> Iterator[str]:
    ledger = document.get("ledger")
    sections = [*_sections(document, "stores"), *_sections(document, "redelivery"), ledger]
    for section in sections:
        if isinstance(section, dict) and isinstance(url := section.get("url"), str):
            yield url


def _of_targets(document: Table, expanded: Table, environment: Mapping[str, str]) -> Iterator[str]:
    for section in _sections(document, "redelivery"):
        yield from _of_variables(section, environment)
    for section in _sections(expanded, "redelivery"):
        yield from _below_secretive(section)
        if isinstance(auth := section.get("auth"), dict):
            yield from (secret for key in _OF_AUTH if isinstance(secret := auth.get(key), str))
            yield from _basic(auth)


def _basic(auth: Table) -> Iterator[str]:
    """What a request says of user and password, which is not encrypted but only spelt in another way."""
    user, password = auth.get("user"), auth.get("password")
    if isinstance(user, str) and isinstance(password, str):
        yield b64encode(f"{user}:{password}".encode()).decode()


def _of_variables(section: Table, environment: Mapping[str, str]) -> Iterator[str]:
    for _, text in _texts(section):
        for name in _VARIABLE.findall(text):
            if _is_secretive(name) and name in environment:
                yield environment[name]


def _below_secretive(section: Table) -> Iterator[str]:
    """In headers, in a body: what stands under a name like "X-Api-Key". A text that is a placeholder is none."""
    named = [(_is_secretive(key), text) for key, text in _texts(section.get("headers"))]
    named += [(bool(_SECRETIVE.search(key)), text) for key, text in _texts(section.get("body"))]
    for is_secret, text in named:
        if is_secret and len(text) >= _SHORTEST and not text.startswith("{"):
            yield text


def _is_secretive(name: str) -> bool:
    return bool(_SECRETIVE.search(name) or _KEY.search(name))


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a section, with the key that it stands under."""
    match value:
        case str():
            yield key, value
        case dict():
            for name, part in value.items():
                yield from _texts(part, str(name))
        case list() | tuple():
            for part in value:
                yield from _texts(part, key)


def _sections(document: Table, word: str) -> Iterator[dict[str, Any]]:
    sections = document.get(word)
    if isinstance(sections, dict):
        yield from (section for section in sections.values() if isinstance(section, dict))
