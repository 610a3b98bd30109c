"""What some formats tell beside the result, given to them and to no others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from reports import FORMATS
from reports.appearance import Appearance

if TYPE_CHECKING:
    from auditor.config import Config
    from checks.model.result import Result

Reports = Callable[[str, Appearance], Iterator[str]]
"""Makes a report in pieces out of a format's name and how it may look."""


def with_background(
    reports: Reports,
    result: "Result",
    config: "Config",
    *,
    ledger: bool = True,
    command: str | None = None,
    recorded: bool = False,
) -> Reports:
    """The same reports; those that tell more are given more, for which the ledger is read.

    ``ledger=False``: it is not read. ``command``: what comes to the same verdict again. ``recorded``: the run is
    none of this moment, and the config may have changed since.
    """

    def made(format_name: str, look: Appearance) -> Iterator[str]:
        if FORMATS[format_name].tells_more:
            from auditor.background import background

            told = background(config, result, command=command, ledger=ledger, recorded=recorded)
            look = replace(look, background=told)
        return reports(format_name, look)

    return made
