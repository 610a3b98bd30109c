"""What is written down about an attempt: its beginning, each step of each event, and which positions it touched."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from auditor.ledger import LedgerError
from auditor.redelivery.applying.journal import Journal
from auditor.redelivery.applying.looking import Found
from auditor.redelivery.applying.terms import Terms, Watch
from auditor.redelivery.targets.interface import Answer, Touched
from checks.model.event import Event
from checks.model.journal import How, Line, Option, Redelivery, Span
from checks.model.redelivery import Outcome, Plan, Step

_PAUSES = (0.5, 2.0)
"""Seconds before the outcome of what was sent is written down once more, where the ledger did not take it."""

_BRIEFLY = timedelta(seconds=5)
"""For how long the ledger is waited for while rows of an outbox are locked."""

_SENT = (Outcome.ACCEPTED, Outcome.UNKNOWN)
"""What says that it was sent, or may have been."""


@dataclass
class Notes:
    """The journal of one attempt. A target is begun when there is something to say of it.

    ``hearers``: by consumer, everybody that hears what is sent for it, by the plan or by now.
    """

    plan: Plan
    terms: Terms
    journal: Journal
    watch: Watch
    hearers: Mapping[str, Sequence[str]]
    _numbers: dict[str, int] = field(default_factory=dict)
    _batches: dict[str, int] = field(default_factory=dict)
    _sent_at: datetime | None = None
    _touching: dict[Touched, datetime] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of the redeliveries that were begun."""
        return tuple(self._numbers.values())

    def number(self, target: str) -> int:
        """The redelivery by a target. LedgerError: it cannot be begun."""
        if target not in self._numbers:
            self._numbers[target] = self.journal.begin_redelivery(self._redelivery(target))
        return self._numbers[target]

    def next_batch(self, target: str) -> int:
        """Batches of a redelivery are counted from 1."""
        self._batches[target] = self._batches.get(target, 0) + 1
        return self._batches[target]

    def steps(self, target: str, lines: Iterable[Line]) -> None:
        """Write lines, if there are any. LedgerError."""
        if written := list(lines):
            self.journal.journal(self.number(target), written)

    def sending(self, target: str, batch: int, founds: Sequence[Found], beside: Sequence[Line] = ()) -> None:
        """What is about to be given to the target; ``beside``: lines that are written with it. LedgerError."""
        self._sent_at = now = self.watch.now()
        self._touching.clear()
        given = [
            self.line(found.planned.event, name, Step.SENDING, batch=batch)
            for found in founds
            for name in found.receivers
        ]
        self.journal.journal(self.number(target), [*beside, *given], list(self._spans(founds, now)))

    def touching(self, target: str, rows: Sequence[Touched]) -> None:
        """Which rows are about to be committed, before any audit can see one. LedgerError: then they must not be.

        Whoever wants to write where they stand waits meanwhile, so the ledger is not waited for as long as else.
        """
        now = self.watch.now()
        self._touching |= dict.fromkeys(rows, now)
        spans = [_span(row, now, How.COPYING if row.how == "copied" else How.UNSENT) for row in rows]
        self.journal.journal(self.number(target), [], spans, patience=_BRIEFLY)

    def outcomes(self, target: str, batch: int, said: Iterable[tuple[Found, Answer]]) -> None:
        """What the target said. The ledger is asked more than once: this is what must not be lost. LedgerError."""
        lines, answers, founds = [], [], []
        for found, answer in said:
            founds.append(found)
            step = Step(answer.outcome.value)
            event = found.planned.event
            lines += [self.line(event, name, step, answer.detail, batch=batch) for name in found.receivers]
            answers.append(answer)
        self.insist(target, lines, answers, [*self._corrected(founds, answers), *self._committed(answers)])

    def _corrected(self, founds: Sequence[Found], answers: Sequence[Answer]) -> list[Span]:
        """What makes the spans of a batch those of what was sent, or may have been."""
        if self._sent_at is None or all(answer.outcome in _SENT for answer in answers):
            return []
        noted = list(self._spans(founds, self._sent_at))
        sent = [found for found, answer in zip(founds, answers, strict=True) if answer.outcome in _SENT]
        spans = list(self._spans(sent, self._sent_at))
        return [*withdrawn(span for span in noted if span not in spans), *(span for span in spans if span not in noted)]

    def insist(
        self, target: str, lines: Sequence[Line], answers: Iterable[Answer] = (), further: Sequence[Span] = ()
    ) -> None:
        """Write lines, and try again where that fails. LedgerError: it failed for good.

        ``answers``: rows that they say were written are noted, too, where nobody was told of them before. ``further``:
        spans.
        """
        now, rows = self.watch.now(), (answer.touched for answer in answers)
        spans = [*further, *(_span(row, now) for row in rows if row is not None and row not in self._touching)]
        for pause in (*_PAUSES, None):
            try:
                self.journal.journal(self.number(target), lines, spans)
                return
            except LedgerError:
                if pause is None:
                    raise
                self.watch.sleep(pause)

    def _committed(self, answers: Sequence[Answer]) -> Iterator[Span]:
        """What is known now of the rows that were about to be committed: nothing, where anything is unknown."""
        if any(answer.outcome is Outcome.UNKNOWN for answer in answers):
            return
        written = {answer.touched for answer in answers if answer.outcome is Outcome.ACCEPTED}
        for row, at in self._touching.items():
            if row not in written:
                yield _span(row, at, How.WITHDRAWN)
            elif row.how == "copied":
                yield _span(row, at)

    def line(self, event: Event, consumer: str, step: Step, detail: str = "", *, batch: int | None = None) -> Line:
        """One line, of this moment."""
        return Line(batch=batch, consumer=consumer, event=event, step=step, detail=detail, at=self.watch.now())

    def _spans(self, founds: Sequence[Found], now: datetime) -> Iterator[Span]:
        """Everybody hears what is sent, also who has it. Events that follow each other are one span."""
        for run in _runs(founds):
            first, last = run[0].planned, run[-1].planned
            if first.event.position is None or last.event.position is None:
                continue
            for name in dict.fromkeys((*first.lackers, *self.hearers.get(first.consumer, ()))):
                yield Span(
                    of="consumer",
                    name=name,
                    partition=first.event.partition,
                    first=first.event.position,
                    last=last.event.position,
                    how=How.SENT,
                    at=now,
                )

    def whole(self, target: str, first: Found, head: int | None) -> list[Span]:
        """Everything from an event on is about to come again, to the log's last position. LedgerError."""
        spans = [replace(span, last=max(head or 0, span.last)) for span in self._spans([first], self.watch.now())]
        self.journal.journal(self.number(target), [], spans)
        return spans

    def _redelivery(self, target: str) -> Redelivery:
        parts = [part for part in self.plan.parts if part.target == target]
        return Redelivery(
            plan=self.plan.hash,
            run=self.plan.run,
            target=target,
            kind=parts[0].kind,
            consumers=tuple(part.consumer for part in parts),
            heard_by=tuple(dict.fromkeys(name for part in parts for name in self.hearers.get(part.consumer, ()))),
            user=self.terms.user,
            host=self.terms.host,
            at=self.watch.now(),
            # Who accepted duplicates when it was planned is asked for that later, when the plan may be gone.
            reason=self.terms.reason or self.plan.accepted_duplicates,
            ticket=self.terms.ticket,
            options=_options(self.terms, self.plan),
        )


def withdrawn(spans: Iterable[Span]) -> list[Span]:
    """That nothing of these was sent."""
    return [replace(span, how=How.WITHDRAWN) for span in spans]


def _runs(founds: Sequence[Found]) -> Iterator[list[Found]]:
    """Neighbours in the log, sent for the same consumers: nothing else that they should have stands between them."""
    run: list[Found] = []
    for found in founds:
        if run and not _follows(run[-1], found):
            yield run
            run = []
        run.append(found)
    if run:
        yield run


def _follows(before: Found, after: Found) -> bool:
    return (
        after.planned.follows
        and after.due.ordinal == before.due.ordinal + 1
        and after.planned.lackers == before.planned.lackers
    )


def _options(terms: Terms, plan: Plan) -> dict[str, Option]:
    asked: dict[str, Option] = {
        "accepted_duplicates": terms.accept_duplicates or plan.accepted_duplicates is not None,
        "first_sighting": plan.first_sighting,
        "consumer_stopped": terms.consumer_stopped,
        "again": terms.again,
        "canary": terms.canary,
        "rate": terms.rate,
    }
    return {name: value for name, value in asked.items() if value}


def _span(touched: Touched, at: datetime, how: How | None = None) -> Span:
    return Span(
        of="log",
        name=touched.log,
        partition=touched.partition,
        first=touched.position,
        last=touched.position,
        how=how or How(touched.how),
        at=at,
        row=touched.row if how is How.COPYING else None,
    )
