"""``auditor redeliver plan``: which events would be sent again, to whom, and what is left out and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import ConfigFile, Debug, NoColor, ShowSql
from auditor.exit_codes import ExitCode

if TYPE_CHECKING:
    from checks.model.redelivery import Plan


def plan(
    context: typer.Context,
    consumers: Annotated[
        list[str] | None,
        typer.Argument(metavar="CONSUMER", help="Consumers to plan for; all with a 'redelivery' if none is named."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to keep the plan. Left out: it is only shown."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a plan that is there already.")] = False,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="Go by this recorded run (last, last~1, an id), not by a new one."),
    ] = None,
    stream: Annotated[
        list[str] | None, typer.Option("--stream", metavar="GLOB", help="Only events of these streams. Repeatable.")
    ] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", metavar="GLOB", help="Only events of these types. Repeatable.")
    ] = None,
    position: Annotated[
        list[str] | None,
        typer.Option("--position", metavar="A-B", help="Only these positions: 17, 5-7, 5- or -7. Repeatable."),
    ] = None,
    id_: Annotated[
        list[str] | None, typer.Option("--id", metavar="ID", help="Only the events with these ids. Repeatable.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only events from then on: 2h, 7d, 2026-03-01T12:00Z.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only events until then; a date is included.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Only so many events, the first of the plan.")
    ] = None,
    order: Annotated[
        str,
        typer.Option(
            "--order",
            metavar="as-is|strict",
            help="Of streams that went on without what is missing: only that, or all from there on.",
        ),
    ] = "as-is",
    first_sighting: Annotated[
        bool, typer.Option("--first-sighting", help="Also what one run alone has confirmed.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what was sent in vain too often.")] = False,
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Also what 'auditor baseline' says is known.")
    ] = False,
    accept_duplicates: Annotated[
        bool,
        typer.Option("--accept-duplicates", help="Although who hears it is not declared idempotent; needs --reason."),
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why duplicates do no harm, for whoever asks later.")
    ] = None,
    valid_for: Annotated[
        str, typer.Option("--valid-for", metavar="DURATION", help="How long the plan may be applied.")
    ] = "24h",
    format_name: Annotated[
        str, typer.Option("--format", metavar="terminal|json", help="How to show what the plan comes to.")
    ] = "terminal",
    config: ConfigFile = None,
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Which events would be sent again: those that the consumer lacks for certain. Only looks; sends nothing.

    Ends with 0 planned, also where there is nothing to send, 2 usage or config, 3 something could not be decided,
    or the ledger fails, 130 interrupted.
    """
    from auditor.cli.limits import duration_of
    from auditor.cli.redeliver.choosing import expect_format, filters_of, order_of, reason_of
    from auditor.cli.redeliver.keeping import kept_at
    from auditor.cli.watching import watching
    from auditor.config import load
    from auditor.redelivery.planning.asked import DAY, Asked

    expect_format(format_name)
    asked = Asked(
        order=order_of(order),
        filters=filters_of(stream, type_, position, id_, since, until),
        limit=limit,
        first_sighting=first_sighting,
        again=again,
        baseline=not no_baseline,
        accept_duplicates=reason_of(reason, accepted=accept_duplicates),
        valid_for=duration_of("--valid-for", valid_for, positive=True) or DAY,
    )
    debug = debug or context.find_root().params["debug"]
    with kept_at(output, force=force) as file:
        loaded = load(config)

        from auditor.redelivery.planning.plan import plan

        with watching(show_sql=show_sql, quiet=False, debug=debug) as observer:
            made = plan(loaded, consumers or (), output=file, run=run, asked=asked, observer=observer)
        shown = _summary(made, file, None if output is None else str(output), format_name, config)
    streams.say(shown)
    is_undecided = any(each.reason == "undecided" for part in made.parts for each in part.left_out)
    _tell(made, output, is_undecided=is_undecided)
    return ExitCode.UNDECIDED if is_undecided else ExitCode.CONSISTENT


def _summary(made: "Plan", file: Path, name: str | None, format_name: str, config: Path | None) -> str:
    from datetime import UTC, datetime

    from auditor.redelivery.plan_file import events_of
    from reports.redelivery.plan import render
    from reports.redelivery.plan_summary import summarised

    look = streams.appearance(None if config is None else str(config))
    return render(summarised(made, events_of(file), datetime.now(UTC)), name, format_name, look)


def _tell(made: "Plan", output: Path | None, *, is_undecided: bool) -> None:
    if not made.count and is_undecided:
        streams.tell("note: nothing is planned, for not every consumer could be looked at")
    elif not made.count and any(part.left_out for part in made.parts):
        streams.tell("note: nothing is planned: what is left out, and why, stands above")
    elif not made.count:
        streams.tell("note: there is nothing to send again")
    elif output is None:
        streams.tell("note: the plan is not kept, and only a file can be applied (-o plan.json keeps it)")
