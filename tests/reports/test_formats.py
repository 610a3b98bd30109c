"""What holds for every format, those to come included."""

from pathlib import Path

import pytest

import reports
from checks.model.result import Result
from reports import FORMATS, Appearance, render
from tests.reports import samples

NO_FORMATS = {
    "baseline",
    "candidates",
    "cutover",
    "__init__",
    "appearance",
    "background",
    "balance",
    "diagnosis",
    "difference",
    "earlier",
    "events",
    "findings",
    "headline",
    "history",
    "interface",
    "marks",
    "markdown_text",
    "next_steps",
    "page",
    "phrases",
    "parity",
    "trace",
    "visible",
    "way",
}


PACKAGES = {"html"}
"""Formats that take a folder."""


def test_every_file_is_a_format_that_is_listed() -> None:
    files = {path.stem for path in Path(reports.__file__).parent.glob("*.py")} - NO_FORMATS | PACKAGES
    assert {f"reports.{name}" for name in files} == {known.module for known in FORMATS.values()}


def test_no_ending_means_two_formats() -> None:
    endings = [ending for known in FORMATS.values() for ending in known.endings]
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)
@pytest.mark.parametrize("width", [None, 80, 200])
def test_every_format_renders_every_result_to_text_that_can_be_written(
    format_name: str, result: Result, width: int | None
) -> None:
    text = render(result, format_name, Appearance(width=width))
    assert text.endswith("\n")
    text.encode()
    assert not set(text) & {"\x00", "\u202e", "\r", "\t"}


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_report_of_the_same_result_is_the_same_text(format_name: str) -> None:
    assert render(samples.HOSTILE, format_name) == render(samples.HOSTILE, format_name)


def test_a_format_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        render(samples.CONSISTENT, "carrier-pigeon")
