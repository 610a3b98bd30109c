"""Copies of which nobody wrote down whether they were committed, looked for in their outbox: what is found out is kept.

Audits find it out by themselves each time. What neither stands there nor is another row by now stays in doubt: its
commit may be on its way, or the outbox may have let go of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from auditor.config import Config
from auditor.config.targets import OutboxTargetConfig
from auditor.desk import Desk
from auditor.gather.log.doubtful import Fate, fates_of
from auditor.memory import DoubtfulCopy
from auditor.redelivery.fingerprint import fingerprint
from checks.model.event import Event
from checks.model.journal import How, Span
from checks.model.redelivery import Plan
from checks.model.sent_again import Stretch

_KNOWN = {Fate.THERE: How.COPIED, Fate.NEVER: How.WITHDRAWN}


class Notes(Protocol):
    """The ledger, as far as copies in doubt go. Every method may raise LedgerError, an AuditorError."""

    def copies_in_doubt(self, logs: Iterable[str]) -> Sequence[tuple[int, Span]]:
        """Those of these outboxes, each with the number of its redelivery."""
        ...

    def note_sent(self, number: int, spans: Iterable[Span]) -> None:
        """Add which positions a redelivery touched, all or none."""
        ...


def outboxes_of(plan: Plan, config: Config) -> tuple[str, ...]:
    """Outboxes that a plan is sent by, where they still are what they were when it was made."""
    names = (_outbox(config, part.target, part.fingerprint) for part in plan.parts)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _outbox(config: Config, target: str, known: str) -> str | None:
    said = config.redelivery.get(target)
    if said is None or said.kind != "outbox" or fingerprint(config, said) != known:
        return None
    return OutboxTargetConfig.model_validate(said).log


def settle_copies(desk: Desk, notes: Notes, outboxes: Iterable[str]) -> None:
    """Look for the copies in doubt of these outboxes, and note what became of them. StoreError, LedgerError."""
    for name in outboxes:
        log = desk.config.logs.get(name)
        doubts = [] if log is None else [(number, span, _copy(span)) for number, span in notes.copies_in_doubt([name])]
        if log is None or not doubts:
            continue
        with desk.snapshot(log.store) as snapshot:
            fates = [fate for _, fate in fates_of(snapshot, log, [copy for _, _, copy in doubts])]
        known: dict[int, list[Span]] = {}
        for (number, span, _), fate in zip(doubts, fates, strict=True):
            if fate in _KNOWN:
                known.setdefault(number, []).append(replace(span, how=_KNOWN[fate], row=None))
        for number, spans in known.items():
            notes.note_sent(number, spans)


def _copy(span: Span) -> DoubtfulCopy:
    stretch = Stretch(first=span.first, last=span.last, began=span.at, at=span.at, partition=span.partition)
    return DoubtfulCopy(stretch, span.row or Event())
