"""The databases that ``auditor init`` is told of, and how the config will name them without a password in it.

A URL may be typed as it is, as the name of a variable that holds it (``'${SHOP_DATABASE_URL}'``, ``$NAME`` kept from
the shell), or as the path of a SQLite file. A URL with a secret in it is written as a variable, never as it is.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from pydantic import SecretStr

from auditor.config import StoreConfig
from auditor.config.urls import kind_of, normal
from auditor.errors import UsageError
from auditor.init import words
from auditor.redact import STARS, learn, redact
from checks.wording import quoted
from reports.visible import visible

DEFAULT_VARIABLE = "DATABASE_URL"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)")
_PATH = re.compile(r"[^@:=?\s]+")
"""What can only be meant for a path: a connection string has one of these in it."""
_SQLITE_MAGIC = b"SQLite format 3\0"
_HARMLESS = words.vocabulary(
    "application_name channel_binding client_encoding connect_timeout dbname gssencmode host hostaddr keepalives "
    "load_balance_hosts options port replication require_auth sslcert sslcrl sslkey sslmode sslrootcert "
    "target_session_attrs user"
)
"""Parameters of a URL that hold no secret. Any other one may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A database to look at. ``written`` is the url of its section.

    ``variable`` is what has to be set for it to be read again, and ``is_set`` whether it is.
    """

    name: str
    url: SecretStr
    written: str
    variable: str | None = None
    is_set: bool = False

    @property
    def kind(self) -> str:
        """The kind of store."""
        return kind_of(self.url.get_secret_value())

    def config(self, **keys: object) -> StoreConfig:
        """The store as the auditor would open it."""
        return StoreConfig.model_validate({"name": self.name, "url": self.url, **keys})

    @property
    def shown(self) -> str:
        """The database, for people: its variable where it was named by one, else its URL without a password."""
        return self.written if self.is_set else redact(self.url.get_secret_value()).partition("?")[0]

    @property
    def hint(self) -> str | None:
        """How to set the variable, with a word where the password goes."""
        if self.variable is None or self.is_set:
            return None
        return f"export {self.variable}='{_without_password(self.url.get_secret_value())}'"


def sources(typed: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[Source]:
    """The databases by what was typed, each once; ``$DATABASE_URL`` where nothing was. ``folder``: of the config.

    UsageError: nothing was named, a variable is not set, or a URL cannot be understood.
    """
    if not typed and not environment.get(DEFAULT_VARIABLE):
        message = (
            "which database? Name one: auditor init postgresql://user@host/database, auditor init sqlite:///shop.db "
            f"(or set ${DEFAULT_VARIABLE})"
        )
        raise UsageError(message)
    found: dict[str, Source] = {}
    for number, each in enumerate(typed or [f"${{{DEFAULT_VARIABLE}}}"], 1):
        try:
            source = _source(each, folder, environment)
        except UsageError as error:
            message = f"{_argument(each, number, len(typed))}{error}"
            raise UsageError(message) from None
        found.setdefault(source.url.get_secret_value(), source)
    return _with_unique_names(list(found.values()), environment)


def _argument(typed: str, number: int, count: int) -> str:
    """Which argument is wrong, without a secret; nothing where there is but one and it cannot be shown."""
    shown = _shown(typed)
    if count > 1:
        return f"database {number} of {count}{f' ({visible(shown)})' if shown else ''}: "
    return "" if not shown or _REFERENCE.fullmatch(shown.strip()) else f"{quoted(shown)}: "


def _shown(typed: str) -> str:
    """What was typed, without a secret; empty where a secret may stand anywhere in it."""
    shown = redact(typed).partition("?")[0]
    return "" if STARS in shown and "://" not in shown else shown


def _source(typed: str, folder: Path, environment: Mapping[str, str]) -> Source:
    reference = _REFERENCE.fullmatch(typed.strip())
    if reference is None:
        url = _normal(_as_url(typed), "the URL")
        return Source(name=_name(url), url=SecretStr(url), written=_written(url, folder))
    variable = reference[1] or reference[2]
    held = environment.get(variable)
    if not held:
        message = f"the environment variable {variable} is not set"
        raise UsageError(message)
    url = _normal(held, f"${variable}", folder)
    return Source(name=_name(url), url=SecretStr(url), written=f"${{{variable}}}", variable=variable, is_set=True)


def _as_url(typed: str) -> str:
    """The path of a SQLite file is as good as its URL."""
    if "://" in typed:
        return typed
    if not _is_sqlite_file(typed):
        if not _PATH.fullmatch(typed):
            learn(typed)
        message = "neither a URL like postgresql://… or sqlite:///… nor a SQLite file that is there"
        raise UsageError(message)
    return f"sqlite:///{typed}"


def _is_sqlite_file(typed: str) -> bool:
    try:
        with Path(typed).open("rb") as file:
            return file.read(len(_SQLITE_MAGIC)) in (_SQLITE_MAGIC, b"")
    except (OSError, ValueError):
        return False


def _normal(url: str, what: str, folder: Path | None = None) -> str:
    if not url.strip().lower().startswith("sqlite:"):
        learn(url)
    try:
        return normal(url, folder or Path.cwd())
    except ValueError as error:
        message = f"{what} {error}"
        raise UsageError(message) from None


def _name(url: str) -> str:
    """A store is called as its database is."""
    _, _, path = url.partition("://")[2].partition("?")[0].partition("/")
    if kind_of(url) == "sqlite":
        return words.slug(Path(path).stem)
    return words.slug(unquote(path)) if path else "database"


def _written(url: str, folder: Path) -> str:
    """The url as it may stand in the config, empty where a variable has to stand for it."""
    if kind_of(url) == "sqlite":
        return _relative(url, folder)
    return "" if _may_hold_secret(url) or not _can_be_said(url) else url


def _can_be_said(url: str) -> bool:
    """Whether the config, which is UTF-8 and takes ``${`` for a variable, can hold it."""
    return "${" not in url and not any("\ud800" <= character <= "\udfff" for character in url)


def _relative(url: str, folder: Path) -> str:
    path = os.path.relpath(url.removeprefix("sqlite:///"), folder.absolute())
    written = f"sqlite:///{path}"
    try:
        is_same = Path(normal(written, folder).removeprefix("sqlite:///")).resolve() == _resolved(url)
    except ValueError:
        is_same = False
    return written if is_same and _can_be_said(written) else ""


def _resolved(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///")).resolve()


def _may_hold_secret(url: str) -> bool:
    authority, _, query = url.partition("://")[2].partition("?")
    user = authority.partition("/")[0].rpartition("@")[0]
    keys = {part.partition("=")[0] for part in query.split("&") if part}
    return ":" in user or not keys <= _HARMLESS


def _without_password(url: str) -> str:
    """The URL to show: host and database as they are, a word for the password, and no parameters."""
    if kind_of(url) == "sqlite":
        return "sqlite:///…"
    authority = url.partition("://")[2].partition("?")[0]
    login, at, place = authority.rpartition("@")
    user = login.partition(":")[0]
    return f"postgresql://{user}:PASSWORD@{place}" if at else f"postgresql://{place}"


def _with_unique_names(found: Sequence[Source], environment: Mapping[str, str]) -> list[Source]:
    names: set[str] = set()
    variables = {source.variable for source in found if source.variable is not None}
    named = []
    for source in found:
        name = next(n for n in _numbered(source.name) if n not in names)
        names.add(name)
        if source.written:
            named.append(replace(source, name=name))
            continue
        variable = _free_variable(name, source.url.get_secret_value(), variables, environment)
        variables.add(variable)
        is_set = environment.get(variable) is not None
        named.append(replace(source, name=name, written=f"${{{variable}}}", variable=variable, is_set=is_set))
    return named


def _numbered(name: str) -> Sequence[str]:
    return [name, *(f"{name}-{n}" for n in range(2, 1_000))]


def _free_variable(name: str, url: str, taken: set[str], environment: Mapping[str, str]) -> str:
    """A variable of the store's name that does not already hold something else."""
    stem = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    stem = f"{stem}_{DEFAULT_VARIABLE}" if stem and not stem[0].isdigit() else DEFAULT_VARIABLE
    free = (each for each in _numbered(stem) if each not in taken)
    candidates = (each.replace("-", "_") for each in free)
    return next(each for each in candidates if each not in taken and _is_free(each, url, environment))


def _is_free(variable: str, url: str, environment: Mapping[str, str]) -> bool:
    held = environment.get(variable)
    if held is None:
        return True
    try:
        return normal(held, Path.cwd()) == url
    except ValueError:
        return False
