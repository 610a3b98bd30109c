"""A consumer with a declared start never received the events that come first.

What it means
    The config says where the consumer starts, and eligible events from there
    up to the first one that it received never came. Usually a new consumer
    was pointed at the tail of the log, or its first load stopped half-way.

How it is proven
    As for missing events: each was seen in the log, the cursor (or, without
    one, a later receipt) is beyond it, and looking it up in the inbox by its
    identity found nothing for as long as the consumer's `grace`. What lies
    below the lowest position received is told apart from what is missing in
    between, because the cause is another.

What it cannot know
    Whether the first receipts were there once and were removed. Declare the
    inbox's `retention` if they expire: older events are then unverifiable.
    If the declared `start` is wrong, so is this finding. What a redelivery
    brought is no first receipt: the rest is still the beginning that it lacks.

What to do
    Correct `start` if the consumer was never meant to have these events.
    Otherwise load them: redeliver the ranges, lowest first, before the
    consumer is trusted with anything that needs history (`auditor redeliver
    plan` has them in that order, and sends nothing).
"""

from collections.abc import Iterator

from checks.accounting import Entry, account_of
from checks.grounds import no_inbox
from checks.marks import hint
from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence, Standing
from checks.model.finding import Finding, Verdict
from checks.wording import counted, first_of, in_partition


def judge(evidence: ConsumerEvidence) -> Iterator[Finding]:
    """One finding for each partition and for how sure it is."""
    account = account_of(evidence)
    for entry in account.of(Standing.BACKFILL_INCOMPLETE):
        seen = account.evidence_of(entry) | {
            "grace_seconds": evidence.grace.total_seconds(),
            "lasted": dict(entry.tally.lasted),
        }
        yield entry.finding("backfill-incomplete", _message(entry, evidence), seen)


def _message(entry: Entry, evidence: ConsumerEvidence) -> str:
    events = f"{counted(entry.tally.count, 'event')}{in_partition(entry.partition)}"
    said = f"{evidence.name} has no receipt of {events}{_before(evidence)}{first_of(entry.tally.ranges.build())}"
    match entry.ruling.verdict:
        case Verdict.CONFIRMED:
            told = hint(entry.tally.marks.evidence(), entry.tally.count)
            told += entry.tally.sent_again.phrase(entry.tally.count)
            return f"{said}: correct its start, or redeliver{told}"
        case Verdict.UNKNOWN:
            return f"{said}, as far as a standby shows ({evidence.inbox_behind}): audit its primary"
        case _:
            return f"{said}: too early to tell, or not looked at twice"


def _before(evidence: ConsumerEvidence) -> str:
    return " before its first receipt" if evidence.received else ", nor of any other"


def lacks(evidence: ConsumerEvidence) -> Lack | None:
    """Where the consumer begins must be declared, and what it received must be on record."""
    if (lack := no_inbox(evidence)) is not None:
        return lack
    if not evidence.start_declared:
        message = f"{evidence.name} declares no start, so what lies before its first receipt cannot be judged"
        return Lack("no-start", message)
    return None
