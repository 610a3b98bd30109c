"""Reports of none, a thousand and a hundred thousand findings, and of one finding with ten thousand ranges."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import charts, findings, is_wider_than_the_screen, ready, violations
from tests.browser.shops import Kind

Report = Callable[[Kind], Path]


def test_where_nothing_is_lost_it_says_so_and_carries_no_charts(open_page: OpenPage, report: Report, axe: str) -> None:
    page = open_page(report("0"), bypass_csp=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Consistent")
    expect(page.locator("main")).to_contain_text("Nothing to report: all that was compared agrees.")
    expect(page.locator(".agreed")).to_contain_text("billing: 100 events of orders: 100 received (checks: missing")
    assert report("0").stat().st_size < 100_000
    assert violations(page, axe) == []


@pytest.mark.parametrize(("kind", "total"), [("1000", "1,000"), ("100000", "100,000")])
def test_many_findings_are_made_some_at_a_time(open_page: OpenPage, report: Report, kind: Kind, total: str) -> None:
    page = open_page(report(kind))
    ready(page)
    expect(page.locator("#shown")).to_have_text(f"{total} findings")
    expect(findings(page)).to_have_count(100)
    page.locator("#more").click()
    expect(findings(page)).to_have_count(200)
    expect(findings(page).nth(100).locator("summary")).to_be_focused()


@pytest.mark.parametrize(("kind", "stream", "count"), [("1000", "order-777", 1), ("100000", "order-7777", 10)])
def test_one_stream_of_many_is_found_and_opened(
    open_page: OpenPage, report: Report, kind: Kind, stream: str, count: int
) -> None:
    page = open_page(report(kind))
    ready(page)
    page.get_by_label("Search").fill(stream)
    expect(findings(page)).to_have_count(count)
    findings(page).last.locator("summary").first.click()
    expect(page.locator(".inside table")).to_contain_text(stream)
    page.get_by_label("Search").fill("")
    page.get_by_label("Group by").select_option("stream")
    page.get_by_label("Sort by").select_option("partition")
    expect(findings(page)).to_have_count(100)


def test_a_hundred_thousand_findings_are_some_megabytes(report: Report) -> None:
    assert report("100000").stat().st_size < 12_000_000


@pytest.mark.parametrize("kind", ["1000", "100000"])
def test_many_findings_fit_on_a_phone_and_axe_has_nothing_against_them(
    open_page: OpenPage, report: Report, axe: str, kind: Kind
) -> None:
    page = open_page(report(kind), viewport={"width": 375, "height": 812}, bypass_csp=True)
    ready(page)
    charts(page)
    assert not is_wider_than_the_screen(page)
    assert violations(page, axe) == []


def test_ten_thousand_ranges_of_a_hundred_million_positions_are_drawn_as_what_can_be_told_apart(
    open_page: OpenPage, report: Report
) -> None:
    page = open_page(report("scattered"))
    ready(page)
    charts(page)
    marks = page.locator("[data-chart=gaps] [aria-roledescription=bar]")
    expect(page.locator(".map-shown")).to_have_text("positions 2,500–100,000,000")
    assert 1 <= marks.count() < 3_000
    page.get_by_role("button", name="Gap ›").click()
    expect(page.locator(".map-shown")).to_contain_text("positions 50,0")
    expect(marks).to_have_count(3)  # what was looked at, twice, and one range of two events


def test_many_events_are_listed_some_at_a_time(open_page: OpenPage, report: Report) -> None:
    page = open_page(report("scattered"))
    ready(page)
    findings(page).first.locator("summary").first.click()
    inside = findings(page).first.locator(".inside")
    rows = inside.locator("tbody tr")
    expect(rows).to_have_count(100)
    inside.get_by_role("button", name="Show 1,000 more").click()
    expect(rows).to_have_count(1_100)
    inside.get_by_role("button", name="Show 2,000 of 9,940 more ranges").click()
    expect(inside.locator(".ranges")).to_contain_text("605,000–607,500, 615,000–617,500")
