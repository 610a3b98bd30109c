"""Data frames keep what a result says: exact numbers, times with their zone, nothing made up for what is unknown."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from checks.model.result import Result
from reports.tables.frames import to_pandas
from reports.tables.rows import ROWS, Table
from tests.reports import samples

TYPES = {
    Table.EVENTS: {"finding": "Int64", "position": "Int64", "version": "Int64", "time": "datetime64[us, UTC]"},
    Table.FINDINGS: {"finding": "Int64", "count": "Int64", "events": "Int64", "ranges_truncated": "bool"},
    Table.RANGES: {"finding": "Int64", "first": "Int64", "last": "Int64"},
    Table.AUDITS: dict.fromkeys(
        (
            *("first", "last", "settled", "produced", "received", "pending", "parked", "missing", "unverifiable"),
            *("duplicate", "unexpected", "excluded"),
        ),
        "Int64",
    ),
    Table.NOT_CHECKED: {},
}
"""The columns that are no text."""


def frame_of(*events: object, table: Table = Table.EVENTS) -> pd.DataFrame:
    return to_pandas(samples.result(samples.consumer(samples.finding(events=events))), table)


@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
@pytest.mark.parametrize("table", Table)
def test_columns_and_types_are_the_same_whatever_was_found(table: Table, result: Result) -> None:
    names = [field.name for field in fields(ROWS[table])]
    types = {name: str(dtype) for name, dtype in to_pandas(result, table).dtypes.items()}
    assert types == {name: TYPES[table].get(name, "string") for name in names}
    assert list(types) == names


@pytest.mark.parametrize("position", [2**53 + 1, 2**63 - 1, -(2**63)])
def test_integers_beyond_what_a_float_can_hold_stay_exact_beside_a_null(position: int) -> None:
    column = frame_of(samples.event(1, version=None), samples.event(position, version=position)).position
    assert (str(column.dtype), list(column)) == ("Int64", [1, position])
    versions = frame_of(samples.event(1, version=None), samples.event(2, version=position)).version
    assert versions[0] is pd.NA
    assert int(versions[1]) == position


@pytest.mark.parametrize("position", [2**63, 10**30, -(10**30)])
def test_integers_beyond_64_bits_stay_integers(position: int) -> None:
    column = frame_of(samples.event(1), samples.event(position)).position
    assert list(column) == [1, position]
    assert {type(value) for value in column} == {int}


def test_an_unknown_number_beside_one_beyond_64_bits_stays_unknown() -> None:
    versions = frame_of(samples.event(1, version=None), samples.event(2, version=10**30)).version
    assert versions[0] is pd.NA
    assert versions[1] == 10**30


def test_numbers_can_be_joined_and_grouped_without_losing_a_digit() -> None:
    events = frame_of(samples.event(2**53 + 1), samples.event(2**53 + 3))
    inbox = pd.DataFrame({"position": pd.array([2**53 + 3], dtype="Int64"), "here": ["yes"]})
    joined = events.merge(inbox, on="position", how="left")
    assert list(joined.position) == [2**53 + 1, 2**53 + 3]
    assert list(joined.here.isna()) == [True, False]


def test_what_is_not_known_is_null_and_never_zero_or_empty() -> None:
    unknown = samples.event(1, id=None, stream=None, version=None, type=None)
    row = frame_of(replace(unknown, position=None, time=None)).iloc[0]
    assert all(pd.isna(row[["position", "id", "stream", "version", "type", "time", "partition", "reason"]]))


@pytest.mark.parametrize(
    "time",
    [
        datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 1, 12, 0, 0, 123456),  # noqa: DTZ001 (naive times are UTC)
        datetime(2026, 3, 1, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2))),
    ],
    ids=["UTC", "naive", "elsewhere"],
)
def test_times_are_utc_to_the_microsecond(time: datetime) -> None:
    found = frame_of(replace(samples.event(1), time=time)).time[0]
    assert found.isoformat() == "2026-03-01T12:00:00.123456+00:00"


@pytest.mark.parametrize("year", [1, 9999])
def test_times_that_nanoseconds_cannot_reach_are_kept(year: int) -> None:
    time = datetime(year, 6, 1, tzinfo=UTC)
    assert frame_of(replace(samples.event(1), time=time)).time[0] == time


def test_text_is_kept_but_for_what_no_file_can_hold() -> None:
    stream = frame_of(samples.event(1, stream="[red]\n\x00 é🦑\ud800")).stream[0]
    assert stream == "[red]\n\x00 é🦑\\ud800"


@pytest.mark.parametrize("table", Table)
def test_hostile_names_can_be_written_to_a_file(table: Table) -> None:
    assert to_pandas(samples.HOSTILE, table).to_csv().encode("utf-8")
