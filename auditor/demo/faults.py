"""What the demo injects, so that what the auditor finds can be held against it.

A demo that only shows findings proves nothing: they may be too few, too many, or the wrong ones. Whoever builds a
database here returns what was done to it, with the exact places; also what merely looks like a fault and must not be
called one. Nothing in this module knows how the auditor finds any of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from checks.model.finding import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that was done to a log or a consumer, and what an audit has to say about it: no more and no less.

    ``places`` name the events, versions or positions concerned, as made by the functions below. ``story`` is one
    sentence for the reader: how such a thing comes about.
    """

    audit: str
    check: str
    places: frozenset[str]
    story: str
    verdict: Verdict = Verdict.CONFIRMED


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
