"""A real browser that opens reports from files, and holds every error and every request against them."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

import reports
from auditor.cli.program import run
from tests.browser import shops

AXE = "axe-core@4.14.1"
"""One version: a newer one may know rules that nobody has looked at yet."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120_000  # ms after which something will not happen any more, however slow the machine is

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it; not for longer than a module, since one process has one Playwright at a time."""
    found = next((path for name in NAMES if (path := shutil.which(name)) is not None), None)
    if found is None:
        pytest.fail(
            "the browser tests need Chromium (on Debian and Ubuntu: apt install chromium; as root make test does)"
        )
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"], timeout=PATIENCE)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a report; afterwards there must have been no error in the console, no warning, and no request."""
    problems: list[str] = []
    contexts = []

    def opened(file: Path, **options: Any) -> Page:
        context = browser.new_context(offline=True, **{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()

        def heard(message: ConsoleMessage) -> None:
            problems.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            if request.url != file.as_uri():
                problems.append(f"request: {request.url}")

        page.on("console", heard)
        page.on("request", asked)
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[shops.Kind], Path]:
    """The report of a shop by its number of findings, made once."""

    @cache
    def made(kind: shops.Kind) -> Path:
        folder = tmp_path_factory.mktemp("report")
        file = folder / f"{kind}.html"
        file.write_text(reports.render(shops.SHOPS[kind](folder / "shop"), "html"), encoding="utf-8")
        return file

    return made


@pytest.fixture(scope="session")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a shop with ten findings, of the last of three runs, as the command line writes it."""
    folder = tmp_path_factory.mktemp("ten")
    config = shops.ten(folder / "shop")
    for _ in range(3):
        assert run(["check", "--config", str(config), "--quiet", "--output", str(folder / "ten.html")]) == 1
    assert (folder / "ten.html").exists()
    return folder / "ten.html"


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> str:
    """The source of axe-core, from npm, kept in pytest's cache."""
    kept = pytestconfig.cache.mkdir("axe-core")
    source = kept / f"{AXE}.js"
    if not source.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail(
                "the tests of accessibility need npm (on Debian and Ubuntu: apt install npm; as root make test does)"
            )
        quietly = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        with TemporaryDirectory(dir=kept) as folder:  # several processes of tests may do so at once
            subprocess.run([npm, "install", "--prefix", folder, *quietly, AXE], check=True, timeout=300)
            Path(folder, "node_modules", "axe-core", "axe.min.js").replace(source)
    return source.read_text(encoding="utf-8")
