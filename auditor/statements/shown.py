"""What one statement shows, and the words for how much of a finding it is about."""

from collections.abc import Iterable, Sized
from dataclasses import dataclass

from auditor.stores.interface import Store
from auditor.stores.interface.showing import Showing

MOST = 20
"""So many events, streams or ranges are named in one statement."""


@dataclass(frozen=True, slots=True)
class Shown:
    """In words, and as a store is asked for it. ``store``: the one that holds the table."""

    store: Store
    shows: str
    showing: Showing | None


def some(named: int, total: int, noun: str = "event") -> str:
    """How much of what a finding counts is named.

    >>> some(1, 1), some(4, 4), some(20, 1234), some(1, 1, "stream")
    ('the event', 'the 4 events', 'the first 20 of 1,234 events', 'the stream')
    """
    if named < total:
        return f"the first {named:,} of {total:,} {noun}s" if named > 1 else f"the first of {total:,} {noun}s"
    return f"the {noun}" if named == 1 else f"the {named:,} {noun}s"


def it(named: Sized) -> str:
    """What takes up what was named before.

    >>> it("a"), it("ab")
    ('it', 'them')
    """
    return "it" if len(named) == 1 else "them"


def distinct(texts: Iterable[str | None]) -> list[str]:
    """The first of them, each once."""
    return list(dict.fromkeys(text for text in texts if text is not None))[:MOST]
