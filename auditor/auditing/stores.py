"""The stores of one run: each is opened once, and of each log it is found out once how far it is settled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auditor.config import Config, LogConfig
from auditor.deadline import Deadline
from auditor.errors import StoreError
from auditor.gather.settled import Ground, survey
from auditor.memory import LogMemory
from auditor.observer import Observer
from auditor.stores import open_store
from auditor.stores.interface import Store


@dataclass(slots=True)
class Stores:
    """``before``: what earlier runs left of each log, by name. ``opened``: those that were needed by now, by name."""

    config: Config
    observer: Observer
    deadline: Deadline
    sleep: Callable[[float], None]
    before: Mapping[str, LogMemory]
    opened: dict[str, Store] = field(default_factory=dict)
    _grounds: dict[str, Ground | StoreError] = field(default_factory=dict)

    def store(self, name: str) -> Store:
        """The store of that name, which nobody has to be connected to yet."""
        if name not in self.opened:
            self.opened[name] = open_store(self.config.stores[name], self.observer, self.deadline)
        return self.opened[name]

    def ground(self, log: LogConfig) -> Ground:
        """How far the log is settled. StoreError: it could not be found out, neither now nor by whoever asked first."""
        if log.name not in self._grounds:
            try:
                self.observer.phase(f"{log.name}: how far it is settled")
                self._grounds[log.name] = survey(self.store(log.store), log, self.sleep, self.before.get(log.name))
            except StoreError as error:
                self._grounds[log.name] = error
        ground = self._grounds[log.name]
        if isinstance(ground, StoreError):
            raise ground
        return ground

    def correct(self, log: LogConfig, ground: Ground) -> None:
        """More is known by now of how far the log is settled."""
        self._grounds[log.name] = ground

    def end(self, *, cut: bool) -> None:
        """End, from another thread, whatever is being waited for; ``cut``: and the connections themselves."""
        for store in tuple(self.opened.values()):
            store.end_all(cut=cut)

    def close(self) -> None:
        """Close whatever is open."""
        for store in self.opened.values():
            store.close()
