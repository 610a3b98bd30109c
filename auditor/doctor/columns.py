"""Whether the columns that a config names are there and hold what it says, by the rules of the audit itself.

All absent columns are told at once; types are judged only where none is absent, and by the first that is wrong.
"""

from collections.abc import Iterator

from auditor.config import ConsumerConfig, LogConfig
from auditor.doctor.about import About
from auditor.doctor.uses import Use
from auditor.errors import StoreError
from auditor.gather.columns import expect_integers, expect_log
from auditor.gather.consumer.matching import Matching, match_receipts, match_table
from auditor.identity import Kind
from auditor.stores.interface import Match, Snapshot, Store
from checks.model.diagnosis import Examined
from checks.wording import counted, quoted

WAYS = {Kind.INTEGER: "as a number", Kind.UUID: "by value", Kind.TEXT: "as text, uuids by value"}
"""As what two columns of one meaning are compared."""


def absent(use: Use, snapshot: Snapshot) -> Iterator[Examined]:
    """A line for each column that is not there."""
    for key, column in use.columns:
        try:
            snapshot.kind(use.table, column)
        except StoreError as error:
            if error.reason != "missing-column":
                raise
            line, told = use.about("columns"), f"{use.section} {key}: {error.message}"
            yield line.warning(told) if key == "data" else line.failure(told, f"correct {use.section} {key}")


def of_log(use: Use, snapshot: Snapshot, log: LogConfig) -> Examined:
    """The types of a log's columns. StoreError: one that cannot be read as what it is said to be."""
    expect_log(snapshot, log, log.store)
    return readable(use)


def of_cursor(use: Use, snapshot: Snapshot) -> Examined:
    """The types of a cursor's columns. The pair of a transaction id and a position is read as text."""
    columns = [column for key, column in use.columns if key == "position"]
    if len(columns) == 1:
        expect_integers(snapshot, use.store, use.table, columns)
    return readable(use)


def readable(use: Use) -> Examined:
    """The line about columns that are all there and of the right types."""
    told = f"{use.section}: {counted(len(use.named()), 'column')} of {quoted(use.table)} can be read as configured"
    return use.about("columns").fine(told)


def matching(consumer: ConsumerConfig, log: LogConfig, log_store: Store, store: Store) -> Matching:
    """How log and consumer are matched. StoreError ``wrong-type``: their columns cannot be compared."""
    with log_store.snapshot() as log_side, store.snapshot() as side:
        if consumer.parked is not None:
            match_table(log_side, side, log, consumer.parked, consumer.store)
        return match_receipts(log_side, side, log, consumer)


def matched(about: About, consumer: ConsumerConfig, match: Match) -> Examined:
    """The line about an identity that both sides share."""
    how = ", ".join(f"{word} {WAYS.get(kind, '')}".strip() for word, kind in zip(match.words, match.kinds, strict=True))
    return about.fine(f"events of {consumer.log} are matched by {how}")
