"""Numbers, places and moments as the page puts them."""

from collections.abc import Sequence
from datetime import datetime

from checks.wording import moment
from reports.visible import visible

MOST_RANGES = 6
LONGEST_NAME = 80


def number(count: int) -> str:
    """With thousands apart."""
    return f"{count:,}"


def span(first: int, last: int) -> str:
    """A closed interval of positions.

    >>> span(5, 5), span(1000, 1200)
    ('5', '1,000–1,200')
    """
    return number(first) if first == last else f"{number(first)}–{number(last)}"


def places(ranges: Sequence[tuple[int, int]]) -> str:
    """The first few ranges and how many more there are: ``positions 5–7, 12 and 3 more``; empty where there is none."""
    if not ranges:
        return ""
    one = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
    shown = "; ".join(span(first, last) for first, last in ranges[:MOST_RANGES])
    more = len(ranges) - MOST_RANGES
    return f"{'position' if one else 'positions'} {shown}{f' and {number(more)} more ranges' if more > 0 else ''}"


def some(names: Sequence[str], most: int = 3) -> str:
    """Names in a row, the rest only counted: ``order-1, order-2 and 5 more``."""
    shown = ", ".join(shortened(name) for name in names[:most])
    return f"{shown} and {number(len(names) - most)} more" if len(names) > most else shown


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """A name from the data, made safe to show, its middle left out where it is long."""
    safe = visible(name)
    if len(safe) <= longest:
        return safe
    half = (longest - 1) // 2
    return f"{safe[:half]}…{safe[-half:]}"


def distinct(labels: Sequence[str]) -> list[str]:
    """The same, those that are alike with a number behind them: two long names may be shortened to one."""
    taken: dict[str, None] = {}
    for label in labels:
        wanted, another = label, 1
        while wanted in taken:
            another += 1
            wanted = f"{label} ({another})"
        taken[wanted] = None
    return list(taken)


def when(at: datetime) -> str:
    """A moment to the second, in UTC."""
    return moment(at)
