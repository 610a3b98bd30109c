"""``auditor redeliver show``: what a plan would send, from its file alone."""

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.options import Debug, Formats, NoColor, Outputs
from auditor.exit_codes import ExitCode

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The file that auditor redeliver plan wrote.")]


def show(
    context: typer.Context,
    plan: PlanFile,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    events: Annotated[int, typer.Option("--events", metavar="N", min=0, help="Show the first N events, too.")] = 0,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """What a plan would send, to whom, what comes again with it, and what it leaves out. Needs no config.

    Ends with 0 shown, also where it has expired, 2 usage, 3 it is no plan, or was altered.
    """
    from datetime import UTC, datetime

    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.redelivery.plan_file import events_of, read_plan
    from reports.redelivery.plan import FORMATS, render
    from reports.redelivery.plan_summary import summarised

    destinations = destinations_of(context, FORMATS)
    summary = summarised(read_plan(plan), events_of(plan), datetime.now(UTC), samples=events)
    written = write_reports(destinations, lambda name, look: render(summary, str(plan), name, look), None)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED
