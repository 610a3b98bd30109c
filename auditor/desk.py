"""The stores of one command, opened when they are needed, and what becomes of a part whose store does not answer."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from auditor.config import Config
from auditor.errors import StoreError
from auditor.observer import Observer
from auditor.redact import redact
from auditor.stores import open_store
from auditor.stores.interface import Snapshot, Store

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something could not be looked at: a short code, and one line."""

    reason: str
    message: str


@dataclass
class Desk:
    """What all parts of a command share. A store that could not be reached is not tried again."""

    config: Config
    observer: Observer
    sleep: Callable[[float], None] = time.sleep
    _stores: dict[str, Store] = field(default_factory=dict)
    _unreachable: dict[str, StoreError] = field(default_factory=dict)

    def store(self, name: str) -> Store:
        """The store of that name. Raises StoreError where it was out of reach before."""
        if name in self._unreachable:
            error = self._unreachable[name]
            raise StoreError(error.store, error.reason, error.message)
        if name not in self._stores:
            self._stores[name] = open_store(self.config.stores[name], self.observer)
        return self._stores[name]

    @contextmanager
    def snapshot(self, name: str) -> Iterator[Snapshot]:
        """One moment of a store. Raises StoreError."""
        with self._remembering(name), self.store(name).snapshot() as snapshot:
            yield snapshot

    def behind(self, name: str) -> str | None:
        """Why a store may lack by now what its primary has; ``None`` where it does not. Raises StoreError."""
        with self._remembering(name):
            return self.store(name).behind(self.sleep)

    @contextmanager
    def _remembering(self, name: str) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            if error.store == name and error.reason == "unreachable":
                self._unreachable[name] = error
            raise

    def guarded(self, work: Callable[[], Answer]) -> Answer | Failure:
        """What ``work`` returns, or why it could not: one part fails without the others."""
        try:
            return work()
        except StoreError as error:
            return Failure(error.reason, str(error))
        except Exception as error:
            self.observer.crash(error)
            return Failure("crashed", redact(f"failed unexpectedly: {type(error).__name__}: {error}"))

    def close(self) -> None:
        """Give all connections back."""
        for store in self._stores.values():
            store.close()
