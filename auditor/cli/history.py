"""``auditor history``: the runs that were recorded, newest first."""

from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs
from auditor.errors import UsageError
from auditor.exit_codes import ExitCode

if TYPE_CHECKING:
    from checks.model.result import Outcome


def history(
    context: typer.Context,
    audit: Annotated[
        str | None, typer.Option("--audit", metavar="NAME", help="Runs that audited this log, state or consumer.")
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Option(
            "--verdict",
            metavar="inconsistent|unknown|consistent",
            help="Runs with this verdict; with --audit, of that audit.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Runs from then on: 2h, 7d, 2026-03-01T12:00Z.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Runs until then; a date is included as a whole.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=0, help="How many runs, 0 for all.")] = 20,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """The runs that were recorded, newest first. Times are UTC.

    Ends with 0 shown, also where there is none, 2 usage or config, 3 the ledger cannot be read.
    """
    from datetime import UTC, datetime

    from auditor.asked_time import moment_of
    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.history import FORMATS, render

    destinations = destinations_of(context, FORMATS)
    now = datetime.now(UTC)
    wanted = None if verdict is None else _outcome(verdict)
    first = None if since is None else moment_of("--since", since, now)
    last = None if until is None else moment_of("--until", until, now, end_of_day=True)
    loaded = load(config)

    from auditor import earlier_runs

    found = earlier_runs.history(loaded, audit=audit, verdict=wanted, since=first, until=last, limit=limit or None)
    if not found.runs:
        _tell_unknown(audit, [*loaded.logs, *loaded.states, *loaded.consumers])
    written = write_reports(destinations, lambda name, look: render(found, name, look), None)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED


def _outcome(verdict: str) -> "Outcome":
    from auditor.config.problems import quoted, suggestion
    from checks.model.result import Outcome

    if verdict not in set(Outcome):
        message = f"--verdict {quoted(verdict)}: no such verdict{suggestion(verdict, Outcome, listed=True)}"
        raise UsageError(message)
    return Outcome(verdict)


def _tell_unknown(audit: str | None, known: list[str]) -> None:
    """That no run audited what the config does not know either may be due to how it was typed."""
    from auditor.config.problems import quoted, suggestion

    if audit is not None and audit not in known:
        near = suggestion(audit, known, listed=True)
        streams.tell(f"note: the config has no log, state or consumer called {quoted(audit)}{near}")
