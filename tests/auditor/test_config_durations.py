"""Durations are read as people mean them, and written back as they would."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.config.durations import LONGEST, parse, write

DURATIONS = st.timedeltas(min_value=timedelta(0), max_value=LONGEST)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("2h", 7200), ("7d", 604_800), ("1.5s", 1.5), ("0s", 0), ("007s", 7)],
)
def test_a_number_with_a_unit_is_a_duration(text: str, seconds: float) -> None:
    assert parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", " 5m", "5m\n", "m", "-5m", "+5m", "5M", "5min", "1h30m", "1e3s", ".5s", "5.s", "٥s", "inf"]
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r'a duration like "500ms", "30s", "5m", "2h" or "7d"'):
        parse(text)


@pytest.mark.parametrize("text", ["36501d", "9" * 400 + "ms"])
def test_a_duration_that_no_date_can_bear_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most 36500d"):
        parse(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(microseconds=1), "0.001ms"),
        (timedelta(milliseconds=1500), "1500ms"),
        (timedelta(seconds=90), "90s"),
        (timedelta(minutes=120), "2h"),
        (timedelta(days=90), "90d"),
    ],
)
def test_it_is_written_in_its_largest_whole_unit(duration: timedelta, text: str) -> None:
    assert write(duration) == text


@given(DURATIONS)
def test_what_is_written_reads_as_the_same_duration(duration: timedelta) -> None:
    assert parse(write(duration)) == duration
