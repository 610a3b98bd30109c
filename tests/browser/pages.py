"""What a reader does with a report, and what a reader sees."""

import json
from typing import Any

from playwright.sync_api import Page, expect


def findings(page: Page) -> Any:
    """The findings that are made by now."""
    return page.locator(".finding")


def ready(page: Page) -> None:
    """The findings are there."""
    expect(page.locator("#shown")).to_contain_text("finding")


def stop_the_clock(page: Page) -> None:
    """What is shown for a moment stays: it may be over before a slow machine has looked."""
    page.evaluate("() => { window.setTimeout = () => 0; }")


def charts(page: Page) -> None:
    """Go to the charts, and wait until all of them are drawn."""
    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    expect(page.locator("[data-chart]:not([data-drawn])")).to_have_count(0)


def open_everything(page: Page) -> None:
    """All that can be opened but findings."""
    page.evaluate(
        "() => document.querySelectorAll('main details:not(.finding)').forEach((each) => { each.open = true; })"
    )


def violations(page: Page, axe: str) -> list[str]:
    """What axe-core has to say against the page as it is, with all of its rules but experimental ones."""
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']}: {json.dumps([node['html'][:200] for node in each['nodes'][:3]])}"
        for each in found["violations"]
    ]


def is_wider_than_the_screen(page: Page) -> bool:
    """Whether a reader would have to scroll sideways."""
    return bool(page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))
