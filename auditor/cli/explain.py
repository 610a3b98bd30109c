"""``auditor explain``: what a check means, in the words of the check itself."""

from typing import Annotated

import typer

from auditor.cli import streams
from auditor.errors import UsageError


def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="CHECK",
            help="consumer/duplicate; duplicate for all of that name; state for those of a kind; none: the list.",
        ),
    ] = None,
) -> None:
    """What a check means.

    How it proves it, what it cannot know, and what to do.
    """
    streams.say(_list(name) or _explanation(name or ""))


def _list(kind: str | None) -> str:
    """All of them, or those of a kind: ``log``, ``derived``, ``state``, ``consumer``; empty where there is none."""
    from checks.catalogue import ALL

    listed = [check for check in ALL if kind in (None, check.title.partition("/")[0])]
    widest = max((len(check.title) for check in listed), default=0)
    return "".join(f"{check.title:<{widest}}  {check.summary}\n" for check in listed)


def _explanation(name: str) -> str:
    from auditor.config.problems import quoted, suggestion
    from checks.catalogue import ALL, find

    found = find(name)
    if not found:
        known = [*dict.fromkeys(check.name for check in ALL), *(check.title for check in ALL)]
        message = f"no check is called {quoted(name)}{suggestion(name, known)}; 'auditor explain' lists them"
        raise UsageError(message)
    return "\n".join(f"{check.title}\n{'=' * len(check.title)}\n{check.text}\n" for check in found)
