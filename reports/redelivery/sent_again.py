"""What was done to send one event again to one consumer: as a phrase, and as entries of a document."""

from collections.abc import Sequence

from checks.attempts import attempts_in
from checks.model.journal import SentAgain
from checks.wording import counted
from reports.earlier import second
from reports.json_document import Json, moment
from reports.visible import visible, well_formed


def phrase(redeliveries: Sequence[SentAgain]) -> str:
    """``sent again 2 times, last 2026-03-01T12:03:00Z by ann@ops-1 (accepted), ticket OPS-7``; empty for none."""
    if not redeliveries:
        return ""
    last = redeliveries[-1]
    count = attempts_in(line.step for each in redeliveries for line in each.attempt.lines)
    said = f"sent again {counted(count, 'time')}" if count else "was to be sent again"
    detail = f": {visible(last.last.detail)}" if last.last.detail else ""
    who = f"{visible(last.redelivery.user)}@{visible(last.redelivery.host)}"
    ticket = f", ticket {visible(last.redelivery.ticket)}" if last.redelivery.ticket else ""
    return f"{said}, last {second(last.redelivery.at)} by {who} ({last.last.step}{detail}){ticket}"


def entries(redeliveries: Sequence[SentAgain]) -> list[Json]:
    """One entry a redelivery, the oldest first: whose it was, and the last that is known of the event."""
    return [_entry(each) for each in redeliveries]


def _entry(sent: SentAgain) -> Json:
    redelivery, last = sent.redelivery, sent.last
    return {
        "redelivery": redelivery.number,
        "at": moment(redelivery.at),
        "user": well_formed(redelivery.user),
        "host": well_formed(redelivery.host),
        "reason": _text(redelivery.reason),
        "ticket": _text(redelivery.ticket),
        "plan": well_formed(redelivery.plan),
        "target": well_formed(redelivery.target),
        "step": last.step.value,
        "step_at": moment(last.at),
        "detail": well_formed(last.detail),
    }


def _text(text: str | None) -> str | None:
    return None if text is None else well_formed(text)
