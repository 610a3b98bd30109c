"""What is true of a past, said as plainly as possible: every event and every row looked at, one after the other."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from tests.derivations.pasts import MAX_DELAY, RETENTION, Derived, Fact, Past, Row

Key = tuple[str, str, str | None, str | None]
"""Check, verdict, reason, partition."""


@dataclass(frozen=True)
class Truth:
    """Totals, and of each finding the positions that it is about, in order."""

    totals: dict[str, int]
    findings: dict[Key, list[int]]
    nameless: int


@dataclass(frozen=True)
class Seen:
    """What an earlier run saw, and how long ago."""

    past: Past
    ago: timedelta


def truth(past: Past, log: Derived, seen: Seen | None = None) -> Truth:
    """All that an audit of a derived log has to say of it and its upstream. ``seen``: if there was a run before."""
    expected = eligible(past, log)
    there = rows_of(log)
    found: dict[Key, list[int]] = defaultdict(list)
    for fact in expected:
        if fact not in there and (key := _absent(past, log, fact, seen)) is not None:
            found[key].append(fact.position)
    for fact in expected:
        for row in there.get(fact, [])[1:] if not log.any_number else ():
            found["duplicate", "confirmed", None, row.tenant].append(row.position)
        if fact in there and _is_overtaken(there[fact][0], there, expected):
            found["out-of-order", "confirmed", None, there[fact][0].tenant].append(there[fact][0].position)
    for row in log.rows:
        if row.counts and row.source is not None and row.source.id in past.never:
            found["unexpected", *_why_strange(past, log, row.source), row.tenant].append(row.position)
    received = sum(fact in there for fact in expected)
    missing = sum(len(found[key]) for key in list(found) if key[:2] == ("underived", "confirmed"))
    pending = sum(len(found[key]) for key in list(found) if key[:2] == ("underived", "pending"))
    totals = {
        "produced": len(expected),
        "received": received,
        "missing": missing,
        "pending": pending,
        "unverifiable": len(expected) - received - missing - pending,
        "duplicate": sum(len(found[key]) for key in list(found) if key[0] == "duplicate"),
        "unexpected": sum(len(found[key]) for key in list(found) if key[:2] == ("unexpected", "confirmed")),
        "excluded": len(past.facts) - len(expected),
        "parked": 0,
    }
    named = {key: sorted(positions) for key, positions in found.items() if positions}
    return Truth(totals, named, sum(row.counts and row.source is None for row in log.rows))


def _why_strange(past: Past, log: Derived, stranger: Fact) -> tuple[str, str | None]:
    """Verdict and reason of a row that names what the log does not have. A position above its floor cannot be gone."""
    has_floor = not log.by_id and any(fact.tenant == stranger.tenant for fact in past.facts)
    return ("confirmed", None) if has_floor or not past.purged else ("benign", "may-be-purged")


def eligible(past: Past, *logs: Derived) -> list[Fact]:
    """The events that all of these logs must have."""
    return [fact for fact in past.facts if not fact.archived and all(_is_wanted(fact, log) for log in logs)]


def _is_wanted(fact: Fact, log: Derived) -> bool:
    return log.types is None or any(fnmatchcase(fact.type, each) for each in log.types)


def rows_of(log: Derived) -> dict[Fact, list[Row]]:
    """The rows of each event, in the order of the derived log."""
    found: dict[Fact, list[Row]] = defaultdict(list)
    for row in sorted(log.rows, key=lambda row: row.position):
        if row.counts and row.source is not None:
            found[row.source].append(row)
    return dict(found)


def reached(past: Past, log: Derived, tenant: str | None) -> int | None:
    """Where the publisher's cursor stands; without one, the last event that has a row."""
    if log.cursor is not None and tenant in log.cursor:
        return log.cursor[tenant]
    there = rows_of(log)
    return max((f.position for f in eligible(past, log) if f in there and f.tenant == tenant), default=None)


def _absent(past: Past, log: Derived, fact: Fact, seen: Seen | None = None) -> Key | None:
    """What is to be said of an event without a row; nothing, where it may have become none, or have gone."""
    if log.any_number:
        return None
    last = reached(past, log, fact.tenant)
    is_past = last is not None and fact.position <= last
    is_forgotten = log.forgets and (fact.known_age is None or fact.known_age > RETENTION)
    if is_forgotten and (is_past or (log.cursor is None and fact.known_age is not None)):
        return None
    if not is_past and (why := _may_still_come(fact, seen)) is not None:
        return "underived", "pending", why, fact.tenant
    if log.cursor is None or fact.tenant not in log.cursor:
        return "underived", "confirmed", "absent", fact.tenant
    return "underived", "confirmed", "skipped" if is_past else "behind", fact.tenant


def _may_still_come(fact: Fact, seen: Seen | None) -> str | None:
    """Why an event that nobody has come to is not late; ``None``: it is."""
    was_there = seen is not None and fact in seen.past.facts
    if fact.known_age is None:
        return None if was_there and seen is not None and seen.ago > MAX_DELAY else "age-unknown"
    if fact.known_age <= MAX_DELAY:
        return "younger-than-max-delay"
    return "appeared-lately" if seen is not None and _is_beyond(fact, seen.past) else None


def _is_beyond(fact: Fact, past: Past) -> bool:
    """Whether an event stands where nothing stood yet."""
    return all(other.position < fact.position for other in past.facts if other.tenant == fact.tenant)


def is_lost(past: Past, log: Derived, fact: Fact) -> bool:
    """Whether the log lacks the event for sure."""
    key = None if fact in rows_of(log) else _absent(past, log, fact)
    return key is not None and key[1] == "confirmed"


def _is_overtaken(first: Row, there: dict[Fact, list[Row]], expected: list[Fact]) -> bool:
    fact = first.source
    return fact is not None and any(
        later.stream == fact.stream
        and later.version > fact.version
        and later in there
        and there[later][0].position < first.position
        for later in expected
    )


def ranges(past: Past, log: Derived, key: Key, positions: list[int]) -> list[tuple[int, int]]:
    """Closed intervals of upstream positions, which only an eligible event in between splits."""
    places = [fact.position for fact in eligible(past, log) if fact.tenant == key[3]]
    found: list[tuple[int, int]] = []
    for nth, position in enumerate(places):
        if position in positions:
            begins = found.pop()[0] if nth and places[nth - 1] in positions else position
            found.append((begins, position))
    return found


def lacking(past: Past, mine: Derived, other: Derived) -> list[Fact]:
    """The events that one of two lacks for sure, that the other has, and that both should have by now."""
    there = rows_of(other)
    return [fact for fact in both_should_have(past, mine, other) if is_lost(past, mine, fact) and fact in there]


def compared(past: Past, one: Derived, other: Derived) -> int:
    """How many events both should have by now, without those of which one leaves open whether it lacks them."""
    return sum(
        all(fact in rows_of(log) or is_lost(past, log, fact) for log in (one, other))
        for fact in both_should_have(past, one, other)
    )


def both_should_have(past: Past, one: Derived, other: Derived) -> list[Fact]:
    """Up to where both have come."""
    ends = {fact.tenant: (reached(past, one, fact.tenant), reached(past, other, fact.tenant)) for fact in past.facts}
    return [
        fact
        for fact in eligible(past, one, other)
        if all(end is not None and fact.position <= end for end in ends[fact.tenant])
    ]
