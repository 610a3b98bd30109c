"""``auditor demo``: see it work, without a service or a config."""

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import Debug, NoColor
from auditor.exit_codes import ExitCode


def demo(
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep the databases and an auditor.toml there, to play with."),
    ] = None,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Audit a producer and consumers with known faults.

    No service and no config needed: databases with faults are made, audited, and found is compared with injected. In
    the last act what was lost is sent again by an endpoint on loopback, and is seen to arrive.

    Ends with 0 where found is what was injected, and healed what may be sent again, else 3.
    """
    from auditor.demo import run_demo

    agreed = run_demo(keep, say=streams.say, appearance=streams.appearance(None))
    return ExitCode.CONSISTENT if agreed else ExitCode.UNDECIDED
