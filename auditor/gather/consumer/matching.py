"""By which columns a log and a consumer's tables are matched, and how values of two databases are compared."""

from dataclasses import dataclass

from auditor.config import ConsumerConfig, InboxConfig, LogConfig, ParkedConfig, identity_of
from auditor.errors import StoreError
from auditor.gather.columns import expect_inbox, expect_integers
from auditor.identity import Kind, canonical_all, joint
from auditor.stores.interface import Identity, Match, Snapshot
from checks.model.event import Event

_WORDS = {"id": ("id",), "position": ("position",), "stream-version": ("stream", "version")}
Receipts = InboxConfig | ParkedConfig
NUMBERS = ("position", "version")
SHARED = ("id", "position", "stream", "version", "type")


@dataclass(frozen=True, slots=True)
class Matching:
    """What the two sides share: the identity, and the further columns that a receipt may contradict."""

    match: Match
    shared: tuple[tuple[str, Kind], ...] = ()


def match_receipts(log_side: Snapshot, side: Snapshot, log: LogConfig, consumer: ConsumerConfig) -> Matching:
    """How the log is matched with the inbox; without one with the parked events; without those by position.

    Raises StoreError ``wrong-type`` where the two columns cannot be compared.
    """
    inbox = consumer.inbox
    if inbox is not None:
        expect_inbox(side, inbox, consumer.store)
    if inbox is None:
        parked = consumer.parked
        by_position = match_by_position(log)
        return Matching(match_table(log_side, side, log, parked, consumer.store) if parked else by_position)
    match = match_table(log_side, side, log, inbox, consumer.store)
    further = [word for word in SHARED if word not in match.words and getattr(log, word) and getattr(inbox, word)]
    kinds = ((word, _joint(log_side, side, log, inbox, word)) for word in further)
    return Matching(match, tuple((word, kind) for word, kind in kinds if kind is not None))


def find_identity(event: Event, match: Match) -> Identity | None:
    """The event's identity under a match; ``None`` where a part of it is NULL."""
    values = [getattr(event, word) for word in match.words]
    return None if None in values else canonical_all(values, match.kinds)


def match_by_position(log: LogConfig) -> Match:
    """By the place in the log, which every log has."""
    if log.partition is None:
        return Match(("position",), (Kind.INTEGER,))
    return Match(("partition", "position"), (Kind.TEXT, Kind.INTEGER))


def words_of(log: LogConfig, table: Receipts) -> tuple[str, ...]:
    """By which of the contract's words the log is matched with one table of the consumer."""
    words = _WORDS[identity_of(log, table)]
    return ("partition", *words) if log.partition and table.partition and words[0] != "id" else words


def match_table(log_side: Snapshot, side: Snapshot, log: LogConfig, table: Receipts, store: str) -> Match:
    """How the log is matched with one table of the consumer. Raises StoreError ``wrong-type``."""
    words = words_of(log, table)
    kinds = []
    for word in words:
        kind = Kind.INTEGER if word in NUMBERS else _joint(log_side, side, log, table, word)
        if kind is None:
            ours, theirs = getattr(log, word), getattr(table, word)
            text = f"{word}: column {ours!r} of {log.table!r} cannot be compared with {theirs!r} of {table.table!r}"
            raise StoreError(store, "wrong-type", text)
        kinds.append(kind)
    numbers = [word for word, kind in zip(words, kinds, strict=True) if kind is Kind.INTEGER]
    expect_integers(log_side, log.store, log.table, [getattr(log, word) for word in numbers])
    expect_integers(side, store, table.table, [getattr(table, word) for word in numbers])
    return Match(words, tuple(kinds))


def _joint(log_side: Snapshot, side: Snapshot, log: LogConfig, table: Receipts, word: str) -> Kind | None:
    ours, theirs = getattr(log, word), getattr(table, word)
    return joint(log_side.kind(log.table, ours), side.kind(table.table, theirs))
