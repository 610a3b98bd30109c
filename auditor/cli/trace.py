"""``auditor trace``: one event across every hop of the config."""

from typing import Annotated

import typer

from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs, ShowSql
from auditor.exit_codes import ExitCode


def trace(
    context: typer.Context,
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT", help="Its id, LOG:POSITION (LOG:PARTITION:POSITION) or STREAM@VERSION.", show_default=False
        ),
    ],
    as_id: Annotated[bool, typer.Option("--id", help="EVENT is an id, whatever it looks like.")] = False,
    as_version: Annotated[
        bool, typer.Option("--stream", help="EVENT is STREAM@VERSION, whatever else it looks like.")
    ] = False,
    log: Annotated[
        str | None,
        typer.Option("--log", metavar="LOG", help="Look in this log only; a whole number is then a position of it."),
    ] = None,
    partition: Annotated[
        str | None, typer.Option("--partition", metavar="PARTITION", help="The partition of the position or stream.")
    ] = None,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """One event across every hop: state, log, outbox, derived logs, consumers.

    It says what is true at this moment, and judges nothing: an event that was not received is no error here.
    Ends with 0 found, in a log or only at a consumer, 2 usage or config, 3 found nowhere, more than one event,
    or something could not be looked at (what was found is shown all the same), 130 interrupted.
    """
    from auditor.cli.typed import destinations_of
    from auditor.cli.watching import watching
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.trace import FORMATS, render

    destinations = destinations_of(context, FORMATS)
    loaded = load(config)

    from auditor import tracing

    debug = debug or context.find_root().params["debug"]
    with watching(show_sql=show_sql, quiet=False, debug=debug) as observer:
        found = tracing.trace(
            loaded, event, log=log, partition=partition, as_id=as_id, as_version=as_version, observer=observer
        )
    written = write_reports(destinations, lambda name, look: render(found, name, look), None)
    return ExitCode.CONSISTENT if written and found.found and found.complete else ExitCode.UNDECIDED
