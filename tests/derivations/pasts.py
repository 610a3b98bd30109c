"""Pasts of a log and of logs derived from it: consistent at first, then with losses, doubles, strangers, disorder."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

TYPES = ("Placed", "Paid", "Shipped")
OLD, YOUNG, AHEAD = timedelta(hours=2), timedelta(seconds=1), -timedelta(days=1)
MAX_DELAY, RETENTION = timedelta(minutes=10), timedelta(minutes=30)
GLOBS: tuple[tuple[str, ...] | None, ...] = (None, ("P*",), ("Placed", "Shipped"))


@dataclass(frozen=True)
class Fact:
    """An event of the upstream. ``age``: by its own time, at the moment of writing; ``None``: the time is NULL."""

    position: int
    id: UUID
    stream: str
    version: int
    type: str
    age: timedelta | None
    archived: bool
    tenant: str | None

    @property
    def known_age(self) -> timedelta | None:
        """A time ahead of the clock tells nothing."""
        return None if self.age is None or self.age < timedelta(0) else self.age


@dataclass(frozen=True)
class Row:
    """A row of a derived log. ``source``: the event it names, one that never was, or none; ``counts``: it passes."""

    position: int
    source: Fact | None
    tenant: str | None
    counts: bool = True


@dataclass(frozen=True)
class Derived:
    """A derived log. ``cursor``: of its publisher, by tenant; a tenant without one has no row.

    ``forgets``: what is older than its retention.
    """

    name: str
    types: tuple[str, ...] | None
    by_id: bool
    any_number: bool
    cursor: dict[str | None, int] | None
    rows: tuple[Row, ...]
    partitioned: bool
    forgets: bool = False


@dataclass(frozen=True)
class Past:
    """A log, and two that are derived from it. ``purged``: the log has a retention."""

    facts: tuple[Fact, ...]
    never: frozenset[UUID]
    logs: tuple[Derived, Derived]
    purged: bool = False
    will_be_partitioned: bool = False

    def until(self, last: int, late: Collection[int] = ()) -> "Past":
        """What there was of it when no position was higher; publishers had not come any further, either.

        ``late``: positions of which nothing was derived until then.
        """
        facts = tuple(fact for fact in self.facts if fact.position <= last)
        punctual = tuple(fact for fact in facts if fact.position not in late)
        one, other = (_until(log, punctual, last) for log in self.logs)
        return replace(self, facts=facts, logs=(one, other), will_be_partitioned=self.partitioned)

    @property
    def partitioned(self) -> bool:
        """Whether positions are counted by tenant, also while there is no event yet."""
        return self.will_be_partitioned or any(fact.tenant is not None for fact in self.facts)


def _until(log: Derived, facts: tuple[Fact, ...], last: int) -> Derived:
    cursor = None if log.cursor is None else {tenant: min(place, last) for tenant, place in log.cursor.items()}
    return replace(log, cursor=cursor, rows=tuple(row for row in log.rows if row.source is None or row.source in facts))


@st.composite
def pasts(draw: DrawFn) -> Past:
    tenants: tuple[str | None, ...] = draw(st.sampled_from(((None,), (None,), ("north", "south"))))
    facts = tuple(fact for tenant in tenants for fact in draw(_facts(tenant)))
    never = draw(st.lists(st.uuids(version=4), min_size=2, max_size=2, unique=True))
    ids = {fact.id for fact in facts}
    strangers = [
        Fact(900 + nth, id_, "nowhere", 1, "Placed", age=OLD, archived=False, tenant=tenants[0])
        for nth, id_ in enumerate(never)
        if id_ not in ids
    ]
    logs = draw(_derived("v1", facts, strangers, tenants)), draw(_derived("v2", facts, strangers, tenants))
    return Past(facts, frozenset(stranger.id for stranger in strangers), logs, purged=draw(st.integers(0, 3)) == 0)


@st.composite
def _facts(draw: DrawFn, tenant: str | None) -> list[Fact]:
    position, versions, facts = 0, dict.fromkeys(("a", "b"), 0), []
    for id_ in draw(st.lists(st.uuids(version=4), max_size=8, unique=True)):
        position += draw(st.sampled_from((1, 1, 1, 3)))
        stream = draw(st.sampled_from(("a", "b")))
        versions[stream] += 1
        facts.append(
            Fact(
                position=position,
                id=id_,
                stream=stream if tenant is None else f"{tenant}-{stream}",
                version=versions[stream],
                type=draw(st.sampled_from(TYPES)),
                age=draw(st.sampled_from((OLD, OLD, OLD, OLD, YOUNG, None, AHEAD))),
                archived=draw(st.integers(0, 9)) == 0,
                tenant=tenant,
            )
        )
    return facts


@st.composite
def _derived(
    draw: DrawFn, name: str, facts: tuple[Fact, ...], strangers: list[Fact], tenants: tuple[str | None, ...]
) -> Derived:
    by_id = draw(st.booleans())
    sources: list[Fact | None] = []
    for fact in facts:
        sources += [fact] * draw(st.sampled_from((0, 1, 1, 1, 1, 1, 2)))
    sources += [stranger for stranger in strangers if draw(st.integers(0, 4)) == 0]
    sources += [None] * draw(st.sampled_from((0, 0, 0, 1)))
    for at in draw(st.lists(st.integers(0, max(len(sources) - 2, 0)), max_size=2)) if len(sources) > 1 else ():
        sources[at], sources[at + 1] = sources[at + 1], sources[at]
    partitioned = tenants != (None,) and not by_id
    return Derived(
        name=name,
        types=draw(st.sampled_from(GLOBS)),
        by_id=by_id,
        any_number=draw(st.integers(0, 7)) == 0,
        cursor=draw(st.none() | _cursors(facts, tenants)),
        rows=draw(_rows(sources, tenants[0], partitioned=partitioned)),
        partitioned=partitioned,
        forgets=draw(st.integers(0, 5)) == 0,
    )


@st.composite
def _cursors(draw: DrawFn, facts: tuple[Fact, ...], tenants: tuple[str | None, ...]) -> dict[str | None, int]:
    found = {}
    for tenant in tenants:
        positions = [fact.position for fact in facts if fact.tenant == tenant]
        if draw(st.integers(0, 7)) != 0:
            found[tenant] = draw(st.sampled_from((0, *positions, *positions[-1:], *positions[-1:])))
    return found


@st.composite
def _rows(draw: DrawFn, sources: list[Fact | None], first_tenant: str | None, *, partitioned: bool) -> tuple[Row, ...]:
    heads: dict[str | None, int] = {}
    rows = []
    for source in sources:
        tenant = (first_tenant if source is None else source.tenant) if partitioned else None
        heads[tenant] = heads.get(tenant, 0) + draw(st.sampled_from((1, 1, 2)))
        rows.append(Row(heads[tenant], source, tenant, counts=draw(st.integers(0, 11)) != 0))
    return tuple(rows)
