"""How findings put it that redeliveries sent again what they are about: how many, and when the last of them.

Who reads that an event is missing has to know that somebody sent it again a moment ago, so that it is not sent twice.
"""

from dataclasses import dataclass
from datetime import datetime

from checks.wording import moment


@dataclass(slots=True)
class SentAgainTally:
    """Counts events of a finding that were sent again. ``last``: when the last of these was, on the auditor's clock."""

    count: int = 0
    last: datetime | None = None

    def add(self, at: datetime | None) -> None:
        """Take in one event; ``None``: it was not sent again."""
        if at is None:
            return
        self.count += 1
        self.last = at if self.last is None else max(self.last, at)

    def evidence(self) -> dict[str, object]:
        """For the finding's evidence; nothing where none was sent again."""
        return {} if self.last is None else {"sent_again": self.count, "last_sent_again": self.last.isoformat()}

    def phrase(self, of: int) -> str:
        """For the end of a message about ``of`` events; empty where none was sent again.

        >>> from datetime import UTC
        >>> tally = SentAgainTally()
        >>> tally.add(datetime(2026, 3, 1, 12, tzinfo=UTC))
        >>> tally.phrase(3)
        '; 1 of them was sent again (last at 2026-03-01 12:00:00 UTC)'
        """
        if self.last is None:
            return ""
        some = f"{self.count:,} of them {'was' if self.count == 1 else 'were'}"
        told = "it was" if of == 1 else "they were" if self.count == of else some
        return f"; {told} sent again (last at {moment(self.last)})"
