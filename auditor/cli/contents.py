"""How much of a result each report of a command carries: all the events, or samples of them.

Formats for programs carry all. So where one of those is asked for, a run gathers all events, whatever
``--max-findings`` says, and the other reports of the same run get as many as it says.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.errors import UsageError
from auditor.sampling import sampled, with_all_events
from reports import FORMATS, Appearance, By, pieces

if TYPE_CHECKING:
    from auditor.cli.outputs import Destination
    from checks.model.result import Result


def most_gathered(destinations: "Sequence[Destination]", most: int | None) -> int | None:
    """How many events of a finding are needed where people are shown ``most`` of them; ``None``: all."""
    return None if any(FORMATS[each.format_name].carries_all for each in destinations) else most


def rows_of(by: By | None, destinations: "Sequence[Destination]") -> By:
    """What a row of a table is. UsageError: that was said, and no report is a table."""
    if by is not None and not any(FORMATS[each.format_name].is_table for each in destinations):
        tables = " or ".join(name for name, known in FORMATS.items() if known.is_table)
        message = f"--by {by}: no report is a table; ask for --format {tables}"
        raise UsageError(message)
    return by or By.EVENT


def reports_of(
    result: "Result", most: int | None, by: By, samples: int | None = None
) -> Callable[[str, Appearance], Iterator[str]]:
    """What makes the reports of a result that has all events where one of them carries all, else ``most``.

    ``samples``: how many of those a report for people names, where that was said.
    """
    brief, whole = sampled(result, most), with_all_events(result, most)

    def made(format_name: str, look: Appearance) -> Iterator[str]:
        shown = whole if FORMATS[format_name].carries_all else brief
        return pieces(shown, format_name, replace(look, by=by, samples=samples))

    return made
