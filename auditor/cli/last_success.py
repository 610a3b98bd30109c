"""What the reports of a run say of the one before it that was consistent, where one of them says something of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from checks.model.result import Outcome, Result
from reports import FORMATS

if TYPE_CHECKING:
    from auditor.cli.outputs import Destination
    from auditor.config import Config

AnyResult = TypeVar("AnyResult", bound=Result)


def with_last_success(result: AnyResult, destinations: "Sequence[Destination]", config: "Config") -> AnyResult:
    """The result with its ``last_consistent``, if a report wants it and the ledger can be read."""
    wanted = any(FORMATS[each.format_name].looks_back for each in destinations)
    if not wanted or result.verdict is Outcome.CONSISTENT or result.not_recorded is not None:
        return result
    from auditor.earlier_runs import last_consistent
    from auditor.ledger import LedgerError
    from auditor.recorder import TO_RECORD, in_time

    try:
        return replace(result, last_consistent=in_time(lambda: last_consistent(config, result), TO_RECORD))
    except LedgerError:
        return result
