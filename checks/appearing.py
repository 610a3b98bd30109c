"""How findings put it that events are younger than their own time says: they appeared after a run had looked.

Who reads that nothing is late, next to a time of ten minutes ago, has to know why.
"""

from dataclasses import dataclass
from datetime import datetime

from checks.model.previous import Appearance
from checks.wording import appeared_late


@dataclass(slots=True)
class AppearanceTally:
    """Counts events of a finding that runs prove to be younger than their time. ``after``: the first of these runs."""

    count: int = 0
    after: datetime | None = None

    def add(self, appeared: Appearance | None) -> None:
        """Take in one event; ``None``: nothing is known but its time."""
        if appeared is None:
            return
        self.count += 1
        self.after = appeared.after if self.after is None else min(self.after, appeared.after)

    def evidence(self) -> dict[str, object]:
        """For the finding's evidence; nothing where there are none."""
        return {} if self.after is None else {"appeared_late": self.count, "appeared_after": self.after.isoformat()}

    def phrase(self, of: int) -> str:
        """For a message about ``of`` events, right behind these; empty unless it is true of all of them."""
        return "" if self.after is None or self.count < of else appeared_late(self.after)
