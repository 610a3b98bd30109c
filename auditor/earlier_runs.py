"""Recorded runs, as the commands about them want them: listed, one as a whole, two compared, old ones removed.

A ledger that there is not is not made for that: whoever only asks finds nothing. LedgerError: it cannot be read, or
holds no such run.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

from auditor.config import Config
from auditor.ledger import Ledger, LedgerError, find_ledger, label_of
from auditor.ledger.summaries import Pruned
from auditor.sampling import sampled
from checks.comparison import compare
from checks.model.comparison import Comparison
from checks.model.recorded import History, RunEntry
from checks.model.result import Outcome, Result
from checks.standing import Standing

NEWEST = "last"
BEFORE_NEWEST = "last~1"

_MOST_LOOKED_AT = 100
"""Consistent runs, some of which may have audited something else."""


def history(
    config: Config,
    *,
    audit: str | None = None,
    verdict: Outcome | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> History:
    """Runs that audited ``audit``, with ``verdict`` (of that audit, if one is named), within two moments, included."""
    configured = {*config.logs, *config.states, *config.consumers}
    with reading(config) as ledger:
        runs = (
            () if ledger is None else ledger.runs(audit=audit, verdict=verdict, since=since, until=until, limit=limit)
        )
        entries = tuple(
            RunEntry(
                run=run.run,
                started=run.started,
                finished=run.finished,
                verdict=run.verdict,
                errors=run.errors,
                warnings=run.warnings,
                audits=run.audits,
                incremental=run.incremental,
                left_out=len(configured - run.audits.keys()),
            )
            for run in runs
        )
    narrowed = any(each is not None for each in (audit, verdict, since, until))
    return History(runs=entries, narrowed=narrowed)


def recorded(config: Config, run: str, most_events: int | None) -> Result:
    """One run as it was recorded, with at most ``most_events`` samples of each finding; ``None``: all there are."""
    with reading(config) as ledger:
        return sampled(existing(ledger, config).result(run), most_events)


def last_consistent(config: Config, result: Result) -> datetime | None:
    """When the last consistent run before ``result`` that audited all of it was finished; ``None``: there is none.

    It looks at the last runs only: one is found, or too long ago to be of use.
    """
    names = {audit.name for audit in result.audits}
    with reading(config) as ledger:
        if ledger is None:
            return None
        runs = ledger.runs(verdict=Outcome.CONSISTENT, until=result.started, limit=_MOST_LOOKED_AT)
    return next((run.finished for run in runs if names <= run.audits.keys()), None)


def comparison(config: Config, runs: Sequence[str]) -> Comparison:
    """Two runs compared, whichever is named first: none named, the last two; one named, that one and the last."""
    with reading(config) as ledger:
        found = existing(ledger, config)
        names = [*runs, NEWEST] if len(runs) == 1 else runs or [BEFORE_NEWEST, NEWEST]
        earlier, later = (_standing(found, name) for name in found.in_order(names))
    return compare(earlier, later)


@contextmanager
def reading(config: Config) -> Iterator[Ledger | None]:
    """The ledger; ``None`` where there is none yet."""
    ledger = find_ledger(config.ledger)
    if ledger is None:
        yield None
        return
    with closing(ledger):
        yield ledger


def existing(ledger: Ledger | None, config: Config) -> Ledger:
    """The ledger, which must be there."""
    if ledger is None:
        where = f"there is no ledger {label_of(config.ledger)} ('auditor check' makes it)"
        message = f"no run is recorded yet: {where}"
        raise LedgerError(message)
    return ledger


def _standing(ledger: Ledger, run: str) -> Standing:
    result = ledger.result(run)
    return Standing(result, ledger.openings(result.run))


def prune(config: Config, before: datetime, *, dry_run: bool) -> Pruned:
    """Remove what is older than ``before``, or with ``dry_run`` only count it."""
    with reading(config) as ledger:
        if ledger is None:
            return Pruned()
        return ledger.prunable(before) if dry_run else ledger.prune(before)
