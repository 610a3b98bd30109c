"""``auditor report``: a recorded run as a report, in every format that a check has."""

from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.options import ConfigFile, Debug, NoColor, Outputs, ReportFormats, RowsBy
from auditor.exit_codes import ExitCode

if TYPE_CHECKING:
    from checks.model.result import Result


def report(
    context: typer.Context,
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="Its id, the beginning of one, last, or last~2 for two before the last."),
    ] = "last",
    config: ConfigFile = None,
    format_name: ReportFormats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    by: RowsBy = None,
    max_findings: Annotated[
        int,
        typer.Option(
            "--max-findings",
            metavar="N",
            min=0,
            help="Sample events of a finding, 0 for all recorded; jsonl and csv have those.",
        ),
    ] = 100,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """A recorded run as a report.

    Ends with 0 shown, whatever the verdict, 2 usage or config, 3 there is no such run, or the ledger cannot be read.
    """
    from auditor.cli.check import asked_samples
    from auditor.cli.contents import most_gathered, reports_of, rows_of
    from auditor.cli.last_success import with_last_success
    from auditor.cli.rendering import with_background
    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports import FORMATS

    destinations = destinations_of(context, FORMATS)
    rows, most = rows_of(by, destinations), max_findings or None
    loaded = load(config)

    from auditor.earlier_runs import recorded

    shown = most_gathered(destinations, most)
    result = with_last_success(recorded(loaded, run, shown), destinations, loaded)
    if shown is None:
        _tell_of_unrecorded(result)
    with_config = None if config is None else str(config)
    reports = reports_of(result, most, rows, asked_samples(context, max_findings))
    reports = with_background(reports, result, loaded, recorded=True)
    written = write_reports(destinations, reports, with_config)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED


def _tell_of_unrecorded(result: "Result") -> None:
    """A table of events does not show by itself that there were more."""
    from auditor.cli.streams import tell
    from auditor.ledger import TRACKED
    from checks.wording import counted

    cut = [finding for audit in result.audits for finding in audit.findings if len(finding.events) == TRACKED]
    cut = [finding for finding in cut if finding.count > TRACKED]
    if cut:
        tell(
            f"warning: {counted(len(cut), 'finding')} with {sum(finding.count for finding in cut):,} in all:"
            f" only {TRACKED:,} events of each were recorded"
        )
