"""Which indexes the checks need of a table, and whether an index that is there serves.

Audits look up rows by identity and by stream, and read a log by ranges of positions. An index serves where its first
columns are those that are asked for; columns that ``where`` holds to one value may stand before them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.config import ConsumerConfig, InboxConfig, IsNull, LogConfig, ParkedConfig, StateConfig, identity_of
from auditor.doctor.uses import Use
from auditor.stores.catalogue import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An index that is needed: what for, on which columns, and with which columns first another one serves as well.

    ``covers`` are further columns that would spare reading the table itself. ``numbers``: columns that are compared
    by number whatever they are declared as. ``only``: an index of nothing but the rows that are asked for serves,
    whatever its columns are, and this is how it says so.
    """

    what_for: str
    columns: tuple[str, ...]
    prefixes: tuple[tuple[str, ...], ...]
    covers: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def is_of_its_rows(self, index: Index) -> bool:
        """Whether a partial index has the rows that are asked for, and no others."""
        said = (index.predicate or "").translate(str.maketrans("", "", '"`[]()')).lower()
        return index.method == "btree" and " ".join(said.split()) in self.only

    def served_by(self, index: Index, fixed: frozenset[str]) -> bool:
        """Whether an index that is not partial would do. ``fixed``: columns that ``where`` holds to one value."""
        keys = list(index.keys)
        if index.method == "hash":
            return (keys[0],) in self.prefixes and not self.numbers
        while keys and keys[0] in fixed and (keys[0],) not in self.prefixes:
            del keys[0]
        return index.method == "btree" and any(tuple(keys[: len(prefix)]) == prefix for prefix in self.prefixes)

    def covered_by(self, index: Index) -> bool:
        """Whether an index holds every column that comparing reads."""
        return {*self.columns, *self.covers} <= {*index.keys, *index.included}


def fixed_columns(use: Use) -> frozenset[str]:
    """The columns that ``where`` holds to one value."""
    several = (tuple, IsNull)
    return frozenset(column for column, condition in use.where.items() if not isinstance(condition, several))


def of_log(use: Use, log: LogConfig, consumers: list[ConsumerConfig]) -> Iterator[Need]:
    """What is needed of a log by itself and by its ``consumers``."""
    by = {identity_of(log, receipts) for consumer in consumers for receipts in _receipts(consumer)}
    types = [log.type] if log.type and any(consumer.types for consumer in consumers) else []
    named = [log.id] if log.id and "id" in by else []
    if "stream-version" in by:
        named = [log.stream or "", log.version or ""]
    yield _by_position(log.position, log.partition, "the head, holes and ranges", (*named, *types, *use.where))
    if log.id and "id" in by:
        yield Need(what_for="look-ups by id", columns=(log.id,), prefixes=((log.id,),))
    if log.stream and log.version:
        yield _by_stream(log.stream, log.version, log.partition)


def of_state(state: StateConfig, *, by_number: bool) -> Need:
    """What is needed of a state: the names of its streams."""
    columns = (state.stream,)
    return Need(
        what_for="look-ups by stream",
        columns=columns,
        prefixes=(columns,),
        numbers=columns if by_number else (),
    )


def of_receipts(use: Use, log: LogConfig, receipts: InboxConfig | ParkedConfig) -> Need:
    """What is needed of an inbox, or of a table of parked events: its identity."""
    match identity_of(log, receipts):
        case "id":
            column = receipts.id or ""
            return Need(what_for="look-ups by id", columns=(column,), prefixes=((column,),), covers=tuple(use.where))
        case "position":
            return _by_position(receipts.position or "", receipts.partition, "look-ups by position", tuple(use.where))
        case _:
            return _by_stream(receipts.stream or "", receipts.version or "", receipts.partition)


def _by_position(position: str, partition: str | None, what_for: str, covers: tuple[str, ...]) -> Need:
    columns = (position,) if partition is None else (partition, position)
    return Need(
        what_for=what_for,
        columns=columns,
        prefixes=((position,), columns),
        covers=tuple(column for column in dict.fromkeys(covers) if column not in columns),
        numbers=(position,),
    )


def _by_stream(stream: str, version: str, partition: str | None) -> Need:
    scope = () if partition is None else (partition,)
    columns = (*scope, stream, version)
    return Need(what_for="look-ups by stream", columns=columns, prefixes=((stream,), (*scope, stream)))


def _receipts(consumer: ConsumerConfig) -> Iterator[InboxConfig | ParkedConfig]:
    yield from (receipts for receipts in (consumer.inbox, consumer.parked) if receipts is not None)
