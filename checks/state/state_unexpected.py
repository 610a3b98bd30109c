"""The state has a row whose stream the log does not have.

What it means
    Something is in the state of which the log knows nothing at all. The first
    event of the stream was never written, the log was restored or rows of it
    deleted, or the table is filled by somebody else, too.

How it is proven
    The log has no event of that stream, of whatever type, filters ignored.
    State and log in one database are seen in one snapshot; else the row is
    read first and the whole log afterwards. Then both are looked at again,
    when no transaction on the log is open that could bring the event. It is
    confirmed once it has lasted for the state's `max_delay`, by the row's
    `changed`, or by waiting; until then it is pending.

What it cannot know
    Which events the row came from. Where the log has a `retention`, or is an
    outbox (`sent`), they may have been purged since, and the finding is
    benign. A row without a name of
    a stream (NULL) is counted as unverifiable. On a standby of the log the
    verdict is unknown.

What to do
    Look at a few of the rows: when they were made, and by whom. If their
    events are lost, look for them at consumers and in backups. If the rows
    belong to something else, leave them out by the state's `where`.
"""

from collections.abc import Iterator

from checks.mirroring import Entry, entries, rows_of, told
from checks.model.check import Lack
from checks.model.finding import Finding
from checks.model.state import Fault, StateEvidence


def judge(evidence: StateEvidence) -> Iterator[Finding]:
    """One finding for how sure it is. It counts rows."""
    for entry in entries(evidence, Fault.UNEXPECTED):
        yield entry.finding(_message(entry, evidence), evidence)


def _message(entry: Entry, evidence: StateEvidence) -> str:
    be = "is" if entry.tally.count == 1 else "are"
    what = f"{rows_of(entry, evidence)} {be} of streams that {evidence.upstream} does not have"
    return told(entry, evidence, what, "look for lost first events, a restored log, or another writer to the table")


def lacks(evidence: StateEvidence) -> Lack | None:  # noqa: ARG001 (nothing can be lacking)
    """Nothing: every state names its stream."""
    return None
