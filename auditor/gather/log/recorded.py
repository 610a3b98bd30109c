"""Evidence of which some is kept while it passes by, for what is to be remembered."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class Recorded(Generic[Item]):
    """Read from the store each time it is asked for; of what was read last, ``most`` items from either end are kept.

    ``place``: where an item stands in the log. ``beyond``: the lowest place of an item that is not in ``first``.
    """

    read: Callable[[], Iterator[Item]]
    place: Callable[[Item], int | None]
    most: int
    count: int = 0
    first: list[Item] = field(default_factory=list)
    last: deque[Item] = field(default_factory=deque)
    beyond: int | None = None
    is_complete: bool = False

    def __iter__(self) -> Iterator[Item]:
        """Read once more, from the beginning."""
        self.count, self.first, self.last = 0, [], deque(maxlen=self.most)
        self.beyond, self.is_complete = None, False
        for item in self.read():
            self._keep(item)
            yield item
        self.is_complete = True

    def _keep(self, item: Item) -> None:
        self.count += 1
        self.last.append(item)
        if len(self.first) < self.most:
            self.first.append(item)
        elif (place := self.place(item)) is not None:
            self.beyond = place if self.beyond is None else min(self.beyond, place)

    def finish(self) -> None:
        """Read it, if nobody has read it to its end."""
        if not self.is_complete:
            for _ in self:
                pass
