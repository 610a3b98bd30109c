"""``auditor graph``: the pipeline as the config says it, with the last verdicts."""

from typing import Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import ConfigFile, Debug, NoColor, Outputs
from auditor.exit_codes import ExitCode


def graph(
    context: typer.Context,
    config: ConfigFile = None,
    format_name: Annotated[  # noqa: ARG001 (read in the order typed)
        list[str] | None,
        typer.Option("--format", metavar="terminal|mermaid|dot|json", help="How to draw it. Repeatable."),
    ] = None,
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    no_ledger: Annotated[bool, typer.Option("--no-ledger", help="Without the verdicts of earlier runs.")] = False,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """The pipeline as the config says it: logs, states, consumers, each with its last verdict. No store is asked.

    Ends with 0 drawn, also where the ledger cannot be read, 2 usage or config, 3 it cannot be written.
    """
    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.graph import FORMATS, render

    destinations = destinations_of(context, FORMATS)
    loaded = load(config)

    from auditor import pipeline

    drawn = pipeline.graph(loaded, ledger=not no_ledger)
    if drawn.not_read is not None and not no_ledger:
        streams.tell(f"warning: no verdicts are shown: {drawn.not_read}")
    written = write_reports(destinations, lambda name, look: render(drawn, name, look), None)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED
