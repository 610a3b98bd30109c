"""Each stream counts once: the account of one state, and the control totals drawn from it.

All checks of a state and its totals read the same account, so they cannot contradict each other, and the differences,
of which there may be as many on disk as there are streams, are read once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from checks.appearing import AppearanceTally
from checks.model.check import Lack
from checks.model.finding import Finding, Verdict
from checks.model.result import Totals
from checks.model.state import Difference, Fault, StateEvidence
from checks.tally import Tally
from checks.wording import counted, lasting, quoted

AHEAD = (Fault.SILENT_CHANGE, Fault.UNEXPECTED)
"""The row has what the log has not; of the others it lacks what the log has."""


class MismatchError(Exception):
    """The streams do not add up: the evidence contradicts itself, and no total of it may be shown."""


class Ruling(NamedTuple):
    """How sure a difference is, and a short code for why it is less than confirmed."""

    fault: Fault
    verdict: Verdict
    reason: str | None = None


def rule(difference: Difference, evidence: StateEvidence) -> Ruling:
    """Judge one difference. The first rule that fits decides."""
    fault = difference.fault
    if difference.by_clock:
        return Ruling(fault, Verdict.UNKNOWN, "by-clock")
    if fault is Fault.UNEXPECTED and (evidence.retention is not None or evidence.lets_go):
        return Ruling(fault, Verdict.BENIGN, "may-be-purged")
    on_standby = evidence.on_standby if fault in AHEAD else evidence.behind is not None
    if not evidence.confirmed_reads and not on_standby:
        return Ruling(fault, Verdict.PENDING, "not-confirmed")
    if fault in AHEAD and evidence.in_flight:
        return Ruling(fault, Verdict.PENDING, "in-flight")
    if difference.lasted is None:
        return Ruling(fault, Verdict.PENDING, "within-max-delay")
    if on_standby:
        return Ruling(fault, Verdict.UNKNOWN, "standby")
    if fault is Fault.SILENT_CHANGE and evidence.deletes:
        return Ruling(fault, Verdict.UNKNOWN, "may-be-purged")
    return Ruling(fault, Verdict.CONFIRMED)


@dataclass(slots=True, kw_only=True)
class StreamTally(Tally):
    """Streams with one ruling: where the row and the stream of each sample stand, and what showed that it lasted."""

    samples: list[dict[str, object]] = field(default_factory=list)
    lasted: Counter[str] = field(default_factory=Counter)
    appeared: AppearanceTally = field(default_factory=AppearanceTally)

    def observe(self, difference: Difference) -> None:
        """Count one difference. It has no place in ranges of positions: what is counted is a stream."""
        self.count += 1
        if self.has_room:
            self.samples.append(
                {"stream": difference.event.stream, "row_version": difference.row, "head_version": difference.head}
            )
        self.sample(difference.event)
        if difference.lasted is not None:
            self.lasted[difference.lasted] += 1
        self.appeared.add(difference.appeared)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an account: a ruling, and the streams that it holds for."""

    ruling: Ruling
    tally: StreamTally

    def finding(self, message: str, evidence: StateEvidence) -> Finding:
        """What a check has to say of these streams."""
        seen: dict[str, object] = {
            "samples": self.tally.samples,
            "lasted": dict(self.tally.lasted),
            "max_delay_seconds": evidence.max_delay.total_seconds(),
        }
        if self.ruling.fault in AHEAD:
            seen["in_flight"] = list(evidence.in_flight)
        seen |= self.tally.appeared.evidence()
        return self.tally.finding(
            self.ruling.fault.value,
            self.ruling.verdict,
            message,
            partition=None,
            reason=self.ruling.reason,
            evidence=seen,
        )


def entries(evidence: StateEvidence, fault: Fault) -> Iterator[Entry]:
    """The lines of the account about one fault."""
    return (entry for entry in _account_of(evidence) if entry.ruling.fault is fault)


def _account_of(evidence: StateEvidence) -> tuple[Entry, ...]:
    """Made at the first call and kept with the evidence, which must not know who judges it."""
    kept = vars(evidence)
    if "account" not in kept:
        tallies: dict[Ruling, StreamTally] = {}
        for difference in evidence.differences:
            ruling = rule(difference, evidence)
            if (tally := tallies.get(ruling)) is None:
                tally = tallies[ruling] = StreamTally(limit=evidence.sample_limit)
            tally.observe(difference)
        kept["account"] = tuple(Entry(ruling, tally) for ruling, tally in tallies.items())
    account: tuple[Entry, ...] = kept["account"]
    return account


def totals_of_state(evidence: StateEvidence) -> Totals:
    """The control totals of a state, in streams.

    Raises:
        MismatchError: produced streams are not each received, pending, missing or unverifiable.
    """
    lacking = [entry for entry in _account_of(evidence) if entry.ruling.fault not in AHEAD]
    confirmed = [entry for entry in _account_of(evidence) if entry.ruling.verdict is Verdict.CONFIRMED]
    result = Totals(
        produced=evidence.produced,
        received=evidence.received,
        pending=sum(entry.tally.count for entry in lacking if entry.ruling.verdict is Verdict.PENDING),
        missing=sum(entry.tally.count for entry in confirmed if entry.ruling.fault not in AHEAD),
        unverifiable=sum(evidence.unverifiable.values())
        + sum(entry.tally.count for entry in lacking if entry.ruling.verdict is Verdict.UNKNOWN),
        unexpected=sum(entry.tally.count for entry in confirmed if entry.ruling.fault in AHEAD),
        excluded=evidence.excluded,
    )
    if not result.balances():
        message = f"{evidence.name}: the streams do not add up: {result}"
        raise MismatchError(message)
    return result


def told(entry: Entry, evidence: StateEvidence, what: str, advice: str) -> str:
    """The message about some streams. ``what``: the fault, as in "3 rows of accounts" and what goes on from there."""
    first = ""
    if entry.tally.events:
        event = entry.tally.events[0]
        first = f" ({'first: ' if entry.tally.count > 1 else ''}stream {quoted(event.stream or '')})"
    said = f"{what}{first}"
    match entry.ruling.reason:
        case "not-confirmed":
            return f"{said}: not looked at twice, so not decided"
        case "within-max-delay":
            since = entry.tally.appeared.phrase(entry.tally.count)
            return f"{said}{since}: it may be under way, look again after {lasting(evidence.max_delay)}"
        case "in-flight":
            return f"{said}, while a transaction on the log has not ended: look again"
        case "standby":
            return f"{said}, as far as a standby shows: audit its primary"
        case "by-clock":
            return f"{said}, by two clocks alone, which prove nothing: give it the key version"
        case "may-be-purged" if evidence.lets_go:
            return f"{said}: {evidence.upstream} is an outbox, which may have deleted what it sent of them"
        case "may-be-purged":
            kept = "" if evidence.retention is None else lasting(evidence.retention)
            return f"{said}: {evidence.upstream} keeps {kept}, their events may have been purged"
        case _:
            return f"{said}: {advice}"


def rows_of(entry: Entry, evidence: StateEvidence) -> str:
    """What a message begins with, as in "3 rows of accounts"."""
    return f"{counted(entry.tally.count, 'row')} of {evidence.name}"


def no_version(evidence: StateEvidence) -> Lack | None:
    """The lack of a version, and of the time of a row's last change, if both lack."""
    if evidence.has_version or evidence.has_changed:
        return None
    message = (
        f"{evidence.name} names no version and no changed: it shows whether a stream has a row, not whether the row is "
        "in step; give it the key version"
    )
    return Lack("no-version", message)
