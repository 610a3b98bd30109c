"""The producer's outbox: its rows are marked unsent again, or added anew, and its own relay sends them.

What is sent so is heard by everybody whom the relay serves: nothing in an outbox says for whom a row is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from auditor.config import ConsumerConfig, LogConfig
from auditor.config.targets import OutboxTargetConfig
from auditor.desk import Desk
from auditor.errors import AuditorError
from auditor.identity import Kind
from auditor.redelivery.targets.database import Database, expect_same_table, open_database
from auditor.redelivery.targets.interface import Answer, Batch
from auditor.redelivery.targets.outbox_insert import Insertion, needs_data
from auditor.redelivery.targets.outbox_rows import OutboxRows, naming
from auditor.redelivery.targets.outbox_unsent import Unsent
from auditor.stores.interface import Identity
from checks.model.redelivery import Outcome
from checks.wording import quoted


@dataclass(frozen=True, slots=True)
class _Writing:
    """What :meth:`OutboxTarget.prepare` has looked at."""

    database: Database
    rows: OutboxRows
    mode: Unsent | Insertion


class OutboxTarget:
    """Answers :class:`auditor.redelivery.targets.interface.Target` for one consumer and the outbox of its producer."""

    sends_whole = False
    shared = True

    def __init__(self, desk: Desk, target: OutboxTargetConfig, consumer: ConsumerConfig) -> None:
        self.needs_data = needs_data(target)
        self._desk, self._target, self._consumer = desk, target, consumer
        self._writing: _Writing | None = None

    def prepare(self) -> None:
        """Look whether the outbox can be written by this role. Raises AuditorError; changes nothing."""
        self._writing = self._opened()

    def send(self, batch: Batch) -> Sequence[Answer]:
        """All of a batch in one transaction. What was rejected does not keep the others from being written."""
        try:
            self._writing = writing = self._writing or self._opened()
            named = writing.rows.identities([parcel.event.event for parcel in batch.parcels])
            written = writing.database.write(lambda connection: _noted(writing, connection, batch, named))
        except AuditorError as error:
            return [Answer(Outcome.FAILED, str(error))] * len(batch.parcels)
        if written.doubt is None:
            return written.result
        unknown = Answer(Outcome.UNKNOWN, written.doubt)
        return [each if each.touched is None else replace(unknown, touched=each.touched) for each in written.result]

    def close(self) -> None:
        """Nothing stays open between transactions; the stores are the desk's."""
        self._writing = None

    def _opened(self) -> _Writing:
        config, target = self._desk.config, self._target
        box, log = config.logs.get(target.log), config.logs[self._consumer.log]
        if box is None:
            raise AuditorError(f"target {quoted(target.name)}: there is no log {quoted(target.log)}")
        named = naming(box, log, copies=target.mode == "insert")
        database = open_database(self._desk, target.store or box.store)
        database.expect_writable()
        expect_same_table(self._desk, database, box.store, box.table)
        rows = OutboxRows(self._desk, log, box, database.relation(box.table), named)
        if target.mode == "unsent":
            return _Writing(database, rows, Unsent(database, rows))
        return _Writing(database, rows, Insertion(database, rows, target, json_data=self._has_json(log)))

    def _has_json(self, log: LogConfig) -> bool:
        """Of such a column the driver gives what the JSON says, not its text."""
        if not self.needs_data:
            return False
        if log.data is None:
            raise AuditorError(f"target {quoted(self._target.name)}: {{data}} needs 'data' in log {quoted(log.name)}")
        with self._desk.snapshot(log.store) as snapshot:
            return snapshot.kind(log.table, log.data) is Kind.OTHER


def _noted(
    writing: _Writing, connection: Connection, batch: Batch, named: Sequence[Identity | None]
) -> Sequence[Answer]:
    """Where copies come to stand is known once they are there, and they are seen once they are committed.

    So they are noted in between. An audit that runs meanwhile, or after a crash, finds no row that it does not know.
    """
    answers = writing.mode.write(connection, batch, named)
    if touched := [answer.touched for answer in answers if answer.touched is not None]:
        batch.note(touched)
    return answers
