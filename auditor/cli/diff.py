"""``auditor diff``: what lies between two recorded runs."""

from typing import Annotated

import typer

from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs
from auditor.errors import UsageError
from auditor.exit_codes import ExitCode

_TWO = 2


def diff(
    context: typer.Context,
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Two, as for report. One: that and the last; none: the last two."),
    ] = None,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 where a confirmed error is new.")] = False,
    max_findings: Annotated[
        int, typer.Option("--max-findings", metavar="N", min=0, help="Sample events of a group, 0 for all.")
    ] = 100,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """What is new, still open and healed between two recorded runs, whichever is named first.

    Ends with 0 shown, 1 with --exit-code where a confirmed error is new, 2 usage or config, 3 there are no such runs,
    or the ledger cannot be read.
    """
    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.difference import FORMATS, render

    wanted = runs or ()
    if len(wanted) > _TWO:
        raise UsageError("more than two runs: name two at the most; see 'auditor diff --help'")
    destinations = destinations_of(context, FORMATS)
    loaded = load(config)

    from auditor.earlier_runs import comparison

    compared = comparison(loaded, wanted)
    most, with_config = max_findings or None, None if config is None else str(config)
    written = write_reports(
        destinations, lambda name, look: render(compared, name, look, most_events=most), with_config
    )
    if exit_code and compared.worse:
        return ExitCode.FINDINGS
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED
