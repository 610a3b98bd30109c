"""Logs of one upstream beside each other, in the report for a person: that they agree, or what either lacks."""

from collections.abc import Iterable

from rich.text import Text

from checks.model.result import OneSided, Parity
from checks.wording import counted, first_of
from reports.page import Page
from reports.visible import visible

_INDENT = 4


def parities(page: Page, compared: Iterable[Parity]) -> None:
    """A line for each two, and one for each of them that lacks something."""
    for number, parity in enumerate(compared):
        if number == 0:
            page.heading("side by side")
        page.line(_line(parity), indent=2)
        for each in parity.differences:
            page.line(_lacking(parity, each), indent=_INDENT)


def _line(parity: Parity) -> Text:
    one, other = (visible(name) for name in parity.logs)
    events = f"{counted(parity.compared, 'event')} of {visible(parity.upstream)}"
    up_to = f"{events} up to {_reached(parity)}"
    if not any(position is not None for _, position in parity.reached):
        said = f": nothing to compare, one of them has no event of {visible(parity.upstream)} yet"
    elif parity.differences:
        said = f" differ ({up_to} compared)"
    else:
        said = f" agree on {up_to}"
    return Text.assemble((one, "bold"), " and ", (other, "bold"), said)


def _reached(parity: Parity) -> str:
    if len(parity.reached) == 1 and parity.reached[0][0] is None:
        return f"position {parity.reached[0][1]}"
    return "where both have come in each partition"


def _lacking(parity: Parity, each: OneSided) -> str:
    [sibling] = [name for name in parity.logs if name != each.lacking]
    where = "" if each.ranges_truncated and not each.ranges else first_of(each.ranges)
    return f"{visible(each.lacking)} lacks {counted(each.count, 'event')} that {visible(sibling)} has{where}"
