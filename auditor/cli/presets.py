"""``auditor presets``: the layouts that it knows."""

from typing import Annotated

import typer

from auditor.cli import streams
from auditor.errors import UsageError


def presets(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One of them, in full; none: the list.")] = None,
) -> None:
    """The layouts it knows.

    Their tables, columns and cursors, what to know of them, and a piece of auditor.toml to paste.
    """
    from auditor.presets import presets as known
    from auditor.presets.description import listing

    streams.say(listing(known().values()) if name is None else _description(name))


def _description(name: str) -> str:
    from auditor.config.problems import quoted, suggestion
    from auditor.presets import presets as known
    from auditor.presets.description import description

    found = known().get(name)
    if found is None:
        message = f"no preset is called {quoted(name)}{suggestion(name, known())}; 'auditor presets' lists them"
        raise UsageError(message)
    return description(found)
