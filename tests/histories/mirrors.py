"""Made-up streams and a state that mirrors them, what is to be said of the two, and the tables that hold them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from uuid import UUID

from hypothesis import strategies as st

from tests.histories.database import Execute

MAX_DELAY = timedelta(minutes=10)
YOUNG, OLD, OLDER = timedelta(seconds=2), timedelta(hours=1), timedelta(hours=2)
TYPES, ENDED = ("Opened", "Changed*", "Closed"), ("Clos?d",)


@dataclass(frozen=True)
class Happened:
    """An event of a stream."""

    stream: int
    version: int
    type: str = "Changed"
    age: timedelta = OLD
    archived: bool = False
    tenant: str = "a"


@dataclass(frozen=True)
class Row:
    """A row of the state."""

    stream: int | None
    version: int | None
    kept: bool = True
    age: timedelta | None = OLD


@dataclass(frozen=True)
class Mirror:
    """A log, a state, and what the config says of them. Positions are those of the list, from 1 on."""

    events: tuple[Happened, ...] = ()
    rows: tuple[Row, ...] = ()
    by_version: bool = True
    has_changed: bool = False
    types: tuple[str, ...] | None = None
    ended: tuple[str, ...] | None = None
    skip_archived: bool = False
    skip_rows: bool = True
    retention: bool = False
    partitioned: bool = False


Told = dict[tuple[str, str], set[int]]
"""The streams of each check and verdict."""


@dataclass
class Truth:
    """What an audit must say."""

    found: Told = field(default_factory=lambda: defaultdict(set))
    totals: Counter[str] = field(default_factory=Counter)

    def say(self, check: str, verdict: str, stream: int) -> None:
        self.found[check, verdict].add(stream)


def truth(mirror: Mirror) -> Truth:
    """By the rules of the contract, stream by stream."""
    told = Truth()
    nameless = [row for row in mirror.rows if row.stream is None and _counts(mirror, row)]
    told.totals.update(produced=len(nameless), unverifiable=len(nameless))
    for stream in {e.stream for e in mirror.events} | {r.stream for r in mirror.rows if r.stream is not None}:
        _judge(mirror, stream, told)
    return told


def _counts(mirror: Mirror, row: Row) -> bool:
    return row.kept or not mirror.skip_rows


def _matches(type_: str, globs: Sequence[str] | None) -> bool:
    return globs is None or any(fnmatchcase(type_, glob) for glob in globs)


def _judge(mirror: Mirror, stream: int, told: Truth) -> None:
    events = [event for event in mirror.events if event.stream == stream]
    rows = [row for row in mirror.rows if row.stream == stream]
    counting = [row for row in rows if _counts(mirror, row)]
    wanted = [e for e in events if _matches(e.type, mirror.types) and not (mirror.skip_archived and e.archived)]
    if not events:
        if mirror.by_version and any(row.version is None for row in counting):
            told.totals.update(produced=1, unverifiable=1)
        elif counting:
            told.say("state-unexpected", "benign" if mirror.retention else "confirmed", stream)
            told.totals["unexpected"] += not mirror.retention
        else:
            told.totals["excluded"] += 1
        return
    ends = [event.version for event in events if mirror.ended is not None and _matches(event.type, mirror.ended)]
    has_ended = bool(ends) and max(ends) >= max((event.version for event in wanted), default=0)
    scattered = mirror.partitioned and len({event.tenant for event in events}) > 1
    if not counting and (not wanted or has_ended or rows):
        told.totals["excluded"] += 1
    elif scattered or (counting and _is_unverifiable(mirror, counting)):
        told.totals.update(produced=1, unverifiable=1)
    elif not counting:
        told.say("state-missing", "confirmed", stream)
        told.totals.update(produced=1, missing=1)
    else:
        told.totals["produced"] += bool(wanted)
        _compare(mirror, stream, counting[0], events, wanted, told)


def _is_unverifiable(mirror: Mirror, rows: Sequence[Row]) -> bool:
    if mirror.by_version:
        return any(row.version is None for row in rows) or len({row.version for row in rows}) > 1
    return mirror.has_changed and all(row.age is None for row in rows)


def _compare(
    mirror: Mirror, stream: int, row: Row, events: Sequence[Happened], wanted: Sequence[Happened], told: Truth
) -> None:
    """The first row stands for all of the stream: either there is one, or they agree."""
    place = None
    if mirror.by_version and row.version is not None:
        if row.version > max(event.version for event in events):
            place = "silent-change", "confirmed"
        elif wanted and row.version < max(event.version for event in wanted):
            place = "state-behind", "confirmed"
    elif not mirror.by_version and mirror.has_changed:
        place = _by_clock(mirror, stream, events, wanted)
    if place is not None:
        told.say(*place, stream)
    match place:
        case ("state-behind", "confirmed"):
            told.totals["missing"] += 1
        case ("state-behind", _):
            told.totals["unverifiable"] += 1
        case ("silent-change", verdict):
            told.totals["unexpected"] += verdict == "confirmed"
            told.totals["received"] += bool(wanted)
        case _:
            told.totals["received" if wanted else "excluded"] += 1


def _by_clock(
    mirror: Mirror, stream: int, events: Sequence[Happened], wanted: Sequence[Happened]
) -> tuple[str, str] | None:
    ages = [r.age for r in mirror.rows if r.stream == stream and _counts(mirror, r) and r.age is not None]
    changed, last = min(ages), min(event.age for event in events)
    due = min((event.age for event in wanted), default=None)
    if last - changed > MAX_DELAY and changed > MAX_DELAY:
        return "silent-change", "unknown"
    if due is not None and changed - due > MAX_DELAY and due > MAX_DELAY:
        return "state-behind", "unknown"
    return None


AGES = st.sampled_from((YOUNG, OLD, OLDER))


@st.composite
def mirrors(draw: st.DrawFn) -> Mirror:
    """Streams and rows with any mixture of faults."""
    partitioned, events, rows = draw(st.booleans()), list[Happened](), list[Row]()
    for stream in range(draw(st.integers(0, 5))):
        last = draw(st.integers(1, 4))
        for version in range(1, last + 1):
            type_ = draw(st.sampled_from(("Changed", "ChangedBack", "Noted", "Closed"))) if version > 1 else "Opened"
            tenant = draw(st.sampled_from("aaaab")) if partitioned else "a"
            events.append(Happened(stream, version, type_, draw(AGES), draw(st.booleans()), tenant))
        rows += draw(_rows_of(stream, last))
    for stream in range(10, 10 + draw(st.integers(0, 2))):
        rows += draw(_rows_of(stream, 1))
    rows += [Row(None, 1, kept=draw(st.booleans())) for _ in range(draw(st.integers(0, 1)))]
    return Mirror(
        events=tuple(events),
        rows=tuple(rows),
        by_version=draw(st.booleans()),
        has_changed=draw(st.booleans()),
        types=draw(st.sampled_from((None, TYPES))),
        ended=draw(st.sampled_from((None, ENDED))),
        skip_archived=draw(st.booleans()),
        skip_rows=draw(st.booleans()),
        retention=draw(st.booleans()),
        partitioned=partitioned,
    )


@st.composite
def _rows_of(draw: st.DrawFn, stream: int, last: int) -> list[Row]:
    versions = st.one_of(st.just(last), st.integers(0, last + 2), st.none())
    ages = st.one_of(AGES, st.none())
    number = draw(st.sampled_from((0, 1, 1, 1, 1, 2)))
    return [Row(stream, draw(versions), draw(st.integers(0, 4)) > 0, draw(ages)) for _ in range(number)]


@st.composite
def agreeing(draw: st.DrawFn) -> Mirror:
    """Streams and rows without a fault: each stream has a row, which is in step."""
    mirror = draw(mirrors())
    lasts: dict[int, int] = {}
    for event in mirror.events:
        lasts[event.stream] = max(event.version, lasts.get(event.stream, 0))
    rows = tuple(Row(stream, last, age=OLD) for stream, last in lasts.items())
    events = tuple(replace(event, age=OLD, tenant="a") for event in mirror.events)
    return replace(mirror, events=events, rows=rows)


Spelling = tuple[str, Callable[[UUID], object]]


NUMBER: Spelling = ("bigint", lambda name: name.int & 0xFFFF)
PADDED: Spelling = ("text", lambda name: f"{name.int & 0xFFFF:08d}")


def ways(spellings: Sequence[Spelling]) -> st.SearchStrategy[tuple[Spelling, Spelling]]:
    """How the log writes the name of a stream, and how the state does: as a uuid, or as a number."""
    named = st.tuples(st.sampled_from(spellings), st.sampled_from(spellings))
    return st.one_of(named, named, st.permutations((NUMBER, PADDED)).map(lambda both: (both[0], both[1])))


@dataclass(frozen=True)
class Place:
    """A database: how to write to it, its URL, and how it spells the names of streams and times."""

    execute: Execute
    url: str
    spelling: Spelling
    time_type: str = "text"


def named(stream: int) -> UUID:
    """The name of a stream."""
    return UUID(int=0xABCDEF << 100 | stream)


def build(mirror: Mirror, log: Place, state: Place) -> str:
    """Create and fill both tables; returns the text of an auditor.toml. Both may be one database."""
    now = datetime.now(UTC)
    type_, spell = log.spelling
    log.execute(
        f"CREATE TABLE events (position bigint, tenant text, id text, stream_id {type_}, version int, type text,"
        f" recorded_at {log.time_type}, is_archived text)",
        (),
    )
    events = [
        (n, e.tenant, f"e{n}", spell(named(e.stream)), e.version, e.type, (now - e.age).isoformat(), str(e.archived))
        for n, e in enumerate(mirror.events, start=1)
    ]
    if events:
        log.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", events)
    type_, spell = state.spelling
    state.execute(f"CREATE TABLE accounts (account {type_}, revision int, kept text, updated_at {state.time_type})", ())
    rows = [
        (
            None if row.stream is None else spell(named(row.stream)),
            row.version,
            str(row.kept),
            None if row.age is None else (now - row.age).isoformat(),
        )
        for row in mirror.rows
    ]
    if rows:
        state.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", rows)
    return _config(mirror, log, state)


def _config(mirror: Mirror, log: Place, state: Place) -> str:
    is_one = log.url == state.url
    other = "" if is_one else f'[stores.reading]\nurl = "{state.url}"'
    lines = [
        f'[stores.shop]\nurl = "{log.url}"',
        other,
        '[logs.orders]\nstore = "shop"\ntable = "events"\nposition = "position"\nid = "id"\nstream = "stream_id"',
        'version = "version"\ntype = "type"\ntime = "recorded_at"\nsettle = "50ms"',
        'partition = "tenant"' if mirror.partitioned else "",
        'where = { is_archived = "False" }' if mirror.skip_archived else "",
        'retention = "90d"' if mirror.retention else "",
        f'[states.accounts]\nlog = "orders"\nstore = "{"shop" if is_one else "reading"}"\ntable = "accounts"',
        'stream = "account"\nmax_delay = "10m"',
        'version = "revision"' if mirror.by_version else "",
        'changed = "updated_at"' if mirror.has_changed else "",
        'where = { kept = "True" }' if mirror.skip_rows else "",
        f"types = {list(mirror.types)}" if mirror.types else "",
        f"ended = {list(mirror.ended)}" if mirror.ended else "",
    ]
    return "\n".join(line for line in lines if line) + "\n"
