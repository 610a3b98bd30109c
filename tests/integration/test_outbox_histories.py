"""Whatever an outbox holds, what is said of it is what a look at each row by itself says: on SQLite and PostgreSQL."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.gather.log import outbox as gathering
from auditor.memory import LogMemory, Memory
from tests.integration.outboxes import (
    AHEAD,
    OLD,
    SENT_TYPES,
    TIME_TYPES,
    YOUNG,
    Entry,
    Outbox,
    made_smaller,
    said,
    truth,
    unsent,
)
from tests.integration.shop import Database, postgres_at, sqlite_at

FIXTURES = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Rows in any order of their ages, sent or not, of up to three tenants."""
    positions = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=14)))
    tenants = draw(st.sampled_from(((None,), ("a", "b"), ("a", None))))
    return [
        Entry(
            position,
            sent=draw(st.booleans()),
            age=draw(st.sampled_from((OLD, OLD, YOUNG, AHEAD, None))),
            archived=draw(st.integers(0, 6)) == 0,
            tenant=draw(st.sampled_from(tenants)),
            again=draw(st.sampled_from((None, None, None, OLD, YOUNG))),
        )
        for position in positions
    ]


@pytest.fixture(scope="module", params=["sqlite", "postgres18"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for one outbox after another."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield stack.enter_context(sqlite_at(tmp_path_factory.mktemp("outbox") / "shop.db"))
        else:
            url = stack.enter_context(request.getfixturevalue("postgres18").database())
            yield stack.enter_context(postgres_at(url))


@settings(max_examples=50, suppress_health_check=FIXTURES)
@given(
    st.data(),
    entries(),
    st.sampled_from(sorted(SENT_TYPES)),
    st.sampled_from(sorted(TIME_TYPES)),
    st.booleans(),
    st.booleans(),
)
def test_an_outbox_is_judged_as_a_look_at_each_row_judges_it(
    place: Database, data: st.DataObject, rows: list[Entry], sent: str, time: str, partitioned: bool, keyed: bool
) -> None:
    keys: dict[str, object] = {"where": {"is_archived": False}} | ({"partition": "tenant"} if partitioned else {})
    with TemporaryDirectory() as folder:
        box = Outbox(place, Path(folder), sent=sent, time=time, keyed=keyed, keys=keys)
        _, _, no, yes = SENT_TYPES[sent]
        box.write(rows, [data.draw(st.sampled_from(yes if row.sent else no)) for row in rows])
        audit = box.audit()
        assert said(audit) == truth(rows, partitioned=partitioned)
        for finding in unsent(audit):
            named = [event.position or 0 for event in finding.events]
            assert len(named) == finding.count
            assert named == sorted(named)


@settings(max_examples=30, suppress_health_check=FIXTURES)
@given(st.data(), entries(), st.sampled_from(("zoned", "text")))
def test_rows_without_a_time_are_as_old_as_their_first_sighting_however_few_of_them_are_remembered(
    place: Database, data: st.DataObject, rows: list[Entry], time: str
) -> None:
    keys: dict[str, object] = {"where": {"is_archived": False}}
    with TemporaryDirectory() as folder:
        box = Outbox(place, Path(folder), time=time, keys=keys)
        box.write(rows)
        box.audit()
        seen = box.memory.logs["orders"].unsent
        box.memory = Memory(logs={"orders": LogMemory(run="r", at=_now(box), unsent=_an_hour_earlier(seen))})
        later = [row for row in rows if data.draw(st.integers(0, 4))]
        box.write(later)
        known = frozenset(each.position for each in rows if not each.sent and not each.archived)
        assert said(box.audit()) == truth(later, partitioned=False, seen=known)


@settings(max_examples=20, suppress_health_check=FIXTURES)
@given(entries(), st.integers(1, 4))
def test_where_too_many_rows_stand_apart_the_ranges_are_cut_and_the_counts_are_not(
    place: Database, rows: list[Entry], most: int
) -> None:
    with TemporaryDirectory() as folder, made_smaller(gathering, MOST_RANGES=most, MOST_SPANS=2 * most):
        box = Outbox(place, Path(folder), keys={"where": {"is_archived": False}})
        box.write(rows)
        expected = {each[:2]: each for each in truth(rows, partitioned=False)}
        for finding in unsent(box.audit()):
            _, _, _, count, ranges, _, waiting = expected.pop((str(finding.verdict), str(finding.reason)))
            assert (finding.count, finding.evidence["waiting"]) == (count, waiting)
            assert finding.ranges == ranges[: len(finding.ranges)]
            assert finding.ranges_truncated == (len(finding.ranges) < len(ranges))
        assert not expected


def _now(box: Outbox) -> datetime:
    return box.memory.logs["orders"].at


def _an_hour_earlier(seen: Mapping[str, datetime]) -> dict[str, datetime]:
    return {key: since - timedelta(hours=1) for key, since in seen.items()}
