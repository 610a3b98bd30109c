"""What is examined of a state: its table, then how it fits to its log."""

from collections.abc import Iterator
from functools import partial

from auditor.config import LogConfig, StateConfig
from auditor.doctor import columns, contents, grounds, indexes, needs, statistics, uses
from auditor.doctor.about import About, failed
from auditor.doctor.indexes import Ward
from auditor.doctor.logs import table_of, texts
from auditor.doctor.opened import Guard, Opened
from auditor.doctor.uses import Use
from auditor.gather.columns import expect_state
from auditor.gather.state.first_look import joint_kind
from auditor.identity import Kind
from auditor.stores.catalogue import Table
from checks.model.diagnosis import Examined


def examine(state: StateConfig, log: LogConfig, log_side: Opened, side: Opened, guard: Guard) -> Iterator[Examined]:
    """Every line about a state that mirrors the streams of ``log``."""
    use = uses.of_state(state)
    found: list[Table] = []
    lines = guard(use.about("table"), lambda _: table_of(use, side, found))
    if found and not failed(lines):
        lines += guard(use.about("columns"), lambda _: _columns(use, state, side))
    yield from lines
    if found and not failed(lines):
        kinds: list[Kind] = []
        yield from guard(use.about("identity"), partial(_identity, state, log, log_side, side, kinds))
        yield from guard(use.about("types"), partial(_types, use, state, log, log_side))
        yield from guard(use.about("where"), lambda _: contents.conditions(use, side.catalogue))
        yield from guard(use.about("indexes"), lambda _: _indexes(use, state, side, found[0], kinds))
    yield from grounds.of_state(state, log)


def _columns(use: Use, state: StateConfig, side: Opened) -> Iterator[Examined]:
    with side.store.snapshot() as snapshot:
        absent = list(columns.absent(use, snapshot))
        yield from absent
        if not absent:
            expect_state(snapshot, state, state.store)
            yield columns.readable(use)


def _identity(
    state: StateConfig, log: LogConfig, log_side: Opened, side: Opened, kinds: list[Kind], about: About
) -> Iterator[Examined]:
    """What the names of streams are compared as is put into ``kinds``."""
    with log_side.store.snapshot() as ours, side.store.snapshot() as theirs:
        kinds.append(joint_kind(ours, theirs, log, state))
    how = "as numbers" if kinds[0] is Kind.INTEGER else "as text, uuids by value"
    yield about.fine(f"rows are matched with the streams of {log.name} by name, {how}")


def _types(use: Use, state: StateConfig, log: LogConfig, log_side: Opened, about: About) -> Iterator[Examined]:
    for key, globs in (("types", state.types), ("ended", state.ended)):
        yield from contents.types(about, globs, log, log_side, f"{key} in {use.section}")


def _indexes(use: Use, state: StateConfig, side: Opened, table: Table, kinds: list[Kind]) -> Iterator[Examined]:
    ward = Ward(use, table, side.catalogue, texts(use, side))
    yield from indexes.examine(ward, needs.of_state(state, by_number=Kind.INTEGER in kinds))
    yield from indexes.invalid(ward)
    yield from statistics.examine(ward)
