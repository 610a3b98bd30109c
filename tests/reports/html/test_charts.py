"""What the charts are made of: ranges along the log, and totals over time."""

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

from altair import Chart, LayerChart

from checks.model.finding import Verdict
from checks.model.recorded import Measured
from checks.model.result import Extent, Result, Window
from reports import Appearance, render
from reports.html import gaps
from reports.html.assets import chart
from reports.html.trend import MOST_LINES, MOST_TICKS, Told, trends
from tests.reports import samples
from tests.reports.html.backgrounds import MEASURED
from tests.reports.html.parsed import parsed


def rows_of(result: Result) -> list[gaps.Row]:
    """Those of the only map."""
    [[only], undrawn] = gaps.maps(result)
    assert undrawn == 0
    return list(only.rows)


def test_a_row_of_the_map_is_a_check_of_an_audit_the_heaviest_first() -> None:
    rows = rows_of(samples.INCONSISTENT)
    assert [row.told for row in rows] == [
        ("billing: missing", "error", "2", "5–12"),
        ("billing: parked", "warning", "1", "30"),
        ("orders: position-gap", "info", "2", "4–115"),
    ]
    assert (rows[0].first, rows[0].last) == (1, 1000)


def test_ranges_are_steps_from_one_end_to_the_next_so_that_they_pack_small() -> None:
    [row] = rows_of(samples.result(samples.consumer(samples.finding(ranges=((5, 7), (12, 12), (10**8, 10**8))))))
    steps = row.data["steps"]
    assert isinstance(steps, list)
    assert list(accumulate(steps)) == [5, 7, 12, 12, 10**8, 10**8]


def test_one_check_with_two_severities_has_two_rows_that_say_which() -> None:
    pending = samples.finding(verdict=Verdict.PENDING, ranges=((9, 9),))
    rows = rows_of(samples.result(samples.consumer(samples.finding(ranges=((1, 1),)), pending)))
    assert [row.label for row in rows] == ["billing: missing (error)", "billing: missing (info)"]


def test_few_partitions_have_rows_of_their_own_and_many_share_one() -> None:
    def of(count: int) -> list[gaps.Row]:
        findings = [samples.finding(partition=f"p{number}", ranges=((number, number),)) for number in range(count)]
        window = Window(partitions=tuple((f"p{number}", Extent(first=0, last=100 + number)) for number in range(count)))
        return rows_of(samples.result(samples.consumer(*findings, window=window)))

    assert [(row.label, row.last) for row in of(2)] == [("billing: missing p0", 100), ("billing: missing p1", 101)]
    [row] = of(50)
    assert (row.label, row.last, len(row.ranges)) == ("billing: missing, 50 partitions", 149, 50)


def test_rows_and_ranges_are_bounded() -> None:
    audits = [samples.consumer(samples.finding(ranges=((1, 1),)), name=f"c{number}") for number in range(100)]
    drawn, undrawn = gaps.maps(samples.result(*audits))
    assert ([len(each.rows) for each in drawn], undrawn) == ([gaps.MOST_ROWS], 100 - gaps.MOST_ROWS)
    assert "For 60 more rows, the least weighty, there is no room here" in render(samples.result(*audits), "html")


def test_the_specs_are_valid_vega_lite() -> None:
    LayerChart.from_dict(chart("gaps"))
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


def test_each_log_has_a_map_of_its_own_the_heaviest_first() -> None:
    outbox = samples.log(
        samples.finding("underived", ranges=((5, 5),)),
        samples.finding("unsent", ranges=((90_000, 90_000),)),
        name="outbox",
        upstream="orders",
    )
    gap = samples.finding("position-gap", Verdict.BENIGN, ranges=((7, 7),))
    result = samples.result(samples.log(gap), outbox)
    drawn, undrawn = gaps.maps(result)
    assert [(each.log, [row.label for row in each.rows]) for each in drawn] == [
        ("orders", ["outbox: underived", "orders: position-gap"]),
        ("outbox", ["outbox: unsent"]),
    ]
    assert undrawn == 0
    # What was looked at is told in positions of the upstream, which are none of the outbox's own.
    assert [(row.first, row.last) for each in drawn for row in each.rows] == [(1, 1000), (1, 1000), (None, None)]
    section = parsed(render(result, "html", Appearance())).one("section", **{"aria-labelledby": "gaps"})
    assert [each.text for each in section.all("h3")] == ["orders", "outbox"]
    assert [each.attributes["data-log"] for each in section.all("div", **{"data-chart": "gaps"})] == [
        "orders",
        "outbox",
    ]
    assert [row.all("td")[0].text for row in section.one("tbody").all("tr")] == ["orders", "orders", "outbox"]


def test_a_map_of_one_log_names_no_other() -> None:
    section = parsed(render(samples.INCONSISTENT, "html")).one("section", **{"aria-labelledby": "gaps"})
    assert section.one("h2").text == "Gaps along the log"
    assert section.all("h3") == []
    assert gaps.maps(samples.result()) == ([], 0)


def test_more_logs_than_are_drawn_are_counted() -> None:
    logs = [samples.log(samples.finding("version-conflict", ranges=((1, 1),)), name=f"log-{n}") for n in range(12)]
    drawn, undrawn = gaps.maps(samples.result(*logs))
    assert (len(drawn), undrawn) == (gaps.MOST_MAPS, 12 - gaps.MOST_MAPS)


def test_a_partition_can_be_looked_at_by_itself() -> None:
    extents = tuple((f"{name}", Extent(first=0, last=100 * name)) for name in (2, 10))
    found = [
        *(samples.finding(partition=f"{name}", ranges=((name, name),)) for name in (10, 2)),
        samples.finding("parked", partition="2", harmless=True, ranges=((50, 60),)),
    ]
    result = samples.result(samples.consumer(*found, window=Window(partitions=extents)))
    [[drawn], _] = gaps.maps(result)
    assert [(name, [(row.label, row.ranges, row.last) for row in rows]) for name, rows in drawn.partitions] == [
        ("2", [("billing: missing", ((2, 2),), 200), ("billing: parked", ((50, 60),), 200)]),
        ("10", [("billing: missing", ((10, 10),), 1000)]),
    ]
    section = parsed(render(result, "html")).one("section", **{"aria-labelledby": "gaps"})
    assert [each.text for each in section.one("select").all("option")] == ["all", "2", "10"]
    assert "Positions count within their partition" in section.text


def test_of_very_many_partitions_the_heaviest_can_be_looked_at_and_the_others_are_counted() -> None:
    found = [samples.finding(partition=f"p{n:03}", count=n, ranges=((n, n),)) for n in range(1, 301)]
    [[drawn], _] = gaps.maps(samples.result(samples.consumer(*found)))
    assert [name for name, _ in drawn.partitions] == [f"p{n:03}" for n in range(101, 301)]
    assert drawn.unnamed == 100
    assert len(drawn.data) == 201


def test_one_partition_needs_no_choice() -> None:
    [[drawn], _] = gaps.maps(samples.result(samples.consumer(samples.finding(partition="p", ranges=((1, 1),)))))
    assert drawn.partitions == ()


def test_two_rows_of_a_map_are_never_called_alike() -> None:
    audits = [samples.consumer(samples.finding(ranges=((1, 1),)), name=f"{'x' * 40}{n}{'y' * 40}") for n in range(2)]
    assert len({row.label for row in rows_of(samples.result(*audits))}) == 2
