"""How far a log is settled: up to where nothing can still appear, how that is known, and who stands in the way."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class How(StrEnum):
    """The ground on which a settled position rests, strongest first."""

    PROVEN = "proven"  # by the locks that every unfinished writer holds
    ONE_WRITER = "one writer"  # the store commits one writer at a time, in order
    BY_AGE = "by age"  # older than `settle`, for want of a proof
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An unfinished transaction that may still make lower positions visible.

    ``pid`` is ``None`` for a prepared transaction, whose name is then ``prepared``. ``application``, ``state`` and
    ``age`` are ``None`` where the role may not see them.
    """

    transaction: str
    relation: str
    pid: int | None = None
    application: str | None = None
    state: str | None = None
    age: timedelta | None = None
    prepared: str | None = None

    def describe(self) -> str:
        """One phrase for a report: ``pid 4711 (billing-writer, idle in transaction, for 12m)``."""
        who = f"prepared transaction {self.prepared!r}" if self.pid is None else f"pid {self.pid}"
        facts = [fact for fact in (self.application, self.state) if fact]
        if self.age is not None:
            facts.append(f"for {self.age.total_seconds():.0f} s")
        return f"{who} ({', '.join(facts)})" if facts else who


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Whether holes of a log can be judged.

    ``holders`` are the transactions that had not ended when the holes were read. ``against`` lists, in words, what
    stands against a proof. ``standby``: the log was read on a server in recovery, where nothing is proven.
    """

    how: How
    holders: tuple[Holder, ...] = ()
    against: tuple[str, ...] = ()
    standby: bool = False

    @property
    def provable(self) -> bool:
        """Whether a hole without a holder is dead for sure."""
        return self.how in (How.PROVEN, How.ONE_WRITER)
