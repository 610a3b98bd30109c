"""Finds auditor.toml, reads it, and says in one line what is wrong with it.

The whole file is looked at before anything is said, and the first fault in the order of the file is told: fixing a
file from top to bottom is quicker than being sent back and forth.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from auditor.config import keys, rules, secrets
from auditor.config.environment import expand
from auditor.config.filling import fill
from auditor.config.models import Config
from auditor.config.problems import Problem, Table, from_pydantic
from auditor.errors import ConfigError
from reports.visible import visible

FILE_NAME = "auditor.toml"
VARIABLE = "AUDITOR_CONFIG"


def load(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Config:
    """The config in ``path``, else in ``$AUDITOR_CONFIG``, else in auditor.toml here or in a parent folder.

    ConfigError: there is none, it cannot be read, or something in it is wrong; one line that names the file, the
    section and the key, and never a password.
    """
    file = path or _named_by(environment) or _found()
    try:
        return _checked(_parse(file), file, environment)
    except RecursionError:
        raise _error(file, "has tables or lists nested too deeply") from None


def _named_by(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(VARIABLE)
    return Path(named) if named else None


def _found() -> Path:
    try:
        here = Path.cwd()
    except OSError as error:
        message = f"cannot look for {FILE_NAME}: the current folder is gone"
        raise ConfigError(message) from error
    for folder in (here, *here.parents):
        # A broken link or a folder of that name is found too: a parent's file must not silently stand in for it.
        if os.path.lexists(folder / FILE_NAME):
            return Path(FILE_NAME) if folder == here else folder / FILE_NAME
    ways = f"name one with --config FILE or ${VARIABLE}; auditor init writes one"
    message = f"no {FILE_NAME} here or in a parent folder ({ways})"
    raise ConfigError(message)


def _parse(file: Path) -> Table:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise _error(file, f"cannot be read: {_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise _error(file, f"is not UTF-8: byte {error.start + 1} is part of no character") from error
    except tomllib.TOMLDecodeError as error:
        raise _error(file, f"is not TOML: {_syntax(error)}") from error
    except ValueError as error:
        raise _error(file, "cannot be read: it has a path or a number that is too long") from error


def _checked(document: Table, file: Path, environment: Mapping[str, str]) -> Config:
    expanded, problems = expand(document, environment)
    secrets.learn_from(document, expanded, environment)
    problems += keys.problems(expanded)
    filled, unfilled = fill(expanded)
    config, misfits = _modelled(filled, file)
    problems += [*unfilled, *misfits]
    if config and not problems:
        problems += rules.problems(config)
    if config and not problems:
        return config
    first = min(problems, key=lambda problem: problem.place(document))
    raise _error(file, first.line(document), separator=": ")


def _modelled(document: Table, file: Path) -> tuple[Config | None, list[Problem]]:
    try:
        return Config.model_validate(_with_names(document, file), context={"folder": file.parent}), []
    except ValidationError as error:
        return None, [from_pydantic(details) for details in error.errors(include_url=False, include_input=False)]


def _with_names(document: Table, file: Path) -> Table:
    """The document with the name of each section in it, as the models want it."""
    named: Table = {}
    for word, sections in document.items():
        named[word] = sections
        if isinstance(sections, dict):
            named[word] = {
                name: section | {"name": name} if isinstance(section, dict) else section
                for name, section in sections.items()
            }
    return {"ledger": {}} | named | {"path": file}


def _syntax(error: tomllib.TOMLDecodeError) -> str:
    text = str(error).replace("Cannot overwrite a value", "A key stands twice")
    return text[:1].lower() + text[1:]


def _reason(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    return (error.strerror or "unknown reason").lower()


def _error(file: Path, what: str, separator: str = " ") -> ConfigError:
    return ConfigError(f"{visible(str(file))}{separator}{what}")
