"""``auditor cutover``: from which position a consumer can go on in another log of the same events."""

from typing import Annotated

import typer

from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs, ShowSql
from auditor.exit_codes import ExitCode


def cutover(
    context: typer.Context,
    consumer: Annotated[str, typer.Argument(metavar="CONSUMER", help="The consumer that wants to go on elsewhere.")],
    to: Annotated[str, typer.Option("--to", metavar="LOG", help="Where: a log derived from the same one as its own.")],
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    trust_cursor: Annotated[
        bool,
        typer.Option("--trust-cursor", help="Without an inbox: what the cursor has passed counts as processed."),
    ] = False,
    max_findings: Annotated[
        int, typer.Option("--max-findings", metavar="N", min=0, help="Sample events of a list, 0 for all.")
    ] = 100,
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """From which position a consumer can go on in another derived log, so that it loses nothing. Only looks.

    Ends with 0 a start was found, 1 it would lose events, 2 usage or config, 3 could not decide, 130 interrupted.
    """
    from auditor.cli.typed import destinations_of
    from auditor.cli.watching import watching
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.cutover import FORMATS, render

    destinations = destinations_of(context, FORMATS)
    loaded = load(config)

    from auditor.cutting_over.route import route

    route(loaded, consumer, to)

    from auditor.cutting_over.cutover import cutover

    debug = debug or context.find_root().params["debug"]
    with watching(show_sql=show_sql, quiet=False, debug=debug) as observer:
        found = cutover(
            loaded,
            consumer,
            to,
            trust_cursor=trust_cursor,
            max_findings=max_findings or None,
            observer=observer,
        )
    with_config = None if config is None else str(config)
    written = write_reports(destinations, lambda name, look: render(found, name, look), with_config)
    code = _CODES[found.decision.value]
    return code if written or code is ExitCode.FINDINGS else ExitCode.UNDECIDED


_CODES = {"found": ExitCode.CONSISTENT, "lacking": ExitCode.FINDINGS, "undecided": ExitCode.UNDECIDED}
