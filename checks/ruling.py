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

    ``cursor_absent``: a lagging event for which the subscription has no cursor row at all.
    """

    standing: Standing
    verdict: Verdict
    reason: str | None = None
    cursor_absent: bool = False


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
    age = waiting(absence)
    if age is None:
        return Ruling(Standing.UNPROCESSED, Verdict.PENDING, "age-unknown")
    if age <= evidence.max_lag:
        return Ruling(Standing.UNPROCESSED, Verdict.PENDING, "younger-than-max-lag")
    return _unless_inbox_behind(Standing.UNPROCESSED, evidence)


def waiting(absence: Absence) -> timedelta | None:
    """How long the event has been waiting: since its receipt where that time is known, else since it was written."""
    return absence.age if absence.receipt_age is None else absence.receipt_age


def _unverifiable(absence: Absence, evidence: ConsumerEvidence) -> str | None:
    """Why nothing can be said of the event, as a short code; ``None`` where something can."""
    if not absence.identified or absence.event.position is None:
        return "no-identity"
    if absence.gone:
        return "gone-from-log"
    if absence.past is None:
        return "cursor-rows-disagree"
    if not absence.past:
        # What the cursor has not passed is still to come, whatever the inbox keeps.
        return None
    if not evidence.has_inbox:
        return "no-inbox"
    if absence.before_first_receipt and not evidence.start_declared:
        return "before-first-receipt"
    if evidence.inbox_retention is not None and (absence.age is None or absence.age > evidence.inbox_retention):
        return "inbox-retention"
    return None


def _rule_passed(absence: Absence, evidence: ConsumerEvidence) -> Ruling:
    # `before_first_receipt` is left here only where `start` is declared; see `_unverifiable`.
    standing = Standing.BACKFILL_INCOMPLETE if absence.before_first_receipt else Standing.MISSING
    if absence.lasted is None:
        return Ruling(standing, Verdict.PENDING, "within-grace")
    if evidence.inbox_behind is None and not evidence.confirmed_reads:
        return Ruling(standing, Verdict.PENDING, "not-confirmed")
    return _unless_inbox_behind(standing, evidence)


def _rule_ahead(absence: Absence, evidence: ConsumerEvidence) -> Ruling:
    if absence.held_back:
        return Ruling(Standing.PENDING, Verdict.PENDING, "held-back")
    if absence.age is None:
        return Ruling(Standing.PENDING, Verdict.PENDING, "age-unknown")
    if absence.age <= evidence.max_lag:
        return Ruling(Standing.PENDING, Verdict.PENDING, "younger-than-max-lag")
    return _unless_inbox_behind(Standing.LAGGING, evidence)


def _unless_inbox_behind(standing: Standing, evidence: ConsumerEvidence) -> Ruling:
    # A standby may lack the receipt, the cursor's move and the mark "done" that its primary has.
    if evidence.inbox_behind is not None:
        return Ruling(standing, Verdict.UNKNOWN, "standby")
    return Ruling(standing, Verdict.CONFIRMED)


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

    A receipt older than the log's retention is explained on a standby too, so that is asked first.
    """
    retention, age = evidence.log_retention, stranger.received_age
    if retention is not None and age is not None and age > retention:
        return Doubt(Verdict.BENIGN, "purged")
    if (doubt := doubt_about_log(evidence)) is not None:
        return doubt
    if retention is not None and age is None:
        return Doubt(Verdict.BENIGN, "may-be-purged")
    return None
