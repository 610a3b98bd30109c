"""Where the reports of a command go, by what was typed, and refused before anything is read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from auditor.cli.check import typed_outputs

if TYPE_CHECKING:
    from auditor.cli.outputs import Destination
    from reports import Format


def destinations_of(context: typer.Context, formats: "Mapping[str, Format]") -> "list[Destination]":
    """The destinations of a command that :class:`auditor.cli.check.CheckCommand` parsed.

    UsageError: an unknown format, two reports for one place, or a file that cannot be written.
    """
    from auditor.cli.outputs import pair_outputs, refuse_unwritable

    destinations = pair_outputs(typed_outputs(context), formats)
    for destination in destinations:
        if destination.path is not None:
            refuse_unwritable(destination.path)
    return destinations
