"""By what rows of two tables are found that are about the same event."""

from collections.abc import Sequence

from auditor.config import LogConfig
from auditor.gather.consumer.matching import NUMBERS, Receipts, find_identity, words_of
from auditor.identity import Kind, joint
from auditor.stores.interface import Match, Store
from auditor.stores.interface.showing import Among
from checks.model.event import Event


def match_of(log: LogConfig, log_store: Store, table: Receipts, store: Store) -> Match | None:
    """As the audit has matched them; ``None`` where this run did not read both."""
    ours, theirs = log_store.kinds(log.table), store.kinds(table.table)
    kinds: list[Kind] = []
    for word in words_of(log, table):
        here, there = ours.get(str(getattr(log, word))), theirs.get(str(getattr(table, word)))
        kind = None if here is None or there is None else joint(here, there)
        if kind is None:
            return None
        kinds.append(Kind.INTEGER if word in NUMBERS else kind)
    return Match(words_of(log, table), tuple(kinds))


def among_of(table: LogConfig | Receipts, match: Match | None, events: Sequence[Event]) -> Among | None:
    """The identities of these events, in one of the two tables; ``None`` where none of them has one."""
    if match is None:
        return None
    identities = [find_identity(event, match) for event in events]
    wanted = tuple(dict.fromkeys(identity for identity in identities if identity is not None))
    columns = tuple(str(getattr(table, word)) for word in match.words)
    return Among(columns, match.kinds, wanted) if wanted else None
