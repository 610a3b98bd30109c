"""A report of ten findings in a browser: read, searched, filtered, opened, in the dark, on paper, on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from reports import Appearance, render
from tests.browser.conftest import OpenPage
from tests.browser.pages import (
    charts,
    findings,
    is_wider_than_the_screen,
    open_everything,
    ready,
    stop_the_clock,
    violations,
)
from tests.reports import samples
from tests.reports.html.backgrounds import BACKGROUND
from tests.reports.html.hostile import EVIL, everywhere


@pytest.fixture
def page(open_page: OpenPage, ten: Path) -> Page:
    opened = open_page(ten)
    ready(opened)
    return opened


def test_it_says_what_is_lost_of_whom_and_what_to_type(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Inconsistent")
    expect(page.locator(".verdict")).to_contain_text("billing lacks 10 events; the oldest was written 2026-03-01")
    expect(page.locator("#next + ol")).to_contain_text("auditor redeliver plan --config")
    expect(page.locator("#proof + ol")).to_contain_text("auditor check --config")


def test_all_findings_are_listed_under_their_audit(page: Page) -> None:
    expect(page.locator("#shown")).to_have_text("10 findings")
    expect(findings(page)).to_have_count(10)
    expect(page.locator(".group")).to_have_text("billing10")
    # Two runs before this one saw such findings; how old each of its events is, is another matter.
    expect(findings(page).first.locator(".message")).to_have_text(re.compile(r" \(such findings since [-\d: ]+ UTC\)$"))


@pytest.mark.parametrize(
    ("words", "count"), [("t7-2", 1), ("'t7'", 1), ("order-3", 1), ("MISSING billing", 10), ("zzz", 0)]
)
def test_findings_are_searched_by_consumer_stream_event_and_words(page: Page, words: str, count: int) -> None:
    page.get_by_label("Search").fill(words)
    expect(findings(page)).to_have_count(count)
    expect(page.locator("#shown")).to_have_text(f"{count} of 10 findings" if count < 10 else "10 findings")


def test_findings_are_filtered_by_severity_audit_and_check(page: Page) -> None:
    page.get_by_role("checkbox", name="error").uncheck()
    expect(findings(page)).to_have_count(0)
    page.get_by_role("checkbox", name="error").check()
    page.get_by_label("Audit", exact=True).select_option("billing")
    page.get_by_label("Check", exact=True).select_option("consumer/missing")
    expect(findings(page)).to_have_count(10)


def test_findings_are_grouped_and_sorted(page: Page) -> None:
    page.get_by_label("Group by").select_option("stream")
    expect(page.locator(".group")).to_have_count(10)
    expect(page.locator(".group").first).to_have_text("order-01")
    page.get_by_label("Group by").select_option("")
    page.get_by_label("Sort by").select_option("partition")
    page.get_by_label("Search").fill("t")
    expect(page.locator(".finding .message").nth(9)).to_contain_text("partition 't9'")


def test_an_open_finding_shows_where_what_and_what_to_do(page: Page) -> None:
    findings(page).nth(4).locator("summary").first.click()
    inside = findings(page).nth(4).locator(".inside")
    expect(inside.get_by_role("table")).to_contain_text("order-4")
    expect(inside).to_contain_text("What to do")
    expect(inside).to_contain_text("Mend the cause, then redeliver")
    expect(inside.locator("code")).to_contain_text(["auditor trace", "auditor explain consumer/missing"])
    evidence = inside.locator("details", has_text="Evidence").last
    expect(evidence.locator("pre")).not_to_be_visible()
    evidence.locator("summary").click()
    expect(evidence.locator("pre")).to_contain_text('"grace_seconds": 30')


def test_an_open_finding_shows_the_sql_behind_it_to_be_copied(page: Page) -> None:
    findings(page).nth(4).locator("summary").first.click()
    shown = findings(page).nth(4).locator(".statements > li")
    expect(shown.locator("p")).to_have_text(
        [
            "the event in orders (store shop)",
            "no receipt of it at billing (store shop)",
            "where billing stands (store shop)",
        ]
    )
    expect(shown.nth(1).locator("code")).to_have_text("SELECT id\nFROM inbox\nWHERE id = 't4-2'\nORDER BY id;")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stop_the_clock(page)
    shown.nth(1).get_by_role("button", name="Copy").click()
    expect(shown.nth(1).get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "SELECT id\nFROM inbox\nWHERE id = 't4-2'\nORDER BY id;"


def test_a_link_to_what_is_folded_away_opens_it(page: Page) -> None:
    said = page.get_by_text("no-parked", exact=True)
    expect(said).not_to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Not checked").click()
    expect(said).to_be_visible()


def test_a_command_is_copied(page: Page) -> None:
    button = page.locator("#next + ol button").first
    stop_the_clock(page)
    button.click()
    expect(button).to_have_text("Copied" if page.evaluate("() => 'clipboard' in navigator") else "Selected")


def test_tables_are_sorted_by_their_heads(page: Page) -> None:
    head = page.locator(".totals th", has_text="missing")
    names = page.locator(".totals tbody th")
    expect(names.first).to_contain_text("orders")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(names.first).to_contain_text("billing")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(page.locator(".totals [aria-sort]")).to_have_count(0)


def test_the_map_of_gaps_is_zoomed_from_gap_to_gap(page: Page) -> None:
    charts(page)
    shown = page.locator(".map-shown")
    expect(shown).to_have_text("positions 1–30")
    page.get_by_role("button", name="Gap ›").click()
    expect(shown).to_have_text("positions 1–12")
    page.get_by_role("button", name="Zoom in").click()
    expect(shown).to_have_text("positions 1–4")
    page.get_by_role("button", name="Everything").click()
    expect(shown).to_have_text("positions 1–30")
    page.locator("[data-chart=gaps]").scroll_into_view_if_needed()
    box = page.locator("[data-chart=gaps]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 15)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(shown).not_to_have_text("positions 1–30")


def test_missing_events_are_drawn_over_the_runs(page: Page) -> None:
    charts(page)
    expect(page.locator("[data-chart=missing] svg")).to_be_visible()
    page.locator("#trends ~ .pair summary").first.click()
    expect(page.locator("#trends ~ .pair tbody tr").first).to_contain_text("billing")


def brightness(colour: str) -> int:
    """From 0 to 765, of a colour as browsers give it: ``rgb(1, 2, 3)``."""
    return sum(map(int, colour.strip("rgb()").split(",")))


def test_it_follows_the_system_into_the_dark_and_the_button_out_of_it(open_page: OpenPage, ten: Path) -> None:
    page = open_page(ten, color_scheme="dark")
    background = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("button", name="Light look").click()
    light = page.evaluate(background)
    assert brightness(dark) < 200
    assert brightness(light) > 600
    page.get_by_role("button", name="Dark look").click()
    assert page.evaluate(background) == dark


def test_on_paper_everything_is_open_and_nothing_can_be_pressed(page: Page) -> None:
    expect(page.locator(".inside")).to_have_count(10)
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".inside").locator("visible=true")).to_have_count(10)
    expect(page.locator("main details:not([open])")).to_have_count(0)
    expect(page.locator("button:visible:not(th button)")).to_have_count(0)
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".finding[open]")).to_have_count(0)
    page.emulate_media(media="screen")
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_it_is_used_with_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    reached: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [e.id || e.textContent.trim().slice(0, 40), s.outlineStyle] }"
        )
        assert focused[1] != "none", f"nothing shows that {focused[0]!r} has the focus"
        reached.append(focused[0])
        if focused[0] == "search":
            break
    assert "Copy" in reached
    assert "Everything" in reached or "Totals" in reached
    page.keyboard.type("order-6")
    expect(findings(page)).to_have_count(1)
    while not page.evaluate("() => document.activeElement.matches('.finding summary')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".inside")).to_be_visible()
    expect(page.locator(".inside")).to_contain_text("order-6")
    page.keyboard.press("Space")
    expect(page.locator(".inside")).not_to_be_visible()


def test_hostile_names_are_shown_and_do_nothing(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(render(everywhere(EVIL), "html", Appearance(background=BACKGROUND)), encoding="utf-8")
    page = open_page(file)
    dialogs: list[str] = []

    def asked(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", asked)
    ready(page)
    charts(page)
    page.get_by_label("Group by").select_option("stream")
    expect(page.locator(".group")).to_contain_text(EVIL)
    findings(page).first.locator("summary").first.click()
    open_everything(page)
    expect(page.locator(".inside pre").first).to_contain_text(EVIL)
    page.get_by_role("button", name="Gap ›").click()
    assert page.locator("img").count() == 0
    assert dialogs == []


def test_on_a_phone_nobody_scrolls_sideways(open_page: OpenPage, ten: Path) -> None:
    page = open_page(ten, viewport={"width": 375, "height": 812})
    ready(page)
    charts(page)
    for each in range(3):
        findings(page).nth(each).locator("summary").first.click()
        expect(findings(page).nth(each).locator(".inside")).to_be_visible()
    open_everything(page)
    assert not is_wider_than_the_screen(page)
    picture = page.locator(".picture")
    for region in (page.locator("#scope ~ .scroll"), page.locator("#totals ~ .scroll"), picture):
        assert region.evaluate("each => each.scrollWidth <= each.clientWidth")
    expect(picture.get_by_role("img", name="Events go from top to bottom")).to_be_visible()
    expect(picture.get_by_role("img")).to_have_count(1)


def test_on_a_phone_an_event_with_a_long_id_stays_on_one_line(open_page: OpenPage, tmp_path: Path) -> None:
    event = samples.event(5, id="dd653a60-05c7-4623-98fb-cf9406aaa9f7", type="BookingCancelled")
    report = tmp_path / "report.html"
    report.write_text(render(samples.result(samples.consumer(samples.finding(events=(event,)))), "html", Appearance()))
    page = open_page(report, viewport={"width": 375, "height": 812})
    ready(page)
    findings(page).first.locator("summary").first.click()
    row = page.locator(".inside tbody tr")
    expect(row).to_contain_text("dd653a60")
    box = row.bounding_box()
    assert box is not None
    assert box["height"] < 60  # two lines of text
    assert not is_wider_than_the_screen(page)


@pytest.mark.parametrize("width", [1280, 375])
def test_a_long_name_in_wide_letters_stays_in_its_box_and_its_column(
    open_page: OpenPage, tmp_path: Path, width: int
) -> None:
    name = "W" * 60
    report = tmp_path / "report.html"
    report.write_text(render(samples.result(samples.log(), samples.consumer(name=name)), "html"), encoding="utf-8")
    page = open_page(report, viewport={"width": width, "height": 812})
    assert not is_wider_than_the_screen(page)
    totals = page.locator("#totals ~ .scroll")
    assert totals.evaluate("each => each.scrollWidth <= each.clientWidth")
    box = page.locator(".picture svg:visible .box", has_text="W")
    [frame, written] = [box.locator(each).first.bounding_box() for each in ("rect", ".name")]
    assert frame is not None
    assert written is not None
    assert written["x"] + written["width"] <= frame["x"] + frame["width"]


def test_names_that_are_read_from_right_to_left_do_not_turn_a_hop_round(open_page: OpenPage, tmp_path: Path) -> None:
    source, target = "\u0645\u062e\u0632\u0646", "\u0641\u0648\u0627\u062a\u064a\u0631"  # Arabic
    lost = samples.loss(source=source, target=target, audit=target)
    audit = samples.consumer(samples.finding(), name=target, upstream=source, losses=(lost,))
    report = tmp_path / "report.html"
    report.write_text(render(samples.result(audit), "html"), encoding="utf-8")
    page = open_page(report)
    for hop in (page.locator(".card dd").first, page.locator("figcaption li").first):
        [before, after] = [hop.locator("bdi", has_text=name).bounding_box() for name in (source, target)]
        assert before is not None
        assert after is not None
        assert before["x"] < after["x"]


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_has_nothing_against_it(open_page: OpenPage, ten: Path, axe: str, look: str, width: int) -> None:
    page = open_page(ten, color_scheme=look, viewport={"width": width, "height": 900}, bypass_csp=True)
    ready(page)
    charts(page)
    findings(page).first.locator("summary").first.click()
    expect(page.locator(".inside").first).to_be_visible()
    open_everything(page)
    assert violations(page, axe) == []
