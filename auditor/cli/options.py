"""Options that more than one command has."""

import os
from pathlib import Path
from typing import Annotated

import typer

from reports import FORMATS, By


def _switch_off_colours(wanted: bool) -> bool:
    """``--no-color`` is the environment variable that every library in the process goes by."""
    if wanted:
        os.environ["NO_COLOR"] = "1"
    return wanted


ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The config (else $AUDITOR_CONFIG, else auditor.toml nearby)."),
]

Formats = Annotated[
    list[str] | None, typer.Option("--format", metavar="terminal|json", help="How to report. Repeatable.")
]

ReportFormats = Annotated[
    list[str] | None, typer.Option("--format", metavar="|".join(FORMATS), help="How to report. Repeatable.")
]

RowsBy = Annotated[
    By | None,
    typer.Option("--by", help="What a row of csv is: an event of a finding (the default), or a finding."),
]

Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Where to: takes the format right before it, or goes by its ending. Repeatable.",
    ),
]

ShowSql = Annotated[bool, typer.Option("--show-sql", help="Every statement, on standard error.")]

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

NoColor = Annotated[
    bool,
    typer.Option("--no-color", callback=_switch_off_colours, help="Plain text, never cut or wrapped (also: NO_COLOR)."),
]
