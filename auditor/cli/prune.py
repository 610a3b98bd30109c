"""``auditor prune``: remove old runs from the ledger."""

from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import ConfigFile, Debug, NoColor
from auditor.errors import UsageError
from auditor.exit_codes import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from auditor.ledger.summaries import Pruned


def prune(
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="How old, like 90d. It must be said.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    config: ConfigFile = None,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Remove what is old from the auditor's own memory. What is still open or needed stays.

    Ends with 0 removed, or nothing to remove, 2 usage or config, 3 the ledger cannot be written.
    """
    from datetime import UTC, datetime

    from auditor.asked_time import age_of
    from auditor.config import load

    if older_than is None:
        raise UsageError("how old is what is to be removed? say --older-than 90d, and --dry-run to only see it")
    before = datetime.now(UTC) - age_of("--older-than", older_than)
    loaded = load(config)

    from auditor import earlier_runs

    pruned = earlier_runs.prune(loaded, before, dry_run=dry_run)
    streams.say(_told(pruned, before, dry_run=dry_run))
    return ExitCode.CONSISTENT


def _told(pruned: "Pruned", before: "datetime", *, dry_run: bool) -> str:
    from checks.wording import counted
    from reports.json_document import moment

    parts = [
        counted(pruned.runs, "run"),
        counted(pruned.openings, "healed event"),
        counted(pruned.observations, "place of a cursor or head", "places of cursors and heads"),
        counted(pruned.memories, "memory of a config that was changed", "memories of configs that were changed"),
    ]
    older = f"older than {moment(before.replace(microsecond=0))}"
    if not any((pruned.runs, pruned.openings, pruned.observations, pruned.memories)):
        return f"nothing is {older} and can go\n"
    return f"{'would remove' if dry_run else 'removed'} what is {older}: {', '.join(parts)}\n"
