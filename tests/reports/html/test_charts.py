"""What the charts are made of: ranges along the log, and totals over time."""

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

from altair import Chart, LayerChart

from checks.model.finding import Verdict
from checks.model.recorded import Measured
from checks.model.result import Extent, Window
from reports import Appearance, render
from reports.html import gaps
from reports.html.trend import MOST_LINES, MOST_TICKS, Told, trends
from tests.reports import samples
from tests.reports.html.backgrounds import MEASURED
from tests.reports.html.parsed import parsed


def test_a_row_of_the_map_is_a_check_of_an_audit_the_heaviest_first() -> None:
    rows = gaps.rows(samples.INCONSISTENT)
    assert [row.told for row in rows] == [
        ("billing: missing", "error", "2", "5–12"),
        ("billing: parked", "warning", "1", "30"),
        ("orders: position-gap", "info", "2", "4–115"),
    ]
    assert (rows[0].first, rows[0].last) == (1, 1000)


def test_ranges_are_steps_from_one_end_to_the_next_so_that_they_pack_small() -> None:
    [row] = gaps.rows(samples.result(samples.consumer(samples.finding(ranges=((5, 7), (12, 12), (10**8, 10**8))))))
    steps = row.data["steps"]
    assert isinstance(steps, list)
    assert list(accumulate(steps)) == [5, 7, 12, 12, 10**8, 10**8]


def test_one_check_with_two_severities_has_two_rows_that_say_which() -> None:
    pending = samples.finding(verdict=Verdict.PENDING, ranges=((9, 9),))
    rows = gaps.rows(samples.result(samples.consumer(samples.finding(ranges=((1, 1),)), pending)))
    assert [row.label for row in rows] == ["billing: missing (error)", "billing: missing (info)"]


def test_few_partitions_have_rows_of_their_own_and_many_share_one() -> None:
    def of(count: int) -> list[gaps.Row]:
        findings = [samples.finding(partition=f"p{number}", ranges=((number, number),)) for number in range(count)]
        window = Window(partitions=tuple((f"p{number}", Extent(first=0, last=100 + number)) for number in range(count)))
        return gaps.rows(samples.result(samples.consumer(*findings, window=window)))

    assert [(row.label, row.last) for row in of(2)] == [("billing: missing p0", 100), ("billing: missing p1", 101)]
    [row] = of(50)
    assert (row.label, row.last, len(row.ranges)) == ("billing: missing, 50 partitions", 149, 50)


def test_rows_and_ranges_are_bounded() -> None:
    audits = [samples.consumer(samples.finding(ranges=((1, 1),)), name=f"c{number}") for number in range(100)]
    assert len(gaps.rows(samples.result(*audits))) == gaps.MOST_ROWS


def test_the_map_spans_what_was_looked_at_and_every_gap() -> None:
    rows = gaps.rows(samples.result(samples.consumer(samples.finding(ranges=((5, 7), (2000, 2001))))))
    assert gaps.ends(rows) == (1, 2001)


def test_the_specs_are_valid_vega_lite() -> None:
    LayerChart.from_dict(gaps.spec(gaps.rows(samples.INCONSISTENT)))
    for trend in trends(MEASURED):
        Chart.from_dict(trend.spec)


def test_totals_over_time_are_drawn_from_two_runs_on() -> None:
    assert [trend.title for trend in trends(MEASURED)] == ["Missing events", "Events on their way, or late"]
    assert trends(MEASURED[-1:]) == []
    assert trends([replace(each, missing=0, pending=0) for each in MEASURED]) == []


def test_a_run_that_could_not_say_is_a_break_in_the_line_and_not_a_zero() -> None:
    [missing, _] = trends(MEASURED)
    assert [each["count"] for each in missing.spec["data"]["values"]] == [None, 1, 2, 3]
    assert missing.told[0] == Told(at="2026-03-01 12:00:00", audit="billing", count="3", run="r-3")
    assert missing.told[-1] == Told(at="2026-03-01 09:00:00", audit="billing", count="not known", run="r-0")


def test_the_audits_that_lack_most_are_drawn() -> None:
    many = [
        replace(
            MEASURED[1], audit=f"c{number}", run=f"r-{run}", missing=number, at=samples.STARTED + timedelta(hours=run)
        )
        for number in range(20)
        for run in range(2)
    ]
    [missing, _] = trends(many)
    assert missing.left_out == 19 - MOST_LINES
    assert {each["audit"] for each in missing.spec["data"]["values"]} == {f"c{n}" for n in range(12, 20)}


def test_audits_that_are_alike_in_every_run_share_a_line_that_names_them_and_others_never_hide_one_another() -> None:
    def of(audit: str, last: int) -> list[Measured]:
        return [replace(each, audit=audit, missing=last if each.run == "r-3" else each.missing) for each in MEASURED]

    [missing, _] = trends([*of("a", 3), *of("b", 3), *of("c", 2), *of("d", 2), *of("e", 2), *of("f", 9)])
    colour, dash = missing.spec["encoding"]["color"]["scale"], missing.spec["encoding"]["strokeDash"]["scale"]
    assert colour["domain"] == dash["domain"] == ["f", "a and b (alike)", "c and 2 more (alike)"]
    assert len({str(each) for each in dash["range"]}) == len(set(colour["range"])) == 3
    drawn = [each["audit"] for each in missing.spec["data"]["values"]]
    assert drawn == sorted(drawn, key=colour["domain"].index)  # solid below, dashed above it
    assert {each.audit for each in missing.told} >= {"b", "d", "e"}


def test_two_long_names_that_are_shortened_to_one_are_two_lines() -> None:
    names = [f"{'x' * 40}{number}{'y' * 40}" for number in range(2)]
    points = [replace(each, audit=name, missing=n) for n, name in enumerate(names, 1) for each in MEASURED]
    [missing, _] = trends(points)
    assert len(set(missing.spec["encoding"]["color"]["scale"]["domain"])) == 2


def test_a_low_axis_has_a_tick_for_every_whole_number_and_none_between() -> None:
    def ticks(highest: int) -> object:
        runs = [replace(each, missing=0) for each in MEASURED]
        runs[-1] = replace(runs[-1], missing=highest, of="consumer")
        return trends(runs)[0].spec["encoding"]["y"]["axis"].get("values")

    assert ticks(1) == [0, 1]
    assert ticks(MOST_TICKS) == [0, 1, 2, 3, 4, 5, 6]
    assert ticks(MOST_TICKS + 1) is None


def test_positions_of_one_log_share_the_map_and_those_of_others_stand_in_the_table() -> None:
    outbox = samples.log(
        samples.finding("underived", ranges=((5, 5),)),
        samples.finding("unsent", ranges=((90_000, 90_000),)),
        name="outbox",
        upstream="orders",
    )
    result = samples.result(samples.log(samples.finding("head-regressed", ranges=((7, 7),))), outbox)
    drawn, others = gaps.on_one_axis(gaps.rows(result))
    assert [row.label for row in drawn] == ["orders: head-regressed", "outbox: underived"]
    assert others == ["outbox"]
    section = parsed(render(result, "html", Appearance())).one("section", **{"aria-labelledby": "gaps"})
    assert "Drawn are positions of orders. Those of outbox are counted apart" in section.text
    assert len(section.one("tbody").all("tr")) == 3


def test_a_map_of_one_log_says_nothing_of_others() -> None:
    rows = gaps.rows(samples.INCONSISTENT)
    assert gaps.on_one_axis(rows) == (rows, [])
    assert gaps.on_one_axis([]) == ([], [])
