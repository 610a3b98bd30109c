"""Evidence that nobody holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Rereadable(Generic[Item]):
    """Evidence that is read from the store each time it is asked for, so that nobody holds all of it."""

    read: Callable[[], Iterator[Item]]

    def __iter__(self) -> Iterator[Item]:
        """Read once more, from the beginning."""
        return self.read()
