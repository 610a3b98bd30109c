"""What all audits have in common that look at their evidence more than once."""

from datetime import datetime
from typing import Protocol

from auditor.gather.horizon import View


class Looks(Protocol):
    """What is gathered about one audit, in looks that wait for one another. Making it takes the first look."""

    name: str
    of: str
    upstream: str
    waits_whether: str

    def view(self) -> View | datetime:
        """What the first look showed of the log; or only when, where that shows nothing for certain."""
        ...

    def seconds_until_second_look(self) -> float:
        """How long to wait for a second look to tell more; 0: no need."""
        ...

    def second_look(self) -> None:
        """Look again at what is in doubt."""
        ...

    def seconds_until_third_look(self) -> float | None:
        """How long until a third look would decide what is still open; ``None``: it would decide nothing."""
        ...

    def third_look(self) -> None:
        """Look once more, after waiting."""
        ...

    def close(self) -> None:
        """Throw away what was written down."""
        ...
