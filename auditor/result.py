"""What :func:`auditor.run` returns: the result of the checks, and what Python users want to do with it.

The checks' own result is pure data and knows neither stores nor reports; the reports take it as it is. This one adds
what reaches further than that. It claims nothing of its own: every verdict and every number is that of the checks.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.model import result

if TYPE_CHECKING:
    from pandas import DataFrame

    from reports.tables.rows import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(result.Result):
    """One run: its audits with their findings and totals, and what could not be judged."""

    def to_pandas(self, table: "Table | str" = "events") -> "DataFrame":
        """One table of the result as a data frame: events, findings, ranges, audits or not_checked.

        ``events`` has one row for each event that a finding names, and one with null in place of the event for a
        finding that names none. Findings carry *samples*, 100 events at the most: run with ``max_findings=None`` to
        have all. Integers stay integers, however large; what is not known is null; times are aware, in UTC.

        Raises ValueError for another table.
        """
        from reports.tables import frames  # noqa: PLC0415 (pandas is slow to import)

        return frames.to_pandas(self, table)
