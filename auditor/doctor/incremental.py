"""Whether runs have to look at everything of a consumer again each time, and what would spare them that.

Only what certainly stands against it is told, with what the config and the catalogues say. That nothing is told does
not mean that runs leave anything out: that also depends on where cursors stand, and on what earlier runs found.
"""

from collections.abc import Iterator, Sequence

from auditor.config import Conditions, ConsumerConfig, InboxConfig, LogConfig
from auditor.doctor.about import About
from auditor.doctor.opened import Opened
from auditor.gather.consumer.matching import Matching
from auditor.stores.interface import Snapshot
from checks.model.diagnosis import Examined
from checks.wording import quoted

_OFFER = "without that, runs could leave out what earlier ones verified (docs/incremental.md)"


def examine(
    about: About, consumer: ConsumerConfig, log: LogConfig, matching: Matching, log_side: Opened, side: Opened
) -> Iterator[Examined]:
    """A line where every run compares everything. A consumer without an inbox has nothing that is compared."""
    inbox = consumer.inbox
    if inbox is None:
        return
    with log_side.store.snapshot() as ours, side.store.snapshot() as theirs:
        reason = next(_reasons(log, inbox, matching, ours, theirs), None)
    if reason is not None:
        yield about.fine(f"every run compares all of it: {reason}", _OFFER)


def _reasons(log: LogConfig, inbox: InboxConfig, matching: Matching, ours: Snapshot, theirs: Snapshot) -> Iterator[str]:
    """See :mod:`auditor.gather.remembered` and :mod:`auditor.gather.digested`, which decide it."""
    if log.partition is not None:
        yield "the positions of the log are counted by partition"
    if log.order:
        yield "the log is ordered by more than its position"
    if inbox.retention is not None and log.time is None:
        yield "the inbox has a retention, and the log no time"
    shared = {*matching.match.words, *(word for word, _ in matching.shared)}
    if inbox.position is None or "position" not in shared:
        yield "the receipts do not say the positions of events"
    else:
        yield from _without_index(ours, log.table, log.position, {})
        yield from _without_index(theirs, inbox.table, inbox.position, inbox.where)
    yield from _unsure(log, inbox, matching.match.words, ours, theirs)


def _without_index(side: Snapshot, table: str, column: str, where: Conditions) -> Iterator[str]:
    if not side.is_indexed(table, column, where):
        yield f"{quoted(column)} of {quoted(table)} has no index that serves, or may be NULL"


def _unsure(
    log: LogConfig, inbox: InboxConfig, words: Sequence[str], ours: Snapshot, theirs: Snapshot
) -> Iterator[str]:
    """Identities of which the database does not vouch that each is there, and there once."""
    if not ours.never_repeats(log.table, [getattr(log, word) for word in words], {}):
        yield f"nothing keeps events of {quoted(log.table)} unique by {', '.join(words)}"
    for snapshot, config in ((ours, log), (theirs, inbox)):
        for word in words:
            if not snapshot.is_required(config.table, getattr(config, word)):
                yield f"{quoted(getattr(config, word))} of {quoted(config.table)} may be NULL"
