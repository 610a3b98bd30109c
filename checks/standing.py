"""How things stood at one run: which events of findings were open, and of what nothing was found out.

An event that no finding names is not thereby sound: the run may not have looked. And an event that the ledger does not
track one by one may stand in the ranges of a finding all the same; both are asked for here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from checks.identities import id_in, key_in
from checks.model.event import Event
from checks.model.finding import Finding, Severity, Verdict
from checks.model.recorded import Opening
from checks.model.result import Audit, Result

TRACKED = (Verdict.CONFIRMED, Verdict.UNKNOWN)
"""Verdicts whose events are open until a run no longer finds them."""

_NO_EVENT = ""


class Identity(NamedTuple):
    """One event of one trouble, the same in every run. ``key`` is empty for a finding that names no event.

    ``id``: of :func:`checks.identities.id_in`. Of two that differ in nothing but that one has none, both are the same.
    """

    audit: str
    check: str
    partition: str | None
    key: str
    id: str | None = None

    @property
    def place(self) -> "Identity":
        """Where it is, whichever event stands there."""
        return self._replace(id=None)

    @property
    def names_no_event(self) -> bool:
        """Whether it is all that a finding says, of no event in particular."""
        return self.key == _NO_EVENT


@dataclass(frozen=True, slots=True)
class Members:
    """A finding with the quickest way to ask whether it has an event. ``ids``: of the events that it names, by key."""

    finding: Finding
    ids: Mapping[str, frozenset[str | None]]
    firsts: tuple[int, ...]

    def has(self, identity: Identity, event: Event) -> bool:
        """Whether the event is one of the finding's: one of its samples, or at a position in one of its ranges."""
        if identity.partition != self.finding.partition:
            return False
        if identity.key in self.ids:
            return not self.has_another(identity)
        return event.position is not None and self._covers(event.position)

    def has_another(self, identity: Identity) -> bool:
        """Whether what it names at the place of this event is another one."""
        named = self.ids.get(identity.key, frozenset())
        is_told = identity.partition == self.finding.partition and identity.id is not None and None not in named
        return is_told and bool(named) and identity.id not in named

    def may_have(self, partition: str | None, event: Event) -> bool:
        """Whether the event may be one of those whose ranges were too many to be kept."""
        if partition != self.finding.partition or not self.finding.ranges_truncated or event.position is None:
            return False
        return not self.finding.ranges or event.position > self.finding.ranges[-1][1]

    def _covers(self, position: int) -> bool:
        at = bisect_right(self.firsts, position) - 1
        return at >= 0 and position <= self.finding.ranges[at][1]


@dataclass
class Standing:
    """One recorded run. ``opened``: what was open at it, by identity; :meth:`opening` finds the same event in it."""

    result: Result
    openings: Sequence[Opening]
    opened: dict[Identity, Opening] = field(init=False)
    _places: dict[Identity, set[str | None]] = field(init=False)
    _audits: dict[str, Audit] = field(init=False)
    _members: dict[tuple[str, str], list[Members]] = field(init=False)
    _skipped: dict[tuple[str, str | None], str] = field(init=False)

    def __post_init__(self) -> None:
        self._audits = {audit.name: audit for audit in self.result.audits}
        self._members = {}
        for audit in self.result.audits:
            for finding in found_by(audit):
                self._members.setdefault((audit.name, finding.check), []).append(_members(finding))
        self._skipped = {(each.audit, each.check): each.message for each in self.result.not_checked}
        self.opened, self._places = {}, {}
        for opening in (*self._named(), *self.openings):
            self._open(opening)
        for opening in list(self._nameless()):
            self._open(opening)
        self.opened = {each: opening for each, opening in self.opened.items() if self._weighs(each, opening)}

    def _open(self, opening: Opening) -> None:
        """Note it in place of what is known of the same event, under the id if one of the two has it."""
        identity = _identity(opening)
        same = self._same(identity)
        if same is not None and same.id is None and identity.id is not None:
            del self.opened[same]
            self._places[identity.place].discard(None)
        kept = identity if same is None or same.id is None else same
        self.opened[kept] = opening
        self._places.setdefault(kept.place, set()).add(kept.id)

    def _same(self, identity: Identity) -> Identity | None:
        """The same event as it is known here: an id that only one side knows makes it no other event."""
        ids = self._places.get(identity.place, set())
        if identity.id in ids:
            return identity
        if identity.id is None and ids:
            return identity._replace(id=min(each for each in ids if each is not None))
        return identity.place if None in ids else None

    def opening(self, identity: Identity) -> Opening | None:
        """The opening of this event; ``None``: it was not open."""
        same = self._same(identity)
        return None if same is None else self.opened.get(same)

    def _weighs(self, identity: Identity, opening: Opening) -> bool:
        """Whether it is more than information: an unknown hole in a log that may have holes troubles nobody."""
        return self.severity(identity, opening.verdict) is not Severity.INFO

    def _named(self) -> Iterator[Opening]:
        """What the findings themselves name: what is long healed may have been removed from the list of openings."""
        for audit, finding in self._found():
            for event in finding.events:
                yield _opening(audit, finding, key_in(finding.check, event), event, self.result.started)

    def _nameless(self) -> Iterator[Opening]:
        """One opening for each trouble of which no event is known, such as a cursor that stands ahead."""
        told = {identity[:3] for identity in self.opened}
        for audit, finding in self._found():
            if (audit, finding.check, finding.partition) not in told:
                since = finding.first_seen or self.result.started
                yield _opening(audit, finding, _NO_EVENT, Event(), since)

    def _found(self) -> Iterator[tuple[str, Finding]]:
        """Findings whose events are open, the surest ones last."""
        for verdict in reversed(TRACKED):
            for audit in self.result.audits:
                for finding in found_by(audit):
                    if finding.verdict is verdict:
                        yield audit.name, finding

    def kind_of(self, audit: str) -> str | None:
        """``log``, ``state`` or ``consumer``; ``None``: the run did not audit it."""
        return self._audits[audit].of if audit in self._audits else None

    def undecided(self, audit: str, check: str) -> str | None:
        """Why the run says nothing about a check, as a clause after "the run"; ``None``: it decided."""
        if audit not in self._audits:
            return "did not audit it"
        found = self._audits[audit]
        if found.problems:
            return f"could not decide it: {found.problems[0].message}"
        if found.totals is None:
            return "could not decide it"
        skipped = self._skipped.get((audit, check)) or self._skipped.get((audit, None))
        return None if skipped is None else f"did not check it: {skipped}"

    def holding(self, identity: Identity, event: Event, checks: Iterable[str]) -> Finding | None:
        """The finding of one of these checks, in their order, that has the event; the surest one of each first."""
        for check in checks:
            members = self._members.get((identity.audit, check), ())
            if identity.names_no_event:
                has = [each.finding for each in members if each.finding.partition == identity.partition]
            else:
                has = [each.finding for each in members if each.has(identity, event)]
            if has:
                return min(has, key=lambda finding: list(Verdict).index(finding.verdict))
        return None

    def holds_another(self, identity: Identity, checks: Iterable[str]) -> bool:
        """Whether a finding of one of these checks names another event where this one stood."""
        members = (each for check in checks for each in self._members.get((identity.audit, check), ()))
        return any(each.has_another(identity) for each in members)

    def may_hold(self, identity: Identity, event: Event) -> bool:
        """Whether the event may belong to a finding of its check that has more ranges than were kept."""
        members = self._members.get((identity.audit, identity.check), ())
        return any(each.may_have(identity.partition, event) for each in members)

    def count(self, audit: str, check: str, partition: str | None) -> int | None:
        """How much the check found that is confirmed or unknown; ``None``: the run did not judge it."""
        findings = [each.finding for each in self._members.get((audit, check), ())]
        counts = [each.count for each in findings if each.partition == partition and each.verdict in TRACKED]
        return sum(counts) if counts or self.undecided(audit, check) is None else None

    def severity(self, identity: Identity, verdict: Verdict) -> Severity:
        """How loud such a finding is in this run; where the run has none, as loud as its verdict alone says."""
        for each in self._members.get((identity.audit, identity.check), ()):
            if each.finding.partition == identity.partition and each.finding.verdict is verdict:
                return each.finding.severity
        return Severity.ERROR if verdict is Verdict.CONFIRMED else Severity.WARNING

    def unverifiable(self, audit: str) -> int:
        """Of how many events the run could say nothing."""
        totals = self._audits[audit].totals if audit in self._audits else None
        return 0 if totals is None else totals.unverifiable


def found_by(audit: Audit) -> Iterator[Finding]:
    """All that an audit found, hidden or not: what somebody knows of has not healed."""
    yield from audit.findings
    yield from (each.finding for each in audit.known)


def _members(finding: Finding) -> Members:
    ids: dict[str, frozenset[str | None]] = {}
    for event in finding.events:
        key = key_in(finding.check, event)
        ids[key] = ids.get(key, frozenset()) | {id_in(finding.check, event)}
    return Members(finding, ids, tuple(first for first, _ in finding.ranges))


def _opening(audit: str, finding: Finding, key: str, event: Event, since: datetime) -> Opening:
    return Opening(
        audit=audit,
        check=finding.check,
        partition=finding.partition,
        key=key,
        event=event,
        verdict=finding.verdict,
        opened_run=None,
        opened_at=since,
    )


def _identity(opening: Opening) -> Identity:
    key = _NO_EVENT if opening.event == Event() else opening.key
    return Identity(opening.audit, opening.check, opening.partition, key, id_in(opening.check, opening.event))
