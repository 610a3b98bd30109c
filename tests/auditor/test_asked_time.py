"""Points in time as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from auditor.asked_time import age_of, moment_of
from auditor.errors import UsageError

NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", datetime(2026, 3, 8, 10, tzinfo=UTC)),
        ("7d", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("0s", NOW),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("20260301", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T12:30", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01 12:30:01.5Z", datetime(2026, 3, 1, 12, 30, 1, 500_000, tzinfo=UTC)),
        ("2026-03-01T12:30+02:00", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
    ],
)
def test_an_age_a_date_and_a_time_mean_a_moment_in_utc(text: str, moment: datetime) -> None:
    assert moment_of("--since", text, NOW) == moment
    assert moment_of("--since", text, NOW).utcoffset() == timedelta(0)


def test_a_day_ends_with_its_last_microsecond_where_its_end_is_asked_for() -> None:
    end = moment_of("--until", "2026-03-01", NOW, end_of_day=True)
    assert end == datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    assert moment_of("--until", "2026-03-01T00:00", NOW, end_of_day=True) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "5", "-2h", "2026-02-30", "12:30", "0001-01-01T00:00+14:00", "99999d"]
)
def test_what_is_no_point_in_time_is_a_usage_error_that_says_what_one_is(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--since '.*': must be a time like 2026-03-01T12:00Z, a date, or how long"):
        moment_of("--since", text, NOW)


def test_an_age_is_a_duration() -> None:
    assert age_of("--older-than", "90d") == timedelta(days=90)
    with pytest.raises(UsageError, match=r"^--older-than '90': must be a duration like"):
        age_of("--older-than", "90")
