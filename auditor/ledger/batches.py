"""Many values, a statement's worth at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH = 500

STATEMENTS = 10
"""Compiled statements that an engine keeps: each holds the values that it was first asked with."""

Value = TypeVar("Value")


def batches(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Lists of at most :data:`BATCH`, none of them empty."""
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch
