"""``auditor redeliver log``: what was sent again, by whom and why, newest first."""

from typing import Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs
from auditor.exit_codes import ExitCode


def log(
    context: typer.Context,
    plan: Annotated[
        str | None, typer.Option("--plan", metavar="HASH", help="Of this plan: its hash, or the beginning of it.")
    ] = None,
    consumer: Annotated[str | None, typer.Option("--consumer", metavar="NAME", help="For this consumer.")] = None,
    event: Annotated[
        str | None,
        typer.Option(
            "--event",
            metavar="EVENT",
            help="With this event, and what was done about it: its id, LOG:POSITION or STREAM@VERSION.",
        ),
    ] = None,
    events: Annotated[bool, typer.Option("--events", help="With every attempt at every event.")] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Begun from then on: 2h, 7d, 2026-03-01T12:00Z.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Begun until then; a date is included as a whole.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", min=0, help="How many redeliveries, 0 for all.")
    ] = 20,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """What was sent again, newest first: when, by whom, why, where to, and what became of it. Times are UTC.

    Ends with 0 shown, also where there is nothing, 2 usage or config, 3 the ledger cannot be read.
    """
    from datetime import UTC, datetime

    from auditor.asked_time import moment_of
    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.redelivery.log import FORMATS, render

    destinations = destinations_of(context, FORMATS)
    now = datetime.now(UTC)
    first = None if since is None else moment_of("--since", since, now)
    last = None if until is None else moment_of("--until", until, now, end_of_day=True)
    loaded = load(config)

    from auditor.redelivery.log import Wanted, redelivery_log

    wanted = Wanted(plan=plan, consumer=consumer, event=event, since=first, until=last, limit=limit or None)
    found = redelivery_log(loaded, wanted, with_attempts=events)
    if not found.entries:
        _tell_unknown(consumer, [*loaded.consumers])
    written = write_reports(destinations, lambda name, look: render(found, name, look), None)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED


def _tell_unknown(consumer: str | None, known: list[str]) -> None:
    """That nothing was sent to a consumer that the config does not know either may be due to how it was typed."""
    from auditor.config.problems import quoted, suggestion

    if consumer is not None and consumer not in known:
        near = suggestion(consumer, known, listed=True)
        streams.tell(f"note: the config has no consumer called {quoted(consumer)}{near}")
