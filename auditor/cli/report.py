"""``auditor report``: a recorded run as a report, in every format that a check has."""

from typing import Annotated

import typer

from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs
from auditor.exit_codes import ExitCode


def report(
    context: typer.Context,
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="Its id, the beginning of one, last, or last~2 for two before the last."),
    ] = "last",
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    max_findings: Annotated[
        int, typer.Option("--max-findings", metavar="N", min=0, help="Sample events of a finding, 0 for all recorded.")
    ] = 100,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """A recorded run as a report.

    Ends with 0 shown, whatever the verdict, 2 usage or config, 3 there is no such run, or the ledger cannot be read.
    """
    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports import FORMATS

    destinations = destinations_of(context, FORMATS)
    loaded = load(config)

    from auditor.cli.rendering import renderer
    from auditor.earlier_runs import recorded

    result = recorded(loaded, run, max_findings or None)
    with_config = None if config is None else str(config)
    written = write_reports(destinations, renderer(result, loaded, with_config), with_config)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED
