"""What earlier runs left for this one, and what this one leaves for later ones. The ledger keeps it.

It is kept by the name of a log or a consumer and by a *key* that says how that is read (:mod:`auditor.effective`): a
changed config, or another address of a store, finds nothing. Moments are on the clock of the log's store, as ages are;
what is verified has the auditor's own, since ``full_every`` and reports count by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from auditor.compare.recipe import Digest
from checks.model.event import Event
from checks.model.previous import CursorBefore, DeadHole, Witness
from checks.model.sent_again import Stretch

MOST_SIGHTINGS = 10_000
"""Events without a receipt of which one consumer's first sightings are kept, the lowest positions first; and unsent
ones of an outbox whose age nothing else tells."""


class Sighting(NamedTuple):
    """Since when every run saw an eligible event without a processed receipt.

    ``passed_since``: since when each of them also saw the cursor past it; ``None``: the last one did not. ``lasted``:
    one of them has shown that this had lasted for ``grace``.
    """

    first_seen: datetime
    passed_since: datetime | None = None
    lasted: bool = False


class VerifiedRange(NamedTuple):
    """Positions ``first`` to ``last``, both included, that were found consistent, and the digest of what stood there.

    ``digest``: ``None`` until somebody made one. ``run`` and ``at``: who verified the range last, and when.
    """

    first: int
    last: int
    digest: Digest | None
    run: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Ranges that need no look at every run, ascending and disjoint.

    ``basis`` names all that digests depend on (columns, their kinds, the stores' own identity): with another one they
    mean nothing. ``salt``: of every digest. ``begun_run``, ``begun_at``: the full audit that began this list;
    ``complete``: it, or another one that went on where it was interrupted, came to its end. ``notes``: what else is
    carried from run to run, by a short name, as text.
    """

    basis: str
    salt: int
    begun_run: str
    begun_at: datetime
    complete: bool
    ranges: tuple[VerifiedRange, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


class End(NamedTuple):
    """The lowest or the highest position received in a partition, and since when every run saw that it was."""

    position: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerMemory:
    """What a run leaves about one consumer. ``sightings``: by the event (:mod:`auditor.gather.consumer.earlier`).

    ``reached``: of one with a declared start, how many events of the whole log it had, and how many it should have had.
    ``ends``: by partition, the lowest and the highest event that it received otherwise than by a redelivery.
    """

    run: str
    at: datetime
    cursors: Mapping[str | None, CursorBefore] = field(default_factory=dict)
    sightings: Mapping[str, Sighting] = field(default_factory=dict)
    reached: tuple[int, int] | None = None
    ends: Mapping[str | None, tuple[End, End]] = field(default_factory=dict)
    verified: Verified | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMemory:
    """What a run leaves about one log. ``distrusted``: why locks prove nothing about its holes any more.

    ``unsent``: since when every run saw an event of an outbox not marked sent whose own time tells no age; by the event
    (:func:`auditor.gather.consumer.earlier.sighting_key`).
    """

    run: str
    at: datetime
    heads: Mapping[str | None, int] = field(default_factory=dict)
    witnesses: tuple[Witness, ...] = ()
    dead_holes: tuple[DeadHole, ...] = ()
    distrusted: str | None = None
    unsent: Mapping[str, datetime] = field(default_factory=dict)
    verified: Verified | None = None


class Empty(NamedTuple):
    """Positions ``first`` to ``last`` (inclusive), between two rows, at which no row stood."""

    partition: str | None
    first: int
    last: int


class Filled(NamedTuple):
    """Positions ``first`` to ``last`` (inclusive) at which no row stood ``after``, and at which rows stood ``by``."""

    partition: str | None
    first: int
    last: int
    after: datetime
    by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """What runs could see of a log, whoever was audited, and what therefore came later: :mod:`auditor.gather.horizon`.

    ``heads``: where each partition ended ``at`` the moment of the last look, filters ignored; ``whole``: of every
    partition. ``holes``: what was empty below, as far as somebody looked. ``again``: when the log was read first since
    then, by a run that left no look of its own; ``None``: never. ``filled``: what was empty in an earlier look, and not
    in the next one, the latest last. ``origin``: names the very database, where that is known.
    """

    at: datetime
    heads: Mapping[str | None, int] = field(default_factory=dict)
    whole: bool = True
    holes: tuple[Empty, ...] = ()
    again: datetime | None = None
    filled: tuple[Filled, ...] = ()
    origin: str = ""


class DoubtfulCopy(NamedTuple):
    """A row that a redelivery was about to commit in an outbox, at one position, when it was last heard of.

    ``row``: what it says of itself, as far as that is known: id, stream, version.
    """

    stretch: Stretch
    row: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelivered:
    """What redeliveries did to a consumer or in a log, by positions.

    ``sent``: again to a consumer, of its log. ``unsent``: rows of an outbox that were marked so again. ``copied``: rows
    that were inserted in an outbox as copies of others. ``doubtful``: those of which nobody knows whether they were.
    """

    sent: tuple[Stretch, ...] = ()
    unsent: tuple[Stretch, ...] = ()
    copied: tuple[Stretch, ...] = ()
    doubtful: tuple[DoubtfulCopy, ...] = ()


@dataclass(slots=True)
class Memory:
    """The memories of all logs and consumers, by name; empty where there is no ledger, or no earlier run.

    ``horizons``: of logs, which are read for their consumers, too, and not only for themselves. ``redelivered``: by
    name, too, whatever the key; of those alone to whom, or in which, something was sent again.
    """

    logs: dict[str, LogMemory] = field(default_factory=dict)
    consumers: dict[str, ConsumerMemory] = field(default_factory=dict)
    horizons: dict[str, Horizon] = field(default_factory=dict)
    redelivered: dict[str, Redelivered] = field(default_factory=dict)
