"""When Python looks for garbage.

What a start-up makes, hundreds of thousands of objects, all stays: to look at it again and again finds nothing.
"""

import gc

_STARTING_UP, _AT_WORK = 1_000_000, 5_000
"""New objects between two looks. At work there are few objects, but SQLAlchemy's statements are rings that hold all the
values that they were given: between two rare looks hundreds of them wait, and the more events, the more memory."""


def put_off() -> None:
    """While a command starts up; whoever never says that it is at work makes few objects."""
    gc.set_threshold(_STARTING_UP)


def take_up() -> None:
    """From now on, and among what comes from now on: a command that may work for long is at work."""
    gc.freeze()
    gc.set_threshold(_AT_WORK)
