"""What the demo injects, so that what the auditor finds can be held against it.

A demo that only shows findings proves nothing: they may be too few, too many, or the wrong ones. Whoever builds a
database here returns what was done to it, with the exact places; also what merely looks like a fault and must not be
called one. Nothing in this module knows how the auditor finds any of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from checks.model.finding import Verdict
from checks.model.result import LostAt


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """The step of the way at which events were lost, and the consumers that never get them because of it."""

    source: str
    target: str
    how: LostAt
    consumers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that was done to a log or a consumer, and what an audit has to say about it: no more and no less.

    ``places`` name the events, versions or positions concerned, as made by the functions below. ``story`` is one
    sentence for the reader: how such a thing comes about. ``verdict``: a finding's; or ``LACKING``, where ``audit`` is
    a log that lacks what another log made of the same upstream has. ``hop``: where on their way the events were lost.
    """

    audit: str
    check: str
    places: frozenset[str]
    story: str
    verdict: str = Verdict.CONFIRMED
    hop: Hop | None = None


PARITY = "parity"
LACKING = "lacking"
"""What two logs that are made of the same events are held against each other for, and what one of them then is."""


def at_position(position: int) -> str:
    """A place in a log, taken by an event or by nobody."""
    return f"position {position}"


def at_version(stream: str, version: int) -> str:
    """A place in a stream, for what has no position: a version that is absent."""
    return f"{stream}@{version}"


def known_as(id_: str) -> str:
    """The id of something that stands in no log."""
    return f"id {id_}"


def at_positions(positions: Iterable[int]) -> frozenset[str]:
    """Several places in a log."""
    return frozenset(map(at_position, positions))
