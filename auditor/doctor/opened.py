"""A store that answers, and how its topics are looked at one by one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from auditor.doctor.about import About
from auditor.stores.catalogue import Catalogue
from auditor.stores.interface import Store
from checks.model.diagnosis import Examined


@dataclass(frozen=True, slots=True)
class Opened:
    """An open store, and what it can say about itself."""

    store: Store
    catalogue: Catalogue


class Guard(Protocol):
    """Looks at one topic so that whatever fails about it is a line of its own."""

    def __call__(self, about: About, work: Callable[[About], Iterable[Examined]]) -> list[Examined]:
        """The lines of ``work``, or the one that says why there are none."""
        ...
