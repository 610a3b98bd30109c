"""The consumer went past events that it never received.

What it means
    The producer wrote these events, the consumer should have them, and its
    cursor stands beyond them (without a cursor: it received later ones). They
    will not come by themselves. What depends on them is wrong by now: an
    invoice not written, a balance not changed. Lag does not show it.

How it is proven
    Each event was seen in the log; then the cursor was read, then the inbox,
    and the event was looked up there once more by its identity. It counts as
    missing once the cursor has been past it for the consumer's `grace`; until
    then it is pending. The evidence says what showed that it lasted.

What it cannot know
    Whether the consumer did the work without writing the receipt, or dropped
    the event on purpose. Whether what a redelivery sent again is on its way:
    it is missing until it arrives, and the message says how many were sent
    again and when, so that nobody sends them twice. Without an inbox, before
    the first receipt of a consumer without a declared `start`, or beyond the
    inbox's `retention` nothing is called missing: those events are counted as
    unverifiable.

What to do
    Look at the first range. Short ones scattered among received events point
    to a reader that skips late commits: positions are drawn before they are
    committed. One long range points to a cursor that was moved, or to events
    acknowledged and then dropped; of a new consumer, to a first load that
    ended before its live events began (a seam). Mend the cause, then redeliver
    the events; check first whether the consumer tolerates an event twice.
    `auditor redeliver plan` writes down which they are, and sends nothing.
"""

from collections.abc import Iterator

from checks.accounting import Entry, account_of
from checks.grounds import no_inbox
from checks.marks import hint
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Means, Standing
from checks.model.finding import Finding, Verdict
from checks.wording import counted, first_of, in_partition, lasting


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is."""
    account = account_of(evidence)
    grace = evidence.max_lag if evidence.means is Means.DELIVERED else evidence.grace
    for entry in account.of(Standing.MISSING):
        seen = account.evidence_of(entry) | {
            "grace_seconds": grace.total_seconds(),
            "lasted": dict(entry.tally.lasted),
        }
        if (seam := _seam(entry, evidence)) is not None:
            seen["seam"] = seam
        yield entry.finding("missing", _message(entry, evidence, lasting(grace)), seen)


def _seam(entry: Entry, evidence: ConsumerEvidence) -> tuple[int, int] | None:
    """The one piece between two blocks of receipts, of a consumer whose beginning is declared."""
    ranges = entry.tally.ranges.build()
    if not evidence.start_declared or entry.ruling.verdict is not Verdict.CONFIRMED or len(ranges) != 1:
        return None
    [(first, last)] = ranges
    return (first, last) if entry.tally.count > 1 and evidence.received else None


def _message(entry: Entry, evidence: ConsumerEvidence, grace: str) -> str:
    events = (
        f"{counted(entry.tally.count, 'event')}{in_partition(entry.partition)}{first_of(entry.tally.ranges.build())}"
    )
    match entry.ruling.reason:
        case "within-grace":
            since = entry.tally.appeared.phrase(entry.tally.count)
            return (
                f"{evidence.name} went past {events} without a receipt{since}: it may still come, look again after "
                f"{grace}"
            )
        case "not-confirmed":
            return f"{evidence.name} went past {events} without a receipt: not looked at twice, so not decided"
        case "standby":
            return (
                f"{evidence.name} went past {events} without a receipt, as far as a standby shows "
                f"({evidence.inbox_behind}): audit its primary"
            )
        case _:
            told = hint(entry.tally.marks.evidence(), entry.tally.count)
            if not told and _seam(entry, evidence) is not None:
                told = "; all in one piece between received ones, as a load and live events leave a seam"
            told += entry.tally.sent_again.phrase(entry.tally.count)
            return f"{evidence.name} never received {events} that it went past: mend the cause, then redeliver{told}"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """Without an inbox nothing shows what was received."""
    return no_inbox(evidence)
