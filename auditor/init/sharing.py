"""Whose receipt a row is, in an inbox that several consumers share.

Where one takes such a table for the inbox of one consumer, every event that two of them took looks like a duplicate.
"""

from auditor.identity import Kind
from auditor.init import words
from auditor.init.coverage import look_up
from auditor.init.looks import Looks
from auditor.init.naming import Naming
from auditor.init.proposals import InboxProposal, LogProposal
from auditor.stores.introspection import TableInfo

_NOBODY = (
    words.PARTITIONS
    | words.FLAGS
    | words.vocabulary("status state outcome result step stage phase attempt retry type kind tag topic version action")
)
"""What stands in the key of receipts beside the event and is nobody's name: how far it is with it, or what about."""


def named_consumer(table: TableInfo, naming: Naming) -> str | None:
    """The column whose name says that it names the consumer."""
    taken = set(naming.columns.values())
    kinds = (Kind.TEXT, Kind.UUID, Kind.INTEGER)
    named = [c.name for c in table.of_kind(*kinds) if c.name not in taken and words.says(c.name, words.CONSUMERS)]
    keyed = [name for name in named if any(name in key and taken & set(key) for key in table.keys)]
    texts = [name for name in named if table.kind(name) is not Kind.INTEGER]
    return next(iter([*keyed, *texts]), None)


def keyed_consumer(inbox: InboxProposal, log: LogProposal, naming: Naming, looks: Looks) -> str | None:
    """The column that a key holds beside the event, whatever it is called, where events stand in several rows.

    A text column only: numbers count attempts as often as consumers.
    """
    taken = set(naming.columns.values())
    beside = [set(key) - taken for key in inbox.table.keys if taken < set(key)]
    columns = [name for rest in beside if len(rest) == 1 for name in rest if _may_name(inbox.table, name, log)]
    if not columns or inbox.table.is_unique(*taken):
        return None
    # The inbox's own first rows may be one consumer's, or of types that but one takes: the log's events are looked up.
    return columns[0] if look_up(log, inbox, looks).repeated else None


def _may_name(table: TableInfo, name: str, log: LogProposal) -> bool:
    if table.kind(name) is not Kind.TEXT or words.says(name, _NOBODY):
        return False
    return name not in (log.type, log.stream, log.partition)
