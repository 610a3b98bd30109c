"""Limits of time, where what a test shows is shown only once the work has come to some point.

How long that takes is the machine's affair. One that has not come so far when its time is up gets more of it: whether
it came so far decides, and not how quick it is.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

Outcome = TypeVar("Outcome")

LIMITS = (2, 8, 30, 100)
"""Seconds. The last is for what will not come so far any more, however slow the machine is."""


def limited(attempt: Callable[[timedelta], Outcome], came_far_enough: Callable[[Outcome], bool]) -> Outcome:
    """What came of the first attempt within whose limit the work came far enough, or else of the last one."""
    *shorter, longest = (timedelta(seconds=seconds) for seconds in LIMITS)
    for limit in shorter:
        outcome = attempt(limit)
        if came_far_enough(outcome):
            return outcome
    return attempt(longest)
