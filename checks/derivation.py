"""Where each upstream event stands that a derived log has no row of, and the totals that follow from it.

A derived log is compared as a consumer is, so the rules that place a consumer's events place these, too
(:mod:`checks.ruling`), and what is unverifiable there is so here. But nobody cares whether the publisher went past an
event or has not come to it: either way it is not there, and late. As an account of a consumer, this one is drawn up
once, and all checks and totals read the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from checks.accounting import AbsenceTally, OutOfBalanceError
from checks.cursors import CursorIndex
from checks.model.check import Lack
from checks.model.consumer import Absence, Standing, Stranger
from checks.model.derived import DerivedEvidence, Stray
from checks.model.event import Event
from checks.model.finding import Finding, Verdict
from checks.model.result import Totals
from checks.ruling import Doubt, doubt_about_stranger, rule


class Stands(StrEnum):
    """Where an eligible upstream event without a row stands."""

    UNDERIVED = "underived"
    PENDING = "pending"
    UNVERIFIABLE = "unverifiable"


class Place(NamedTuple):
    """Where an event stands, how sure that is, and a short code for why."""

    stands: Stands
    verdict: Verdict
    reason: str


ANY_NUMBER = "any-number"
PURGED = "outbox-purged"

_PENDING = {
    "within-grace": "passed-lately",
    "younger-than-max-lag": "younger-than-max-delay",
    "sent-again": "younger-than-max-delay",
}
"""What consumers have other words for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account: a place, the partition, and the events that stand there."""

    place: Place
    partition: str | None
    tally: AbsenceTally

    def finding(self, message: str, evidence: Mapping[str, object]) -> Finding:
        """What ``underived`` has to say about these events."""
        return self.tally.finding(
            "underived",
            self.place.verdict,
            message,
            partition=self.partition,
            reason=self.place.reason,
            evidence=evidence,
        )


@dataclass(frozen=True, slots=True)
class Derivation:
    """Every absence that was read, by place and partition."""

    lines: tuple[Line, ...]
    cursors: CursorIndex

    def of(self, stands: Stands) -> Iterator[Line]:
        """The lines of one place."""
        return (line for line in self.lines if line.place.stands is stands)

    def count(self, stands: Stands, *verdicts: Verdict) -> int:
        """How many events stand there, with one of the verdicts."""
        return sum(line.tally.count for line in self.of(stands) if line.place.verdict in verdicts)

    def unverifiable(self) -> Mapping[str, int]:
        """How many events nothing could be said of, by the short code of why, the most frequent first."""
        reasons: Counter[str] = Counter()
        for line in self.lines:
            if line.place.verdict is Verdict.UNKNOWN:
                reasons[line.place.reason] += line.tally.count
        return dict(reasons.most_common())


def derivation_of(evidence: DerivedEvidence) -> Derivation:
    """The account of a derived log, made at the first call and kept with the evidence."""
    kept = vars(evidence)
    if "derivation" not in kept:
        kept["derivation"] = _draw_up(evidence)
    derivation: Derivation = kept["derivation"]
    return derivation


def _draw_up(evidence: DerivedEvidence) -> Derivation:
    tallies: dict[tuple[str | None, Place], AbsenceTally] = {}
    for absence, where in placed(evidence):
        key = absence.event.partition, where
        if (tally := tallies.get(key)) is None:
            tally = tallies[key] = AbsenceTally(limit=evidence.follower.sample_limit)
        tally.observe(absence)
    lines = tuple(Line(where, partition, tally) for (partition, where), tally in tallies.items())
    return Derivation(lines, CursorIndex(evidence.follower.cursors or ()))


def placed(evidence: DerivedEvidence) -> Iterator[tuple[Absence, Place]]:
    """Every absence with its place, by partition, then position."""
    cursors = CursorIndex(evidence.follower.cursors or ())
    for absence in evidence.follower.absences:
        yield absence, _place(absence, evidence, cursors)


def proving_nothing(evidence: DerivedEvidence) -> Callable[[Absence], bool]:
    """Tells of an absence whether it is unverifiable, so that nobody needs to look again."""
    cursors = CursorIndex(evidence.follower.cursors or ())
    return lambda absence: _place(absence, evidence, cursors).stands is Stands.UNVERIFIABLE


def _place(absence: Absence, evidence: DerivedEvidence, cursors: CursorIndex) -> Place:
    if not evidence.one_each:
        return Place(Stands.UNVERIFIABLE, Verdict.UNKNOWN, ANY_NUMBER)
    ruling = rule(absence, evidence.follower)
    reason = ruling.reason or ""
    if ruling.standing is Standing.UNVERIFIABLE:
        return Place(Stands.UNVERIFIABLE, Verdict.UNKNOWN, reason)
    if _may_be_purged(absence, evidence, cursors):
        return Place(Stands.UNVERIFIABLE, Verdict.UNKNOWN, PURGED)
    if ruling.verdict is Verdict.PENDING:
        return Place(Stands.PENDING, Verdict.PENDING, _PENDING.get(reason, reason))
    if ruling.verdict is Verdict.UNKNOWN:
        return Place(Stands.UNDERIVED, Verdict.UNKNOWN, reason)
    if not evidence.follower.confirmed_reads:
        return Place(Stands.PENDING, Verdict.PENDING, "not-confirmed")
    return Place(Stands.UNDERIVED, Verdict.CONFIRMED, _why(absence, evidence, cursors))


def _why(absence: Absence, evidence: DerivedEvidence, cursors: CursorIndex) -> str:
    if not _has_publisher(absence, evidence, cursors):
        return "absent"
    return "skipped" if absence.past else "behind"


def _has_publisher(absence: Absence, evidence: DerivedEvidence, cursors: CursorIndex) -> bool:
    """Whether a cursor says if the publisher has come to the event."""
    return evidence.follower.cursors is not None and not cursors.lacks_row_for(absence.event)


def _may_be_purged(absence: Absence, evidence: DerivedEvidence, cursors: CursorIndex) -> bool:
    """Whether its row may have been sent, and removed since, for all that is left in the outbox."""
    if evidence.remains is None or (absence.past is False and _has_publisher(absence, evidence, cursors)):
        return False
    event, remains = absence.event, evidence.remains.get(absence.event.partition)
    if remains is None or event.position is None or event.position < remains.position:
        return True
    return event.time is not None and remains.since is not None and event.time < remains.since


def totals(evidence: DerivedEvidence) -> Totals:
    """The control totals of a derived log, in upstream events (``duplicate``, ``unexpected``: in its own rows).

    Raises:
        OutOfBalanceError: produced events are not each received, pending, missing or unverifiable.
    """
    derivation, follower = derivation_of(evidence), evidence.follower
    result = Totals(
        produced=follower.produced,
        received=follower.received,
        pending=derivation.count(Stands.PENDING, Verdict.PENDING),
        missing=derivation.count(Stands.UNDERIVED, Verdict.CONFIRMED),
        unverifiable=sum(derivation.unverifiable().values()),
        duplicate=sum(1 for _ in evidence.extras) if evidence.one_each else 0,
        unexpected=sum(doubt_about_stray(stray, evidence) is None for stray in evidence.strays),
        excluded=follower.excluded,
    )
    if not result.balances():
        message = f"{evidence.name}: the events do not add up: {result}"
        raise OutOfBalanceError(message)
    return result


def doubt_about_stray(stray: Stray, evidence: DerivedEvidence) -> Doubt | None:
    """What forbids calling a row unexpected, as of a consumer's receipt; ``None`` where nothing does."""
    return doubt_about_stranger(
        Stranger(event=stray.copy.of, received_age=stray.age, below_floor=stray.below_floor), evidence.follower
    )


def any_number(evidence: DerivedEvidence) -> Lack:
    """Why neither a row that is not there nor a second one says anything."""
    message = f'an event of {evidence.upstream} may become any number of {evidence.name} (per_event = "any"), none too'
    return Lack("any-number", message)


def named(event: Event) -> dict[str, object]:
    """An upstream event as evidence: by what it is found again there."""
    return {"position": event.position, "id": event.id, "stream": event.stream, "version": event.version}
