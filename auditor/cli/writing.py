"""Writing reports to where they go: every one of them, also where one fails."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.cli import faults, streams
from auditor.cli.outputs import write_whole
from auditor.errors import AuditorError
from reports.appearance import Appearance

if TYPE_CHECKING:
    from auditor.cli.outputs import Destination

Renderer = Callable[[str, Appearance], str | Iterable[str]]
"""Makes a report, as a whole or in pieces, out of a format's name and how it may look."""


class _NotMadeError(Exception):
    """A report could not be made; its cause says why. What fails otherwise is the place it goes to."""


def write_reports(destinations: "Sequence[Destination]", render: Renderer, config: str | None) -> bool:
    """Write every report, the others too where one fails; whether all of them were written.

    One that cannot be made, through a fault of ours, stands in the way of no other either: somebody waits for those,
    and for an exit code that says what was found. BrokenPipeError: nobody reads what is said.
    """
    written = [_written(destination, render, config) for destination in destinations]
    return all(written)


def _written(destination: "Destination", render: Renderer, config: str | None) -> bool:
    look = Appearance(config=config) if destination.path is not None else streams.appearance(config)
    try:
        _put(destination, _made(render, destination.format_name, look))
    except _NotMadeError as error:
        _tell_not_made(destination, error)
        return False
    except OSError as error:
        if destination.path is None and isinstance(error, BrokenPipeError):
            raise
        _tell(f"cannot write the report to {_where(destination)}: {error.strerror or error}")
        return False
    return True


def _put(destination: "Destination", pieces: Iterable[str]) -> None:
    """Standard output, too, gets a report only when all of it is there."""
    if destination.path is None:
        streams.say("".join(pieces))
    else:
        write_whole(destination.path, pieces)


def _made(render: Renderer, format_name: str, look: Appearance) -> Iterator[str]:
    try:
        report = render(format_name, look)
        yield from (report,) if isinstance(report, str) else report
    except Exception as error:
        raise _NotMadeError from error


def _tell_not_made(destination: "Destination", error: _NotMadeError) -> None:
    cause = error.__cause__
    if isinstance(cause, Exception):
        faults.trace(cause)
        _tell(f"cannot make the {destination.format_name} report for {_where(destination)}: {faults.described(cause)}")


def _tell(message: str) -> None:
    for line in AuditorError(message).lines():
        streams.tell(line)


def _where(destination: "Destination") -> str:
    return "standard output" if destination.path is None else repr(str(destination.path))
