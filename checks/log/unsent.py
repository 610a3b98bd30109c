"""A row of an outbox was not sent, and is older than `max_delay`.

What it means
    The producer wrote the event into its outbox, and nothing marked it as
    sent for longer than `max_delay`. Whoever is to receive it does not have
    it. If newer rows were sent (`overtaken`), the relay went past this one:
    it failed on it, or it did not see it, as with a row that is committed
    late below a position that the relay keeps. If none was (`waiting`), the
    relay stands still or does not run, and the first row may be why.

How it is proven
    By the column that the log's `sent` names: NULL, false and 0 mean not
    sent, in text also an empty one, "0", "f" and "false"; everything else
    means sent. Every unsent row is looked at in every run, whatever earlier
    runs verified, and the old ones once more a moment later. Ages are counted
    on the clock of the log's own store; where a row's time is absent or lies
    ahead, since the first of the earlier runs that saw it unsent. Where an
    earlier run proves that a row was not there yet, whatever its time says (a
    long transaction wrote it), it counts from the first run that saw it.

What it cannot know
    Whether the message went out and only the mark was not written: sending
    again is then a duplicate. Whether a row that is marked sent arrived:
    consumers show that. A row that was deleted without being sent leaves no
    trace here; where a relay deletes what it sent, the rest seems to wait even
    if it went past it. When a row of a long transaction was committed, where
    no earlier run shows that it was not there yet: it is then as old as its
    time says. On a standby that may be behind, the verdict is unknown. A row
    that a redelivery marked unsent again, or inserted as a copy, waits since
    then, and that newer ones were sent is by design.

What to do
    Look at the head of the line, the unsent row with the lowest position: the
    evidence names it. If it was overtaken, look for it in the relay's errors,
    and let the relay send it again. If everything waits, see whether the
    relay runs, whether it reaches the broker, and whether it fails at that
    very row each time. Do not mark it sent by hand.
"""

from collections.abc import Iterator

from checks.model.check import Lack
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.log import LogEvidence, Unsent
from checks.wording import appeared_late, counted, first_of, in_partition, lasting, moment, quoted


def judge(evidence: LogEvidence) -> Iterator[Finding]:
    """What waits for too long, and, for information, what does not or may not; by partition."""
    for rows in evidence.unsent:
        verdict, reason = _verdict(rows, evidence)
        yield Finding(
            check="unsent",
            verdict=verdict,
            count=rows.count,
            message=_message(rows, reason, evidence),
            partition=rows.partition,
            reason=reason,
            ranges=rows.ranges,
            ranges_truncated=rows.ranges_truncated,
            events=rows.events,
            evidence=_seen(rows, evidence),
        )


def _verdict(rows: Unsent, evidence: LogEvidence) -> tuple[Verdict, str]:
    if rows.youngest is None:
        return Verdict.PENDING, "age-unknown"
    if rows.appeared_after is not None:
        return Verdict.PENDING, "appeared-lately"
    if rows.youngest <= evidence.max_delay:
        return Verdict.PENDING, "sent-again-lately" if rows.again else "younger-than-max-delay"
    how = "sent-again" if rows.again else "overtaken" if rows.overtaken else "waiting"
    if evidence.behind is not None:
        return Verdict.UNKNOWN, f"{how}-on-standby"
    return (Verdict.CONFIRMED, how) if evidence.looked_twice else (Verdict.PENDING, f"{how}-not-confirmed")


def _message(rows: Unsent, reason: str, evidence: LogEvidence) -> str:
    said = (
        f"{evidence.name} has {counted(rows.count, 'event')}{in_partition(rows.partition)} not marked sent"
        f"{first_of(rows.ranges)}"
    )
    most = lasting(evidence.max_delay)
    if reason == "younger-than-max-delay":
        return f"{said}, none older than {most}"
    if reason == "appeared-lately" and rows.appeared_after is not None:
        return f"{said}{appeared_late(rows.appeared_after)}, and may wait for {most} from then on"
    if reason == "sent-again-lately":
        return f"{said}, a redelivery put them there, no longer than {most} ago: they are about to be sent again"
    if reason == "age-unknown":
        return f"{said}, of unknown age: {_why_ageless(evidence, most)}"
    since = "" if rows.since is None else f", {'at least ' if rows.by_sighting else ''}since {moment(rows.since)}"
    line = "a redelivery put them there to be sent again" if rows.again else _line(rows)
    said = f"{said}{since} (max_delay is {most}); {line}"
    if reason.endswith("-on-standby"):
        return f"{said}: a standby that may be behind shows it ({evidence.behind}), audit its primary"
    if reason.endswith("-not-confirmed"):
        return f"{said}: not looked at twice, so not decided"
    return f"{said}: {_advice(rows)}"


def _line(rows: Unsent) -> str:
    """Who stands at the head of the line, how many stand behind, and whether the relay goes past them."""
    behind = counted(rows.waiting - 1, "event")
    waits = "" if rows.head_age is None else f", for {lasting(rows.head_age)},"
    head = f"{_named(rows.head)} is the head of the line{waits} with {behind} waiting behind it"
    if rows.overtaken:
        return f"{head}; it is stuck: {counted(rows.sent_past, 'newer event')} {_was(rows.sent_past)} sent"
    return f"{head}; none of a higher position is marked sent: the relay stands still, or deletes what it sends"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _named(event: Event) -> str:
    if event.stream is not None and event.version is not None:
        return f"position {event.position} ({quoted(event.stream)}, version {event.version})"
    return f"position {event.position}" + ("" if event.id is None else f" (id {quoted(event.id)})")


def _advice(rows: Unsent) -> str:
    if rows.again:
        return "see whether the relay runs, and whether it looks at rows below those that it sent"
    if rows.overtaken:
        return "look for it in the relay's errors, then let the relay send it"
    return "see whether the relay runs, and whether it fails at that row"


def _why_ageless(evidence: LogEvidence, most: str) -> str:
    why = "their time is absent or ahead" if evidence.has_time else f"{evidence.name} names no time"
    return why if evidence.before is None else f"{why}, and no earlier run saw them unsent for longer than {most}"


def _seen(rows: Unsent, evidence: LogEvidence) -> dict[str, object]:
    head = rows.head
    seen: dict[str, object] = {
        "max_delay_seconds": evidence.max_delay.total_seconds(),
        "oldest_age_seconds": None if rows.oldest is None else rows.oldest.total_seconds(),
        "since": rows.since,
        "head_of_line": {
            "position": head.position,
            "id": head.id,
            "stream": head.stream,
            "version": head.version,
            "type": head.type,
            "time": head.time,
            "age_seconds": None if rows.head_age is None else rows.head_age.total_seconds(),
        },
        "waiting": rows.waiting,
        "sent_past": rows.sent_past,
    }
    seen |= {"sent_again": rows.count} if rows.again else {}
    if rows.appeared_after is not None:
        seen |= {"appeared_late": rows.count, "appeared_after": rows.appeared_after.isoformat()}
    return seen | ({"ages_since_first_sighting": rows.by_sighting} if rows.by_sighting else {})


def lacks(evidence: LogEvidence) -> Lack | None:
    """The log must be an outbox, and something must tell how long its rows have been waiting."""
    if not evidence.has_sent:
        return Lack("no-sent", f"the log {evidence.name} names no column sent, so it is not taken for an outbox")
    if not evidence.has_time and evidence.before is None:
        message = f"the log {evidence.name} names no time, so the age of its events is not known; give it the key time"
        return Lack("no-time", message)
    return None
