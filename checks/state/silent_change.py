"""A row of the state is ahead of its stream: a change without an event.

What it means
    The state changed and the log does not say so. Whoever wrote the row died,
    or failed, between the change and the event, or changed the row by hand.
    All that follow the log do not know of the change and never will: they are
    in step with the log, and wrong.

How it is proven
    The version of the row is higher than every version of its stream in the
    log, whatever its type. State and log in one database are seen in one
    snapshot; else the row is read first and its stream afterwards. Then both
    are looked at again, when no transaction on the log is open that could
    bring the event. It is confirmed once it has lasted for the state's
    `max_delay`, by the row's `changed`, or by waiting; until then it is
    pending.

What it cannot know
    What the lost event said: the row shows the result, not the reason. A
    state without `version` is judged by `changed` against the time of the
    stream's last event, and then the verdict is unknown: clocks prove
    nothing, and a row may be touched without a change. On a standby of the
    log it is unknown, too, and so it is where the log is an outbox (`sent`,
    without `retention`) that lacks streams or versions: then the event may
    have been sent and deleted while an earlier one is stuck.

What to do
    Write the events that the rows lack, in the order of their versions, as
    the service would have done; then consumers get them by themselves. Mend
    the cause: state and event belong into one transaction, or the state
    follows the event. Look into the service's log at the time of the row.
"""

from collections.abc import Iterator

from checks.mirroring import Entry, entries, no_version, rows_of, told
from checks.model.check import Lack
from checks.model.finding import Finding
from checks.model.state import Fault, StateEvidence


def judge(evidence: StateEvidence) -> Iterator[Finding]:
    """One finding for how sure it is. It counts streams."""
    for entry in entries(evidence, Fault.SILENT_CHANGE):
        yield entry.finding(_message(entry, evidence), evidence)


def _message(entry: Entry, evidence: StateEvidence) -> str:
    be = "is" if entry.tally.count == 1 else "are"
    what = f"{rows_of(entry, evidence)} {be} ahead of {evidence.upstream}"
    return told(entry, evidence, what, "a change was made and no event written; write the events, and mend the cause")


def lacks(evidence: StateEvidence) -> Lack | None:
    """By presence alone no row is ahead."""
    return no_version(evidence)
