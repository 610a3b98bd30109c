"""What every target answers to: it is given events, and says of each what became of it.

A new kind is one file beside this one, its model in :mod:`auditor.config.targets`, and its line in ``KINDS``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from auditor.config import LogConfig
from checks.model.event import Event
from checks.model.redelivery import Outcome, PlannedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One event on its way.

    ``key``: the same for every attempt of one plan to send this event, so that a receiver can tell a repetition.
    ``follows``: no other event that anybody who hears it should have stands between it and the parcel before it.
    ``data``: the event's content as the driver gives it, for targets that ask for it.
    """

    event: PlannedEvent
    key: str
    follows: bool = False
    data: object = None


@dataclass(frozen=True, slots=True)
class Touched:
    """A row of a log that a target wrote, for audits to know it by.

    ``log``: the section's name; ``how``: the row was marked unsent again, or it is a copy that was added. ``row``: what
    a copy says of itself (id, stream, version), as far as the target can read it.
    """

    log: str
    partition: str | None
    position: int
    how: Literal["unsent", "copied"]
    row: Event | None = field(default=None, compare=False)


Note = Callable[[Sequence[Touched]], None]
"""Told of the rows of a log that are written, before they are committed, so that no audit ever sees one unawares.

Raises AuditorError where they could not be noted: then nothing must be committed.
"""


def unnoted(_: Sequence[Touched]) -> None:
    """For whoever has nobody to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events of one consumer that are sent at once, in the plan's order; all of one partition.

    For a target that ``sends_whole``, ``parcels`` has the first event only, and ``count`` says how many are meant.
    ``note``: called once by a target that writes rows of a log, when it knows which, and has not committed them yet.
    """

    plan: str
    consumer: str
    log: LogConfig
    parcels: tuple[Parcel, ...]
    count: int
    note: Note = field(default=unnoted, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one event. ``detail``: one line, redacted: a status, a reason.

    ``touched``: the row that was written for it; where the outcome is ``UNKNOWN``, the row that may have been.
    """

    outcome: Outcome
    detail: str = ""
    touched: Touched | None = None


class Target(Protocol):
    """Where events are given to. No method but :meth:`send` changes anything.

    ``sends_whole``: everything from the first event on is sent by one act (a cursor, a request "from position").
    ``needs_data``: parcels must carry the events' content. ``shared``: nothing that is sent says for whom it is.
    """

    sends_whole: bool
    needs_data: bool
    shared: bool

    def prepare(self) -> None:
        """Look whether it can be sent at all: tables, rights, files. Raises AuditorError with the reason."""
        ...

    def send(self, batch: Batch) -> Sequence[Answer]:
        """One answer for each parcel, in their order. Raises nothing but what ends the program: a failure is an answer.

        ``FAILED`` only where it is certain that nothing was sent; where it may have been, ``UNKNOWN``.
        """
        ...

    def close(self) -> None:
        """Give everything back."""
        ...
