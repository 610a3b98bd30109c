"""When Python looks for garbage.

What a start-up makes, hundreds of thousands of objects, all stays: to look at it again and again finds nothing.
"""

import gc

_STARTING_UP, _AT_WORK = 1_000_000, 50_000
"""New objects between two looks."""


def put_off() -> None:
    """While a command starts up; whoever never says that it is at work makes few objects."""
    gc.set_threshold(_STARTING_UP)


def take_up() -> None:
    """From now on, and among what comes from now on: a command that may work for long is at work."""
    gc.freeze()
    gc.set_threshold(_AT_WORK)
