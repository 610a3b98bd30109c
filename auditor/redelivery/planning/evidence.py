"""The run that a plan goes by: a fresh audit that is recorded, or an earlier one out of the ledger."""

from collections.abc import Sequence

from auditor import audit
from auditor.config import Config
from auditor.errors import AuditorError
from auditor.ledger import TRACKED, Ledger
from auditor.observer import Observer
from auditor.redelivery.planning.addressees import Addressee
from auditor.redelivery.planning.asked import Asked
from auditor.result import Result


def evidence(
    config: Config,
    addressed: Sequence[Addressee],
    ledger: Ledger,
    run: str | None,
    asked: Asked,
    observer: Observer,
) -> Result:
    """What that run says. As many events of each finding are taken as ledgers keep: of greater ones, the ranges count.

    Raises LedgerError where it holds no such run, and AuditorError where a fresh one could not be recorded.
    """
    if run is not None:
        return ledger.result(run)
    names = [each.name for each in addressed]
    result = audit.run(
        config, names=names, max_findings=TRACKED, observer=observer, ledger=ledger, baseline=asked.baseline
    )
    if result.not_recorded is not None and not asked.first_sighting:
        message = (
            f"the run that the plan would go by was not recorded: {result.not_recorded}"
            " (--first-sighting plans by it alone)"
        )
        raise AuditorError(message)
    return result
