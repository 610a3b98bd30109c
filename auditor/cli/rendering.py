"""A result made into a report, with what only some formats tell beside it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from reports import render
from reports.appearance import Appearance

if TYPE_CHECKING:
    from auditor.config import Config
    from checks.model.result import Result

TELLS_MORE = frozenset({"html"})
"""Formats that tell more than the result."""


def renderer(
    result: "Result", config: "Config", named: str | None, *, ledger: bool = True, command: str | None = None
) -> Callable[[str, Appearance], str]:
    """What makes a report out of a format's name and how it may look. The ledger is read only for who tells of it.

    ``named``: the config's file, where the commands to type next must name it. ``command``: what makes such a report
    again, as it was typed.
    """

    def rendered(format_name: str, look: Appearance) -> str:
        if format_name in TELLS_MORE:
            from auditor.background import background

            beside = background(config, result, command=command, ledger=ledger)
            look = replace(look, config=named, background=beside)
        return render(result, format_name, look)

    return rendered
