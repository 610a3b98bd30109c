"""What is examined of a log, in which order."""

from collections.abc import Iterator, Sequence

from auditor.config import ConsumerConfig, LogConfig
from auditor.doctor import columns, contents, grounds, indexes, needs, outboxes, settling, statistics, tables, uses
from auditor.doctor.about import About, failed
from auditor.doctor.indexes import Ward
from auditor.doctor.opened import Guard, Opened
from auditor.doctor.uses import Use
from auditor.identity import Kind
from auditor.stores.catalogue import Table
from checks.model.diagnosis import Examined


def examine(log: LogConfig, consumers: Sequence[ConsumerConfig], opened: Opened, guard: Guard) -> Iterator[Examined]:
    """Every line about a log that ``consumers`` read."""
    use = uses.of_log(log)
    found: list[Table] = []
    lines = guard(use.about("table"), lambda _: table_of(use, opened, found))
    if found and not failed(lines):
        lines += guard(use.about("columns"), lambda _: _columns(use, log, opened))
    yield from lines
    if found and not failed(lines):
        yield from guard(use.about("settling"), lambda about: _settling(about, log, opened))
        yield from guard(use.about("where"), lambda _: contents.conditions(use, opened.catalogue))
        yield from guard(use.about("indexes"), lambda _: _indexes(use, log, consumers, opened, found[0]))
    yield from grounds.of_log(log)
    yield from outboxes.age(log)


def table_of(use: Use, opened: Opened, found: list[Table]) -> Iterator[Examined]:
    """The lines about a table and the rights on it; the table itself is put into ``found`` if there is one."""
    table = opened.catalogue.table(use.table)
    if table is None:
        yield tables.absent(use, opened.catalogue.whereabouts(use.table))
    else:
        found.append(table)
        yield from tables.present(use, table)


def _columns(use: Use, log: LogConfig, opened: Opened) -> Iterator[Examined]:
    with opened.store.snapshot() as snapshot:
        absent = list(columns.absent(use, snapshot))
        yield from absent
        if not failed(absent):
            yield columns.of_log(use, snapshot, log)
            yield from outboxes.mark(use, log, snapshot)


def _settling(about: About, log: LogConfig, opened: Opened) -> Iterator[Examined]:
    catalogue = opened.catalogue
    yield from settling.examine(about, log, catalogue.obstacles(log), catalogue.hidden_sequence(log))


def _indexes(
    use: Use, log: LogConfig, consumers: Sequence[ConsumerConfig], opened: Opened, table: Table
) -> Iterator[Examined]:
    ward = Ward(use, table, opened.catalogue, texts(use, opened))
    with opened.store.snapshot() as snapshot:
        marked = list(outboxes.need(log, snapshot))
    for need in (*needs.of_log(use, log, list(consumers)), *marked):
        yield from indexes.examine(ward, need)
    yield from indexes.invalid(ward)
    yield from statistics.examine(ward)


def texts(use: Use, opened: Opened) -> frozenset[str]:
    """The columns that hold text."""
    with opened.store.snapshot() as snapshot:
        return frozenset(column for column in use.named() if snapshot.kind(use.table, column) is Kind.TEXT)
