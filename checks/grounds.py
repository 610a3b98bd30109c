"""What several checks need and a config may not give, in words that say which key would give it."""

from checks.model.check import Lack
from checks.model.consumer import ConsumerEvidence


def no_inbox(evidence: ConsumerEvidence) -> Lack | None:
    """The lack of an inbox, if it lacks."""
    if evidence.has_inbox:
        return None
    message = (
        f"{evidence.name} names no inbox: its cursor says how far it went, not what it received; "
        f"give it [consumers.{evidence.name}.inbox]"
    )
    return Lack("no-inbox", message)


def no_cursor(evidence: ConsumerEvidence) -> Lack | None:
    """The lack of a cursor, if it lacks."""
    if evidence.cursors is not None:
        return None
    return Lack("no-cursor", f"{evidence.name} names no cursor; give it [consumers.{evidence.name}.cursor]")


def no_time(evidence: ConsumerEvidence) -> Lack | None:
    """The lack of the time at which events were written, if it lacks."""
    if evidence.has_time:
        return None
    message = f"the log {evidence.upstream} names no time, so the age of its events is not known; give it the key time"
    return Lack("no-time", message)


def no_age(evidence: ConsumerEvidence) -> Lack | None:
    """The lack of a time, if it lacks, and of earlier runs, which would have seen what is waiting."""
    return None if evidence.previous is not None else no_time(evidence)


def no_move(evidence: ConsumerEvidence) -> Lack | None:
    """The lack of a cursor, of an earlier run, or of what that one saw of the cursor, if any lacks."""
    if (lack := no_cursor(evidence)) is not None:
        return lack
    if evidence.previous is None:
        message = f"no earlier run of {evidence.name}, as it is configured now, is known to compare its cursor with"
        return Lack("no-earlier-run", message)
    if evidence.cursor_by_stream:
        message = f"{evidence.name} has a cursor for each stream, and where all of them stood is not kept"
        return Lack("cursor-by-stream", message)
    return None
