"""A row of the state lags its stream.

What it means
    The log has events of the stream that the row does not show. Whoever reads
    the state acts on what is no longer true. If the row is written by the
    producer itself, somebody wrote the event and not the change; if it is a
    read model, the projection is late, stands still, or left an event out.

How it is proven
    The version of the row is lower than the highest version among the events
    that should change it: those that pass the state's `types` and the log's
    `where`. The log was read first and the row afterwards, or both in one
    snapshot; then the row was looked at again. It is confirmed where the
    first event that the row lacks is older than the state's `max_delay`, or
    where the row still lacked it after that time; until then it is pending.

What it cannot know
    Whether an event had to change the row at all: types that do not belong
    into `types`. A state without `version` is judged by `changed` against the
    time of the stream's last event, and then the verdict is unknown: clocks
    prove nothing. On a standby of the state that is not proven caught up it
    is unknown, too. When an event of a long transaction was committed, where
    no earlier run shows that it was not there yet: it is then as old as its
    time says, and without that run `max_delay` must be longer than
    transactions are.

What to do
    If most rows lag, look at the projection: is it running, does it fail at
    one event? If few do, look at the first event that each of them lacks. Let
    the projection read these streams again; of a state that the producer
    writes, compare the row with the event before you change either.
"""

from collections.abc import Iterator

from checks.mirroring import Entry, entries, no_version, rows_of, told
from checks.model.check import Lack
from checks.model.finding import Finding
from checks.model.state import Fault, StateEvidence


def judge(evidence: StateEvidence) -> Iterator[Finding]:
    """One finding for how sure it is. It counts streams."""
    for entry in entries(evidence, Fault.BEHIND):
        yield entry.finding(_message(entry, evidence), evidence)


def _message(entry: Entry, evidence: StateEvidence) -> str:
    be = "is" if entry.tally.count == 1 else "are"
    what = f"{rows_of(entry, evidence)} {be} behind {evidence.upstream}"
    return told(entry, evidence, what, "see whether its projection runs, then let it read these streams again")


def lacks(evidence: StateEvidence) -> Lack | None:
    """By presence alone no row is behind."""
    return no_version(evidence)
