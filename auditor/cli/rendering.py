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
    reports: Reports, result: "Result", config: "Config", *, ledger: bool = True, command: str | None = None
) -> Reports:
    """The same reports; those that tell more are given more, for which the ledger is read.

    ``ledger=False``: it is not read. ``command``: what comes to the same verdict again.
    """

    def made(format_name: str, look: Appearance) -> Iterator[str]:
        if FORMATS[format_name].tells_more:
            from auditor.background import background

            look = replace(look, background=background(config, result, command=command, ledger=ledger))
        return reports(format_name, look)

    return made
