"""The line that says how far a run is: what fits, and nothing that is not known."""

import pytest

from auditor.cli.pace import Pace


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    """Half of an audit, the third of seven."""
    pace = Pace(clock)
    clock.now += 2
    pace.looked(2, 7)
    pace.phase("billing: comparing with orders")
    clock.now += 10
    pace.moved(2_500_000, 5_000_000)
    return pace


def test_a_wide_terminal_shows_all_of_it_with_a_bar(pace: Pace) -> None:
    assert pace.line(200) == (
        f"billing: comparing with orders  {'━' * 20}{'─' * 20}  50%  2,500,000 of 5,000,000  250,000/s  10s left"
        "  2 of 7 audits  12s"
    )


def test_80_columns_show_what_matters_most(pace: Pace) -> None:
    assert pace.line(79) == "billing: comparing with orders  50%  250,000/s  10s left  2 of 7 audits"
    assert pace.line(70) == "billing: comparing with orders  50%  10s left  2 of 7 audits"
    assert pace.line(72).count("━") == pace.line(72).count("─") == 0


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (62, "billing: comparing with orders  50%  10s left  2 of 7 audits"),
        (50, "billing: comparing with orders  50%  2 of 7 audits"),
        (48, "billing: comparing with orders  2 of 7 audits"),
        (40, "billing: comparing with orders"),
        (20, "billing: comparing …"),
        (1, "…"),
        (0, ""),
    ],
)
def test_a_narrow_terminal_does_without_the_rest(pace: Pace, width: int, line: str) -> None:
    assert pace.line(width) == line


@pytest.mark.parametrize("width", range(0, 220, 7))
@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_line_is_never_too_long(pace: Pace, width: int, ascii_only: bool) -> None:
    line = pace.line(width, ascii_only=ascii_only)
    assert len(line) <= width
    assert line.isascii() or not ascii_only


def test_time_goes_on_while_nothing_is_heard(pace: Pace, clock: Clock) -> None:
    clock.now += 4
    assert "250,000/s  6s left" in pace.line(200)
    clock.now += 400
    assert "1s left" in pace.line(200)


def test_how_long_it_takes_is_not_guessed_where_nobody_knows_how_much_there_is(clock: Clock) -> None:
    pace = Pace(clock)
    pace.phase("accounts: comparing with orders")
    clock.now += 4
    pace.moved(20_000, None)
    assert pace.line(200) == "accounts: comparing with orders  20,000  5,000/s  4s"


def test_a_pace_is_not_told_by_a_moment(clock: Clock) -> None:
    pace = Pace(clock)
    pace.phase("sending")
    clock.now += 0.001
    pace.moved(100, 200)
    assert pace.line(60) == f"sending  {'━' * 15}{'─' * 15}  50%  100 of 200  1s"
    clock.now += 1.999
    assert "100 of 200  50/s  " in pace.line(200)


def test_what_is_slow_is_counted_by_the_minute_and_what_is_done_takes_no_time(clock: Clock) -> None:
    pace = Pace(clock)
    pace.phase("sending")
    clock.now += 120
    pace.moved(5, 10)
    assert "5 of 10  2/min  2m left" in pace.line(100)
    pace.moved(12, 10)
    assert "100%  12 of 10" in pace.line(100)
    assert "left" not in pace.line(100)


def test_a_new_phase_begins_at_nothing_and_a_single_audit_is_not_counted(pace: Pace, clock: Clock) -> None:
    pace.looked(0, 1)
    pace.phase("orders:\x1b[2J reading")
    assert pace.line(100) == "orders:\\x1b[2J reading  12s"
