"""The rules that place one event: where it stands, how sure that is, and why.

They stand apart from the checks because two checks must never claim the same event, and because the totals of an
audit and its findings must come from one and the same judgement. Rules are tried in order and the first that fits
decides; the order is part of the contract ("each event counts once").
"""

from datetime import timedelta
from typing import NamedTuple

from checks.model.consumer import Absence, ConsumerEvidence, Standing, Stranger
from checks.model.finding import Verdict


class Ruling(NamedTuple):
    """Where an event stands, how sure that is, and a short code for why.

    ``cursor_absent``: an event that is lagging, or of unknown age in a log without a time, for which the subscription
    has no cursor row at all. ``stalled``: a lagging event, and the cursor stands where the run before saw it.
    """

    standing: Standing
    verdict: Verdict
    reason: str | None = None
    cursor_absent: bool = False
    stalled: bool = False


APPEARED_LATELY = "appeared-lately"
"""Old by its own time, and seen for no longer than it may wait."""


class Doubt(NamedTuple):
    """A verdict that is less than confirmed, and a short code for why."""

    verdict: Verdict
    reason: str


def rule(absence: Absence, evidence: ConsumerEvidence) -> Ruling:
    """Place one eligible event that has no processed receipt."""
    if absence.parked:
        return Ruling(Standing.PARKED, Verdict.CONFIRMED)
    if absence.received:
        return _rule_unprocessed(absence, evidence)
    if (reason := _unverifiable(absence, evidence)) is not None:
        return Ruling(Standing.UNVERIFIABLE, Verdict.UNKNOWN, reason)
    if absence.past:
        return _rule_passed(absence, evidence)
    return _rule_ahead(absence, evidence)


def _rule_unprocessed(absence: Absence, evidence: ConsumerEvidence) -> Ruling:
    if _is_longer(waiting_at_least(absence), evidence.max_lag):
        return _unless_inbox_behind(Standing.UNPROCESSED, evidence)
    reason = "age-unknown" if waiting(absence) is None else _why_young(absence, evidence)
    return Ruling(Standing.UNPROCESSED, Verdict.PENDING, reason)


def waiting(absence: Absence) -> timedelta | None:
    """How long the event has been waiting: since its receipt where that time is known, else since it was there."""
    return there_for(absence) if absence.receipt_age is None else absence.receipt_age


def there_for(absence: Absence) -> timedelta | None:
    """For how long the event could be seen: since it was written, unless a run proves that it appeared later."""
    if absence.age is None or absence.appeared is None:
        return absence.age
    seen = max(absence.appeared.visible_for, absence.seen_for or timedelta(0))
    return min(absence.age, seen)


def waiting_at_least(absence: Absence) -> timedelta | None:
    """The same, or since an earlier run saw it first: it may have been waiting for longer, and never for less."""
    known = waiting(absence) if absence.received else there_for(absence)
    return absence.seen_for if known is None else known


def _is_longer(waited: timedelta | None, most: timedelta) -> bool:
    return waited is not None and waited > most


def _unverifiable(absence: Absence, evidence: ConsumerEvidence) -> str | None:
    """Why nothing can be said of the event, as a short code; ``None`` where something can."""
    if not absence.identified or absence.event.position is None:
        return "no-identity"
    if absence.gone:
        return "gone-from-log"
    if absence.past is None:
        return "cursor-rows-disagree"
    # Not by `seen_for`: what is older than it looks may have gone from the inbox already.
    is_expired = evidence.inbox_retention is not None and (
        absence.age is None or absence.age > evidence.inbox_retention
    )
    if not absence.past:
        # What a cursor has not passed is still to come. Without one the receipts decide, and those expire.
        return "inbox-retention" if evidence.cursors is None and is_expired and absence.age is not None else None
    if not evidence.has_inbox:
        return "no-inbox"
    if absence.before_first_receipt and not evidence.start_declared:
        return "before-first-receipt"
    return "inbox-retention" if is_expired else None


def _rule_passed(absence: Absence, evidence: ConsumerEvidence) -> Ruling:
    # `before_first_receipt` is left here only where `start` is declared; see `_unverifiable`.
    standing = Standing.BACKFILL_INCOMPLETE if absence.before_first_receipt else Standing.MISSING
    if evidence.inbox_behind is None and not evidence.confirmed_reads:
        return Ruling(standing, Verdict.PENDING, "not-confirmed")
    if absence.lasted is None:
        return Ruling(standing, Verdict.PENDING, "within-grace")
    return _unless_inbox_behind(standing, evidence)


def _rule_ahead(absence: Absence, evidence: ConsumerEvidence) -> Ruling:
    if absence.held_back:
        return Ruling(Standing.PENDING, Verdict.PENDING, "held-back")
    if _is_longer(waiting_at_least(absence), evidence.max_lag):
        # An old event that was sent again, its cursor put back, has been ahead of it only since then.
        if absence.sent_again is not None and evidence.now - absence.sent_again <= evidence.max_lag:
            return Ruling(Standing.PENDING, Verdict.PENDING, "sent-again")
        return _unless_inbox_behind(Standing.LAGGING, evidence)
    # Seen first a moment ago is not young: only a time says that.
    reason = "age-unknown" if absence.age is None else _why_young(absence, evidence)
    return Ruling(Standing.PENDING, Verdict.PENDING, reason)


def _why_young(absence: Absence, evidence: ConsumerEvidence) -> str:
    is_late_there = absence.appeared is not None and _is_longer(absence.age, evidence.max_lag)
    return APPEARED_LATELY if is_late_there else "younger-than-max-lag"


def _unless_inbox_behind(standing: Standing, evidence: ConsumerEvidence) -> Ruling:
    # A standby may lack the receipt, the cursor's move and the mark "done" that its primary has.
    if evidence.inbox_behind is not None:
        return Ruling(standing, Verdict.UNKNOWN, "standby")
    return Ruling(standing, Verdict.CONFIRMED)


ABOUT_THE_LOG = {
    "standby": ", as far as a standby of the log shows: audit its primary",
    "in-flight": ", while a transaction on the log has not ended: look again",
    "not-confirmed": ": not looked at twice, so not decided",
}
"""How a message ends that :func:`doubt_about_log` casts doubt on, by the doubt's reason."""


def doubt_about_log(evidence: ConsumerEvidence) -> Doubt | None:
    """What forbids saying that the log does *not* have something; ``None`` where nothing does.

    A standby may not have it yet. A transaction in flight may still bring it: a commit that waits for a synchronous
    standby is already visible to change data capture.
    """
    if evidence.log_on_standby:
        return Doubt(Verdict.UNKNOWN, "standby")
    if evidence.in_flight:
        return Doubt(Verdict.PENDING, "in-flight")
    if not evidence.confirmed_reads:
        return Doubt(Verdict.PENDING, "not-confirmed")
    return None


def doubt_about_stranger(stranger: Stranger, evidence: ConsumerEvidence) -> Doubt | None:
    """What forbids calling a receipt unexpected; ``None`` where nothing does.

    What retention explains, it explains on a standby too, so that is asked first. A purge takes what is old by the
    log's time: an event that was received yesterday, in a backfill, may be gone; one above the floor cannot be. An
    outbox may have let go of whatever it sent.
    """
    retention, age, below = evidence.log_retention, stranger.received_age, stranger.below_floor
    if retention is not None and (below or (below is None and age is not None and age > retention)):
        return Doubt(Verdict.BENIGN, "purged")
    if evidence.log_lets_go and (retention is None or age is None or age > retention):
        return Doubt(Verdict.BENIGN, "sent")
    if (doubt := doubt_about_log(evidence)) is not None:
        return doubt
    if retention is not None and below is None:
        return Doubt(Verdict.BENIGN if age is None else Verdict.UNKNOWN, "may-be-purged")
    return None
