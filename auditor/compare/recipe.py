"""How rows of two stores are turned into numbers that are equal where the rows are.

A row's *fingerprint* is a salted 64-bit hash over its identity and over whatever else both sides say of an event. The
*digest* of a range of rows is their count and the sum of their fingerprints: equal digests mean equal rows, but for a
chance of one in 2^36 or less that the next run, with another salt, does not share. Sums of the numbers themselves would
not do: positions 1, 3, 6 and 1, 4, 5 have the same count and the same sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar


class Form(StrEnum):
    """How one word of an event is written down before it is hashed."""

    INTEGER = "integer"
    UUID = "uuid"  # a native uuid on both sides
    TEXT = "text"  # exactly as it is
    HEX = "hex"  # as text; what may be a uuid in small letters, without dashes


class Part(NamedTuple):
    """One of the contract's words, and the form in which both sides write it.

    ``small``: an integer that on neither side is negative, or has more than 32 bits, in any row.
    """

    word: str
    form: Form
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is hashed of a row, and how. Both sides get the same one.

    ``identity`` and ``shared``: the words. ``done``: receipts also hash whether they are processed, which every event
    of a log counts as. ``native``: with the hash functions of the one database system that both sides are; otherwise
    with arithmetic that every one does alike. ``axis``: the word along which ranges are cut, ``None`` to cut by
    fingerprint, for want of a column with an index on both sides.
    """

    identity: tuple[Part, ...]
    shared: tuple[Part, ...] = ()
    done: bool = False
    native: bool = False
    salt: int = 0
    axis: Part | None = None

    @property
    def is_plain(self) -> bool:
        """Whether rows of one identity have one fingerprint."""
        return not self.shared and not self.done

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every word that is hashed or cut by."""
        return (*self.identity, *self.shared, *(() if self.axis is None else (self.axis,)))


class Range(NamedTuple):
    """``low`` included, ``high`` not; ``None``: no bound on that side. Uuids as numbers; buckets where no axis is."""

    low: int | None
    high: int | None

    def split(self, pieces: int, lowest: int, highest: int) -> list["Range"]:
        """Cut into at most that many; an open end is taken to reach to ``lowest`` or ``highest``."""
        low = lowest if self.low is None else self.low
        high = highest + 1 if self.high is None else self.high
        cuts = sorted({low + (high - low) * piece // pieces for piece in range(1, pieces)} - {low, high})
        inner = [cut for cut in cuts if low < cut < high]
        return [Range(first, last) for first, last in zip([self.low, *inner], [*inner, self.high], strict=True)]


ALL = Range(None, None)


class Digest(NamedTuple):
    """One range of one side: all ``rows`` in the window, how many of them are ``compared``, and their checksum."""

    rows: int
    compared: int
    checksum: tuple[int, ...]


SideRow_co = TypeVar("SideRow_co", covariant=True)


class Side(Protocol[SideRow_co]):
    """One side of a comparison by digests, in a snapshot. Rows without an identity are no part of it."""

    def bounds(self) -> tuple[int, int] | None:
        """The lowest and the highest value along the axis; ``None`` where there is none, or no axis."""
        ...

    def cut(self, pieces: int) -> list[Range]:
        """About that many ranges that cover everything, with about as many rows in each."""
        ...

    def digests(self, ranges: Sequence[Range]) -> list[Digest]:
        """One for each range, in their order."""
        ...

    def fingerprints(self, ranges: Sequence[Range]) -> Sequence[int]:
        """Those of all compared rows in the ranges, in any order, as often as they occur."""
        ...

    def rows(self, ranges: Sequence[Range], fingerprints: frozenset[int]) -> Sequence[SideRow_co]:
        """The compared rows in the ranges that have one of these fingerprints."""
        ...

    def cancel(self) -> None:
        """End whatever another thread is asking of this side."""
        ...
