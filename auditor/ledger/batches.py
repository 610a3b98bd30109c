"""Many values, a statement's worth at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH = 500

Value = TypeVar("Value")


def batches(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Lists of at most :data:`BATCH`, none of them empty."""
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch
