"""What became of every event of a plan at everybody who lacked it: a byte each, however many there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.redelivery.plan_file import PlanError, events_of
from checks.identities import key_of
from checks.model.redelivery import PlannedEvent, Why
from checks.model.verification import Fate

_FATES = tuple(Fate)
_NUMBERS = {fate: number for number, fate in enumerate(_FATES)}


@dataclass(frozen=True, slots=True)
class Pair:
    """An event of a plan and one who lacked it. ``number``: its place among all pairs of the plan, from 0."""

    number: int
    planned: PlannedEvent
    consumer: str

    @property
    def key(self) -> str:
        """Of the event, as the ledger knows it."""
        return key_of(self.planned.event)

    @property
    def had_before(self) -> bool:
        """Whether the consumer had it when the plan was made, and only the order of its stream takes it along."""
        return self.planned.why is Why.ORDER and self.consumer == self.planned.consumer


class Pairs:
    """All pairs of a plan's file, as often as they are wanted, with what became of them; at first nobody has looked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = _stamp_of(path)
        self._fates = bytearray()
        for planned in events_of(path):
            self._fates.extend(_NUMBERS[Fate.NOT_SEEN] for _ in planned.lackers)

    def __iter__(self) -> Iterator[Pair]:
        """In the plan's order. PlanError: the file is not the one that it was."""
        if _stamp_of(self._path) != self._stamp:
            raise PlanError(self._path, "was written anew while its events were looked for (verify again)")
        each = ((planned, name) for planned in events_of(self._path) for name in planned.lackers)
        return (Pair(number, planned, name) for number, (planned, name) in enumerate(each))

    def fate(self, pair: Pair) -> Fate:
        """What became of it."""
        return _FATES[self._fates[pair.number]]

    def note(self, pair: Pair, fate: Fate) -> None:
        """That is what became of it."""
        self._fates[pair.number] = _NUMBERS[fate]

    def open(self) -> Iterator[Pair]:
        """Those that are worth another look."""
        return (pair for pair in self if self.fate(pair).may_change)

    def count(self, fates: Iterable[Fate]) -> int:
        """How many of them there are."""
        return sum(self._fates.count(_NUMBERS[fate]) for fate in fates)

    def __len__(self) -> int:
        return len(self._fates)


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
