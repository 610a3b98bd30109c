"""The URL of a store: which kind of store it means, and one way to write it.

Its faults are told without showing any of it, since a password may stand anywhere in a URL that is malformed. Whether
somebody listens there is not known here: a config is judged from the file alone.
"""

import re
from pathlib import Path
from typing import Literal

from auditor.config.problems import quoted, suggestion

Kind = Literal["postgresql", "sqlite"]

_KINDS: dict[str, Kind] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "postgresql+psycopg": "postgresql",
    "sqlite": "sqlite",
}
_NOT_YET = frozenset({"mysql", "mariadb", "duckdb", "http", "https", "nats", "kafka", "redis"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40})://")
_FORMS = "postgresql://… or sqlite:///…"
_HIGHEST_PORT = 65_535

# The pattern by which SQLAlchemy takes a URL apart: what passes here means the same there. A password may hold
# anything but an @.
_AUTHORITY = re.compile(
    r"(?:[^:/]*(?::[^@]*)?@)?(?P<host>\[[^/?]+\]|[^/:?]*)(?::(?P<port>[^/?]*))?(?:/[^?]*)?(?:\?.*)?", re.DOTALL
)


def normal(url: str, folder: Path) -> str:
    """``url`` as ``postgresql://…``, or as ``sqlite:///`` with an absolute path, relative ones taken from ``folder``.

    ValueError: a predicate ("has no path"), without any part of the URL but its scheme.
    """
    url = url.strip()
    match = _SCHEME.match(url)
    if match is None:
        unlike = f"is no URL like {_FORMS}"
        raise ValueError(unlike)
    scheme, rest = match[1].lower(), url[match.end() :]
    kind = _KINDS.get(scheme)
    if kind is None:
        raise ValueError(_unknown(scheme))
    if kind == "sqlite":
        return f"sqlite:///{_sqlite_path(rest, folder)}"
    _check_authority(rest)
    return f"postgresql://{rest}"


def kind_of(url: str) -> Kind:
    """The kind of store behind a URL that :func:`normal` gave."""
    return "sqlite" if url.startswith("sqlite:") else "postgresql"


def kind_of_text(url: str) -> Kind | None:
    """The kind of store that any text means as a URL, ``None`` for one that is not known. Nothing else is checked."""
    match = _SCHEME.match(url.strip())
    return None if match is None else _KINDS.get(match[1].lower())


def _unknown(scheme: str) -> str:
    name, _, driver = scheme.partition("+")
    if name in _NOT_YET:
        return f"names a {quoted(name)} store, which is not supported yet (supported: {_FORMS})"
    if name in _KINDS:
        return f"names the driver {quoted(driver)}, which is not supported (write {quoted(name)} alone)"
    return f"names an unknown kind of store, {quoted(name)}{suggestion(name, _KINDS) or f' (supported: {_FORMS})'}"


def _sqlite_path(rest: str, folder: Path) -> Path:
    if not rest.startswith("/"):
        raise ValueError("needs three slashes before the path of its file, as in sqlite:///shop.db")
    path = rest.removeprefix("/")
    if path in ("", ":memory:") or path.startswith("file:"):
        raise ValueError("must be the path of a file, as in sqlite:///shop.db")
    if "?" in path or "\0" in path:
        raise ValueError("must be a path without options (the file is opened read-only anyway)")
    return folder.absolute() / path


def _check_authority(rest: str) -> None:
    match = _AUTHORITY.fullmatch(rest)
    host = match["host"] if match else "["
    if match is None or host.startswith("[") is not host.endswith("]"):
        raise ValueError("has no host that can be read (in a password, write special characters as %XX)")
    if "@" in host:
        raise ValueError("has more than one '@' before the host (in a password, write it as %40)")
    port = match["port"]
    if port is not None and not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) <= _HIGHEST_PORT):
        raise ValueError("has a port that is no number from 1 to 65535 (in a password, write ':' as %3A, '/' as %2F)")
