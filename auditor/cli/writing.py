"""Writing reports to where they go: every one of them, also where one fails."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from auditor.cli import streams
from auditor.cli.outputs import write_whole
from auditor.errors import AuditorError
from reports.appearance import PLAIN, Appearance

if TYPE_CHECKING:
    from auditor.cli.outputs import Destination


def write_reports(
    destinations: "Sequence[Destination]", render: Callable[[str, Appearance], str], config: str | None
) -> bool:
    """Write every report, the others too where one fails; whether all of them were written.

    ``render`` makes a report out of a format's name and how it may look. BrokenPipeError: nobody reads what is said.
    """
    written = True
    for destination in destinations:
        look = PLAIN if destination.path is not None else streams.appearance(config)
        text = render(destination.format_name, look)
        try:
            if destination.path is None:
                streams.say(text)
            else:
                write_whole(destination.path, text)
        except OSError as error:
            if destination.path is None and isinstance(error, BrokenPipeError):
                raise
            written = False
            where = "standard output" if destination.path is None else repr(str(destination.path))
            for line in AuditorError(f"cannot write the report to {where}: {error.strerror or error}").lines():
                streams.tell(line)
    return written
