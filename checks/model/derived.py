"""The evidence about one derived log, held against the log that it is made out of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checks.model.consumer import ConsumerEvidence
from checks.model.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A row of a derived log. ``event``: as it stands there; ``of``: the upstream event that it names."""

    event: Event
    of: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """A row of a derived log that stands behind ``by``, although it is made of an earlier event of the same stream."""

    copy: Copy
    by: Copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A row that names an event which the whole, unfiltered upstream does not have, also not on a later look.

    ``age``: of the row, by its own time; ``below_floor``: whether the position that it names lies below the upstream's
    first one; ``None``: it names no position.
    """

    copy: Copy
    age: timedelta | None = None
    below_floor: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """From where on an outbox still has what was sent, in one partition of the upstream.

    ``position``: of the lowest upstream event of which such a row remains. ``since``: when the earliest of all that
    remain was sent, where the outbox says so.
    """

    position: int
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DerivedEvidence:
    """What was read of a derived log and its upstream: what a consumer's evidence has, and what is particular here.

    ``follower``: the derived log as a consumer that received what it is made of; its cursor is the publisher's.
    ``one_each``: every eligible upstream event becomes one row; else any number of rows, none too. ``extras``: rows of
    an upstream event beyond its first; ``overtaken`` and ``strays``: see there; positions of all these are its own.
    ``remains``: of an outbox that may let go of what was sent, by partition of the upstream; ``None``: it is none, or
    says by its ``retention`` what it lets go of. ``reached``: by partition, up to which upstream position it has come;
    ``types``: the upstream types that it should have, ``None``: all.
    """

    follower: ConsumerEvidence
    one_each: bool = True
    extras: Iterable[Copy] = ()
    overtaken: Iterable[Overtaken] = ()
    strays: Iterable[Stray] = ()
    remains: Mapping[str | None, Remains] | None = None
    reached: Mapping[str | None, int | None] = field(default_factory=dict)
    types: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """The derived log's."""
        return self.follower.name

    @property
    def upstream(self) -> str:
        """The name of the log that it is made out of."""
        return self.follower.upstream

    @property
    def max_delay(self) -> timedelta:
        """How long "not derived yet" is no finding."""
        return self.follower.grace
