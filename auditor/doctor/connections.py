"""Whether a store answers, as whom it lets us in, and what exactly is wrong where it does not."""

from auditor.doctor.about import About
from auditor.doctor.causes import cause_of
from auditor.stores.catalogue import Server
from checks.model.diagnosis import Examined

OLDEST = 14
"""The oldest PostgreSQL whose catalogues show what audits need."""


def unreachable(name: str, message: str) -> Examined:
    """The line about a store that does not answer."""
    about, cause = About("store", name, "connection"), cause_of(message)
    message = message.removeprefix("connection failed: ").removeprefix("connection is bad: ")
    if cause is None:
        return about.failure(message, f"look up what the server says, and correct the url in [stores.{name}]")
    return about.failure(f"{cause.code}: {message}", cause.advice)


def reached(name: str, server: Server) -> Examined:
    """The line about a store that answers."""
    about = About("store", name, "connection")
    if server.major is not None and server.major < OLDEST:
        return about.warning(server.described, f"audits need PostgreSQL {OLDEST} or later: upgrade the server")
    return about.fine(server.described, server.offer)
