"""Events of the upstream that must be in the derived log are not in it.

What it means
    The producer wrote these events, the config says that they become events
    of the derived log, and `max_delay` is over, but it has no row of them.
    Whoever reads the derived log never hears of them. They were "skipped"
    where the publisher's cursor stands beyond them, it is "behind" where it
    has not come to them; without a cursor they are just "absent".

How it is proven
    The upstream was read first and the derived log after it, and each event
    was looked up there once more by what the column `source` says. What the
    publisher has not come to is late by its own time, on the clock of its
    store, or since an earlier run saw it; that counts, too, where the run
    before proves that it was not there yet, whatever its time says. What was
    passed must have been absent for `max_delay` since. Ranges are positions
    of the upstream.

What it cannot know
    Whether a row was there once and was removed: declare `retention` if old
    ones are. An outbox that says what was `sent` may delete that, and nothing
    is proven of events from before what remains there. With `per_event =
    "any"` an event may have become nothing at all. Those are unverifiable.
    When an event of a long transaction was committed, where no earlier run
    shows that it was not there yet: it is then as old as its time says.

What to do
    Behind: see whether the publisher runs, and at which event it stands.
    Skipped or absent: look for a crash between the two writes, for readers
    that skip late commits, for types that the projection does not know. Mend
    the cause, then derive the events again: they will get new positions.
"""

from collections.abc import Iterator

from checks.derivation import Line, Stands, any_number, derivation_of
from checks.marks import hint
from checks.model.check import Lack
from checks.model.derived import DerivedEvidence
from checks.model.finding import Finding
from checks.wording import counted, first_of, in_partition, lasting


def judge(evidence: DerivedEvidence) -> Iterator[Finding]:
    """What is late, and, for information, what may still come; by partition and reason."""
    derivation = derivation_of(evidence)
    for stands in (Stands.UNDERIVED, Stands.PENDING):
        for line in derivation.of(stands):
            oldest, by_sighting = line.tally.oldest, line.tally.by_sighting
            seen: dict[str, object] = {
                "cursors": derivation.cursors.described(line.partition, line.tally.events),
                "oldest_age_seconds": None if oldest is None else oldest.total_seconds(),
                "max_delay_seconds": evidence.max_delay.total_seconds(),
                "lasted": dict(line.tally.lasted),
            }
            marks = line.tally.marks.evidence()
            seen |= ({"ages_since_first_sighting": by_sighting} if by_sighting else {}) | marks
            seen |= line.tally.appeared.evidence()
            yield line.finding(_message(line, evidence) + hint(marks, line.tally.count), seen)


def _message(line: Line, evidence: DerivedEvidence) -> str:
    said = (
        f"{evidence.name} lacks {counted(line.tally.count, 'event')} of {evidence.upstream}"
        f"{in_partition(line.partition)}{first_of(line.tally.ranges.build())}"
    )
    most, oldest = lasting(evidence.max_delay), line.tally.oldest
    waiting = "" if oldest is None else f", for {'at least' if line.tally.by_sighting else 'up to'} {lasting(oldest)}"
    match line.place.reason:
        case "skipped":
            return f"{said} that its publisher went past: mend the cause, then derive them again"
        case "behind":
            return f"{said} that its publisher has not come to{waiting} (max_delay is {most}): see whether it runs"
        case "standby":
            return f"{said}, as far as a standby shows ({evidence.follower.inbox_behind}): audit its primary"
        case "passed-lately" | "younger-than-max-delay" | "appeared-lately":
            since = line.tally.appeared.phrase(line.tally.count)
            return f"{said} so far{since}, none for longer than {most}: they may still come"
        case "held-back":
            return f"{said} so far, held back by a transaction that has not ended"
        case "age-unknown":
            return f"{said} so far, of unknown age: {_why_ageless(evidence, most)}"
        case "not-confirmed":
            return f"{said}: not looked at twice, so not decided"
        case _:
            return f"{said}{waiting} (max_delay is {most}): mend the cause, then derive them again"


def _why_ageless(evidence: DerivedEvidence, most: str) -> str:
    why = "their time is absent or ahead" if evidence.follower.has_time else f"{evidence.upstream} names no time"
    return why if evidence.follower.previous is None else f"{why}, and no earlier run saw them for longer than {most}"


def lacks(evidence: DerivedEvidence) -> Lack | None:
    """Where an event may become none, nothing is late."""
    return None if evidence.one_each else any_number(evidence)
