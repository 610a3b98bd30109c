"""Options that more than one command has."""

import os
from typing import Annotated

import typer


def _switch_off_colours(wanted: bool) -> bool:
    """``--no-color`` is the environment variable that every library in the process goes by."""
    if wanted:
        os.environ["NO_COLOR"] = "1"
    return wanted


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

NoColor = Annotated[
    bool,
    typer.Option("--no-color", callback=_switch_off_colours, help="Plain text, never cut or wrapped (also: NO_COLOR)."),
]
