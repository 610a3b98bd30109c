"""The maps of gaps: one of each log, a partition by itself, on paper; and what is left of a page without scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from checks.model.result import Extent, Result, Window
from reports import render
from tests.browser.conftest import OpenPage
from tests.browser.pages import charts, ready
from tests.reports import samples

OUTBOX = samples.log(
    samples.finding("unsent", ranges=((90_000, 90_004), (95_000, 95_000))),
    samples.finding("underived", ranges=((5, 5),)),
    name="outbox",
    upstream="orders",
)
TWO_LOGS = samples.result(samples.consumer(samples.finding(ranges=((7, 9), (500, 500)))), OUTBOX)

EXTENTS = (("7", Extent(first=1, last=40)), ("11", Extent(first=5_000_000, last=5_000_400)))
PARTITIONED = samples.result(
    samples.consumer(
        samples.finding(partition="7", ranges=((20, 21),)),
        samples.finding(partition="11", ranges=((5_000_100, 5_000_100),)),
        window=Window(partitions=EXTENTS),
    )
)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


def opened(open_page: OpenPage, file: Path, result: Result) -> Page:
    file.write_text(render(result, "html"), encoding="utf-8")
    page = open_page(file)
    ready(page)
    charts(page)
    return page


def test_each_log_has_a_map_of_its_own_positions_with_tools_that_move_it_alone(
    open_page: OpenPage, written: Path
) -> None:
    page = opened(open_page, written, TWO_LOGS)
    maps = page.locator(".map")
    expect(maps.get_by_role("heading")).to_have_text(["orders", "outbox"])
    expect(page.locator(".map-shown")).to_have_text(["positions 1–1,000", "positions 90,000–95,000"])
    expect(maps.nth(0).locator("svg")).to_contain_text("outbox: underived")
    expect(maps.nth(1).locator("svg")).not_to_contain_text("underived")
    page.get_by_role("group", name="Map of the gaps of outbox").get_by_role("button", name="Gap ›").click()
    expect(page.locator(".map-shown")).to_have_text(["positions 1–1,000", "positions 94,990–95,000"])


def test_a_partition_is_looked_at_by_itself(open_page: OpenPage, written: Path) -> None:
    page = opened(open_page, written, PARTITIONED)
    shown = page.locator(".map-shown")
    expect(shown).to_have_text("positions 1–5,000,400")
    page.get_by_label("Partition").select_option("11")
    expect(shown).to_have_text("positions 5,000,000–5,000,400")
    expect(page.locator(".map svg")).to_have_count(1)
    expect(page.locator(".map-note")).not_to_be_visible()
    page.get_by_label("Partition").select_option("7")
    expect(shown).to_have_text("positions 1–40")
    page.get_by_role("button", name="Gap ›").click()
    expect(shown).to_have_text("positions 10–31")
    page.get_by_label("Partition").select_option("all")
    expect(shown).to_have_text("positions 1–5,000,400")


def test_on_paper_a_chart_is_no_wider_than_the_paper(open_page: OpenPage, written: Path) -> None:
    page = opened(open_page, written, TWO_LOGS)
    drawn = page.locator(".map svg").first
    on_screen = drawn.evaluate("svg => svg.width.baseVal.value")
    assert on_screen > 1_000
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(drawn).to_have_attribute("width", "680")
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    expect(drawn).to_have_attribute("width", f"{on_screen:g}")


def test_without_scripts_findings_can_be_read_and_nothing_is_there_that_does_nothing(
    open_page: OpenPage, written: Path
) -> None:
    written.write_text(render(TWO_LOGS, "html"), encoding="utf-8")
    page = open_page(written, java_script_enabled=False)
    rows = page.get_by_role("table", name="Findings, the heaviest first").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("billing")
    expect(rows.nth(1)).to_contain_text("4 confirmed")
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Drag to move")).not_to_be_visible()
