"""``auditor redeliver verify``: whether the events of a plan have arrived."""

from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs, ShowSql
from auditor.cli.redeliver.show import PlanFile
from auditor.exit_codes import ExitCode

if TYPE_CHECKING:
    from auditor.config import Config
    from auditor.redelivery.recorder import Journal


def verify(
    context: typer.Context,
    plan: PlanFile,
    wait: Annotated[
        str | None,
        typer.Option("--wait", metavar="DURATION", help="Look again for so long, say 5m, until all arrived."),
    ] = None,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    max_findings: Annotated[
        int, typer.Option("--max-findings", metavar="N", min=0, help="Sample events of each kind, 0 for all.")
    ] = 100,
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Whether the events of a plan have arrived at those who lacked them. Sends nothing, whatever the plan's age.

    Ends with 0 all of them arrived, 1 some are missing, not processed, parked, rejected or gone from the log, 2 usage
    or config, 3 could not look, or the plan is of another database, 130 interrupted.
    """
    from datetime import timedelta

    from auditor.cli.limits import duration_of
    from auditor.cli.typed import destinations_of
    from auditor.cli.watching import watching
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.redelivery.verification import FORMATS, render

    destinations = destinations_of(context, FORMATS)
    longest = duration_of("--wait", wait) or timedelta(0)
    loaded = load(config)

    from auditor.redelivery.verifying import verify

    ledger = _ledger_of(loaded)
    debug = debug or context.find_root().params["debug"]
    with watching(show_sql=show_sql, quiet=False, debug=debug) as observer:
        found = verify(loaded, plan, wait=longest, max_findings=max_findings or None, observer=observer, ledger=ledger)
    if found.not_recorded is not None:
        streams.tell(f"warning: what was seen is not recorded: {found.not_recorded}")
    with_config = None if config is None else str(config)
    written = write_reports(destinations, lambda name, look: render(found, str(plan), name, look), with_config)
    code = _CODES[found.proof.value]
    return code if written or code is ExitCode.FINDINGS else ExitCode.UNDECIDED


def _ledger_of(config: "Config") -> "Journal | None":
    """Where redeliveries are recorded, if anything is. One that fails is told of, and nothing more."""
    from auditor.ledger.failures import LedgerError
    from auditor.ledger.opening import find_ledger

    try:
        return find_ledger(config.ledger)
    except LedgerError as error:
        streams.tell(f"warning: what is seen will not be recorded: {error}")
        return None


_CODES = {"healed": ExitCode.CONSISTENT, "not healed": ExitCode.FINDINGS, "undecided": ExitCode.UNDECIDED}
