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
