"""Known findings taken out of what a run found: each is split into what is known and what is new.

Only units that an entry covers are hidden, so new events of a known kind are as loud as ever; of what a finding counts
and does not name, nothing is hidden. What was accepted as unknown is news once it is confirmed. Totals stay what they
are: they count facts. Nothing here says that a known finding does no harm.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from checks.covering import Cover
from checks.model.finding import Finding, Verdict
from checks.model.known import BaselineEntry, KnownFinding, Unit
from checks.model.result import Audit
from checks.narrowing import known_part, new_part
from checks.units import identities
from checks.wording import moment, quoted

ACCEPTABLE = (Verdict.CONFIRMED, Verdict.UNKNOWN)
"""Verdicts of findings that can be known. The first covers the second, too."""


@dataclass(slots=True)
class Split:
    """The units of one finding, told apart by the entry that covers them. ``left``: by none."""

    left: list[Unit]
    hidden: list[tuple[BaselineEntry, list[Unit]]] = field(default_factory=list)

    def take(self, entry: BaselineEntry, cover: Cover) -> None:
        """Hide what the entry covers of what is left."""
        inside, outside = _parted(self.left, cover)
        if inside:
            self.hidden.append((entry, inside))
            self.left = outside


@dataclass(frozen=True, slots=True)
class Covered:
    """An entry with the quickest way to ask what it covers."""

    entry: BaselineEntry
    cover: Cover


def apply(audits: Iterable[Audit], entries: Iterable[BaselineEntry], now: datetime) -> tuple[Audit, ...]:
    """The audits with what is known in ``Audit.known`` and not in their findings. Expired entries hide nothing."""
    by_fingerprint: defaultdict[str, list[Covered]] = defaultdict(list)
    for entry in sorted(entries, key=lambda each: (each.added, each.id)):
        by_fingerprint[entry.fingerprint].append(Covered(entry, Cover(entry.units)))
    return tuple(_applied(audit, by_fingerprint, now) for audit in audits)


def _applied(audit: Audit, entries: Mapping[str, Sequence[Covered]], now: datetime) -> Audit:
    findings: list[Finding] = []
    known: list[KnownFinding] = list(audit.known)
    notes: list[str] = []
    for finding in audit.findings:
        covering = list(_covering(finding, entries.get(finding.fingerprint(audit.name), ())))
        split = Split(list(identities(finding).units) if covering else [])
        for each in covering:
            if not each.entry.has_expired(now):
                split.take(each.entry, each.cover)
        notes += _expired(split.left, covering, now)
        known += (_known(finding, entry, units) for entry, units in split.hidden)
        findings += _new(finding, split)
    if not known and not notes:
        return audit
    return replace(audit, findings=tuple(findings), known=tuple(known), notes=(*audit.notes, *dict.fromkeys(notes)))


def _covering(finding: Finding, entries: Sequence[Covered]) -> Iterator[Covered]:
    if finding.verdict in ACCEPTABLE:
        surer = ACCEPTABLE[: ACCEPTABLE.index(finding.verdict) + 1]
        yield from (each for each in entries if each.entry.verdict in surer)


def _parted(units: Iterable[Unit], cover: Cover) -> tuple[list[Unit], list[Unit]]:
    inside: list[Unit] = []
    outside: list[Unit] = []
    for unit in units:
        known, new = cover.split(unit)
        inside += known
        outside += new
    return inside, outside


def _known(finding: Finding, entry: BaselineEntry, units: Sequence[Unit]) -> KnownFinding:
    return KnownFinding(
        finding=known_part(finding, units),
        fingerprint=entry.fingerprint,
        owner=entry.owner,
        why=entry.why,
        expires=entry.expires,
    )


def _new(finding: Finding, split: Split) -> Iterator[Finding]:
    """What is left of a finding; nothing where all of it is known."""
    hidden = [unit for _, units in split.hidden for unit in units]
    if not hidden:
        yield finding
        return
    part = new_part(finding, hidden, split.left)
    if part.count > 0:
        known = finding.count - part.count
        news = f"{part.count:,} new{_first(part)}"
        yield replace(part, message=f"{news} beside {known:,} known, and with these: {finding.message}")


def _first(new: Finding) -> str:
    """Where the new ones begin; nothing where not each of them is named with its position."""
    places = [event.position for event in new.events if event.position is not None]
    if not new.ranges or len(places) != new.count:
        return ""
    return f" ({'first: ' if new.count > 1 else ''}position {min(places)})"


def _expired(left: Sequence[Unit], covering: Sequence[Covered], now: datetime) -> Iterator[str]:
    """A sentence about each entry that would still hide something, had it not expired."""
    for each in covering:
        entry = each.entry
        if entry.expires is None or not entry.has_expired(now):
            continue
        if count := sum(unit.amount for unit in _parted(left, each.cover)[0]):
            yield (
                f"{count:,} of {entry.check} known no longer: what {quoted(entry.owner)} put off ({quoted(entry.why)}) "
                f"expired at {moment(entry.expires)}"
            )
