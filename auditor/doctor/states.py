"""What is examined of a state: its table, then how it fits to its log."""

from collections.abc import Iterator

from auditor.config import LogConfig, StateConfig
from auditor.doctor import columns, contents, grounds, indexes, needs, statistics, uses
from auditor.doctor.about import About, failed
from auditor.doctor.indexes import Ward
from auditor.doctor.logs import table_of, texts
from auditor.doctor.opened import Guard, Opened
from auditor.doctor.uses import Use
from auditor.gather.columns import expect_state
from auditor.gather.state.matching import match_streams
from auditor.stores.catalogue import Table
from checks.model.diagnosis import Examined


def examine(state: StateConfig, log: LogConfig, log_side: Opened, side: Opened, guard: Guard) -> Iterator[Examined]:
    """Every line about a state of ``log``."""
    use = uses.of_state(state)
    found: list[Table] = []
    lines = guard(use.about("table"), lambda _: table_of(use, side, found))
    if found and not failed(lines):
        lines += guard(use.about("columns"), lambda _: _columns(use, state, side))
    yield from lines
    if found and not failed(lines):
        globs = tuple(dict.fromkeys((*(state.types or ()), *(state.ended or ()))))
        yield from guard(use.about("identity"), lambda about: _identity(about, state, log, log_side, side))
        yield from guard(use.about("where"), lambda _: contents.conditions(use, side.catalogue))
        yield from guard(use.about("types"), lambda about: contents.types(about, use.section, globs, log, log_side))
        yield from guard(use.about("indexes"), lambda _: _indexes(use, state, side, found[0]))
    yield from grounds.of_state(state, log)


def _columns(use: Use, state: StateConfig, side: Opened) -> Iterator[Examined]:
    with side.store.snapshot() as snapshot:
        absent = list(columns.absent(use, snapshot))
        yield from absent
        if not absent:
            expect_state(snapshot, state, state.store)
            yield columns.readable(use)


def _identity(about: About, state: StateConfig, log: LogConfig, log_side: Opened, side: Opened) -> Iterator[Examined]:
    with log_side.store.snapshot() as ours, side.store.snapshot() as theirs:
        kind = match_streams(ours, theirs, log, state)
    yield about.fine(f"rows are matched with the streams of {log.name} {columns.WAYS[kind]}")


def _indexes(use: Use, state: StateConfig, side: Opened, table: Table) -> Iterator[Examined]:
    ward = Ward(use, table, side.catalogue, texts(use, side))
    yield from indexes.examine(ward, needs.of_state(state))
    yield from indexes.invalid(ward)
    yield from statistics.examine(ward)
