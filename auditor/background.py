"""What the command line knows beside a result, for the format that tells it: the HTML report.

It is gathered only when that format is asked for. A ledger that cannot be read takes nothing from the report but this.
"""

from hashlib import sha256

from auditor.config import Config
from auditor.earlier_runs import reading
from auditor.ledger import Ledger, LedgerError
from auditor.pipeline import graph
from auditor.redact import redact
from checks.model.journal import RecordedRedelivery
from checks.model.recorded import Measured
from checks.model.result import Result
from reports.background import Background

MOST_RUNS = 400
FEWEST_RUNS = 30
MOST_MEASURED = 20_000
"""Totals that are read: those of all audits in so many runs."""
MOST_REDELIVERIES = 50


def background(
    config: Config, result: Result, *, command: str | None, ledger: bool = True, recorded: bool = False
) -> Background:
    """The pipeline, how totals went from run to run, and what was sent again to the audited consumers.

    ``command``: what comes to the same verdict again. ``ledger=False``: it is not asked. ``recorded``: the run was made
    at some earlier time, so that the config may be another one by now: the hash of its file is not told, and the
    pipeline is the one that was recorded with the run. Raises nothing: ``not_read`` says why the ledger said nothing.
    """
    measured: tuple[Measured, ...] = ()
    redeliveries: tuple[RecordedRedelivery, ...] = ()
    not_read = None
    kept = None
    if ledger:
        try:
            with reading(config) as found:
                if found is not None:
                    measured, redeliveries = _measured(found, result), _redeliveries(found, result)
                    kept = found.pipeline(result.run) if recorded else None
        except LedgerError as error:
            not_read = error.message
    return Background(
        graph=kept or graph(config, ledger=False),
        graph_is_later=recorded and kept is None,
        measured=measured,
        redeliveries=redeliveries,
        not_read=not_read,
        command=None if command is None else redact(command),
        config_hash=None if recorded else _hash_of(config),
    )


def _measured(ledger: Ledger, result: Result) -> tuple[Measured, ...]:
    names = [audit.name for audit in result.audits]
    most_runs = max(FEWEST_RUNS, min(MOST_RUNS, MOST_MEASURED // max(1, len(names))))
    return tuple(ledger.measured(names, result.started, most_runs))


def _redeliveries(ledger: Ledger, result: Result) -> tuple[RecordedRedelivery, ...]:
    """The last that began before the run was over, if one of the audited consumers was to get what they sent."""
    consumers = {audit.name for audit in result.audits if audit.of == "consumer"}
    found = ledger.redeliveries(until=result.finished, limit=MOST_REDELIVERIES)
    return tuple(each for each in found if consumers & {*each.redelivery.consumers})


def _hash_of(config: Config) -> str | None:
    """That of the file as it is now; ``None`` where there is none, or it cannot be read any more."""
    if config.path is None:
        return None
    try:
        return sha256(config.path.read_bytes()).hexdigest()
    except OSError:
        return None
