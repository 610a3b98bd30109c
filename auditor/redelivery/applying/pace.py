"""How fast events are sent: never more than so many in a second, whatever the size of a batch."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """At most ``rate`` events a second; ``None``: as fast as they are taken. ``clock`` gives seconds, ``sleep`` waits.

    What was not used is not saved up: after a pause the rate is the same as before.
    """

    rate: float | None
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _free_at: float | None = None

    def most(self, batch: int) -> int:
        """How many may go in one batch, so that no single batch is more than a second's worth."""
        return batch if self.rate is None else max(1, min(batch, math.floor(self.rate)))

    def wait(self) -> None:
        """Wait until the events that were sent have had their time."""
        left = self._free_at - self.clock() if self._free_at is not None else 0.0
        if left > 0:
            self.sleep(left)

    def took(self, count: int) -> None:
        """So many are being sent."""
        if self.rate is not None:
            self._free_at = self.clock() + count / self.rate
