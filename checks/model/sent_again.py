"""What redeliveries sent again, as the ledger keeps it: stretches of positions, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_SKEW = timedelta(minutes=1)
"""By so much other clocks may be behind the auditor's own, by which sendings are noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Positions ``first`` to ``last`` (both included) whose events were sent again, or may have been.

    ``began``, ``at``: when that was done first and last, on the auditor's own clock, each noted before the sending: no
    receipt that a redelivery made is older. ``by``: who did it last, where that is known.
    """

    first: int
    last: int
    began: datetime
    at: datetime
    partition: str | None = None
    by: str | None = None
