"""The derived logs of one run: what is kept of each until both halves of its audit are known.

Its own rows are judged first, as those of any log. What they are made of is found out as with a consumer, and the two
become one audit when that comes to its end, or fails.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field

from auditor.auditing import parities
from auditor.auditing.halves import own_alone, whole
from auditor.config import ConsumerConfig, LogConfig
from auditor.deadline import Deadline
from auditor.gather.consumer.inquiry import Inquiry
from auditor.gather.derived.evidence import derived_evidence
from auditor.gather.derived.follower import follower
from auditor.gather.derived.scratch import DerivedScratch
from auditor.observer import Observer
from auditor.stores.interface import Store
from checks.model.derived import DerivedEvidence
from checks.model.finding import Finding
from checks.model.result import Audit, Parity, Problem


@dataclass(slots=True)
class Derivations:
    """``evidences``: of those whose audit was carried out, by name; good until :meth:`close`."""

    evidences: dict[str, DerivedEvidence] = field(default_factory=dict)
    _own: dict[str, Audit] = field(default_factory=dict)
    _papers: list[DerivedScratch] = field(default_factory=list)

    def begin(self, own: Audit, log: LogConfig, upstream: LogConfig) -> ConsumerConfig:
        """The consumer that stands for a derived log. ``own``: what was found in its rows, kept for later."""
        self._own[own.name] = own
        return follower(log, upstream)

    def evidence(self, inquiry: Inquiry, log: LogConfig) -> DerivedEvidence:
        """What its checks judge, once the looks are over."""
        self._papers.append(DerivedScratch())
        return derived_evidence(inquiry, log, self._papers[-1])

    def conclude(
        self,
        inquiry: Inquiry,
        evidence: DerivedEvidence,
        judged: tuple[tuple[Finding, ...], Iterable[Problem]],
        notes: tuple[str, ...],
    ) -> Audit:
        """The audit as a whole. ``judged``: findings, and checks that failed."""
        audit = whole(
            self._own[evidence.name],
            evidence,
            *judged,
            inquiry.coverage,
            verified=inquiry.events_left_out,
            notes=notes,
        )
        self.evidences[evidence.name] = evidence
        return audit

    def failed(self, audit: Audit, problem: Problem) -> Audit:
        """An audit that could not be carried out, with what is known of its own rows."""
        own = self._own.pop(audit.name, None)
        return audit if own is None else own_alone(own, audit.upstream, problem)

    def side_by_side(
        self,
        logs: Mapping[str, LogConfig],
        audits: MutableMapping[str, Audit],
        store: Callable[[str], Store],
        deadline: Deadline,
        observer: Observer,
    ) -> Iterator[Parity]:
        """Every two of one upstream, while their ``audits`` are told what the other one has."""
        return parities.side_by_side(logs, self.evidences, audits, store, deadline, observer)

    def close(self) -> None:
        """Throw the papers away."""
        for paper in self._papers:
            paper.close()
