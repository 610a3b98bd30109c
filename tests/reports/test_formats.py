"""What holds for every format, those to come included."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import reports
from checks.model.result import Loss, Result
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
    "weighing",
}


PACKAGES = {"html"}
"""Formats that take a folder."""


def test_every_file_is_a_format_that_is_listed() -> None:
    files = {path.stem for path in Path(reports.__file__).parent.glob("*.py")} - NO_FORMATS | PACKAGES
    assert {f"reports.{name}" for name in files} == {known.module for known in FORMATS.values()}


class Counted(tuple[Loss, ...]):
    """Losses that count how often they are looked through."""

    looked_through = 0

    def __iter__(self) -> Iterator[Loss]:
        Counted.looked_through += 1
        return super().__iter__()


@pytest.mark.parametrize("format_name", FORMATS)
def test_losses_are_not_looked_through_again_for_every_finding(format_name: str) -> None:
    found = [samples.finding(partition=f"t{number}") for number in range(100)]
    losses = Counted(samples.loss(partition=f"t{number}") for number in range(100))
    result = samples.result(samples.consumer(*found, losses=losses))
    Counted.looked_through = 0
    render(result, format_name)
    assert Counted.looked_through < 20


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
