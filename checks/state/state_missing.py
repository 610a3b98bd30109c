"""A stream has no row in the state.

What it means
    The log has events of the stream that should have made a row, and there is
    none. Whoever reads the state does not know that the thing exists: an
    account without a balance, an order that nobody ships.

How it is proven
    The stream has events that pass the state's `types` and the log's `where`,
    and the table has no row with its name, in whatever way it is written. The
    log was read first and the table afterwards, or both in one snapshot; then
    the row was looked for again. It is confirmed where the first event that
    should have made the row is older than the state's `max_delay`, or where
    the row was still absent after that time; until then it is pending. Streams
    that ended, by the state's `ended`, and those whose only row is left out by
    its `where` need no row.

What it cannot know
    Whether the row was deleted on purpose, where no event says so: name the
    types of such events in `ended`. On a standby of the state that is not
    proven caught up the verdict is unknown. When an event of a long
    transaction was committed, where no earlier run shows that it was not there
    yet: it is then as old as its time says, and without that run `max_delay`
    must be longer than transactions are.

What to do
    Look at the first event of the stream that the sample names. If the
    projection left it out, let it read the stream again; if the row was
    deleted, see who did it, and whether the log should say so.
"""

from collections.abc import Iterator

from checks.mirroring import Entry, entries, told
from checks.model.check import Lack
from checks.model.finding import Finding
from checks.model.state import Fault, StateEvidence
from checks.wording import counted


def judge(evidence: StateEvidence) -> Iterator[Finding]:
    """One finding for how sure it is. It counts streams."""
    for entry in entries(evidence, Fault.MISSING):
        yield entry.finding(_message(entry, evidence), evidence)


def _message(entry: Entry, evidence: StateEvidence) -> str:
    have = "has" if entry.tally.count == 1 else "have"
    what = f"{counted(entry.tally.count, 'stream')} of {evidence.upstream} {have} no row in {evidence.name}"
    return told(entry, evidence, what, "let the projection read them again, or find out who deleted the rows")


def lacks(evidence: StateEvidence) -> Lack | None:  # noqa: ARG001 (nothing can be lacking)
    """Nothing: every state names its stream."""
    return None
