"""The ledger as the rest of the program sees it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection

from auditor.ledger import baseline, memories, recording
from auditor.ledger.database import Database
from auditor.ledger.sent_again import Recall
from auditor.memory import Memory, Redelivered, Verified
from auditor.result import Result
from checks.model import result as model
from checks.model.known import BaselineEntry
from checks.model.recorded import LastAudit
from checks.model.result import Outcome

if TYPE_CHECKING:
    # what no run asks for
    from auditor.ledger.summaries import Opening, Pruned, RunSummary
    from checks.model.graph import Graph
    from checks.model.journal import About, Line, RecordedRedelivery, Redelivery, SentAgain, Span
    from checks.model.recorded import Measured


class Ledger:
    """An open ledger. Every method may raise LedgerError; between two of them nothing is locked or kept open.

    ``keys_of_logs`` and ``keys_of_consumers``: names, and how they are read (:mod:`auditor.effective`).
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recalled = 0
        self._begun: dict[tuple[memories.Of, str], str] = {}
        self._sent_again = Recall()

    @property
    def label(self) -> str:
        """Where it is, to be shown to people."""
        return self._database.label

    def recall(self, keys_of_logs: Mapping[str, str], keys_of_consumers: Mapping[str, str]) -> Memory:
        """What earlier runs left about these, read in these ways."""
        with self._database.reading() as connection:
            self._recalled = recording.last_number(connection)
            memory = memories.recall(connection, keys_of_logs, keys_of_consumers)
            self._begun = memories.begun_in(memory)
            memory.redelivered = self._sent_again.ask(connection, [*keys_of_logs, *keys_of_consumers])
            return memory

    def sent_again(self, names: Iterable[str]) -> dict[str, Redelivered]:
        """What redeliveries have sent again by now, of these logs and consumers; those of none are left out."""
        with self._database.reading() as connection:
            return self._sent_again.ask(connection, [*names])

    def record(
        self,
        result: model.Result,
        learnt: Memory,
        keys_of_logs: Mapping[str, str],
        keys_of_consumers: Mapping[str, str],
        *,
        config: str | None = None,
        hide_known: bool = True,
        pipeline: "Graph | None" = None,
    ) -> model.Result:
        """Keep a run and what it learnt, both or nothing. Gives the result back with ``first_seen`` in its findings.

        Since when an event is open, and whether it healed, is followed whether it is known or not; with ``hide_known``
        the result then is without what the baseline covers, and is kept so.

        Where another run, which began later, was recorded since :meth:`recall`, that one looked later: this one becomes
        a part of the history, but changes neither what is open nor what is remembered of what both are about.
        ``config``: the file that the run was given, ``pipeline``: what stands in it.
        """
        with self._database.writing() as connection:
            keys = memories.Keys(keys_of_logs, keys_of_consumers)
            return recording.record(
                connection, result, learnt, keys, recording.Circumstances(self._recalled, config, hide_known, pipeline)
            )

    def keep_verified(self, of: Literal["log", "consumer"], name: str, key: str, verified: Verified) -> None:
        """Keep how far an unfinished full audit has come."""
        with self._database.writing() as connection:
            memories.keep_verified(connection, of, name, key, verified, self._begun.get((of, name)))

    def runs(
        self,
        *,
        audit: str | None = None,
        verdict: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> "list[RunSummary]":
        """Recorded runs, the newest first: those that audited ``audit``, and began from ``since`` until ``until``.

        Both moments are included. ``verdict``: of that audit where one is named, else of the run.
        """
        from auditor.ledger import history  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return history.runs_of(connection, history.Filter(audit, verdict, since, until, limit))

    def result(self, run: str) -> Result:
        """A run as it was recorded: by its id, an unambiguous beginning of it, ``last``, or ``last~N`` for N before."""
        from auditor.ledger import history  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return history.result(connection, self.label, run)

    def pipeline(self, run: str) -> "Graph | None":
        """That of the config with which a run was made; ``None``: it was recorded without, or by an older version."""
        from auditor.ledger import history  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return history.pipeline(connection, self.label, run)

    def in_order(self, named: Iterable[str]) -> list[str]:
        """The ids of these runs, however they are named, the earliest first; a clock that was wrong is not believed."""
        from auditor.ledger import history  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return history.in_order(connection, self.label, named)

    def last_audits(self, names: Iterable[str]) -> dict[str, LastAudit]:
        """The last recorded audit of each of these logs, states and consumers, by name; those never audited are not."""
        from auditor.ledger import last_audits  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return last_audits.last_audits(connection, names)

    def recorded(self, names: Iterable[str]) -> dict[str, int]:
        """How many audits of each of these are recorded; those of which none is are left out."""
        from auditor.ledger import last_audits  # noqa: PLC0415 (few runs need it)

        with self._database.reading() as connection:
            return last_audits.counts(connection, names)

    def knows(self, run: str, plan: str) -> bool:
        """Whether a run is recorded, or a plan that goes by it was applied. Two indexed queries."""
        from auditor.ledger import redeliveries  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return redeliveries.knows(connection, run, plan)

    def openings(self, run: str) -> "list[Opening]":
        """What was open when a run had been recorded, of whatever audit: it need not have been one of the run's."""
        from auditor.ledger import history  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return history.openings(connection, self.label, run)

    def measured(self, names: Collection[str], until: datetime, most_runs: int) -> "list[Measured]":
        """The totals of these audits in the last runs that began until then, the oldest first."""
        from auditor.ledger import trends  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return trends.measured(connection, names, until, most_runs)

    def baseline(self) -> tuple[BaselineEntry, ...]:
        """The known findings, the oldest first."""
        with self._database.reading() as connection:
            return baseline.entries(connection)

    def add_to_baseline(self, entries: Iterable[BaselineEntry]) -> int:
        """Add known findings, all or none. Returns how many were not there yet."""
        with self._database.writing() as connection:
            return baseline.add(connection, entries)

    def remove_from_baseline(self, ids: Iterable[str]) -> int:
        """Remove known findings by their ids. Returns how many were there."""
        with self._database.writing() as connection:
            return baseline.remove(connection, ids)

    def begin_redelivery(self, redelivery: "Redelivery") -> int:
        """Write down that a plan is applied to a target. Returns its number, under which its lines are written."""
        from auditor.ledger import redeliveries  # noqa: PLC0415 (no run needs it)

        with self._database.writing() as connection:
            return redeliveries.begin(connection, redelivery)

    def journal(
        self,
        number: int,
        lines: "Iterable[Line]",
        spans: "Iterable[Span]" = (),
        *,
        patience: timedelta | None = None,
    ) -> None:
        """Add lines to the journal of a redelivery, all or none; when it returns, a crash loses none of them.

        ``spans``: as with :meth:`note_sent`, in the same transaction. ``patience``: how long to wait for other writers,
        where somebody else waits for the caller.
        """
        from auditor.ledger import redelivered, redelivery_lines  # noqa: PLC0415 (no run needs it)

        with self._database.writing(patience) as connection:
            redelivered.note(connection, number, spans)
            redelivery_lines.write(connection, number, lines)

    def steps_of(self, plan: str) -> "Iterator[Line]":
        """The last line of each consumer and event of a plan, over every time that it was applied or verified.

        Read some at a time, in flat memory; nothing is locked or open while the caller has them. What is written after
        it began is left out.
        """
        from auditor.ledger import redelivery_lines  # noqa: PLC0415 (no run needs it)

        return redelivery_lines.last_steps(self._database.reading, plan)

    def given_of(self, plan: str, consumer: str, keys: Iterable[str]) -> "dict[str, Line]":
        """The last line of each of these events of a plan that says whether it was given to a target, or arrived.

        ``keys``: :func:`checks.identities.key_of` of each event; those of which there is none are not in the answer.
        """
        from auditor.ledger import redelivery_standings  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return redelivery_standings.given_of(connection, plan, consumer, keys)

    def sent_since(self, plan: str | None, consumer: str, keys: Iterable[str], since: datetime) -> set[str]:
        """Which of these events other plans than ``plan`` gave to a target for the consumer after that moment.

        Those of which nobody knows are among them.
        """
        from auditor.ledger import redelivery_standings  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return redelivery_standings.sent_since(connection, plan, consumer, keys, since)

    def holding(self, target: str, wait: timedelta) -> "AbstractContextManager[Callable[[], None]]":
        """Keep everybody else who shares the ledger from sending to a target. LedgerError: somebody does, or it failed.

        What it gives looks whether it is still so, and raises LedgerError where not. For a ledger in a file a lock of
        the kernel does all of it (:mod:`auditor.lock`), and this does nothing.
        """
        return self._database.holding(f"redelivery {target}", wait)

    def lines_of(self, number: int, *, consumer: str | None = None, about: "Sequence[About]" = ()) -> "Iterator[Line]":
        """Every line of a redelivery, the oldest first, read some at a time.

        ``about``: only lines about one of these.
        """
        from auditor.ledger import redelivery_lines  # noqa: PLC0415 (no run needs it)

        return redelivery_lines.lines(self._database.reading, number, consumer, about)

    def attempts(self, consumer: str, keys: Iterable[str]) -> dict[str, int]:
        """How often each of these events was given to a target for the consumer, whatever the plan.

        ``keys``: :func:`checks.identities.key_of` of each event; all of them are in the answer. What was begun counts
        unless it certainly failed or was rejected. That it healed since then changes nothing.
        """
        from auditor.ledger import redelivery_lines  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return redelivery_lines.attempts(connection, consumer, keys)

    def redeliveries_of(self, consumer: str, key: str) -> "list[SentAgain]":
        """The redeliveries that came to one event for a consumer, the oldest first. Two indexed queries."""
        from auditor.ledger import redeliveries  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return redeliveries.of_event(connection, consumer, key)

    def note_sent(self, number: int, spans: "Iterable[Span]") -> None:
        """Note which positions a redelivery touched, all or none."""
        from auditor.ledger import redelivered  # noqa: PLC0415 (no run needs it)

        with self._database.writing() as connection:
            redelivered.note(connection, number, spans)

    def redelivered(self, of: Literal["log", "consumer"], names: Iterable[str]) -> "dict[str, list[Span]]":
        """Which positions of these logs or consumers redeliveries touched: maximal spans, by partition and position.

        Names that no redelivery touched are left out. One indexed query.
        """
        from auditor.ledger import redelivered  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return redelivered.recall(connection, of, names)

    def copies_in_doubt(self, logs: Iterable[str]) -> "list[tuple[int, Span]]":
        """Rows that were about to be committed as copies in these outboxes, of which nobody knows whether they were.

        Each with the number of its redelivery. One indexed query.
        """
        from auditor.ledger import redelivered  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return redelivered.in_doubt(connection, logs)

    def redeliveries(
        self,
        *,
        plan: str | None = None,
        consumer: str | None = None,
        about: "Sequence[About]" = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> "list[RecordedRedelivery]":
        """Redeliveries with what became of their events, the newest first.

        ``plan``: a hash, or its beginning. ``about``: those that came to one of these events. ``since`` and ``until``:
        when they began; both are included.
        """
        from auditor.ledger import redeliveries  # noqa: PLC0415 (no run needs it)

        wanted = redeliveries.Filter(plan=plan, consumer=consumer, about=about, since=since, until=until, limit=limit)
        return redeliveries.recorded(self._database.reading, wanted)

    def prune(self, before: datetime) -> "Pruned":
        """Remove what is older, except what is open, remembered and still used, and each audit's last run."""
        from auditor.ledger import pruning  # noqa: PLC0415 (no run needs it)
        from auditor.ledger.summaries import Pruned  # noqa: PLC0415

        removed = Pruned(
            runs=self._until_nothing_is_left(pruning.old_runs, before),
            openings=self._until_nothing_is_left(pruning.closed, before),
            observations=self._until_nothing_is_left(pruning.old_observations, before),
            memories=self._until_nothing_is_left(pruning.old_memories, before),
        )
        with self._database.writing() as connection:
            pruning.orphaned_pieces(connection, before)
        self._database.shrink()
        return removed

    def _until_nothing_is_left(self, remove: Callable[[Connection, datetime], int], before: datetime) -> int:
        """A transaction for each piece of work, so that others can record in between."""
        total = 0
        while True:
            with self._database.writing() as connection:
                removed = remove(connection, before)
            total += removed
            if not removed:
                return total

    def prunable(self, before: datetime) -> "Pruned":
        """How much :meth:`prune` would remove. Nothing is."""
        from auditor.ledger import pruning  # noqa: PLC0415 (no run needs it)

        with self._database.reading() as connection:
            return pruning.prunable(connection, before)

    def close(self) -> None:
        """Let go of it."""
        self._database.close()
