"""What the run itself leaves undecided of a consumer, or tells as something else than missing."""

from collections import Counter

from auditor.redelivery.planning.losses import CHECKS
from checks.model.finding import Verdict
from checks.model.result import Audit


def not_planned(audit: Audit, *, hide_known: bool) -> Counter[str]:
    """How many events by reason: pending, parked, unknown, unverifiable, and in the baseline."""
    counts: Counter[str] = Counter()
    if audit.totals is not None:
        counts.update(pending=audit.totals.pending, parked=audit.totals.parked)
        doubtful = sum(
            finding.count
            for finding in (*audit.findings, *(each.finding for each in audit.known))
            if finding.check in CHECKS and finding.verdict is Verdict.UNKNOWN
        )
        # The totals count what may be missing and is not known to be among what cannot be verified.
        counts.update(unknown=doubtful, unverifiable=max(0, audit.totals.unverifiable - doubtful))
    if hide_known:
        counts["baseline"] += sum(
            each.count for each in audit.known if each.check in CHECKS and each.verdict is Verdict.CONFIRMED
        )
    return counts
