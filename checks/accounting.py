"""Each event counts once: the account of one consumer, and the control totals drawn from it.

All checks of a consumer and its totals read the same account, so they cannot contradict each other, and the
absences, of which there may be millions on disk, are read once. The account is flat in memory: it grows with the
number of partitions, not with the number of events.

It does not find absences and does not doubt them; that is done by whoever reads the stores.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from checks.appearing import AppearanceTally
from checks.crossing import Crossing
from checks.cursors import CursorIndex
from checks.marks import Marks
from checks.model.consumer import Absence, ConsumerEvidence, Standing
from checks.model.finding import Finding, Verdict
from checks.model.result import Totals
from checks.moves import scopes_standing_still
from checks.resending import SentAgainTally
from checks.ruling import Ruling, doubt_about_stranger, rule, waiting, waiting_at_least
from checks.tally import Tally


class OutOfBalanceError(Exception):
    """The events do not add up: the evidence contradicts itself, and no total of it may be shown."""


@dataclass(slots=True, kw_only=True)
class AbsenceTally(Tally):
    """Events with one ruling in one partition: also the oldest age, what showed that the absences lasted, and marks.

    ``by_sighting``: of how many the age is only known from when an earlier run saw them first. ``sent_again``: how many
    were, and when the last of them; ``appeared``: how many appeared later than their time says.
    """

    oldest: timedelta | None = None
    by_sighting: int = 0
    lasted: Counter[str] = field(default_factory=Counter)
    marks: Marks = field(default_factory=Marks)
    sent_again: SentAgainTally = field(default_factory=SentAgainTally)
    appeared: AppearanceTally = field(default_factory=AppearanceTally)

    def observe(self, absence: Absence) -> None:
        """Count one absence."""
        self.add(absence.event, absence.rank)
        age = waiting_at_least(absence)
        if age is not None and (self.oldest is None or age > self.oldest):
            self.oldest = age
        exact = waiting(absence) if absence.received else absence.age
        self.by_sighting += age is not None and exact is None
        if absence.lasted is not None:
            self.lasted[absence.lasted] += 1
        self.marks.add(absence.event.position, absence.rank, marked=absence.marked_sent)
        self.sent_again.add(absence.sent_again)
        self.appeared.add(absence.appeared)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an account: a ruling, the partition it was made in, and the events it holds for."""

    ruling: Ruling
    partition: str | None
    tally: AbsenceTally

    def finding(self, check: str, message: str, evidence: Mapping[str, object], *, harmless: bool = False) -> Finding:
        """What a check has to say about these events, with the verdict of the ruling."""
        return self.tally.finding(
            check,
            self.ruling.verdict,
            message,
            partition=self.partition,
            reason=self.ruling.reason,
            harmless=harmless,
            evidence=evidence,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Every absence that was read, by ruling and partition.

    It leaves out the evidence's ``unseen``, which were counted and not read; the totals take them in. ``crossings``:
    by partition, the absent events that the cursor passed since the run before.
    """

    entries: tuple[Entry, ...]
    cursors: CursorIndex
    crossings: Mapping[str | None, Crossing]

    def of(self, standing: Standing) -> Iterator[Entry]:
        """The entries of one standing, by partition."""
        return (entry for entry in self.entries if entry.ruling.standing is standing)

    def count(self, *standings: Standing, verdict: Verdict | None = None) -> int:
        """How many events have one of the standings (and the verdict, if one is given)."""
        return sum(
            entry.tally.count
            for standing in standings
            for entry in self.of(standing)
            if verdict is None or entry.ruling.verdict is verdict
        )

    def evidence_of(self, entry: Entry) -> dict[str, object]:
        """What a person needs to look again: the cursors as they were seen, and how long the events have waited."""
        oldest, by_sighting = entry.tally.oldest, entry.tally.by_sighting
        seen: dict[str, object] = {
            "cursors": self.cursors.described(entry.partition, entry.tally.events),
            "oldest_age_seconds": None if oldest is None else oldest.total_seconds(),
        }
        seen |= {"ages_since_first_sighting": by_sighting} if by_sighting else {}
        tally = entry.tally
        return seen | tally.marks.evidence() | tally.sent_again.evidence() | tally.appeared.evidence()

    def unverifiable(self) -> Mapping[str, int]:
        """How many events nothing could be said of, by the short code of why, the most frequent first."""
        reasons: Counter[str] = Counter()
        for entry in self.entries:
            if _counts_as_unverifiable(entry.ruling):
                reasons[entry.ruling.reason or "unknown"] += entry.tally.count
        return dict(reasons.most_common())


ABSENT = (Standing.MISSING, Standing.BACKFILL_INCOMPLETE)
WAITING = (Standing.PENDING, Standing.LAGGING, Standing.UNPROCESSED)


def _counts_as_unverifiable(ruling: Ruling) -> bool:
    return ruling.standing is Standing.UNVERIFIABLE or (ruling.standing in ABSENT and ruling.verdict is Verdict.UNKNOWN)


def standing(absence: Absence, evidence: ConsumerEvidence) -> Standing:
    """Where one eligible event without a processed receipt stands: the first that fits."""
    return rule(absence, evidence).standing


def account_of(evidence: ConsumerEvidence) -> Account:
    """The account of a consumer, made at the first call and kept with the evidence.

    It is kept as ``functools.cached_property`` would keep it; a property of the evidence it cannot be, since the
    evidence must not know who judges it.
    """
    kept = vars(evidence)
    if "account" not in kept:
        kept["account"] = _draw_up(evidence)
    account: Account = kept["account"]
    return account


def _draw_up(evidence: ConsumerEvidence) -> Account:
    cursors, still = CursorIndex(evidence.cursors or ()), scopes_standing_still(evidence)
    tallies: dict[tuple[Ruling, str | None], AbsenceTally] = {}
    crossings: defaultdict[str | None, Crossing] = defaultdict(lambda: Crossing(limit=evidence.sample_limit))
    for absence in evidence.absences:
        ruling = rule(absence, evidence)
        if absence.crossed and ruling.standing in ABSENT:
            crossings[absence.event.partition].add(absence, ruling)
        if _may_wait_for_a_row(ruling, evidence) and cursors.lacks_row_for(absence.event):
            ruling = _without_a_row(ruling, evidence)
        elif ruling.standing is Standing.LAGGING and not still.isdisjoint((None, absence.event.partition)):
            ruling = ruling._replace(stalled=True)
        key = ruling, absence.event.partition
        if (tally := tallies.get(key)) is None:
            tally = tallies[key] = AbsenceTally(limit=evidence.sample_limit)
        tally.observe(absence)
    entries = tuple(Entry(ruling, partition, tally) for (ruling, partition), tally in tallies.items())
    return Account(entries, cursors, dict(crossings))


def _may_wait_for_a_row(ruling: Ruling, evidence: ConsumerEvidence) -> bool:
    """What is not late yet may have been written a moment ago; where no event has a time, nothing says so."""
    is_ageless = ruling.standing is Standing.PENDING and ruling.reason == "age-unknown" and not evidence.has_time
    return is_ageless or ruling.standing is Standing.LAGGING


def _without_a_row(ruling: Ruling, evidence: ConsumerEvidence) -> Ruling:
    if ruling.standing is Standing.LAGGING:
        return ruling._replace(cursor_absent=True)
    reason = ruling.reason if evidence.inbox_behind is None else "standby"
    return ruling._replace(cursor_absent=True, verdict=Verdict.UNKNOWN, reason=reason)


def totals(evidence: ConsumerEvidence) -> Totals:
    """The control totals of a consumer, in events (``duplicate``: in extra receipts).

    Raises:
        OutOfBalanceError: produced events are not each received, pending, parked, missing or unverifiable.
    """
    account = account_of(evidence)
    pending = account.count(*WAITING) + account.count(*ABSENT, verdict=Verdict.PENDING)
    result = Totals(
        produced=evidence.produced,
        received=evidence.received,
        pending=pending,
        parked=account.count(Standing.PARKED),
        missing=account.count(*ABSENT, verdict=Verdict.CONFIRMED),
        unverifiable=evidence.unseen + sum(account.unverifiable().values()),
        duplicate=sum(repeat.extra for repeat in evidence.repeats),
        unexpected=sum(doubt_about_stranger(stranger, evidence) is None for stranger in evidence.strangers),
        excluded=evidence.excluded,
    )
    if not result.balances():
        message = f"{evidence.name}: the events do not add up: {result}"
        raise OutOfBalanceError(message)
    return result
